"""What a variant does next: revise its best drawing, tune it, begin again with another concept, or stop."""

from __future__ import annotations

from collections.abc import Sequence

from artloop.canonical import step_for
from artloop.errors import Halted
from artloop.events import ConceptReady, StationEntered, Steered
from artloop.hand import Ear
from artloop.models import Brief, Concept, Decision, GuidingCritique, Iteration, RethinkTask, Variant
from artloop.ports import Attempt, Workshop
from artloop.searching import named, searchable, unmet


def decided(variant: Variant, brief: Brief) -> Decision:
    """The rules, the first that applies.

    What stalls is rethought `brief.rethinks` times and then stops; what failed is drawn again; a new best that
    was drawn and whose critic asks for amounts only is tuned, once; everything else is drawn on.
    """
    if 0 < brief.stall <= variant.stalled_for and not variant.pinned:
        reason = f"{brief.stall} iteration{'' if brief.stall == 1 else 's'} without a better drawing"
        left = sum(one.concept is not None for one in variant.iterations) < brief.rethinks
        return Decision(move="rethink" if left else "stop", reason=reason)
    if not variant.iterations:
        return Decision(move="draw", reason="a first drawing")
    best, last = variant.incumbent, variant.iterations[-1]
    if complaint := last.rendering.complaint:
        return Decision(move="draw", reason=f"the last one cannot be plotted: {complaint}")
    better = best is not None and best.number == last.number
    if better and not was_tuned(last) and asks_for_amounts(last) and searchable(variant, brief):
        return Decision(move="tune", reason=f"the critic asks for amounts only: {named(unmet(last))}")
    found = f", its hypothesis {last.held}" if last.held else ""
    return Decision(move="draw", reason=f"the last one is {'the best so far' if better else 'no better'}{found}")


def asks_for_amounts(one: Iteration) -> bool:
    """Whether a search over the sketch's parameters could do all that the critic asks."""
    return isinstance(one.critique, GuidingCritique) and one.critique.asks == "amounts"


def was_tuned(one: Iteration) -> bool:
    """Whether its drawing came out of a search: another one from there finds next to nothing."""
    return one.decision is not None and one.decision.move == "tune"


async def steer(variant: Variant, number: int, brief: Brief, ear: Ear, shop: Workshop) -> Decision:
    """The steer step. Raises `Halted` when the variant stops here."""
    seen = [(one.score, one.rendering.complaint, one.concept is not None) for one in variant.iterations]
    asked = [one.critique for one in variant.iterations] if brief.tune_renders else ()
    step = step_for(variant.id, number, "steer", 0, brief.stall, brief.rethinks, seen, *asked)
    if not shop.steps.begun(step) and shop.steps.begun(step_for(variant.id, number, "draw", 0)):
        return Decision(move="draw", reason="")  # drawn by an artloop that did not steer
    await ear.listen(number, "steer")

    async def work(tried: Attempt) -> Decision:
        return decided(ear.told(variant), brief)

    decision = await shop.steps.perform(step, Decision, work)
    shop.emit(Steered(variant=variant.id, iteration=number, decision=decision))
    if decision.move == "stop":
        raise Halted(decision.reason, "stalled")
    return decision


async def rethink(
    variant: Variant, number: int, siblings: Sequence[Concept], brief: Brief, ear: Ear, shop: Workshop
) -> Concept:
    """The rethink step: another concept, told what became of the one before."""
    await ear.listen(number, "rethink")
    shop.emit(StationEntered(variant=variant.id, iteration=number, station="rethink"))
    task = RethinkTask(
        brief=brief,
        variant=variant.id,
        iteration=number,
        concept=variant.concept_of(number),
        history=variant.chapter,
        siblings=list(siblings),
        notes=ear.notes,
    )
    step = step_for(variant.id, number, "rethink", 0, task, shop.artists.fingerprint("rethink"))

    async def work(tried: Attempt) -> Concept:
        return await shop.artists.rethink(task, tried)

    concept = await shop.steps.perform(step, Concept, work)
    shop.shelf.keep_concept(variant.id, concept)
    shop.emit(ConceptReady(variant=variant.id, title=concept.title, technique=concept.technique))
    return concept


def lessons(made: Sequence[Iteration]) -> list[str]:
    """What the critics said of the drawings of a concept that is given up: what held, and what was still amiss."""
    said = [one.critique for one in made if one.critique]
    kept = dict.fromkeys(f"worked: {one.keep}" for one in said)
    missed = dict.fromkeys(f"amiss at {change.place}: {change.what}" for one in said[-1:] for change in one.changes)
    return [*kept, *missed]
