"""Rounds: all variants make an iteration side by side and wait for each other; in between they share and are crossed.

Only here do variants act on each other, in their order and in committed steps, so that a run stays reproducible.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from artloop.canonical import step_for
from artloop.errors import NotYet
from artloop.events import RoundEnded
from artloop.flow.breeding import crossing_of
from artloop.flow.company import Company
from artloop.flow.memory import chapter_best
from artloop.models import Brief, Ident, Restart, Shared, Survival, Variant
from artloop.ports import Attempt, Workshop

Advance = Callable[[Sequence[Variant]], Awaitable[list[Variant]]]
"""Lets variants make an iteration each, side by side."""


def meets(brief: Brief) -> bool:
    """Whether the variants of a run wait for each other."""
    return brief.share or brief.survivors > 0


async def in_rounds(
    variants: list[Variant], brief: Brief, company: Company, shop: Workshop, advance: Advance
) -> list[Variant]:
    """Round after round until every variant has ended."""
    newborn: list[Variant] = []
    company.born = newborn.append
    number = 0
    while running := [variant for variant in variants if variant.status == "running"]:
        number += 1
        after = {variant.id: variant for variant in await advance(running)}
        variants = [after.get(variant.id, variant) for variant in variants] + newborn
        newborn.clear()
        if any(falls_short(was, after[was.id]) for was in running):
            break
        try:
            variants = await met(number, variants, brief, company, shop)
        except NotYet:
            break
    return variants


def falls_short(before: Variant, after: Variant) -> bool:
    """Whether a variant that goes on has made no iteration: it is read back from a journal that ends here."""
    return after.status == "running" and len(after.iterations) == len(before.iterations)


async def met(number: int, variants: list[Variant], brief: Brief, company: Company, shop: Workshop) -> list[Variant]:
    """What happens between two rounds: lessons are shared, the weakest become crossings of the strongest."""
    goes_on = any(variant.status == "running" for variant in variants)
    if brief.share and goes_on:
        company.share(await shared(number, variants, shop))
    if not brief.survivors or not goes_on:
        return variants
    found = await survived(number, variants, brief, shop)
    crossings = {one.variant: one.crossing for one in found.restarts}
    return [
        variant.model_copy(update={"crossing": crossings.get(variant.id, variant.crossing)}) for variant in variants
    ]


async def shared(number: int, variants: Sequence[Variant], shop: Workshop) -> list[tuple[Ident, str]]:
    """The share step: what each variant learned in this round, in their order."""
    lessons = [
        (variant.id, lesson)
        for variant in variants
        if variant.iterations and variant.status == "running"
        for lesson in variant.iterations[-1].lessons
    ]

    async def work(tried: Attempt) -> Shared:
        return Shared(lessons=lessons)

    return (await shop.steps.perform(step_for("run", number, "share", 0, lessons), Shared, work)).lessons


async def survived(number: int, variants: Sequence[Variant], brief: Brief, shop: Workshop) -> Survival:
    """The survive step: who goes on, and who begins again as a crossing of whom."""
    seen = [(one.id, one.status, one.pinned, best.score if (best := chapter_best(one)) else None) for one in variants]
    step = step_for("run", number, "survive", 0, brief.survivors, seen)

    async def work(tried: Attempt) -> Survival:
        return survival(number, variants, brief.survivors)

    found = await shop.steps.perform(step, Survival, work)
    shop.emit(RoundEnded(number=number, survivors=found.survivors, restarts=[one.variant for one in found.restarts]))
    return found


def survival(number: int, variants: Sequence[Variant], most: int) -> Survival:
    """The strongest go on, by the critic's score for their present concept; of equals the first.

    All others that have iterations left begin again, but for the pinned. Fewer than two with a drawing cross nothing.
    """
    scored = [
        (-best.score, variant.id, variant)
        for variant in variants
        if variant.status != "dropped" and (best := chapter_best(variant)) and best.score is not None
    ]
    strong = [variant for _, _, variant in sorted(scored, key=lambda one: one[:2])[:most]]
    names = [variant.id for variant in strong]
    if len(strong) < 2:
        return Survival(survivors=names)
    weak = [one for one in variants if one.status == "running" and not one.pinned and one.id not in names]
    pairs = parents(strong)
    begun = (number - 1) * len(weak)
    chosen = [pairs[(begun + place) % len(pairs)] for place in range(len(weak))]
    restarts = [Restart(variant=one.id, crossing=crossing_of(*pair)) for one, pair in zip(weak, chosen, strict=True)]
    return Survival(survivors=names, restarts=restarts)


def parents(strong: Sequence[Variant]) -> list[tuple[Variant, Variant]]:
    """All ordered pairs, neighbours in strength first: another pair for each restart while there are enough."""
    size = len(strong)
    return [(strong[at], strong[(at + step) % size]) for step in range(1, size) for at in range(size)]
