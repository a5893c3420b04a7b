"""A new drawing against its variant's best: where the judge looks, it must win both orders to take the place."""

from __future__ import annotations

from artloop.canonical import step_for
from artloop.errors import BudgetReached, StepParked
from artloop.events import Challenged, StationEntered
from artloop.flow.tournament import Alone, both_orders, candidate, verdict
from artloop.models import Brief, Candidate, Challenge, Comparison, Iteration, Variant
from artloop.ports import Attempt, Workshop


async def challenged(variant: Variant, one: Iteration, brief: Brief, shop: Workshop) -> Iteration:
    """The iteration with the judge's word on it, if there is a judge to ask and something to compare it with.

    The challenge is a step around its verdicts: what was decided without one, for want of money or of an answer, stays
    so when a resume could pay for it, since the drawings made after it rest on it. The artist is not listened to here:
    a drop would take the finished drawing from the record.
    """
    best = variant.incumbent
    if not shop.challenges or best is None or one.critique is None:
        return one
    shop.emit(StationEntered(variant=variant.id, iteration=one.number, station="challenge"))
    old, new = candidate(variant, best), candidate(variant, one)
    step = step_for(variant.id, one.number, "challenge", 0, old, new, shop.artists.fingerprint("choose"))

    async def work(tried: Attempt) -> Challenge:
        return await fought(old, new, Alone(brief, shop))

    result = await shop.steps.perform(step, Challenge, work)
    shop.emit(Challenged(variant=variant.id, iteration=one.number, challenge=result))
    return one.model_copy(update={"challenge": result})


async def fought(old: Candidate, new: Candidate, alone: Alone) -> Challenge:
    """Both orders, one after the other: a kill loses one call of a variant, not two."""
    try:
        forth = await verdict(old, new, (new.variant, new.iteration, 0), alone)
        back = await verdict(new, old, (new.variant, new.iteration, 1), alone)
    except (BudgetReached, StepParked) as error:
        reason = f"by the critic's scores, for there is no verdict: {error}"
        return Challenge(against=old.iteration, won=new.score > old.score, reason=reason)
    found = both_orders(called(old), called(new), forth, back)
    won = found.winner == called(new)
    return Challenge(against=old.iteration, won=won, comparison=found, reason=told(found, called(new)))


def called(entry: Candidate) -> str:
    """`v02.03`: two drawings of one variant need names of their own."""
    return f"{entry.variant}.{entry.iteration:02d}"


def told(found: Comparison, new: str) -> str:
    """What the judge decided, and its first reason."""
    if not found.agreed:
        return "the two orders disagree, so the best stays"
    if found.winner is None:
        return f"a tie, so the best stays: {found.reasons[0]}"
    return f"{'better' if found.winner == new else 'not better'} in both orders: {found.reasons[0]}"
