"""A wall of drawings: any number of them on one picture, each with its title."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from artloop.views.mount import FAINT, INK, TABLE, hang, write
from artloop.workspace import write_bytes

COLUMNS = 6
FRAME = (300, 425)
"""Pixels: an upright sheet of the A series, into which other shapes are fitted."""
MARGIN, HEADING, GAP, CAPTION = 84, 110, 40, 78


@dataclass(frozen=True)
class Hung:
    """One drawing and what stands below it."""

    title: str
    note: str
    picture: Path | None
    failure: str | None = None
    """What stands in an empty frame."""


def write_wall(path: Path, heading: str, drawings: list[Hung], columns: int = COLUMNS) -> Path:
    """Write the picture as PNG, row by row. Raises `StorageError`."""
    columns = max(1, min(columns, len(drawings)))
    rows = -(-len(drawings) // columns)
    size = (
        2 * MARGIN + columns * (FRAME[0] + GAP) - GAP,
        2 * MARGIN + HEADING + rows * (FRAME[1] + CAPTION + GAP) - GAP,
    )
    sheet = Image.new("RGB", size, TABLE)
    write(ImageDraw.Draw(sheet), (MARGIN, MARGIN - 8), heading, 46, INK, size[0] - 2 * MARGIN)
    for number, drawing in enumerate(drawings):
        row, column = divmod(number, columns)
        _frame(sheet, MARGIN + column * (FRAME[0] + GAP), MARGIN + HEADING + row * (FRAME[1] + CAPTION + GAP), drawing)
    stream = io.BytesIO()
    sheet.save(stream, "PNG")
    return write_bytes(path, stream.getvalue())


def _frame(sheet: Image.Image, left: int, top: int, drawing: Hung) -> None:
    draw, below = ImageDraw.Draw(sheet), top + FRAME[1] + 12
    hang(sheet, (left, top, left + FRAME[0], top + FRAME[1]), drawing.picture, drawing.failure)
    write(draw, (left, below), drawing.title, 24, INK, FRAME[0])
    write(draw, (left, below + 32), drawing.note, 18, FAINT, FRAME[0])
