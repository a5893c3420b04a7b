"""A drawing on the plotter's paper: where each stroke lies for the machine, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from pydantic import Field

from artloop.errors import UsageError
from artloop.grafix.metrics import move_seconds
from artloop.grafix.plotter.sheet import Margins, Sheet, check
from artloop.grafix.svg import Drawing, Pen, Points
from artloop.models import Artifact, Value


class PlotOptions(Value):
    """What may be chosen for every plot, whatever the machine."""

    sheet: Sheet = Sheet()
    from_stroke: int = Field(1, ge=1)
    """Leave out the strokes before this one, to go on with a broken plot."""
    merge_mm: float = Field(0.05, ge=0, le=2)
    """Strokes whose ends are no farther apart are drawn in one go."""
    simplify_mm: float = Field(0.05, ge=0, le=2)
    """How far the plotted line may be from the drawn one."""


class Pace(Value):
    """How fast a machine is."""

    draw_mm_s: float = Field(50.0, gt=0, le=5000)
    travel_mm_s: float = Field(100.0, gt=0, le=5000)
    acceleration_mm_s2: float = Field(1000.0, gt=0, le=100_000)
    lift_s: float = Field(0.15, ge=0, le=30)
    """Seconds that raising the pen takes, and again lowering it; where a profile has a `dwell`, that long."""


class PlotReport(Value):
    """What a plot comes to, from the origin and back."""

    strokes: int
    pens: int
    lifts: int
    pen_down_mm: float
    pen_up_mm: float
    seconds: float
    """Without the pauses in which pens are changed."""


class Exported(PlotReport):
    """A plotter program that was written, and what it comes to."""

    profile: str
    artifact: Artifact


@dataclass(frozen=True)
class Turn:
    """What one pen draws, in mm from the paper's lower left corner, x to the right and y up."""

    number: int
    """Of the pen in the plotter, from 1."""
    pen: Pen
    first: int
    """Number of its first stroke among those of all pens, from 1."""

    def strokes(self) -> Iterator[tuple[int, Points]]:
        """Number and points of every stroke."""
        yield from enumerate((self.pen.coords[a:b] for a, b in pairwise(self.pen.offsets.tolist())), self.first)


@dataclass(frozen=True)
class Layout:
    """A whole plot: `total` strokes, of which those of `turns` are to be drawn."""

    paper: tuple[float, float]
    pens: int
    total: int
    turns: tuple[Turn, ...]


def laid_out(drawing: Drawing, from_stroke: int = 1) -> Layout:
    """A drawing that lies on its paper in the machine's coordinates, mirrored about the paper, from that stroke on.

    Raises `UsageError` when it is empty, does not fit the paper, or has no such stroke.
    """
    check(drawing, Margins())
    total = sum(len(pen.offsets) - 1 for pen in drawing.pens)
    if from_stroke > total:
        raise UsageError(f"there is no stroke {from_stroke} to go on from; the drawing has {total}")
    turns, first = [], 1
    for place, pen in enumerate(drawing.pens, 1):
        strokes = len(pen.offsets) - 1
        skipped = max(0, from_stroke - first)
        if strokes > skipped:
            turns.append(Turn(pen.number or place, _mirrored(pen, skipped, drawing.canvas[1]), first + skipped))
        first += strokes
    return Layout(drawing.canvas, len(drawing.pens), total, tuple(turns))


def measured(layout: Layout, pace: Pace) -> PlotReport:
    """Lengths and time; corners inside a stroke are taken at full speed."""
    strokes = [points for turn in layout.turns for _, points in turn.strokes()]
    drawn = np.array([np.hypot(*np.diff(points, axis=0).T).sum() for points in strokes])
    stops = np.concatenate([[(0.0, 0.0)], *((points[0], points[-1]) for points in strokes), [(0.0, 0.0)]])
    travels = np.hypot(*(stops[1::2] - stops[::2]).T)
    drawing = move_seconds(drawn, pace.draw_mm_s, pace.acceleration_mm_s2)
    travelling = move_seconds(travels, pace.travel_mm_s, pace.acceleration_mm_s2)
    return PlotReport(
        strokes=len(strokes),
        pens=len(layout.turns),
        lifts=len(strokes),
        pen_down_mm=round(float(drawn.sum()), 2),
        pen_up_mm=round(float(travels.sum()), 2),
        seconds=round(drawing + travelling + 2 * pace.lift_s * len(strokes), 1),
    )


def _mirrored(pen: Pen, skipped: int, height: float) -> Pen:
    """With y up, without the strokes to skip."""
    start = pen.offsets[skipped]
    coords = pen.coords[start:] * (1, -1) + (0, height)
    return replace(pen, coords=coords, offsets=pen.offsets[skipped:] - start)
