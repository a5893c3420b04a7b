from __future__ import annotations

from pathlib import Path

import numpy as np

from artloop.grafix import svg
from artloop.grafix.apart import NEAR, DrawingDistances
from artloop.models import Place
from artloop.workspace import RunFolder

SHEET = (148.0, 210.0)


def rows(lean: float) -> str:
    """Nearly level lines one above the other, as an SVG of ours."""
    x = np.linspace(20.0, 120.0, 30)
    lines = [np.c_[x, y + lean * (x - 70)] for y in np.linspace(60.0, 150.0, 12)]
    offsets = np.cumsum([0, *(len(line) for line in lines)])
    return svg.write(svg.Drawing(SHEET, svg.merged([svg.Pen("ink", "#000000", 0.3, np.concatenate(lines), offsets)])))


def hang(folder: RunFolder, number: int, text: str) -> None:
    path = folder.iteration(f"v{number:02d}", 1) / "drawing.svg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def place(number: int) -> Place:
    return Place(run="run", variant=f"v{number:02d}", iteration=1)


async def test_drawings_are_compared_by_their_files_and_what_is_no_drawing_is_like_nothing(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    for number, text in enumerate((rows(0.0), rows(0.02), rows(0.6), "<svg/>"), start=1):
        hang(folder, number, text)
    far = await DrawingDistances(folder)(place(1), [place(2), place(3), place(4), place(5)])
    assert far[0] < NEAR < far[1]
    assert far[2:] == [1.0, 1.0]


async def test_a_drawing_that_was_drawn_again_is_read_again(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    for number in (1, 2):
        hang(folder, number, rows(0.0))
    distances = DrawingDistances(folder)
    assert await distances(place(1), [place(2)]) == [0]
    hang(folder, 2, rows(0.6))
    assert (await distances(place(1), [place(2)]))[0] > NEAR
