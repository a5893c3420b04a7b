"""Lines of lower layers cut away below the closed shapes of a layer that is opaque. Imports Shapely."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import shapely

from artloop.grafix.plotter.assigning import layer_named
from artloop.grafix.svg import Drawing, Pen, Points

EVERY = "all"
CLOSED_MM = 0.05
"""A stroke whose ends are no farther apart encloses something."""
CRUMB_MM = 0.05
"""Shorter pieces are what cutting leaves over, no lines."""


def without_hidden(drawing: Drawing, opaque: tuple[str, ...]) -> Drawing:
    """Layers lie on each other in their order, the last on top. A layer hides nothing of itself.

    `opaque` names layers, by name or number, or `all`. Raises `UsageError` for a layer that is not there.
    """
    if not opaque:
        return drawing
    names = [name for name in opaque if name != EVERY]
    hiding = {place for name in names for place in layer_named(drawing, name)}
    if EVERY in opaque:
        hiding = set(range(len(drawing.pens)))
    over: shapely.Geometry = shapely.Polygon()
    pens: list[Pen] = []
    for place in reversed(range(len(drawing.pens))):
        pen = drawing.pens[place]
        pens.append(_cut(pen, over) if not over.is_empty else pen)
        if place in hiding:
            over = shapely.union_all([over, *_shapes(pen)])
    return replace(drawing, pens=tuple(pen for pen in reversed(pens) if len(pen.coords)))


def _shapes(pen: Pen) -> list[shapely.Geometry]:
    """What the closed strokes enclose, also where they cross themselves."""
    shapes = []
    for start, end in pairwise(pen.offsets.tolist()):
        points = pen.coords[start:end]
        if len(points) > 3 and float(np.hypot(*(points[0] - points[-1]))) <= CLOSED_MM:
            shapes.append(shapely.make_valid(shapely.Polygon(points)))
    return [shape for shape in shapes if shape.area > 0]


def _cut(pen: Pen, over: shapely.Geometry) -> Pen:
    """The pen's strokes outside of what lies over them; those it does not touch stay as they are."""
    shapely.prepare(over)
    kept: list[Points] = []
    for start, end in pairwise(pen.offsets.tolist()):
        points = pen.coords[start:end]
        line = shapely.LineString(points)
        if over.disjoint(line):
            kept.append(points)
        elif not over.covers(line):
            kept += _pieces(line, over)
    offsets = np.cumsum([0, *map(len, kept)]).astype(np.int64)
    return replace(pen, coords=np.concatenate([np.zeros((0, 2)), *kept]), offsets=offsets)


def _pieces(line: shapely.LineString, over: shapely.Geometry) -> list[Points]:
    rest = shapely.line_merge(shapely.difference(line, over))
    return [shapely.get_coordinates(part) for part in shapely.get_parts(rest) if part.length > CRUMB_MM]
