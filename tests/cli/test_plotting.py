"""`artloop plot` as a person uses it: against a machine on a pseudo-terminal, with Ctrl-C and a second session."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from artloop.cli.plotting import Wanted, machine_for, target_of
from artloop.cli.plotting import plot as put_on_paper
from artloop.errors import UsageError
from artloop.grafix import svg
from artloop.grafix.plotter import gcode
from artloop.grafix.plotter.profiles import SPINDLE
from artloop.settings import load

from ..grafix.plotters import flipped
from ..machine.grbl_machine import GrblMachine
from ..machine.test_sending import DRAWING, MIDWAY

WANTED = [stroke for number in (0, 1) for stroke in flipped(DRAWING, number)]


def plot(folder: Path, *options: str, stdin: int = subprocess.PIPE) -> subprocess.Popen[str]:
    """The command, in a folder, at a keyboard that is a pipe unless it is given."""
    (folder / "two.gcode").write_text(gcode.write(DRAWING, SPINDLE)[0])
    command = [sys.executable, "-m", "artloop", "plot", "two.gcode", "--root", ".", *options]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, stdin=stdin, stdout=pipe, stderr=pipe, text=True)


def test_a_plot_is_paused_by_ctrl_c_ended_and_gone_on_with_in_another_session(tmp_path: Path) -> None:
    children: list[subprocess.Popen[str]] = []

    def heard(machine: GrblMachine, command: str) -> None:
        if command == MIDWAY and len(children) == 1:
            children[0].send_signal(signal.SIGINT)

    with GrblMachine(heard) as machine:
        machine.boot()
        children.append(plot(tmp_path, "--port", machine.port, "--yes"))
        _, said = children[0].communicate("q\n", timeout=60)
        assert children[0].returncode == 130, said
        assert "paused in stroke 2, pen up" in said
        assert "--resume" in said
        assert (machine.at, machine.down) == ((0.0, 0.0), False)
        assert machine.strokes[0] == WANTED[0]
        machine.strokes.clear()
        children.append(plot(tmp_path, "--port", machine.port, "--yes", "--resume"))
        _, said = children[1].communicate("\n", timeout=60)
        assert children[1].returncode == 0, said
        assert machine.strokes == WANTED[1:]


def test_a_dry_run_moves_nothing_and_says_what_would_be_plotted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "two.gcode"
    file.write_text(gcode.write(DRAWING, SPINDLE)[0])
    wanted = Wanted(str(file), "grbl", "/dev/no-port", 9600, None, 2, resume=False, ready=False, dry_run=True)
    put_on_paper(wanted, load({"root": str(tmp_path)}))
    assert "strokes 2 to 3, pens: 1 of 2: ink #102030 0.3 mm; 2 of 2: red" in capsys.readouterr().err
    assert not (tmp_path / "plots").exists()


def test_the_way_to_the_plotter_is_named_or_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    assert machine_for(None, "/dev/ttyUSB0") == "grbl"
    assert machine_for("saxi", None) == "saxi"
    with pytest.raises(UsageError, match="none of grbl, axicli, saxi"):
        machine_for("laser", None)
    with pytest.raises(UsageError, match="no plotter is named"):
        machine_for(None, None)


def test_a_target_is_a_file_of_ours_or_a_run(tmp_path: Path) -> None:
    settings = load({"root": str(tmp_path)})
    (tmp_path / "a.hpgl").write_text("IN;")
    with pytest.raises(UsageError, match=r"neither \.svg nor \.gcode"):
        target_of(str(tmp_path / "a.hpgl"), settings)
    with pytest.raises(UsageError, match="there is no file"):
        target_of("missing.gcode", settings)


def test_at_a_terminal_a_key_pauses_and_enter_goes_on(tmp_path: Path) -> None:
    ours, theirs = os.openpty()

    def heard(machine: GrblMachine, command: str) -> None:
        if command == MIDWAY and machine.commands.count(MIDWAY) == 1:
            os.write(ours, b" ")

    with GrblMachine(heard) as machine:
        machine.boot()
        child = plot(tmp_path, "--yes", "--port", machine.port, stdin=theirs)
        asked = []
        for line in child.stderr or ():
            if "Enter goes on" in line:
                asked.append(line[:20])
                os.write(ours, b"\n")
        assert child.wait(60) == 0
        assert asked == ["paused in stroke 2, ", "insert pen 2 of 2: r"]
        first, second = machine.strokes[1:3]
        assert [*first, *second[1:]] == WANTED[1]
    for end in (ours, theirs, *filter(None, (child.stdout, child.stderr))):
        os.close(end) if isinstance(end, int) else end.close()


AXICLI = """#!{python}
import pathlib, sys
here = pathlib.Path({folder!r})
with open(here / "calls.txt", "a") as file:
    print(pathlib.Path(sys.argv[1]).name, *sys.argv[2:3], file=file)
(here / pathlib.Path(sys.argv[1]).name).write_text(pathlib.Path(sys.argv[1]).read_text())
"""


def test_an_axidraw_gets_a_file_for_each_pen_and_what_it_drew_is_not_drawn_again(
    tmp_path: Path, cache_folder: Path
) -> None:
    tool = tmp_path / "bin" / "axicli"
    tool.parent.mkdir()
    tool.write_text(AXICLI.format(python=sys.executable, folder=str(tmp_path)))
    tool.chmod(0o755)
    (tmp_path / "two.svg").write_text(svg.write(DRAWING))
    path = {"PATH": f"{tool.parent}:{os.environ['PATH']}", "ARTLOOP_CACHE": str(cache_folder)}
    command = [sys.executable, "-m", "artloop", "plot", "two.svg", "--yes"]

    def session(*options: str, said: str) -> tuple[int, str]:
        made = subprocess.run(
            [*command, *options],
            cwd=tmp_path,
            env={**os.environ, **path},
            input=said,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return made.returncode, made.stderr

    code, told = session(said="q\n")
    assert (code, "insert pen 2 red" in told) == (130, True), told
    code, told = session("--resume", said="")
    assert code == 0, told
    assert (tmp_path / "calls.txt").read_text().splitlines() == ["pen-1.svg --output_file", "pen-2.svg --output_file"]
    drawn = [svg.read((tmp_path / f"pen-{number}.svg").read_text()) for number in (1, 2)]
    assert [sum(len(one.offsets) - 1 for one in drawing.pens) for drawing in drawn] == [2, 1]
    assert [drawing.pens[0].number for drawing in drawn] == [0, 2]
