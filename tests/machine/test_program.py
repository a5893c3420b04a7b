import pytest
from hypothesis import given
from hypothesis import strategies as st

from artloop.errors import UsageError
from artloop.grafix.plotter import gcode
from artloop.grafix.plotter.profiles import PROFILES, SPINDLE, Profile
from artloop.grafix.svg import Drawing
from artloop.machine.program import read

from ..grafix.plotter.test_gcode import STROKES, TINY
from ..grafix.plotters import Stroke, pen


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_program_is_read_as_what_it_is(profile: Profile) -> None:
    program = read(gcode.write(TINY, profile)[0])
    assert [stroke.number for stroke in program.strokes] == [1, 2, 3]
    assert program.pens == ["1 of 2: ink #102030 0.3 mm", "2 of 2: red s_5 #c02020 0.5 mm"]
    assert [len(stroke.moves) for stroke in program.strokes] == [2, 0, 1]
    assert program.head[:2] == ("G21", "G90")
    assert program.tail[0].startswith("G0 X0 Y0")
    assert program.strokes[0].feed == "F3000"
    assert not [line for stroke in program.strokes for line in (*stroke.travel, *stroke.moves) if "M0" in line]


@given(STROKES, st.sampled_from(sorted(PROFILES)))
def test_nothing_of_a_program_is_lost(strokes: list[Stroke], name: str) -> None:
    text = gcode.write(Drawing((80, 80), (pen(*strokes),)), PROFILES[name])[0]
    program = read(text)
    sent = [*program.head]
    for stroke in program.strokes:
        sent += [*stroke.travel, *program.down, *stroke.moves, *program.up]
    sent += program.tail
    assert sent == [line.split(";")[0].strip() for line in text.splitlines() if line.split(";")[0].strip()]


def test_commands_of_ones_own_between_two_pens_are_no_part_of_a_stroke() -> None:
    profile = SPINDLE.model_copy(update={"pause": ("M117 {message}", "M0"), "end": ("M5", "M18")})
    program = read(gcode.write(TINY, profile)[0])
    assert program.tail == ("G0 X0 Y0", "M5", "M18")
    assert not any("M117" in line for stroke in program.strokes for line in stroke.moves)


def test_a_program_that_goes_on_knows_its_numbers() -> None:
    program = read(gcode.write(TINY, SPINDLE, 2)[0])
    assert [stroke.number for stroke in program.strokes] == [2, 3]
    assert program.total == 3
    with pytest.raises(UsageError, match="no stroke 4"):
        program.since(4)


@pytest.mark.parametrize("text", ["", "G21\nG0 X1 Y1\n", gcode.write(TINY, SPINDLE)[0].replace("; pen up:", "; up:")])
def test_programs_of_others_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no comments of artloop"):
        read(text)


def test_a_stroke_that_does_not_raise_the_pen_is_refused() -> None:
    text = gcode.write(TINY, SPINDLE)[0]
    at = text.rindex("M3 S0\n")
    with pytest.raises(UsageError, match="stroke 3 does not lower and raise"):
        read(text[:at] + text[at + 6 :])
