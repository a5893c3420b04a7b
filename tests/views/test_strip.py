"""The best drawings below the board, in half blocks."""

import io
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console, RenderableType
from textual_image import _terminal
from textual_image.renderable import HalfcellImage

from artloop.views.console import State, draw
from artloop.views.pictures import Cells
from artloop.views.strip import HIGH, Strip
from artloop.workspace import RunFolder
from tests import scripted

# how textual-image 0.12 reads pixels
pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """The best drawings of the run told by hand: three sheets, all black."""
    # in a terminal its own cells would count, which no test knows
    monkeypatch.setattr(_terminal.get_cell_size, "_result", _terminal.CellSize(10, 20), raising=False)
    folder = RunFolder(tmp_path / "runs" / scripted.RUN)
    for row in scripted.folded(scripted.finished()).rows:
        if row.best:
            keep(folder, row.id, row.leader)
    return folder


def keep(folder: RunFolder, variant: str, iteration: int) -> Path:
    path = folder.file(variant, iteration, "preview.png")
    path.parent.mkdir(parents=True)
    Image.new("RGB", (148, 210)).save(path)
    return path


def shown(strip: Strip | None, width: int = 100, height: int = 40, state: State | None = None) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=width, height=height, _environ={})
    console.print(draw(state or scripted.folded(scripted.finished()), 300.0, strip))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_the_best_drawings_stand_below_the_board_with_their_names(folder: RunFolder) -> None:
    lines = shown(Strip(folder, HalfcellImage))
    pictured = [line for line in lines if "▀" in line]
    assert pictured == [f" {'▀' * 14}  {'▀' * 14}  {'▀' * 14}"] * HIGH
    assert lines[-1].split() == ["v01", "#4", "v02", "#4", "v04", "#5"]
    assert lines[: -HIGH - 2] == shown(None)


@pytest.mark.parametrize(("width", "height"), [(60, 40), (100, 20)], ids=["narrow", "low"])
def test_a_narrow_or_low_terminal_gets_the_board_alone(folder: RunFolder, width: int, height: int) -> None:
    assert shown(Strip(folder, HalfcellImage), width, height) == shown(None, width, height)


@pytest.mark.parametrize("height", range(23, 40))
def test_board_and_strip_fit_the_terminal(folder: RunFolder, height: int) -> None:
    assert len(shown(Strip(folder, HalfcellImage), height=height)) < height


def test_a_drawing_is_made_once(folder: RunFolder) -> None:
    made = []

    def draw(image: Path | Image.Image, width: Cells, height: Cells) -> RenderableType:
        made.append(image)
        return HalfcellImage(image, width, height)

    strip = Strip(folder, draw)
    assert shown(strip) == shown(strip)
    assert len(made) == 3


def test_a_new_best_takes_the_old_ones_place(folder: RunFolder) -> None:
    strip = Strip(folder, HalfcellImage)
    middle = scripted.folded(scripted.middle())
    assert not any("▀" in line for line in shown(strip, state=middle)), "its drawings are not there"
    keep(folder, "v01", middle.rows[0].leader)
    assert sum("▀" in line for line in shown(strip, state=middle)) == HIGH
    assert shown(strip)[-1].split()[:2] == ["v01", "#4"]


def test_without_room_for_all_the_best_are_shown(folder: RunFolder) -> None:
    rows = scripted.folded(scripted.finished()).rows
    console = Console(file=io.StringIO(), width=100, height=40, _environ={})
    console.print(Strip(folder, HalfcellImage).of(list(rows), console, 36, 20))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().split()[-4:] == ["v01", "#4", "v04", "#5"]
