from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from artloop.errors import MachineError, UsageError
from artloop.grafix.plotter import gcode
from artloop.grafix.plotter.profiles import SPINDLE, ZAXIS
from artloop.grafix.svg import Drawing
from artloop.machine.grbl import Grbl
from artloop.machine.line import opened
from artloop.machine.program import Program, Stroke, read
from artloop.machine.progress import Record
from artloop.machine.sending import Stopped, send

from ..grafix.plotters import flipped, pen
from .grbl_machine import GrblMachine

ZIGZAG = [(10.0 + k, 20.0 + k % 2) for k in range(40)]
DRAWING = Drawing(
    (100, 80), (pen([(10.0, 10.0), (90.0, 10.0)], ZIGZAG), pen([(5.0, 5.0), (5.0, 75.0), (50.0, 75.0)], name="red"))
)
TEXT = gcode.write(DRAWING, SPINDLE)[0]
PROGRAM = read(TEXT)
BY_Z = read(gcode.write(DRAWING, ZAXIS)[0])
"""Its pen moves are planned like others, so that nothing but the sender makes the machine come to rest."""
MIDWAY = "G1 X29 Y59"
"""In the middle of the second stroke."""
WANTED = [stroke for number in (0, 1) for stroke in flipped(DRAWING, number)]


class Person:
    """Whoever stands at the machine: answers as told, and remembers what was asked, and whether the pen was up."""

    def __init__(self, *answers: bool) -> None:
        self.machine: GrblMachine | None = None
        self.answers = list(answers)
        self.asked: list[str] = []
        self.downs: list[bool] = []
        self.wants_pause = False
        self.wants_stop = False

    def pausing(self) -> bool:
        return self.wants_pause

    def stopping(self) -> bool:
        return self.wants_stop

    def wait(self, why: str) -> bool:
        assert self.machine
        self.wants_pause = False
        self.asked.append(why)
        self.downs.append(self.machine.down)
        return self.answers.pop(0) if self.answers else True


@contextmanager
def connected(
    person: Person, heard: Callable[[GrblMachine, str], None] = lambda *_: None, silent_s: float = 10.0
) -> Iterator[tuple[GrblMachine, Grbl, list[str]]]:
    """A machine, our side of it, and what it was heard to say."""
    said: list[str] = []
    with GrblMachine(heard) as machine:
        person.machine = machine
        with opened(machine.port, 115200) as line:
            machine.boot()
            grbl = Grbl(line, person.stopping, said.append, silent_s)
            grbl.greet()
            yield machine, grbl, said


def plotted(machine: Grbl, person: Person, program: Program = PROGRAM) -> list[int]:
    """Numbers of the strokes that were reported as drawn, whatever happened."""
    numbers: list[int] = []

    def drawn(stroke: Stroke) -> None:
        numbers.append(stroke.number)

    try:
        send(program, machine, person, drawn)
    except (Stopped, MachineError) as error:
        person.asked.append(f"{type(error).__name__}: {error}")
    return numbers


@pytest.mark.parametrize("program", [PROGRAM, BY_Z], ids=["spindle", "zaxis"])
def test_every_stroke_is_drawn_once_and_the_head_comes_home(program: Program) -> None:
    person = Person()
    with connected(person) as (machine, grbl, said):
        assert plotted(grbl, person, program) == [1, 2, 3]
        machine._make(0)
        assert machine.strokes == WANTED
        assert (machine.at, machine.down, machine.early) == ((0.0, 0.0), False, 0)
        assert said[0].startswith("Grbl 1.1")


def test_pens_are_asked_for_with_the_pen_up_and_the_machine_is_never_told_to_wait() -> None:
    person = Person()
    with connected(person) as (machine, grbl, _):
        plotted(grbl, person)
        assert [why[:12] for why in person.asked] == ["insert pen 1", "insert pen 2"]
        assert person.downs == [False, False]
        assert not [command for command in machine.commands if command.startswith("M0")]


@pytest.mark.parametrize("program", [PROGRAM, BY_Z], ids=["spindle", "zaxis"])
def test_a_pause_raises_the_pen_in_the_middle_of_a_stroke_and_goes_on_from_there(program: Program) -> None:
    person = Person()

    def heard(machine: GrblMachine, command: str) -> None:
        person.wants_pause |= command == MIDWAY

    with connected(person, heard) as (machine, grbl, _):
        assert plotted(grbl, person, program) == [1, 2, 3]
        assert person.asked[1] == "paused in stroke 2, pen up"
        assert person.downs[1] is False
        first, second = machine.strokes[1:3]
        assert first[-1] == second[0] == (29.0, 59.0)
        assert [*first, *second[1:]] == WANTED[1]
        assert set(machine.feeds) == {3000.0}


def test_a_plot_that_is_ended_in_a_pause_goes_home_with_the_pen_up() -> None:
    person = Person(True, False)

    def heard(machine: GrblMachine, command: str) -> None:
        person.wants_pause |= command == MIDWAY

    with connected(person, heard) as (machine, grbl, _):
        assert plotted(grbl, person) == [1]
        assert person.asked[-1].startswith("Stopped")
        machine._make(0)
        assert (machine.at, machine.down) == ((0.0, 0.0), False)


def test_stopping_at_once_holds_resets_and_raises_the_pen() -> None:
    person = Person()

    def heard(machine: GrblMachine, command: str) -> None:
        person.wants_stop |= command == MIDWAY

    with connected(person, heard) as (machine, grbl, _):
        assert plotted(grbl, person) == [1]
        assert person.asked[-1].startswith("Stopped")
        assert machine.commands[-2:] == ["M3 S0", "G4 P0.15"]
        assert machine.strokes[1][-1] != WANTED[1][-1]
        assert not machine.down


def test_a_refused_command_is_named_and_the_pen_raised() -> None:
    person = Person()
    with connected(person) as (machine, grbl, _):
        machine.errors[MIDWAY] = 15
        assert plotted(grbl, person) == [1]
        assert "refused 'G1 X29 Y59' with error 15: the move leads beyond" in person.asked[-1]
        assert not machine.down


def test_an_alarm_ends_the_plot_and_says_what_to_do() -> None:
    person = Person()
    with connected(person) as (machine, grbl, said):
        machine.alarms[MIDWAY] = 1
        assert plotted(grbl, person) == [1]
        assert "alarm 1: a limit switch was hit; its position is lost; home it ($H)" in person.asked[-1]
        assert "the pen could not be raised" in said[-1]


def test_a_machine_that_is_held_by_its_own_button_is_waited_for() -> None:
    person = Person()

    def heard(machine: GrblMachine, command: str) -> None:
        machine.holding |= command == MIDWAY and machine.commands.count(MIDWAY) == 1

    with connected(person, heard) as (machine, grbl, said):
        grbl._say = lambda text: (said.append(text), machine.press_resume())[0]
        assert plotted(grbl, person) == [1, 2, 3]
        assert any("the machine holds" in text for text in said)
        assert machine.strokes == WANTED


def test_a_machine_that_falls_silent_is_given_up() -> None:
    person = Person()

    def heard(machine: GrblMachine, command: str) -> None:
        machine.mute |= command == MIDWAY

    with connected(person, heard, silent_s=1.5) as (_, grbl, _):
        assert plotted(grbl, person) == [1]
        assert "has not answered for 1.5 s" in person.asked[-1]


def test_a_cable_that_is_pulled_is_told() -> None:
    person = Person()

    def heard(machine: GrblMachine, command: str) -> None:
        if command == MIDWAY:
            machine.unplug()

    with connected(person, heard) as (_, grbl, _):
        assert plotted(grbl, person) == [1]
        assert "the connection to the machine broke" in person.asked[-1]


def test_a_machine_that_was_reset_is_not_believed() -> None:
    person = Person()

    def heard(machine: GrblMachine, command: str) -> None:
        if command == MIDWAY:
            machine._received(b"\x18")

    with connected(person, heard) as (_, grbl, _):
        plotted(grbl, person)
        assert "was reset while it plotted" in person.asked[-1]


def test_a_machine_in_alarm_is_not_begun_with() -> None:
    with GrblMachine() as machine, opened(machine.port, 115200) as line:
        machine.alarm = True
        machine.boot()
        grbl = Grbl(line, lambda: False, lambda text: None)
        with pytest.raises(MachineError, match=r"alarm: it is locked.*\$X"):
            grbl.greet()


def test_a_stroke_is_told_as_drawn_when_it_is_on_paper_and_not_before() -> None:
    person = Person()
    with connected(person) as (machine, grbl, _):
        there: list[list[list[tuple[float, float]]]] = []
        send(BY_Z, grbl, person, lambda stroke: there.append([*machine.strokes]))
        assert [drawn[-1] for drawn in there] == WANTED


def test_only_strokes_that_are_on_paper_count_so_that_going_on_draws_the_rest(tmp_path: Path) -> None:
    """What the planner still held when the machine lost its power was acknowledged, but is not drawn."""
    record = Record(tmp_path, TEXT.encode(), "drawing.gcode")
    person = Person()

    def heard(machine: GrblMachine, command: str) -> None:
        if command == MIDWAY:
            machine.unplug()

    with connected(person, heard) as (machine, grbl, _):
        with pytest.raises(MachineError):
            send(PROGRAM, grbl, person, lambda stroke: record.keep(stroke.number, PROGRAM.total))
        assert machine.strokes[1] != WANTED[1]
    again = Record(tmp_path, TEXT.encode(), "elsewhere.gcode")
    assert again.next_stroke() == 2
    person = Person()
    with connected(person) as (machine, grbl, _):
        assert plotted(grbl, person, PROGRAM.since(2)) == [2, 3]
        assert machine.strokes == WANTED[1:]
        record.keep(3, 3)
    with pytest.raises(UsageError, match="all 3 strokes"):
        again.next_stroke()
    with pytest.raises(UsageError, match="no plot of x was begun here"):
        Record(tmp_path, b"other", "x").next_stroke()


@pytest.mark.parametrize("start", [1, 2, 3])
def test_a_plot_begins_at_any_stroke_with_its_pen(start: int) -> None:
    person = Person()
    with connected(person) as (machine, grbl, _):
        plotted(grbl, person, PROGRAM.since(start))
        assert machine.strokes == WANTED[start - 1 :]
        assert person.asked[0].startswith(f"insert pen {1 if start < 3 else 2}")


def test_a_first_pen_that_is_in_place_is_not_asked_for() -> None:
    person = Person()
    with connected(person) as (_, grbl, _):
        send(PROGRAM, grbl, person, lambda stroke: None, ready=True)
    assert [why[:12] for why in person.asked] == ["insert pen 2"]


def test_a_port_that_is_not_there_is_told() -> None:
    with (
        pytest.raises(MachineError, match="port /dev/no-such-port cannot be opened"),
        opened("/dev/no-such-port", 9600),
    ):
        pass
