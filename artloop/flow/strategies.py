"""How a run spends its calls: `improve` and `best-of-n` are the studio's, `quick` is the least that works."""

from __future__ import annotations

from artloop.canonical import step_for
from artloop.errors import BudgetReached, StepParked
from artloop.events import Chosen, StationEntered
from artloop.flow import studio
from artloop.flow.company import Company
from artloop.flow.hand import settled
from artloop.flow.loop import go_on
from artloop.flow.stopping import Stopper, after_iterations, first_of
from artloop.flow.studio import Outcome
from artloop.flow.tournament import candidates
from artloop.models import Brief, Candidate, Iteration, Pick, PickTask, Selection, Standing, Variant
from artloop.ports import Attempt, Workshop

SKETCHED = 1
"""Iterations of each variant before the one comparison."""


async def make(brief: Brief, judge: str, shop: Workshop, stop: Stopper) -> Outcome:
    """The whole run, as its brief wants it made."""
    return await (quick if brief.strategy == "quick" else studio.make)(brief, judge, shop, stop)


async def quick(brief: Brief, judge: str, shop: Workshop, stop: Stopper) -> Outcome:
    """One sketch for each concept, seen together once, and one revision of the best if the judge wants it.

    No critic is asked. A sketch that fails is repaired; what the revision makes is taken if it can be plotted.
    """
    once = first_of(after_iterations(SKETCHED), stop)
    variants = await settled(await studio.worked(brief, shop, once), shop)
    entries = candidates(variants)
    picked, unpaid = await pick(brief, entries, shop)
    if picked and picked.critique.changes and brief.iterations > SKETCHED:
        variants = [await fixed(one, picked, brief, shop, stop) for one in variants]
    selection = selected(variants, entries, picked, judge).model_copy(update={"unpaid": unpaid})
    await shop.shelf.keep_selection(selection)
    shop.emit(Chosen(selection=selection))
    status, reason = studio.summed_up(brief, variants, selection)
    return Outcome(variants=variants, selection=selection, status=status, reason=reason)


async def pick(brief: Brief, entries: list[Candidate], shop: Workshop) -> tuple[Pick | None, bool]:
    """The one comparison, and whether it could not be paid; a judge that cannot answer picks nothing."""
    if not entries:
        return None, False
    for entry in entries:
        shop.emit(StationEntered(variant=entry.variant, iteration=entry.iteration, station="choose"))
    task = PickTask(brief=brief, candidates=entries)
    step = step_for("run", 0, "choose", 0, task, shop.artists.fingerprint("pick"))

    async def work(tried: Attempt) -> Pick:
        return await shop.artists.pick(task, tried)

    try:
        return await shop.steps.perform(step, Pick, work), False
    except BudgetReached:
        return None, True
    except StepParked:
        return None, False


async def fixed(variant: Variant, picked: Pick, brief: Brief, shop: Workshop, stop: Stopper) -> Variant:
    """The winner with one more iteration, after what the judge said of it; any other variant as it is."""
    if variant.id != picked.winner or variant.status != "finished":
        return variant
    advised = [told(one, picked) for one in variant.iterations]
    twice = first_of(after_iterations(len(advised) + 1), stop)
    alone = Company({variant.id: variant.concept})
    more = await go_on(variant.model_copy(update={"iterations": advised}), brief, shop, twice, alone)
    # the judge's word was advice to the implementer; as a score it would keep the revision from its place
    return more.model_copy(update={"iterations": [*variant.iterations, *more.iterations[len(advised) :]]})


def told(iteration: Iteration, picked: Pick) -> Iteration:
    """The iteration with what the judge said of it in the critic's place."""
    return iteration.model_copy(update={"critique": picked.critique}) if iteration.rendering.plottable else iteration


def selected(variants: list[Variant], entries: list[Candidate], picked: Pick | None, judge: str) -> Selection:
    """The winner first, at its last drawing, and the others as they were numbered."""
    shown = {one.variant: one for one in candidates(variants)}
    order = sorted(
        (one.variant for one in entries), key=lambda name: (picked is not None and name != picked.winner, name)
    )
    ranking = [
        Standing(
            variant=name,
            iteration=shown[name].iteration,
            points=float(picked is not None and name == picked.winner),
            score=0.0,
        )
        for name in order
        if name in shown
    ]
    reason = picked.reason if picked else "nobody compared: the first that can be plotted" if entries else ""
    return Selection(
        winner=ranking[0].variant if ranking else None,
        ranking=ranking,
        judge=judge,
        measured=judge == "house",
        calls=int(picked is not None),
        reason=reason,
    )
