"""One brief: imagine N concepts, improve them all side by side, choose the best drawing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from artloop.canonical import step_for
from artloop.errors import ArtloopError, ModelMisbehaved
from artloop.events import Chosen, StationEntered
from artloop.flow.company import Company
from artloop.flow.hand import settled
from artloop.flow.loop import begun, go_on
from artloop.flow.novelty import spread, told_apart
from artloop.flow.rounds import in_rounds, meets
from artloop.flow.stopping import Stopper, after_round, by_rule, first_of
from artloop.flow.tournament import candidates, choose
from artloop.models import Brief, Concept, Concepts, ImagineTask, RunStatus, Selection, Value, Variant
from artloop.ports import Attempt, Workshop


class Outcome(Value):
    """What a run came to."""

    variants: list[Variant]
    selection: Selection
    status: RunStatus
    reason: str


async def make(brief: Brief, judge: str, shop: Workshop, stop: Stopper) -> Outcome:
    """The whole run as ordinary code: every await below is a journaled step or made of them.

    Raises what concerns the whole run (provider or render server down); a variant's own trouble is its `failure`.
    """
    rules = first_of(by_rule(brief), stop)
    variants = await settled(await worked(brief, shop, rules), shop)
    selection = await choose(brief, candidates(variants), judge, shop)
    selection = selection.model_copy(update={"spread": await spread(variants, shop)})
    await shop.shelf.keep_selection(selection)
    shop.emit(Chosen(selection=selection))
    status, reason = summed_up(brief, variants, selection)
    return Outcome(variants=variants, selection=selection, status=status, reason=reason)


async def worked(brief: Brief, shop: Workshop, stop: Stopper) -> list[Variant]:
    """The variants, from their concepts to the last iteration."""
    concepts = await imagine(brief, shop)
    if brief.novelty:
        concepts = await told_apart(brief, concepts, shop)
    company = Company(dict(zip(brief.variant_ids, concepts, strict=True)))
    await asyncio.gather(*(shop.shelf.keep_concept(name, concept) for name, concept in company.concepts.items()))
    variants = [begun(name, concept, shop) for name, concept in company.concepts.items()]
    company.standing.update((variant.id, variant) for variant in variants)
    if not meets(brief):
        return await improve_all(variants, brief, company, shop, stop)

    async def advance(running: Sequence[Variant]) -> list[Variant]:
        stops = [first_of(stop, after_round(len(one.iterations) + 1)) for one in running]
        works = [go_on(one, brief, shop, ends, company) for one, ends in zip(running, stops, strict=True)]
        return made_of(await side_by_side(works))

    return await in_rounds(variants, brief, company, shop, advance)


async def imagine(brief: Brief, shop: Workshop) -> list[Concept]:
    """The imagine step: all concepts in one answer, so that each knows its siblings."""
    for name in brief.variant_ids:
        shop.emit(StationEntered(variant=name, iteration=0, station="imagine"))
    task = ImagineTask(brief=brief, count=brief.variants)
    step = step_for("run", 0, "imagine", 0, task, shop.artists.fingerprint("imagine"))

    async def work(tried: Attempt) -> Concepts:
        answer = await shop.artists.imagine(task, tried)
        if len(answer.concepts) < task.count:
            raise ModelMisbehaved(f"{len(answer.concepts)} concepts instead of {task.count} were imagined")
        return answer

    return (await shop.steps.perform(step, Concepts, work)).concepts[: brief.variants]


async def improve_all(
    variants: list[Variant], brief: Brief, company: Company, shop: Workshop, stop: Stopper
) -> list[Variant]:
    """All variants at once, and beside them those that are bred meanwhile."""
    born: list[asyncio.Task[list[Variant | BaseException]]] = []
    async with asyncio.TaskGroup() as group:

        def bear(variant: Variant) -> None:
            born.append(group.create_task(side_by_side([go_on(variant, brief, shop, stop, company)])))

        company.born = bear
        results = await side_by_side([go_on(variant, brief, shop, stop, company) for variant in variants])
    made = made_of([*results, *(result for task in born for result in task.result())])
    return sorted(made, key=lambda variant: variant.id)


async def side_by_side(works: Sequence[Coroutine[Any, Any, Variant]]) -> list[Variant | BaseException]:
    """Each to its end: one that fails for good does not stop the others."""
    return await asyncio.gather(*works, return_exceptions=True)


def made_of(results: Sequence[Variant | BaseException]) -> list[Variant]:
    """The variants; raises the first error, if there is one, now that all are done."""
    errors = [result for result in results if isinstance(result, BaseException)]
    if errors:
        raise next((error for error in errors if isinstance(error, ArtloopError)), errors[0])
    return [result for result in results if isinstance(result, Variant)]


def summed_up(brief: Brief, variants: list[Variant], selection: Selection) -> tuple[RunStatus, str]:
    """The run's status and why, from its variants' and the choice between them."""
    if selection.unpaid or any(variant.status == "budget" for variant in variants):
        kept = "what was made is kept" if selection.winner else "no drawing was made yet"
        return "budget", f"the budget is used up, {kept}; resume with a higher --budget-usd or --max-tokens goes on"
    if any(variant.status == "stopped" for variant in variants):
        return "stopped", "stopped by the artist with what was made until then"
    if all(variant.status == "dropped" for variant in variants):
        return "stopped", "the artist dropped every variant"
    if not any(variant.incumbent for variant in variants):
        if any(variant.status == "timed_out" for variant in variants):
            return "timed_out", "the time of --max-minutes was over before any drawing was made; resume goes on"
        return "failed", "no variant made a drawing that can be plotted"
    if any(variant.status == "timed_out" for variant in variants):
        return "timed_out", "the time of --max-minutes is over; resume goes on"
    if all(variant.status == "stalled" for variant in variants):
        return "stalled", "no variant got better any more"
    if brief.target_score is None:
        return "finished", "all iterations made"
    return "finished", f"every variant has {brief.target_score:g} of 10 or has made all iterations"
