"""One brief: imagine N concepts, improve them all side by side, choose the best drawing."""

from __future__ import annotations

import asyncio

from artloop.canonical import step_for
from artloop.company import Company
from artloop.errors import ArtloopError, ModelMisbehaved
from artloop.events import Chosen, StationEntered
from artloop.hand import settled
from artloop.loop import improve
from artloop.models import Brief, Concept, Concepts, ImagineTask, RunStatus, Selection, Value, Variant
from artloop.novelty import spread, told_apart
from artloop.ports import Attempt, Workshop
from artloop.stopping import Stopper, after_iterations, first_of
from artloop.tournament import candidates, choose


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
    rules = first_of(after_iterations(brief.iterations), stop)
    variants = await settled(await worked(brief, shop, rules), shop)
    selection = await choose(brief, candidates(variants), judge, shop)
    selection = selection.model_copy(update={"spread": await spread(variants, shop)})
    shop.shelf.keep_selection(selection)
    shop.emit(Chosen(selection=selection))
    status, reason = summed_up(variants, selection)
    return Outcome(variants=variants, selection=selection, status=status, reason=reason)


async def worked(brief: Brief, shop: Workshop, stop: Stopper) -> list[Variant]:
    """The variants, from their concepts to the last iteration."""
    concepts = await imagine(brief, shop)
    if brief.novelty:
        concepts = await told_apart(brief, concepts, shop)
    return await improve_all(brief, concepts, shop, stop)


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


async def improve_all(brief: Brief, concepts: list[Concept], shop: Workshop, stop: Stopper) -> list[Variant]:
    """All variants at once. One that fails for good does not stop the others; its error is raised when all are done."""
    company = Company()
    results = await asyncio.gather(
        *(
            improve(name, concept, brief, shop, stop, [one for one in concepts if one is not concept], company)
            for name, concept in zip(brief.variant_ids, concepts, strict=True)
        ),
        return_exceptions=True,
    )
    variants = [result for result in results if isinstance(result, Variant)]
    errors = [result for result in results if isinstance(result, BaseException)]
    if errors:
        raise next((error for error in errors if isinstance(error, ArtloopError)), errors[0])
    return variants


def summed_up(variants: list[Variant], selection: Selection) -> tuple[RunStatus, str]:
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
    return "finished", "all iterations made"
