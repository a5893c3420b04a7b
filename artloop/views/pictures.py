"""Drawings on the terminal, by whatever it takes pictures in: its own protocol, or half blocks of colour."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Literal, Protocol

from PIL import Image as Raster
from rich.console import Console, RenderableType

Cells = int | Literal["auto"]
CELL_RATIO = 2
"""About how much higher than wide a terminal's cell is."""


class Pictured(Protocol):
    """Makes a renderable of a picture, so many terminal cells wide or high; `auto` follows from the other."""

    def __call__(self, image: Path | Raster.Image, width: Cells, height: Cells, /) -> RenderableType: ...


def pictured(console: Console) -> Pictured | None:
    """How the terminal behind a console shows pictures; None where it shows none. Asks it, so call it between lines."""
    if not _shows_pictures(console):
        return None
    # It asks the terminal what it can show at the moment of its import, so only when a picture is wanted.
    from textual_image.renderable import Image

    # A terminal that does not know its cells in pixels is no news; their usual size will do.
    logging.getLogger("textual_image").setLevel(logging.ERROR)
    return Image


def redrawn(console: Console) -> Pictured | None:
    """How pictures are shown that are sent again and again, without flicker: in half blocks, whatever else there is."""
    if pictured(console) is None:
        return None
    from textual_image.renderable import HalfcellImage

    # It asks the terminal for the size of its cells once: now, before others read the keyboard and write in threads.
    console.render_lines(HalfcellImage(Raster.new("RGB", (1, 2)), 1, 1))
    return HalfcellImage


def within(draw: Pictured, path: Path, columns: int, rows: int) -> RenderableType | None:
    """The picture as large as both allow, in its own proportions; None if it is not there or cannot be read."""
    try:
        with Raster.open(path) as picture:
            raster = picture.convert("RGB")
    except OSError:
        return None
    wide = CELL_RATIO * raster.width * rows > raster.height * columns
    return draw(raster, columns, "auto") if wide else draw(raster, "auto", rows)


def _shows_pictures(console: Console) -> bool:
    """Half blocks need colour; every way of showing them needs a terminal that knows its size and answers on stdin."""
    if not console.is_terminal or console.is_dumb_terminal or os.environ.get("NO_COLOR"):
        return False
    if console.file is not sys.stdout or not sys.stdin.isatty():
        return False
    try:
        return 0 not in os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return False
