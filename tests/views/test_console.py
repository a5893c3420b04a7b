import io
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from rich.console import Console
from textual_image import _terminal
from textual_image.renderable import HalfcellImage

from artloop.events import Confirmed, IterationEnded, RunEnded, RunStarted, StationEntered, StepFailed, VariantEnded
from artloop.models import Answer, Brief, Selection, Variant
from artloop.views.console import LiveConsole, PlainConsole, QuietConsole, State, closing, draw, fold, listener, plain
from artloop.workspace import RunFolder
from tests import goldens, scripted
from tests.works import concept, iteration, variants

STATES = {
    "imagining": (scripted.beginning, 7.0),
    "drawing": (scripted.middle, 36.0),
    "judging": (scripted.judging, 66.5),
    "finished": (scripted.finished, 300.0),
}


def shown(state: State, now: float, width: int = 100, height: int = 40, encoding: str = "utf-8") -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace", newline="\n")
    Console(file=file, width=width, height=height, _environ={}).print(draw(state, now))
    file.seek(0)
    return file.read()


@pytest.mark.parametrize("width", [60, 100, 200])
@pytest.mark.parametrize("name", STATES)
def test_the_board_looks_as_recorded_at_every_width(request, name, width):
    told, now = STATES[name]
    text = shown(scripted.folded(told()), now, width)
    assert all(len(line) <= width for line in text.splitlines())
    goldens.check(request, f"console_{name}_{width}.txt", text)


def test_a_run_that_has_not_begun_can_be_drawn():
    assert "waiting for the run to begin" in shown(State(), 0.0)


def test_without_colour_no_escape_is_written():
    file = io.StringIO()
    environment = {"NO_COLOR": "1", "TERM": "xterm-256color"}
    console = Console(file=file, width=100, force_terminal=True, _environ=environment)
    console.print(draw(scripted.folded(scripted.middle()), 36.0))
    assert "\x1b[3" not in file.getvalue().replace("\x1b[3m", "")  # italic stays, colours 30 to 39 do not
    assert "repair 1" in file.getvalue()


def test_an_ascii_terminal_gets_numbers_for_bars():
    text = shown(scripted.folded(scripted.judging()), 66.5, encoding="ascii")
    assert "56.76" in text
    assert "▅" not in text


def test_a_complaint_of_a_sketch_cannot_drive_the_terminal():
    text = shown(scripted.folded(scripted.middle()), 36.0, width=200)
    assert "name 'tide' is not defined , and neither" in text
    assert "\x07" not in text


def test_more_variants_than_lines_leave_the_busy_and_the_best_on_screen():
    state = scripted.folded([(0.0, RunStarted(run="r", brief=Brief(text="x", variants=60), models={}))])
    for number in range(1, 61):
        name = f"v{number:02d}"
        state = fold(state, StationEntered(variant=name, iteration=1, station="draw"), 1.0)
        ended = IterationEnded(variant=name, iteration=1, score=number / 10, better=True, change="", repairs=0)
        state = fold(state, ended, 2.0)
        if number != 1:
            state = fold(state, VariantEnded(variant=name, status="finished", reason=""), 3.0)
    text = shown(state, 4.0, height=20)
    assert len(text.splitlines()) <= 20
    assert "and 51 more" in text
    assert "v01" in text
    assert "v60" in text
    assert "v30" not in text


def test_the_estimate_counts_the_slowest_variants_missing_iterations():
    state = scripted.folded(scripted.middle())
    assert state.seconds_left(36.0) == pytest.approx(8.0 * 3 - 2.0)
    assert scripted.folded(scripted.beginning()).seconds_left(7.0) is None
    assert scripted.folded(scripted.finished()).seconds_left(100.0) is None


def test_iterations_read_from_the_record_do_not_spoil_the_estimate():
    state = fold(State(), RunStarted(run="r", brief=Brief(text="x"), models={}, session=2), 0.0)
    for number in (1, 2, 3):
        state = fold(state, StationEntered(variant="v01", iteration=number, station="draw"), 0.0)
        ended = IterationEnded(variant="v01", iteration=number, score=5.0, better=False, change="", repairs=0)
        state = fold(state, ended, 0.001)
    assert state.seconds_left(1.0) is None


def test_a_resumed_run_wakes_what_was_interrupted_and_goes_on_counting():
    state = scripted.folded(scripted.middle())
    state = fold(state, VariantEnded(variant="v01", status="interrupted", reason="Ctrl-C"), 40.0)
    state = fold(state, RunEnded(status="interrupted", reason="Ctrl-C", seconds=40.0), 40.0)
    again = RunStarted(run=scripted.RUN, brief=scripted.BRIEF, models={"draw": "house"}, session=2)
    state = fold(state, again, 1000.0)
    statuses = {row.id: row.status for row in state.rows}
    assert statuses == {"v01": "running", "v02": "running", "v03": "failed", "v04": "running"}
    assert state.seconds(1005.0) == pytest.approx(45.0)
    assert state.rows[0].seconds(1005.0) == pytest.approx(state.rows[1].seconds(1005.0)) == pytest.approx(45.0)
    assert "session 2" in shown(state, 1005.0)


def test_an_iteration_told_twice_counts_once():
    told = scripted.middle()
    state = scripted.folded(told)
    again = next(event for _, event in told if isinstance(event, IterationEnded))
    assert fold(state, again, 40.0).rows[0].scores == state.rows[0].scores


def test_the_incumbent_is_the_earlier_of_two_equals():
    row = scripted.folded(scripted.judging()).rows[3]
    assert row.best == (5, 8.1)
    assert scripted.folded(scripted.judging()[:-20]).rows[3].best == (3, 7.2)


def test_plain_lines_tell_the_run_as_recorded(request):
    events = [event for _, event in scripted.finished()] + [scripted.parked("quota used\nup")]
    lines = [line for event in events if (line := plain(event, scripted.BRIEF.iterations))]
    assert all(line.isprintable() for line in lines)
    goldens.check(request, "console_plain.txt", "\n".join(lines))


def test_the_plain_console_knows_how_many_iterations_there_are_from_the_run_itself():
    file = io.StringIO()
    with PlainConsole(Console(file=file, width=40)) as tell:
        for _, event in scripted.middle():
            tell(event)
    assert "v01 1/5 rendered 1,204 strokes, 9.1 m ink\n" in file.getvalue()


def test_the_live_console_leaves_the_last_state_on_the_screen():
    file = io.StringIO()
    ticks = itertools.count(0.0, 0.5)
    console = Console(file=file, width=100, height=40, force_terminal=True, _environ={"TERM": "xterm"})
    with LiveConsole(console, clock=lambda: next(ticks)) as tell:
        for _, event in scripted.finished():
            tell(event)
    last = file.getvalue().rsplit("tidal memory", 1)[1]
    assert "winner" in last
    assert "finished after" in last


def test_every_frame_of_the_board_is_shown_whole():
    file = io.StringIO()
    console = Console(file=file, width=100, height=40, force_terminal=True, _environ={"TERM": "xterm"})
    with LiveConsole(console) as tell:
        for _, event in scripted.finished():
            tell(event)
    frames = re.findall(r"\x1b\[\?2026h(.*?)\x1b\[\?2026l", file.getvalue(), re.DOTALL)
    assert "waiting" in frames[0]
    assert "tidal memory" in frames[-1] or "tidal memory" in frames[-2]
    assert "tidal memory" not in re.sub(r"\x1b\[\?2026h.*?\x1b\[\?2026l", "", file.getvalue(), flags=re.DOTALL)


def test_while_the_artist_is_asked_plain_lines_wait(capsys):
    file = io.StringIO()
    console = PlainConsole(Console(file=file, width=200))
    refused = Confirmed(variant="v01", iteration=1, attempt=0, answer=Answer(accepted=False, note="more air"))
    with console.aside() as terminal:
        terminal.print("Keep it?")
        console(refused)
        assert file.getvalue() == ""
    assert file.getvalue() == 'v01 1 refused by the artist: "more air"\n'
    assert capsys.readouterr() == ("", "Keep it?\n"), "stdout is for the result"


def test_while_the_artist_is_asked_the_board_is_away():
    file = io.StringIO()
    environment = {"TERM": "xterm-256color"}
    console = LiveConsole(Console(file=file, width=100, force_terminal=True, _environ=environment))
    with console:
        console(StationEntered(variant="v01", iteration=1, station="confirm"))
        with console.aside() as terminal:
            before = file.tell()
            terminal.print("Keep it?")
            console(StationEntered(variant="v02", iteration=1, station="draw"))
            assert file.getvalue()[before:] == "Keep it?\n"
    assert "v02" in file.getvalue()[before:], "the board came back below, with what happened meanwhile"
    assert "your turn" in file.getvalue()[before:]


def test_the_listener_suits_the_stream(capsys):
    assert type(listener(quiet=True)) is QuietConsole
    assert isinstance(listener(stream_is_terminal=True), LiveConsole)
    with listener(as_json=True) as tell:
        tell(StepFailed(key="v01/01/draw/0", failures=1, parked=False, error="busy"))
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "step v01/01/draw/0 failed (1): busy\n"


def summary(folder: RunFolder, made: list[Variant], selection: Selection, width: int = 60, **more: Any) -> str:
    commands = [("look", f"artloop show {folder.id}"), ("resume", f"artloop resume {folder.id}")]
    file = io.StringIO()
    console = Console(file=file, width=width, _environ={}, **{"height": 40} | more.pop("console", {}))
    console.print(closing(selection, made, folder, commands, **more), soft_wrap=True)
    return file.getvalue()


@pytest.fixture
def finished_run(tmp_path: Path, monkeypatch) -> RunFolder:
    """A run's folder, seen from where it lies; the winner is a black sheet with a white right half."""
    monkeypatch.chdir(tmp_path)
    # in a terminal its own cells would count, which no golden knows
    monkeypatch.setattr(_terminal.get_cell_size, "_result", _terminal.CellSize(10, 20), raising=False)
    folder = RunFolder(tmp_path / "runs" / scripted.RUN)
    folder.final.mkdir(parents=True)
    picture = Image.new("RGB", (148, 210))
    picture.paste("white", (74, 0, 148, 210))
    picture.save(folder.final / "preview.png")
    return folder


@pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")  # how textual-image 0.12 reads pixels
def test_the_closing_shows_the_winner_in_half_blocks(request, finished_run: RunFolder):
    made, selection = variants()
    colours = {"force_terminal": True, "color_system": "truecolor"}
    text = summary(finished_run, made, selection, 100, draw=HalfcellImage, console=colours)
    rows = [line for line in text.splitlines() if "▀" in line]
    assert len(rows) == 22, "40 lines less the summary's own"
    cells = re.findall(r"\x1b\[([\d;]+)m▀", rows[10])
    assert cells[0] == "38;2;0;0;0;48;2;0;0;0"
    assert cells[-1] == "38;2;255;255;255;48;2;255;255;255"
    plain_text = re.sub(r"\x1b\[[\d;]*m", "", text)
    goldens.check(request, "console_closing_picture.txt", plain_text)


@pytest.mark.parametrize(("width", "height"), [(60, 40), (100, 24)], ids=["narrow", "low"])
def test_a_narrow_or_low_terminal_gets_no_picture(finished_run: RunFolder, width: int, height: int):
    made, selection = variants()
    assert "▀" not in summary(finished_run, made, selection, width, draw=HalfcellImage, console={"height": height})


@pytest.mark.parametrize("content", [None, b"no picture", b"\x89PNG\r\n\x1a\n"], ids=["missing", "other", "cut-off"])
def test_a_winner_whose_picture_cannot_be_read_is_told_in_words(finished_run: RunFolder, content: bytes | None):
    made, selection = variants()
    preview = finished_run.final / "preview.png"
    preview.unlink() if content is None else preview.write_bytes(content)
    text = summary(finished_run, made, selection, 100, draw=HalfcellImage)
    assert "iteration 5" in text
    assert "▀" not in text


def test_the_closing_names_winner_files_and_commands_in_whole_lines(request, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = RunFolder(tmp_path / "runs" / scripted.RUN)
    folder.final.mkdir(parents=True)
    for path in (folder.final / "drawing.svg", folder.contact_sheet, folder.gallery):
        path.write_text(json.dumps("stands for the real one"))
    made, selection = variants()
    goldens.check(request, "console_closing.txt", summary(folder, made, selection))


def test_the_closing_of_a_run_without_a_drawing_says_why(tmp_path: Path):
    lost = Variant(
        id="v01", concept=concept("Undertow"), iterations=[iteration(1, None)], status="failed", failure="blank"
    )
    text = summary(RunFolder(tmp_path / "run"), [lost], Selection(winner=None))
    assert "No drawing can be plotted." in text
    assert "v01  blank" in text
    assert "artloop resume run" in text
