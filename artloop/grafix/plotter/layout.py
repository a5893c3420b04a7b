"""A drawing on the plotter's paper: where each stroke lies for the machine, whether it fits, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from pydantic import Field

from artloop.errors import UsageError
from artloop.grafix.metrics import move_seconds
from artloop.grafix.svg import Drawing, Pen, Points
from artloop.models import Artifact, Canvas, Value

TOLERANCE_MM = 0.0005
"""Half of the last digit that is written."""


class PlotOptions(Value):
    """What may be chosen for every plot, whatever the machine."""

    paper: Canvas | None = None
    """The sheet in the plotter, the drawing in its middle; None: a sheet as large as the drawing."""
    margin_mm: float = Field(0.0, ge=0, le=500)
    """Nothing may be drawn closer than this to the edge of the paper."""
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
    """Of the pen in the drawing, from 1."""
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


def laid_out(drawing: Drawing, options: PlotOptions) -> Layout:
    """The drawing in the machine's coordinates, mirrored about the paper, from `from_stroke` on.

    Raises `UsageError` when it is empty, does not fit the paper, or has no such stroke.
    """
    check(drawing, options)
    paper, total = size(drawing, options), sum(len(pen.offsets) - 1 for pen in drawing.pens)
    if options.from_stroke > total:
        raise UsageError(f"there is no stroke {options.from_stroke} to go on from; the drawing has {total}")
    turns, first = [], 1
    for number, pen in enumerate(drawing.pens, 1):
        strokes = len(pen.offsets) - 1
        skipped = max(0, options.from_stroke - first)
        if strokes > skipped:
            turns.append(Turn(number, _placed(pen, skipped, drawing.canvas, paper), first + skipped))
        first += strokes
    return Layout(paper, len(drawing.pens), total, tuple(turns))


def size(drawing: Drawing, options: PlotOptions) -> tuple[float, float]:
    """(width, height) of the paper in mm."""
    return options.paper.size if options.paper else drawing.canvas


def origin(drawing: Drawing, options: PlotOptions) -> tuple[float, float]:
    """Where in the drawing's own coordinates, y down, the machine's origin is: the paper's lower left corner."""
    paper = size(drawing, options)
    return (drawing.canvas[0] - paper[0]) / 2, (drawing.canvas[1] + paper[1]) / 2


def check(drawing: Drawing, options: PlotOptions) -> None:
    """Raise `UsageError` when there is nothing to plot, or something outside of the margins, and say by how much."""
    coords = drawing.strokes[0]
    if not len(coords):
        raise UsageError("the drawing is empty; there is nothing to plot")
    paper, margin = size(drawing, options), options.margin_mm
    if 2 * margin >= min(paper):
        raise UsageError(f"a margin of {margin:g} mm leaves nothing of paper of {_sheet(paper)}; choose a smaller one")
    (left, top), (right, bottom) = coords.min(axis=0), coords.max(axis=0)
    dx, dy = (paper[0] - drawing.canvas[0]) / 2, (paper[1] - drawing.canvas[1]) / 2
    beyond = {
        "left": -left - dx + margin,
        "right": right + dx + margin - paper[0],
        "top": -top - dy + margin,
        "bottom": bottom + dy + margin - paper[1],
    }
    over = [f"{by:.2f} mm at the {side}" for side, by in beyond.items() if by > TOLERANCE_MM]
    if over:
        within = f" with a margin of {margin:g} mm" if margin else ""
        raise UsageError(
            f"the drawing does not fit paper of {_sheet(paper)}{within}: it goes too far by {', '.join(over)}; "
            "choose larger paper or a smaller margin, or draw it smaller"
        )


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


def _placed(pen: Pen, skipped: int, canvas: tuple[float, float], paper: tuple[float, float]) -> Pen:
    """In the middle of the paper, y up, without the strokes to skip."""
    start = pen.offsets[skipped]
    x = pen.coords[start:, 0] + (paper[0] - canvas[0]) / 2
    y = (paper[1] + canvas[1]) / 2 - pen.coords[start:, 1]
    return replace(pen, coords=np.stack([x, y], axis=1), offsets=pen.offsets[skipped:] - start)


def _sheet(paper: tuple[float, float]) -> str:
    return f"{paper[0]:g} x {paper[1]:g} mm"
