"""The paper in the plotter: which it is, where the drawing lies on it, and what must stay free."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field

from artloop.errors import UsageError
from artloop.grafix.svg import Drawing, Pen
from artloop.models import Canvas, Value

TOLERANCE_MM = 0.0005
"""Half of the last digit that is written."""
Orientation = Literal["as named", "portrait", "landscape", "auto"]
"""`auto`: as the drawing, once it is turned."""


class Margins(Value):
    """What nothing may be drawn on, in mm from each edge of the paper."""

    top: float = Field(0.0, ge=0, le=500)
    right: float = Field(0.0, ge=0, le=500)
    bottom: float = Field(0.0, ge=0, le=500)
    left: float = Field(0.0, ge=0, le=500)

    @classmethod
    def parse(cls, text: str) -> Margins:
        """Read `10`, `10,20` or `10,20,15,20` as CSS does, from the top clockwise. A ValueError says what is wrong."""
        try:
            sides = [float(side) for side in text.split(",")]
        except ValueError:
            sides = []
        if len(sides) not in (1, 2, 4):
            raise ValueError(f"margin {text!r} is neither like 10 nor 10,20 (top and bottom, sides) nor 10,20,15,20")
        return cls.all_round(*sides)

    @classmethod
    def all_round(cls, top: float, right: float | None = None, *rest: float) -> Margins:
        """Each side that is not given is as the one across, or as the top."""
        right = top if right is None else right
        bottom, left = rest or (top, right)
        return cls(top=top, right=right, bottom=bottom, left=left)

    def __str__(self) -> str:
        sides = (self.top, self.right, self.bottom, self.left)
        return f"{self.top:g}" if len(set(sides)) == 1 else ", ".join(f"{side:g}" for side in sides)


class Sheet(Value):
    """How a drawing is put on paper."""

    paper: Canvas | None = None
    """None: a sheet as large as the drawing, with its margins around."""
    orientation: Orientation = "as named"
    margins_mm: Margins = Margins()
    fit: bool = False
    """Scale the drawing's own sheet to fill what the margins leave; else true to size, in the middle of that."""
    turn: Literal[0, 90, 180, 270] = 0
    """Degrees by which the drawing is turned clockwise."""


def placed(drawing: Drawing, sheet: Sheet) -> Drawing:
    """The drawing on its paper, which is its canvas then. Raises `UsageError` when it is empty or does not fit."""
    if not len(drawing.strokes[0]):
        raise UsageError("the drawing is empty; there is nothing to plot")
    turned = _turned(drawing, sheet.turn)
    paper, margins = size(turned.canvas, sheet), sheet.margins_mm
    free = paper[0] - margins.left - margins.right, paper[1] - margins.top - margins.bottom
    if min(free) <= 0:
        raise UsageError(
            f"a margin of {margins} mm leaves nothing of paper of {shown(paper)}; choose a smaller one, or larger paper"
        )
    scale = min(free[0] / turned.canvas[0], free[1] / turned.canvas[1]) if sheet.fit else 1.0
    corner = (
        margins.left + (free[0] - scale * turned.canvas[0]) / 2,
        margins.top + (free[1] - scale * turned.canvas[1]) / 2,
    )
    pens = tuple(replace(pen, coords=pen.coords * scale + corner) for pen in turned.pens)
    found = Drawing(paper, pens)
    check(found, margins)
    return found


def size(canvas: tuple[float, float], sheet: Sheet) -> tuple[float, float]:
    """(width, height) in mm of the paper for a drawing of this size."""
    paper = sheet.paper.size if sheet.paper else canvas
    turned = {
        "as named": False,
        "portrait": paper[0] > paper[1],
        "landscape": paper[0] < paper[1],
        "auto": (paper[0] > paper[1]) != (canvas[0] > canvas[1]) and canvas[0] != canvas[1],
    }[sheet.orientation]
    return (paper[1], paper[0]) if turned else paper


def check(drawing: Drawing, margins: Margins) -> None:
    """Raise `UsageError` when something lies outside of the margins, and say by how much."""
    coords, paper = drawing.strokes[0], drawing.canvas
    if not len(coords):
        raise UsageError("the drawing is empty; there is nothing to plot")
    (left, top), (right, bottom) = coords.min(axis=0), coords.max(axis=0)
    beyond = {
        "left": margins.left - left,
        "right": right + margins.right - paper[0],
        "top": margins.top - top,
        "bottom": bottom + margins.bottom - paper[1],
    }
    over = [f"{by:.2f} mm at the {side}" for side, by in beyond.items() if by > TOLERANCE_MM]
    if over:
        within = f" with a margin of {margins} mm" if margins != Margins() else ""
        raise UsageError(
            f"the drawing does not fit paper of {shown(paper)}{within}: it goes too far by {', '.join(over)}; "
            "choose larger paper or a smaller margin, or draw it smaller"
        )


def shown(paper: tuple[float, float]) -> str:
    """A sheet's size for people."""
    return f"{paper[0]:g} x {paper[1]:g} mm"


def _turned(drawing: Drawing, degrees: int) -> Drawing:
    """Turned clockwise with its sheet, y pointing down."""
    width, height = drawing.canvas
    matrix, shift = {
        0: (((1, 0), (0, 1)), (0, 0)),
        90: (((0, 1), (-1, 0)), (height, 0)),
        180: (((-1, 0), (0, -1)), (width, height)),
        270: (((0, -1), (1, 0)), (0, width)),
    }[degrees]
    canvas = (height, width) if degrees in (90, 270) else (width, height)
    return Drawing(canvas, tuple(_moved(pen, np.array(matrix, float), shift) for pen in drawing.pens))


def _moved(pen: Pen, matrix: np.ndarray, shift: tuple[float, float]) -> Pen:
    return replace(pen, coords=pen.coords @ matrix + shift)
