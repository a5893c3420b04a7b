"""From a drawing to the files asked for: pens assigned, put on paper, ordered, split, written. Imports Numba."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from artloop.errors import UsageError
from artloop.grafix import picture, svg
from artloop.grafix.plotter import gcode, hpgl
from artloop.grafix.plotter.assigning import assigned
from artloop.grafix.plotter.hidden import without_hidden
from artloop.grafix.plotter.layout import Pace, PlotReport, laid_out, measured
from artloop.grafix.plotter.marks import LENGTH_MM, in_the_way, marked
from artloop.grafix.plotter.orders import Export, Exports, PartReport
from artloop.grafix.plotter.plotting import prepared
from artloop.grafix.plotter.preview import preview
from artloop.grafix.plotter.sheet import placed
from artloop.grafix.plotter.split import Part, by_ink, by_pen
from artloop.grafix.svg import Drawing

PICTURES = ("svg", "png")
EDGE_MM = 3.0
"""Ink closer to the edge of the paper than this is beyond what many plotters hold and reach."""
CAROUSEL = 8
"""Pens that the largest carousels of HPGL plotters hold."""


def exported(drawing: Drawing, order: Export) -> tuple[Exports, list[bytes]]:
    """What is in each file and the files, each followed by its preview if one is wanted. Raises `UsageError`."""
    chosen, warnings = assigned(without_hidden(drawing, order.opaque), order.assignments, order.pens)
    laid = placed(chosen, order.options.sheet)
    ready = laid if order.as_drawn else prepared(laid, order.options)
    reports, files = [], list[bytes]()
    for part in parts(ready, order):
        ink = replace(part, drawing=marked(part.drawing)) if order.marks else part
        reports.append(told(ink, order))
        files.append(written(ink.drawing, order))
        if order.preview:
            files.append(previewed(ink.drawing, order))
    scale = laid_scale(chosen, laid)
    found = [*warnings, *doubts(ready, order, scale)]
    return Exports(paper=laid.canvas, scale=scale, parts=reports, warnings=found), files


def parts(drawing: Drawing, order: Export) -> list[Part]:
    """What goes into each file."""
    if order.options.from_stroke > 1:
        if order.form in PICTURES:
            drawing = rest_of(drawing, order.options.from_stroke)
        elif order.split:
            raise UsageError("a program that goes on at a stroke is one file; leave --split or --from-stroke out")
    if order.split is None:
        return [Part(drawing)]
    if order.split == "pen":
        return by_pen(drawing)
    ink = order.split - (LENGTH_MM if order.marks else 0)
    if ink <= 0:
        raise UsageError(f"{order.split:g} mm of ink are used up by the registration marks; split by more")
    return by_ink(drawing, ink)


def written(drawing: Drawing, order: Export) -> bytes:
    """One file."""
    start = order.options.from_stroke
    if order.form == "gcode" and order.profile:
        return gcode.write(drawing, order.profile, start)[0].encode()
    if order.form == "hpgl":
        return hpgl.write(drawing, start)[0].encode()
    text = svg.write(drawing)
    if order.form == "svg":
        return text.encode()
    if order.dpi > picture.most_dpi(drawing.canvas):
        raise UsageError(
            f"--dpi {order.dpi:g} is too fine for this paper; {picture.most_dpi(drawing.canvas)} is the limit"
        )
    return picture.printed(text, drawing.canvas, order.dpi, order.paper)


def previewed(drawing: Drawing, order: Export) -> bytes:
    """The picture of one file, with the ways of the pen in the air."""
    text = preview(drawing, order.options.sheet.margins_mm, order.paper)
    return text.encode() if order.preview == "svg" else picture.pictured(text, drawing.canvas, order.preview_px)


def told(part: Part, order: Export) -> PartReport:
    """What one file comes to."""
    start = 1 if order.form in PICTURES else order.options.from_stroke
    report: PlotReport = measured(laid_out(part.drawing, start), order.profile or Pace())
    return PartReport(
        **report.model_dump(),
        pen=part.pen.name if part.pen else "",
        number=part.pen.number if part.pen else 0,
        part=part.number if order.split not in (None, "pen") else 0,
        names=[f"{pen.number or place} {pen.name}" for place, pen in enumerate(part.drawing.pens, 1)],
    )


def rest_of(drawing: Drawing, start: int) -> Drawing:
    """The drawing from that stroke on, the pens keeping their numbers. Raises `UsageError` when there is none."""
    left, first = [], 1
    total = sum(len(pen.offsets) - 1 for pen in drawing.pens)
    if start > total:
        raise UsageError(f"there is no stroke {start} to go on from; the drawing has {total}")
    for place, pen in enumerate(drawing.pens, 1):
        strokes = len(pen.offsets) - 1
        if start < first + strokes:
            skipped = max(0, start - first)
            coords, offsets = pen.coords[pen.offsets[skipped] :], pen.offsets[skipped:] - pen.offsets[skipped]
            left.append(replace(pen, coords=coords, offsets=offsets, number=pen.number or place))
        first += strokes
    return replace(drawing, pens=tuple(left))


def laid_scale(drawn: Drawing, laid: Drawing) -> float:
    """By how much the drawing was scaled on its way to the paper."""
    before, after = np.ptp(drawn.strokes[0], axis=0).max(), np.ptp(laid.strokes[0], axis=0).max()
    return round(float(after / before), 4) if before else 1.0


def doubts(drawing: Drawing, order: Export, scale: float) -> list[str]:
    """What somebody should know before they plot a drawing that lies on its paper."""
    coords, paper = drawing.strokes[0], drawing.canvas
    edge = float(min(coords.min(), (paper - coords).min()))
    numbers = [pen.number or place for place, pen in enumerate(drawing.pens, 1)]
    found = {
        f"ink lies {edge:.1f} mm from the edge of the paper; see --margin": edge < EDGE_MM,
        f"lines are drawn {scale:g} times as far apart, with pens as wide as before": abs(scale - 1) > 0.01,
        "registration marks lie where something is drawn; see --margin": order.marks and in_the_way(drawing),
        f"pen {max(numbers)}: a carousel holds {CAROUSEL} at most": order.form == "hpgl" and max(numbers) > CAROUSEL,
    }
    return [said for said, true in found.items() if true]
