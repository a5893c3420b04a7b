"""From a drawing to a plotter program, in a press process: strokes tidied and ordered, then written. Imports Numba."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from artloop.grafix.plotter import gcode, hpgl, joints, route, strokes
from artloop.grafix.plotter.layout import PlotOptions, PlotReport
from artloop.grafix.plotter.profiles import Profile
from artloop.grafix.plotter.sheet import placed
from artloop.grafix.svg import Drawing, Offsets, Pen, Points


def plotted(drawing: Drawing, profile: Profile | None, options: PlotOptions) -> tuple[str, PlotReport]:
    """G-code for the profile, HPGL without one. Raises `UsageError`."""
    ready, start = prepared(placed(drawing, options.sheet), options), options.from_stroke
    return gcode.write(ready, profile, start) if profile else hpgl.write(ready, start)


def prepared(drawing: Drawing, options: PlotOptions) -> Drawing:
    """Strokes of a drawing on its paper tidied, in the order in which a pen, coming from the last, travels little."""
    at, pens = (0.0, drawing.canvas[1]), []
    for pen in drawing.pens:
        coords, offsets = ordered(*tidied(pen, options), at)
        if len(coords):
            pens.append(replace(pen, coords=coords, offsets=offsets))
            at = (float(coords[-1, 0]), float(coords[-1, 1]))
    return replace(drawing, pens=tuple(pens))


def tidied(pen: Pen, options: PlotOptions) -> tuple[Points, Offsets]:
    """A pen's strokes, nothing drawn twice, ends that meet joined, points that say nothing left out."""
    found = joints.chained(*strokes.once(pen.coords, pen.offsets), options.merge_mm)
    return strokes.simplified(*strokes.without_specks(*found, pen.width_mm), options.simplify_mm)


def ordered(coords: Points, offsets: Offsets, home: tuple[float, float]) -> tuple[Points, Offsets]:
    """Strokes in the order for a pen that starts at `home`, some of them backwards."""
    return strokes.rearranged(coords, offsets, route.ordered(strokes.ends_of(coords, offsets), home))


def rehearse() -> int:
    """Compile every kernel of this room by using it; how many strokes came of it."""
    coords = np.array([(0, 0), (1, 0), (1, 0), (2, 0), (2, 1), (9, 9), (8, 8), (5, 5), (5, 6)], np.float64)
    pen = Pen("ink", "#000000", 0.3, coords, np.array([0, 2, 5, 7, 9]))
    return len(prepared(Drawing((10, 10), (pen,)), PlotOptions()).pens[0].offsets) - 1
