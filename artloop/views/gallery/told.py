"""What the gallery says of a run in words: who judged it, its measures, and what to type to go on."""

from __future__ import annotations

import re

from artloop.models import Metrics, RunRecord, Selection, Variant
from artloop.views.gallery.anew import anew
from artloop.views.narration import UNPAID, clock_time

Pairs = list[tuple[str, str]]
MIDDLE = {"middle", "centre", "center", "central"}


def whose_eyes(variants: list[Variant], selection: Selection) -> str:
    """Who judged: a reader must never take a measured number for a look."""
    if selection.reason:
        return f"No critic was asked. {_judge(selection)}"
    critiques = [turn.critique for variant in variants for turn in variant.iterations if turn.critique]
    critic = any(critique.measured for critique in critiques)
    judge = bool(selection.comparisons) and selection.measured
    if critic and (judge or not selection.comparisons):
        return "The critic and judge of this run are the built-in house heuristics: measured numbers, no eye."
    if critic:
        return f"The critic of this run is the built-in house heuristic: measured numbers, no eye. {_judge(selection)}"
    if judge:
        return (
            "The critiques were written by a model that saw the pictures. "
            "The judge of this run is the built-in house heuristic: measured numbers, no eye."
        )
    return f"The critiques were written by a model that saw the pictures. {_judge(selection)}"


def _judge(selection: Selection) -> str:
    if selection.reason and not selection.calls:
        return f"The winner: {selection.reason}."
    if selection.reason and selection.measured:
        return "The judge of this run is the built-in house heuristic: measured numbers, no eye."
    if selection.reason:
        return f"The judge, {selection.judge}, saw all pictures together, once."
    if selection.unpaid:
        return f"Ranked{UNPAID}."
    return f"The judge, {selection.judge}, saw the pictures in pairs, in both orders." if selection.comparisons else ""


def facts(metrics: Metrics | None) -> str:
    """The measures in a few words."""
    if metrics is None:
        return ""
    pens = f"{metrics.pens} pen{'' if metrics.pens == 1 else 's'}"
    minutes = max(1, round(metrics.plot_seconds / 60))
    return f"{metrics.strokes:,} strokes, {metrics.ink_mm / 1000:.1f} m ink, {pens}, {minutes} min to plot"


def measures(metrics: Metrics) -> list[tuple[str, str, str]]:
    """(field, name, value) of the measures as a person reads them; the JSON file's names stay recognisable."""
    left, top, right, bottom = metrics.bbox_mm
    return [
        ("strokes", "strokes", f"{metrics.strokes:,}"),
        ("segments", "segments", f"{metrics.segments:,}"),
        ("ink_mm", "ink", f"{metrics.ink_mm / 1000:.2f} m"),
        ("pen_up_mm", "pen up", f"{metrics.pen_up_mm / 1000:.2f} m"),
        ("pens", "pens", str(metrics.pens)),
        ("plot_seconds", "plot time", clock_time(metrics.plot_seconds)),
        ("bbox_mm", "drawn area", f"{left:.0f}, {top:.0f} to {right:.0f}, {bottom:.0f} mm"),
        ("margin_min_mm", "smallest margin", f"{metrics.margin_min_mm:.1f} mm"),
        ("out_of_canvas", "out of canvas", f"{metrics.out_of_canvas:.1%}"),
        ("ink_coverage", "ink coverage", f"{metrics.ink_coverage:.1%}"),
        ("balance_x", "balance x, y", f"{metrics.balance_x:+.2f}, {metrics.balance_y:+.2f}"),
        ("symmetry_h", "symmetry h, v", f"{metrics.symmetry_h:.2f}, {metrics.symmetry_v:.2f}"),
        ("density_entropy", "density entropy", f"{metrics.density_entropy:.2f}"),
        ("orientation_entropy", "orientation entropy", f"{metrics.orientation_entropy:.2f}"),
        ("fractal_dimension", "fractal dimension", f"{metrics.fractal_dimension:.2f}"),
        ("compressibility", "compressibility", f"{metrics.compressibility:.2f}"),
        ("overplot_max", "most passes over a spot", str(metrics.overplot_max)),
        ("spacing_p05_mm", "line spacing, 5th percentile", f"{metrics.spacing_p05_mm:.2f} mm"),
    ]


def models(record: RunRecord) -> Pairs:
    """Model to the roles it played."""
    roles: dict[str, list[str]] = {}
    for role, model in record.models.items():
        roles.setdefault(model, []).append(role)
    return [(model, "" if len(roles) == 1 else ", ".join(played)) for model, played in roles.items()]


def commands(record: RunRecord, workspace: str) -> Pairs:
    """What to type to go on from here or to make it again."""
    tail = _tail(workspace)
    return [
        ("Perform it again from its record, without a model", f"artloop replay {record.id}{tail}"),
        ("Ask anew", anew(record, workspace)),
        ("Read it in the terminal", f"artloop show {record.id}{tail}"),
        ("Make this page again", f"artloop gallery {record.id}{tail}"),
    ]


def commands_of(run: str, variant: str, iteration: int, workspace: str) -> Pairs:
    """What to type to take one drawing out, or to go on from it."""
    at, tail = f"{run} --variant {variant} --iteration {iteration}", _tail(workspace)
    return [
        ("Go on from here, in a new run", f"artloop fork {at}{tail}"),
        ("Plot it", f"artloop export {at} --format gcode{tail}"),
        ("Take it out as lines", f"artloop export {at} --format svg{tail}"),
    ]


def region(place: str) -> tuple[int, int, int, int] | None:
    """Where on the sheet a critic's words point, as x, y, width and height in percent; None: nowhere in particular."""
    words = set(re.findall(r"[a-z]+", place.lower()))
    if words & {"off", "away", "not", "outside", "around", "between"}:
        return None
    across = _span(words, {"left"}, {"right"})
    down = _span(words, {"upper", "top", "above", "sky"}, {"lower", "bottom", "below", "foot"})
    if not across and not down and not words & MIDDLE:
        return None
    only_middle = words & MIDDLE
    x, width = across or ((30, 40) if only_middle or "corner" in words else (0, 100))
    y, height = down or ((30, 40) if only_middle else (0, 100))
    return x, y, width, height


def _span(words: set[str], first: set[str], last: set[str]) -> tuple[int, int] | None:
    """(begin, length) in percent; both or neither of the two ends is no place."""
    size = 25 if "quarter" in words or "corner" in words else 33 if "third" in words else 45
    if bool(words & first) == bool(words & last):
        return None
    return (0, size) if words & first else (100 - size, size)


def _tail(workspace: str) -> str:
    return "" if workspace == "default" else f" --workspace {workspace}"
