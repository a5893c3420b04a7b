"""New variants of old ones: the concept of one, drawn with the marks of another. Whose the parts are goes on record."""

from __future__ import annotations

from collections.abc import Sequence

from artloop.canonical import step_for
from artloop.events import ConceptReady, StationEntered, Steered, VariantBred
from artloop.flow.company import Company
from artloop.flow.memory import chapter_best
from artloop.models import Bred, Brief, Concept, Crossing, CrossTask, Decision, Lineage, Request, Variant
from artloop.ports import Attempt, Step, Workshop


def crossing_of(idea: Variant, marks: Variant) -> Crossing:
    """The present concept of one variant, and the other's with the best sketch that was drawn after it."""
    best = chapter_best(marks)
    lineage = Lineage(concept_of=idea.id, marks_of=marks.id, iteration=best.number if best else None)
    return Crossing(
        lineage=lineage,
        concept=idea.concept_of(len(idea.iterations)),
        marks=marks.concept_of(len(marks.iterations)),
        source=best.drawing.source if best else "",
    )


async def cross(
    variant: Variant,
    crossing: Crossing,
    number: int,
    siblings: Sequence[Concept],
    brief: Brief,
    notes: list[str],
    shop: Workshop,
) -> tuple[Decision, Concept]:
    """The cross step of a variant that begins as a crossing."""
    decision = Decision(move="cross", reason=str(crossing.lineage))
    shop.emit(Steered(variant=variant.id, iteration=number, decision=decision))
    shop.emit(StationEntered(variant=variant.id, iteration=number, station="rethink"))
    task = CrossTask(
        brief=brief,
        variant=variant.id,
        iteration=number,
        crossing=crossing,
        siblings=list(siblings),
        notes=notes,
    )
    step = step_for(variant.id, number, "cross", 0, task, shop.artists.fingerprint("cross"))

    async def work(tried: Attempt) -> Concept:
        return await shop.artists.cross(task, tried)

    concept = await shop.steps.perform(step, Concept, work)
    await shop.shelf.keep_concept(variant.id, concept)
    shop.emit(ConceptReady(variant=variant.id, title=concept.title, technique=concept.technique))
    return decision, concept


def breed_step(request: Request) -> Step:
    """Where it is kept what a request bred."""
    return step_for("run", 0, f"breed-{request.id}", 0, request)


def can_breed(request: Request, company: Company, shop: Workshop) -> bool:
    """Whether it asks for a variant that is not there yet, of two that are."""
    asks = request.what == "breed" and set(request.parents) <= set(company.standing)
    return asks and not shop.steps.begun(breed_step(request))


async def breed(request: Request, brief: Brief, company: Company, shop: Workshop) -> None:
    """The breed step: a new variant of two as they stand at this moment, for the iterations that are left."""
    step = breed_step(request)

    async def work(tried: Attempt) -> Bred:
        return shop.recall(step.key, Bred) or offspring(request, brief, company, asked_before(request, step, shop))

    found = await shop.steps.perform(step, Bred, work)
    shop.emit(VariantBred(variant=found.variant, lineage=found.crossing.lineage, turns=found.turns))
    company.bear(
        request.id,
        Variant(id=found.variant, concept=found.crossing.concept, crossing=found.crossing, turns=found.turns),
    )


def offspring(request: Request, brief: Brief, company: Company, number: int) -> Bred:
    """What a request breeds; `number` of them were asked for before it."""
    idea, marks = (company.standing[name] for name in request.parents)
    made = max(len(idea.iterations), len(marks.iterations))
    return Bred(
        variant=f"v{brief.variants + number + 1:02d}",
        crossing=crossing_of(idea, marks),
        turns=max(1, brief.iterations - made),
    )


def asked_before(request: Request, step: Step, shop: Workshop) -> int:
    """How many others the artist asked to breed before: ids follow the requests, not who hears them first."""
    return sum(one.what == "breed" and one.id < request.id for one in shop.hand.requests(step))
