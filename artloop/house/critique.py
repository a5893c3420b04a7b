"""The house critic: what a person would see first, and at most three changes, all read off measures and preview."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from artloop.house import eye
from artloop.house.look import Sight
from artloop.house.words import tokens
from artloop.models import (
    Asks,
    Brief,
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
KEEP = {
    "focus": "the place where the eye lands",
    "air": "the empty part of the sheet",
    "density": "the even, open hatching",
    "rhythm": "the rhythm of the lines",
    "balance": "the way the weight is hung",
    "edge": "the clear margins",
    "medium": "the long, plottable strokes",
}


class Advice(NamedTuple):
    """A change for a weak criterion: of what kind it is, and the measure that would show it was made."""

    asks: Asks
    place: str
    what: str
    amount: str
    metric: str
    low: float
    high: float

    @property
    def change(self) -> Change:
        """The change, in words."""
        return Change(place=self.place, what=self.what, amount=self.amount)

    @property
    def target(self) -> Target:
        """Where its measure should lie."""
        return Target(metric=self.metric, low=self.low, high=self.high)


def critique(task: CritiqueTask, metrics: Metrics, sight: Sight | None = None) -> Critique:
    """Judge one drawing; it says of itself that it measured and did not see.

    Where a search may follow it asks for one kind of change at a time, that of the most telling one: an amount that is
    searched among changes of structure would be lost with them.
    """
    found = eye.scores(metrics, task.brief.canvas, sight)
    wanted = advice(found, metrics, task.brief, sight)
    asks: Asks = wanted[0].asks if wanted else "structure"
    if task.form is GuidingCritique:
        wanted = [one for one in wanted if one.asks == asks]
    said = worded(found, wanted, metrics, task.brief, sight)
    if task.form is Critique:
        return said
    judged = {**dict(said), "hypothesis_held": held(said, task.hypothesis)}
    return GuidingCritique(**judged, asks=asks) if task.form is GuidingCritique else TestedCritique(**judged)


def criticised(brief: Brief, metrics: Metrics, sight: Sight | None) -> Critique:
    """What a drawing for this brief is worth, and what would make it better."""
    found = eye.scores(metrics, brief.canvas, sight)
    return worded(found, advice(found, metrics, brief, sight), metrics, brief, sight)


def advice(found: list[Score], metrics: Metrics, brief: Brief, sight: Sight | None) -> list[Advice]:
    """What would make it better, the most telling first."""
    weakest = sorted(found, key=lambda one: eye.WEIGHTS[one.criterion] * (one.value - 10))
    return [_advice(one, metrics, brief, sight) for one in weakest if one.value < 9.5]


def worded(found: list[Score], wanted: list[Advice], metrics: Metrics, brief: Brief, sight: Sight | None) -> Critique:
    """Scores and advice as a critique."""
    best = max(found, key=lambda one: one.value)
    return Critique(
        first_seen=first_seen(metrics, brief.canvas.size, sight),
        keep=f"{KEEP[best.criterion]} ({best.seen})",
        changes=[one.change for one in wanted[:MAX_CHANGES]],
        targets=[one.target for one in wanted[:MAX_CHANGES]],
        scores=found,
        overall=eye.overall(found),
        measured=True,
    )


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


def _advice(one: Score, metrics: Metrics, brief: Brief, sight: Sight | None) -> Advice:
    short = min(brief.canvas.size)
    heavy = where((metrics.balance_x + 1) / 2, (metrics.balance_y + 1) / 2)
    spread, ink, order = metrics.density_entropy, metrics.ink_coverage, metrics.orientation_entropy
    match one.criterion:
        case "focus":
            what, amount, low = (
                "gather the weight in one place",
                "make it stand out twice as much",
                max(0.3, spread - 0.08),
            )
            return Advice("structure", heavy, what, amount, "density_entropy", low, max(low, spread - 0.01))
        case "air" if (sight.empty if sight else 1 - spread) > 0.5:
            what, amount = "let the drawing take more of the sheet", "by a tenth"
            return Advice("amounts", "the empty part", what, amount, "density_entropy", spread + 0.01, 0.93)
        case "air":
            place, amount, high = "away from the focus", "free a third of the sheet", max(0.6, spread - 0.02)
            return Advice("structure", place, "take lines out", amount, "density_entropy", 0.6, high)
        case "density" if metrics.spacing_p05_mm < 1.5 * brief.pen_mm or ink > 0.12:
            place, amount, high = "where lines crowd", "0.5 mm apart or more", max(0.05, round(ink * 0.85, 4))
            return Advice("amounts", place, "open the lines up", amount, "ink_coverage", 0.05, high)
        case "density":
            what, amount = "lay lines closer", "a fifth more ink"
            return Advice("amounts", heavy, what, amount, "ink_coverage", round(ink * 1.15, 4), 0.16)
        case "rhythm" if order > 0.65:
            what, amount, high = "let more lines agree on a direction", "one main direction", max(0.4, order - 0.05)
            return Advice("amounts", "all over", what, amount, "orientation_entropy", 0.4, high)
        case "rhythm":
            place, what = "off the middle", "let lines leave the common direction"
            return Advice("structure", place, what, "in one place", "orientation_entropy", order + 0.05, 0.9)
        case "balance":
            what, amount = "hang the weight nearer the middle", f"by {short / 20:.0f} mm"
            return Advice("amounts", heavy, what, amount, "balance_y", -0.1, 0.1)
        case "edge":
            return _margins(metrics.margin_min_mm, short)
        case _:
            what, amount = "join short strokes, or leave the smallest marks out", "a third fewer pen lifts"
            return Advice("amounts", "all over", what, amount, "strokes", 0, max(1, round(0.7 * metrics.strokes)))


def _margins(narrowest: float, short: float) -> Advice:
    """What to do about the edge of a sheet whose shorter side is this long, in mm."""
    if narrowest < 0.09 * short:
        place, what, amount = "the edge", "draw back from it", f"to {0.09 * short:.0f} mm on every side"
        return Advice("amounts", place, what, amount, "margin_min_mm", round(0.08 * short, 1), round(0.14 * short, 1))
    place, what, amount = "the wide margins", "make them even", f"{0.1 * short:.0f} mm"
    return Advice("amounts", place, what, amount, "margin_min_mm", round(0.07 * short, 1), round(0.12 * short, 1))
