"""What the house artist sees: a preview picture boiled down to how much ink, and how much colour, lies where."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artloop.models import Canvas

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CELL_MM = 4.0
INKED = 0.02
"""Darkness above which a cell counts as drawn on: about one line across it."""


@dataclass(frozen=True)
class Sight:
    """Darkness and colour, 0 to 1, of square cells of the sheet, (rows, columns)."""

    ink: Floats
    colour: Floats
    cell: tuple[float, float]
    """(width, height) of a cell in mm."""

    @property
    def drawn(self) -> Bools:
        """Which cells hold ink."""
        return self.ink > INKED

    @property
    def empty(self) -> float:
        """Share of the sheet without ink."""
        return float(1 - self.drawn.mean())

    @property
    def fill(self) -> float:
        """How much of its own frame the drawing covers: 1 a field, less a figure."""
        rows, columns = np.flatnonzero(self.drawn.any(axis=1)), np.flatnonzero(self.drawn.any(axis=0))
        if not len(rows):
            return 0.0
        return float(self.drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean())

    @property
    def accent(self) -> float:
        """Share of the ink that is coloured."""
        total = float(self.ink.sum())
        return float(self.colour.sum()) / total if total else 0.0

    def within(self, values: Floats, radius: float) -> Floats:
        """Mean of the cells within `radius` mm of each cell; beyond the sheet counts as nothing."""
        reach_x, reach_y = int(radius / self.cell[0]), int(radius / self.cell[1])
        y, x = np.mgrid[-reach_y : reach_y + 1, -reach_x : reach_x + 1]
        disc = np.hypot(x * self.cell[0], y * self.cell[1]) <= radius
        padded = np.pad(values, ((reach_y, reach_y), (reach_x, reach_x)))
        views = np.lib.stride_tricks.sliding_window_view(padded, disc.shape)
        return np.asarray((views * disc).sum(axis=(2, 3)) / disc.sum(), dtype=np.float64)


def see(data_url: str, canvas: Canvas) -> Sight:
    """Read a `data:image/png;base64,` picture of a whole sheet; its corner is bare paper."""
    picture = Image.open(io.BytesIO(base64.b64decode(data_url.partition(",")[2]))).convert("RGB")
    pixels = np.asarray(picture, dtype=np.float64) / 255
    paper = pixels[0, 0]
    missing = np.clip(paper - pixels, 0, 1)
    columns, rows = (max(4, round(side / CELL_MM)) for side in canvas.size)
    darkness = _over_channels(np.maximum, missing)
    ink = _averaged(darkness, rows, columns)
    colour = _averaged(np.where(_is_colour(pixels), darkness, 0.0), rows, columns)
    return Sight(ink, colour, (canvas.width_mm / columns, canvas.height_mm / rows))


def _is_colour(pixels: Floats) -> Bools:
    """Clearly tinted pixels; a bluish black is ink, not colour."""
    return np.asarray(_over_channels(np.maximum, pixels) - _over_channels(np.minimum, pixels) > 0.18)


def _over_channels(extreme: np.ufunc, pixels: Floats) -> Floats:
    """The extreme of red, green and blue; ten times as fast as a reduction over so short an axis."""
    return np.asarray(extreme(extreme(pixels[..., 0], pixels[..., 1]), pixels[..., 2]))


def _averaged(values: Floats, rows: int, columns: int) -> Floats:
    """Mean of each of rows x columns blocks."""
    down = np.linspace(0, values.shape[0], rows + 1).astype(int)
    across = np.linspace(0, values.shape[1], columns + 1).astype(int)
    sums = np.add.reduceat(np.add.reduceat(values, down[:-1], axis=0), across[:-1], axis=1)
    return np.asarray(sums / (np.diff(down)[:, None] * np.diff(across)), dtype=np.float64)
