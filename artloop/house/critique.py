"""The house critic: what a person would see first, and at most three changes, all read off measures and preview."""

from __future__ import annotations

import numpy as np

from artloop.house import eye
from artloop.house.look import Sight
from artloop.house.words import tokens
from artloop.models import (
    Asks,
    Change,
    Critique,
    CritiqueTask,
    GuidingCritique,
    Held,
    Metrics,
    Score,
    Target,
    TestedCritique,
)

MAX_CHANGES = 3
LOW, HIGH = 4.0, 7.0
"""Marks up to which a hypothesis on a criterion is refuted, and from which it is confirmed."""
SPEAKS_OF = {
    "focus": frozenset({"focus", "eye", "lands", "place", "form"}),
    "air": frozenset({"air", "empty", "sheet"}),
    "density": frozenset({"density", "ink", "interference"}),
    "rhythm": frozenset({"rhythm", "rhythms", "order", "direction", "rule"}),
    "balance": frozenset({"balance", "balances"}),
    "edge": frozenset({"edge", "margin", "margins"}),
}
Advice = tuple[Asks, Change, Target]
KEEP = {
    "focus": "the place where the eye lands",
    "air": "the empty part of the sheet",
    "density": "the even, open hatching",
    "rhythm": "the rhythm of the lines",
    "balance": "the way the weight is hung",
    "edge": "the clear margins",
    "medium": "the long, plottable strokes",
}


def critique(task: CritiqueTask, metrics: Metrics, sight: Sight | None = None) -> Critique:
    """Judge one drawing; it says of itself that it measured and did not see.

    Where a search may follow it asks for one kind of change at a time, that of the most telling one: an amount that is
    searched among changes of structure would be lost with them.
    """
    found = eye.scores(metrics, task.brief.canvas, sight)
    weakest = sorted(found, key=lambda one: eye.WEIGHTS[one.criterion] * (one.value - 10))
    advice = [_advice(one, metrics, task, sight) for one in weakest if one.value < 9.5]
    asks: Asks = advice[0][0] if advice else "structure"
    if task.form is GuidingCritique:
        advice = [one for one in advice if one[0] == asks]
    advice = advice[:MAX_CHANGES]
    best = max(found, key=lambda one: one.value)
    said = Critique(
        first_seen=first_seen(metrics, task.brief.canvas.size, sight),
        keep=f"{KEEP[best.criterion]} ({best.seen})",
        changes=[change for _, change, _ in advice],
        targets=[target for _, _, target in advice],
        scores=found,
        overall=eye.overall(found),
        measured=True,
    )
    if task.form is Critique:
        return said
    judged = {**dict(said), "hypothesis_held": held(said, task.hypothesis)}
    return GuidingCritique(**judged, asks=asks) if task.form is GuidingCritique else TestedCritique(**judged)


def held(said: Critique, hypothesis: str) -> Held:
    """The verdict on a hypothesis: by the criterion its words speak of, unclear without one."""
    words = set(tokens(hypothesis))
    meant = [one.value for one in said.scores if words & SPEAKS_OF.get(one.criterion, frozenset())]
    value = sum(meant) / len(meant) if meant else None
    if value is None or LOW < value < HIGH:
        return "unclear"
    return "confirmed" if value >= HIGH else "refuted"


def first_seen(metrics: Metrics, size: tuple[float, float], sight: Sight | None) -> str:
    """Where the eye would land, in words."""
    if sight is None or not sight.drawn.any():
        x, y = (metrics.balance_x + 1) / 2, (metrics.balance_y + 1) / 2
        return f"a mass of lines, its weight {where(x, y)}"
    radius = eye.FOCUS_RADIUS_MM * min(size) / 148
    colour, ink = sight.within(sight.colour, radius), sight.within(sight.ink, radius)
    coloured = 0.002 < sight.accent < 0.4
    row, column = np.unravel_index(int(np.argmax(colour if coloured else ink)), ink.shape)
    x, y = (column + 0.5) / ink.shape[1], (row + 0.5) / ink.shape[0]
    field = "a field of lines" if sight.fill > 0.7 else "a figure of lines"
    thing = "the second pen" if coloured else "its darkest place"
    return f"{field}, and in it {thing}, {where(float(x), float(y))}"


def where(x: float, y: float) -> str:
    """A place on the sheet in words; x and y run from 0 to 1, from the top left."""
    down = "upper" if y < 0.4 else "lower" if y > 0.6 else "middle"
    across = "left" if x < 0.4 else "right" if x > 0.6 else "middle"
    if down == across:
        return "in the middle"
    return (
        f"in the {down} middle"
        if across == "middle"
        else f"at the {across}, {down} part"
        if down != "middle"
        else (f"in the middle of the {across} side")
    )


def _advice(one: Score, metrics: Metrics, task: CritiqueTask, sight: Sight | None) -> Advice:
    """A change for a weak criterion: of what kind it is, and the measure that would show it was made."""
    short = min(task.brief.canvas.size)
    heavy = where((metrics.balance_x + 1) / 2, (metrics.balance_y + 1) / 2)
    match one.criterion:
        case "focus":
            low = max(0.3, metrics.density_entropy - 0.08)
            change = Change(
                place=heavy, what="gather the weight in one place", amount="make it stand out twice as much"
            )
            return (
                "structure",
                change,
                Target(metric="density_entropy", low=low, high=max(low, metrics.density_entropy - 0.01)),
            )
        case "air" if (sight.empty if sight else 1 - metrics.density_entropy) > 0.5:
            change = Change(place="the empty part", what="let the drawing take more of the sheet", amount="by a tenth")
            return "amounts", change, Target(metric="density_entropy", low=metrics.density_entropy + 0.01, high=0.93)
        case "air":
            change = Change(place="away from the focus", what="take lines out", amount="free a third of the sheet")
            return (
                "structure",
                change,
                Target(metric="density_entropy", low=0.6, high=max(0.6, metrics.density_entropy - 0.02)),
            )
        case "density" if metrics.spacing_p05_mm < 1.5 * task.brief.pen_mm or metrics.ink_coverage > 0.12:
            change = Change(place="where lines crowd", what="open the lines up", amount="0.5 mm apart or more")
            return (
                "amounts",
                change,
                Target(metric="ink_coverage", low=0.05, high=max(0.05, round(metrics.ink_coverage * 0.85, 4))),
            )
        case "density":
            change = Change(place=heavy, what="lay lines closer", amount="a fifth more ink")
            return (
                "amounts",
                change,
                Target(metric="ink_coverage", low=round(metrics.ink_coverage * 1.15, 4), high=0.16),
            )
        case "rhythm" if metrics.orientation_entropy > 0.65:
            change = Change(place="all over", what="let more lines agree on a direction", amount="one main direction")
            return (
                "amounts",
                change,
                Target(metric="orientation_entropy", low=0.4, high=max(0.4, metrics.orientation_entropy - 0.05)),
            )
        case "rhythm":
            change = Change(place="off the middle", what="let lines leave the common direction", amount="in one place")
            return (
                "structure",
                change,
                Target(metric="orientation_entropy", low=metrics.orientation_entropy + 0.05, high=0.9),
            )
        case "balance":
            change = Change(place=heavy, what="hang the weight nearer the middle", amount=f"by {short / 20:.0f} mm")
            return "amounts", change, Target(metric="balance_y", low=-0.1, high=0.1)
        case "edge" if metrics.margin_min_mm < 0.09 * short:
            change = Change(
                place="the edge", what="draw back from it", amount=f"to {0.09 * short:.0f} mm on every side"
            )
            return (
                "amounts",
                change,
                Target(metric="margin_min_mm", low=round(0.08 * short, 1), high=round(0.14 * short, 1)),
            )
        case "edge":
            change = Change(place="the wide margins", what="make them even", amount=f"{0.1 * short:.0f} mm")
            return (
                "amounts",
                change,
                Target(metric="margin_min_mm", low=round(0.07 * short, 1), high=round(0.12 * short, 1)),
            )
        case _:
            change = Change(place="all over", what="join short strokes into long ones", amount="halve the pen lifts")
            return "structure", change, Target(metric="strokes", low=0, high=max(1, round(0.7 * metrics.strokes)))
