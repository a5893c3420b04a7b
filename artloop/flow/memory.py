"""What a variant learns of its own iterations: a sentence or two each, by rule, from what critic and hypothesis said.

No call is paid for it. What is learned stands in the iteration, so implementer, siblings and gallery read the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from artloop.models import Iteration, Variant

MOST = 8
"""Sentences an implementer is told; the newest, for the others were acted on."""
MOST_KEPT = 8
"""Lessons a run leaves to later ones."""
CHARS = 240
"""Of a sentence; a model may be wordy."""


def remembered(variant: Variant, iteration: Iteration) -> Iteration:
    """The iteration with what it taught a variant that has not made it yet: what its change led to, what to keep."""
    lessons = [f'iteration {iteration.number}, "{clipped(iteration.drawing.change)}": {outcome(variant, iteration)}']
    if iteration.critique and is_better(variant, iteration):
        lessons.append(f"keep: {clipped(iteration.critique.keep)}")
    return iteration.model_copy(update={"lessons": lessons})


def outcome(variant: Variant, iteration: Iteration) -> str:
    """What became of an iteration's change and of what it was meant to do."""
    if iteration.score is None:
        return f"could not be plotted: {clipped(iteration.rendering.complaint)}"
    best = chapter_best(variant) if iteration.concept is None else None
    if best is None or best.score is None:
        said = f"a beginning, {iteration.score:.1f} of 10"
    else:
        said = f"{'better' if iteration.beats(best) else 'no better'}, {best.score:.1f} to {iteration.score:.1f}"
    if iteration.held in ("confirmed", "refuted"):
        said += f'; that "{clipped(iteration.drawing.hypothesis)}" was {iteration.held}'
    return said


def is_better(variant: Variant, iteration: Iteration) -> bool:
    """Whether it is the best drawing of its concept, coming after what the variant has."""
    best = chapter_best(variant) if iteration.concept is None else None
    return iteration.score is not None and (best is None or iteration.beats(best))


def chapter_best(variant: Variant) -> Iteration | None:
    """The best drawing of the variant's present concept."""
    return variant.model_copy(update={"iterations": variant.chapter}).incumbent


def memory(variant: Variant) -> list[str]:
    """What its implementer is told, oldest first."""
    return [lesson for one in variant.iterations for lesson in one.lessons][-MOST:]


def distilled(variants: Sequence[Variant], winner: str | None) -> list[str]:
    """What a run leaves to later ones, the winner's first: what helped each variant most, what was hoped in vain."""
    ordered = sorted(variants, key=lambda variant: (variant.id != winner, variant.id))
    said = [lesson for variant in ordered for lesson in [*helped(variant), *in_vain(variant)]]
    return list(dict.fromkeys(said))[:MOST_KEPT]


def helped(variant: Variant) -> list[str]:
    """The revision that gained most, and what the critic wants kept of the best drawing."""
    best = variant.incumbent
    if best is None or best.critique is None or variant.status == "dropped":
        return []
    how = clipped(variant.concept_of(best.number).technique)
    kept = f"{how}: worth keeping is {clipped(best.critique.keep)}"
    gain, before, change = max(gains(variant), key=lambda step: step[0], default=(0.0, 0.0, ""))
    if gain <= 0:
        return [kept]
    return [f'{how}: "{clipped(change)}" took it from {before:.1f} to {before + gain:.1f} of 10', kept]


def gains(variant: Variant) -> list[tuple[float, float, str]]:
    """(gain, score before, change) of each iteration against the one before it, of the same concept."""
    seen = [(one, one.score) for one in variant.iterations if one.score is not None]
    return [
        (later - earlier, earlier, after.drawing.change)
        for (_, earlier), (after, later) in pairwise(seen)
        if after.concept is None
    ]


def in_vain(variant: Variant) -> list[str]:
    """The last hope that was refuted."""
    refuted = [one for one in variant.iterations if one.held == "refuted"]
    return [
        f'"{clipped(one.drawing.change)}" did not do what was hoped: {clipped(one.drawing.hypothesis)}'
        for one in refuted[-1:]
    ]


def clipped(text: str) -> str:
    """One line of bounded length, without a full stop."""
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= CHARS else f"{line[: CHARS - 3].rstrip()}..."
