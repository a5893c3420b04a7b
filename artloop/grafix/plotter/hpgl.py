"""A drawing as HPGL, the language of plotters with a carousel: a pen has the number it was given, else its place."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from artloop.grafix.plotter.layout import Pace, PlotReport, Turn, laid_out, measured
from artloop.grafix.svg import Drawing, Points

UNITS_PER_MM = 40
POINTS_PER_COMMAND = 40
"""Old plotters have small buffers."""


def write(drawing: Drawing, from_stroke: int = 1, pace: Pace | None = None) -> tuple[str, PlotReport]:
    """The strokes in the order given, from the paper's lower left corner. Raises `UsageError`."""
    layout = laid_out(drawing, from_stroke)
    lines = ["IN;PA;", *(line for turn in layout.turns for line in _drawn(turn)), "PU0,0;SP0;"]
    return "\n".join(lines) + "\n", measured(layout, pace or Pace())


def _drawn(turn: Turn) -> Iterator[str]:
    yield f"SP{turn.number};"
    for _, points in turn.strokes():
        yield from _stroke(points)
    yield "PU;"


def _stroke(points: Points) -> Iterator[str]:
    """A dot is lowered where it is; points that fall on the one before are left out."""
    units = np.rint(points * UNITS_PER_MM).astype(np.int64)
    units = units[np.concatenate([[True], (units[1:] != units[:-1]).any(axis=1)])].tolist()
    words = [f"{x},{y}" for x, y in units]
    yield f"PU{words[0]};"
    for start in range(1, max(len(words), 2), POINTS_PER_COMMAND):
        yield f"PD{','.join(words[start : start + POINTS_PER_COMMAND])};"
