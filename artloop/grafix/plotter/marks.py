"""Registration marks: a cross in each corner of the paper, drawn by every pen, that shows how well their lines meet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from artloop.errors import UsageError
from artloop.grafix.plotter.sheet import shown
from artloop.grafix.svg import Drawing, Offsets, Pen, Points

CENTRE_MM = 7.0
"""Of a cross, from the two edges of its corner."""
ARM_MM = 3.0
LENGTH_MM = 4 * 4 * ARM_MM
"""Of all marks of one pen."""


def marked(drawing: Drawing) -> Drawing:
    """Every pen draws the marks before anything else. Raises `UsageError` on paper too small for them."""
    if min(drawing.canvas) < 4 * CENTRE_MM:
        raise UsageError(f"paper of {shown(drawing.canvas)} is too small for registration marks; leave them out")
    crosses = _crosses(drawing.canvas)
    offsets = np.arange(0, len(crosses) + 1, 2)
    return replace(drawing, pens=tuple(_before(pen, crosses, offsets) for pen in drawing.pens))


def in_the_way(drawing: Drawing) -> bool:
    """Whether a point of a drawing without marks lies where they would be drawn."""
    coords, reach = drawing.strokes[0], CENTRE_MM + ARM_MM
    near = (coords < reach) | (coords > np.array(drawing.canvas) - reach)
    return bool(near.all(axis=1).any())


def _crosses(paper: tuple[float, float]) -> Points:
    """(16, 2): the ends of both arms of each, once around the paper from the lower left."""
    left, top, right, bottom = CENTRE_MM, CENTRE_MM, paper[0] - CENTRE_MM, paper[1] - CENTRE_MM
    centres = np.array([(left, bottom), (left, top), (right, top), (right, bottom)])
    arms = np.array([(-ARM_MM, 0), (ARM_MM, 0), (0, -ARM_MM), (0, ARM_MM)])
    crosses: Points = (centres[:, None] + arms).reshape(-1, 2)
    return crosses


def _before(pen: Pen, crosses: Points, offsets: Offsets) -> Pen:
    return replace(
        pen,
        coords=np.concatenate([crosses, pen.coords]),
        offsets=np.concatenate([offsets, pen.offsets[1:] + len(crosses)]),
    )
