"""Siblings are to differ: a concept or drawing too close to a sibling's is sent back once, and a run tells its spread.

Variants run side by side, so which drawings there are to compare with depends on the moment: what came of a comparison
is a step of its own, and a replay takes it from the record. Artists who always draw the same are compared in the
variants' order, each waiting for those before it, so that the same brief still gives the same run.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from artloop.canonical import step_for
from artloop.errors import ModelMisbehaved
from artloop.events import SentBack, StationEntered
from artloop.flow.company import Company
from artloop.models import Brief, Concept, Drawing, DrawTask, Nearness, Place, ReimagineTask, Spread, Variant
from artloop.ports import Attempt, Workshop

SHARED_WORDS = 0.7
"""Two concepts that begin from the same study and share this much of their words are one concept told twice."""
RUN = 3
"""Letters in a row that are compared: works without blanks between words, and whatever their endings."""


async def told_apart(brief: Brief, concepts: Sequence[Concept], shop: Workshop) -> list[Concept]:
    """The concepts, in the variants' order; one too close to an earlier one is sent back to the idea agent once."""
    kept: list[Concept] = []
    for number, (name, concept) in enumerate(zip(brief.variant_ids, concepts, strict=True)):
        near = await concept_nearness(name, concept, dict(zip(brief.variant_ids, kept, strict=False)), shop)
        if near.too_close:
            shop.emit(SentBack(variant=name, iteration=0, nearness=near))
            siblings = [*kept, *concepts[number + 1 :]]
            concept = await reimagined(brief, name, concept, siblings, near.nearest, shop)
        kept.append(concept)
    return kept


async def concept_nearness(variant: str, concept: Concept, earlier: dict[str, Concept], shop: Workshop) -> Nearness:
    """The novelty step of a concept."""

    async def work(tried: Attempt) -> Nearness:
        pairs = [(distance(concept, other), name) for name, other in earlier.items()]
        if not pairs:
            return Nearness()
        least, name = min(pairs)
        return Nearness(nearest=name, distance=least, too_close=least <= 1 - SHARED_WORDS)

    return await shop.steps.perform(step_for(variant, 0, "novelty", 0, concept, earlier), Nearness, work)


def distance(one: Concept, other: Concept) -> float:
    """1 less the share of letter runs of title, idea, focus and technique that both have; 1 with different studies."""
    if one.study != other.study:
        return 1.0
    mine, theirs = letter_runs(one), letter_runs(other)
    return round(1 - len(mine & theirs) / max(1, len(mine | theirs)), 4)


def letter_runs(concept: Concept) -> set[str]:
    """All runs of three letters in what a concept says."""
    said = " ".join(" ".join([concept.title, concept.idea, concept.focus, concept.technique]).casefold().split())
    return {said[start : start + RUN] for start in range(max(1, len(said) - RUN + 1))}


async def reimagined(
    brief: Brief, variant: str, concept: Concept, siblings: list[Concept], near: str, shop: Workshop
) -> Concept:
    """The reimagine step. An idea agent that has nothing else to say keeps its concept: no run is lost to that."""
    shop.emit(StationEntered(variant=variant, iteration=0, station="imagine"))
    task = ReimagineTask(brief=brief, variant=variant, concept=concept, near=near, siblings=siblings)
    step = step_for(variant, 0, "reimagine", 0, task, shop.artists.fingerprint("reimagine"))

    async def work(tried: Attempt) -> Concept:
        try:
            return await shop.artists.reimagine(task, tried)
        except ModelMisbehaved:
            return concept

    return await shop.steps.perform(step, Concept, work)


async def drawing_nearness(task: DrawTask, ordinal: int, company: Company, shop: Workshop) -> Nearness:
    """The novelty step of a drawing that can be plotted, against all that the siblings have hung by now."""
    mine = shop.shelf.place(task.variant, task.iteration)
    step = step_for(task.variant, task.iteration, "novelty", ordinal)

    async def work(tried: Attempt) -> Nearness:
        if known := shop.recall(step.key, Nearness):
            return known
        # Described before looking around: on a resume the siblings hang again meanwhile what they had.
        await shop.distances(mine, [])
        in_order = company.earlier(task.variant, task.iteration) if shop.in_order else None
        others = await in_order if in_order else company.hung_beside(task.variant)
        return nearest_of(others, await shop.distances(mine, others), shop.near)

    near = await shop.steps.perform(step, Nearness, work)
    if near.too_close:
        shop.emit(SentBack(variant=task.variant, iteration=task.iteration, nearness=near))
    return near


def nearest_of(others: Sequence[Place], distances: Sequence[float], limit: float) -> Nearness:
    """The closest of some drawings, and whether that is closer than the limit."""
    if not others:
        return Nearness()
    least, name = min((far, named(place)) for far, place in zip(distances, others, strict=True))
    return Nearness(nearest=name, distance=least, too_close=least < limit)


def named(place: Place) -> str:
    """`v02/03`."""
    return f"{place.variant}/{place.iteration:02d}"


def apart(task: DrawTask, drawing: Drawing, near: Nearness) -> DrawTask:
    """The task of drawing it again, less like a sibling's."""
    return task.model_copy(
        update={"broken": drawing, "apart_from": near.nearest, "complaint": f"too close to {near.nearest}", "hint": ""}
    )


async def spread(variants: Sequence[Variant], shop: Workshop) -> Spread | None:
    """How far apart the best drawings of the variants are; None with fewer than two."""
    shown = [variant for variant in variants if variant.incumbent and variant.status != "dropped"]
    places = [shop.shelf.place(variant.id, best.number) for variant in shown if (best := variant.incumbent)]
    if len(places) < 2:
        return None

    async def work(tried: Attempt) -> Spread:
        far = [await shop.distances(place, places[number + 1 :]) for number, place in enumerate(places)]
        every = [each for row in far for each in row]
        pairs = combinations([place.variant for place in places], 2)
        least, pair = min(zip(every, pairs, strict=True))
        return Spread(mean=round(sum(every) / len(every), 4), least=least, pair=pair)

    return await shop.steps.perform(step_for("run", 0, "spread", 0, [named(place) for place in places]), Spread, work)
