"""The tune step: the best drawing's parameters, searched for what its critic would have it measure."""

from __future__ import annotations

from artloop.canonical import digest, step_for
from artloop.errors import UsageError
from artloop.events import Searching, StationEntered, Steered
from artloop.flow.hand import Ear
from artloop.models import (
    Brief,
    Decision,
    Drawing,
    Iteration,
    Knob,
    RenderRequest,
    Search,
    Target,
    Tuned,
    TuneTask,
    Variant,
)
from artloop.ports import Attempt, Workshop
from artloop.source import declared

FEWEST = 2
"""Renders of a search: its start and one other."""
TOLD = 12
"""How often a search says how far it is, about."""


def wishes(one: Iteration) -> list[Target]:
    """What the critic would have a drawing measure, as far as it is one number."""
    targets = one.critique.targets if one.critique else []
    return [target for target in targets if target.low <= target.high and measured(one, target) is not None]


def unmet(one: Iteration) -> list[Target]:
    """The wishes that the drawing does not fulfil."""
    found = [(target, measured(one, target)) for target in wishes(one)]
    return [target for target, value in found if value is not None and not target.low <= value <= target.high]


def measured(one: Iteration, target: Target) -> float | None:
    """What a drawing measures where the target lies; None if that is not one number."""
    value = getattr(one.rendering.metrics, target.metric, None)
    return float(value) if isinstance(value, int | float) else None


def searchable(variant: Variant, brief: Brief) -> bool:
    """Whether there is something to search for and something to search in."""
    best = variant.incumbent
    return bool(best and brief.tune_renders >= FEWEST and unmet(best) and declared(best.drawing.source).movable)


def knobs(one: Iteration) -> list[Knob]:
    """The parameters of a drawing that can be searched, as they stand, with their ranges."""
    known = declared(one.drawing.source)
    ends = {name: sorted(known.ranges[name]) for name in known.movable}
    return [Knob(name=name, start=known.params[name], low=low, high=high) for name, (low, high) in ends.items()]


def named(targets: list[Target]) -> str:
    """`ink_coverage 0.05 to 0.1, strokes 0 to 400`."""
    return ", ".join(f"{target.metric} {target.low:g} to {target.high:g}" for target in targets)


async def tuned(
    variant: Variant, number: int, brief: Brief, decision: Decision, ear: Ear, shop: Workshop
) -> tuple[Decision, Drawing | None]:
    """The drawing that a search found; or none, and the decision to draw instead, with the reason.

    What is no better than the start is the drawing that the critic knows already: it is not paid for again.
    """
    best = variant.incumbent
    assert best  # or there is nothing to decide for
    search = await searched(variant.id, number, search_task(best, variant.id, number, brief, decision.knobs), ear, shop)
    if search.found and search.found.better:
        return decision, drawing_of(best, search.found)
    why = search.refused or f"{len(search.found.losses) if search.found else 0} renders brought it no nearer"
    instead = Decision(move="draw", reason=f"a search for {named(unmet(best))} came to nothing: {why}")
    shop.emit(Steered(variant=variant.id, iteration=number, decision=instead))
    return instead, None


def search_task(best: Iteration, variant: str, number: int, brief: Brief, wanted: list[Knob]) -> TuneTask:
    """The search, decided by the run alone. Wishes that are fulfilled are part of it, so that they stay so."""
    return TuneTask(
        request=RenderRequest(source=best.drawing.source, canvas_size=brief.canvas.size, pen_mm=brief.pen_mm),
        targets=wishes(best),
        renders=brief.tune_renders,
        knobs=wanted,
        seed=int(digest(brief.text, brief.seed, variant, number)[:8], 16),
    )


async def searched(variant: str, number: int, task: TuneTask, ear: Ear, shop: Workshop) -> Search:
    """The tune step. Its trials are on record one by one, so that a killed search goes on where it was."""
    await ear.listen(number, "tune")
    shop.emit(StationEntered(variant=variant, iteration=number, station="tune"))
    every = max(1, task.renders // TOLD)

    def told(done: int, total: int, best: float) -> None:
        if done % every == 0 or done == total:
            shop.emit(Searching(variant=variant, iteration=number, done=done, total=total, best=round(best, 4)))

    async def work(tried: Attempt) -> Search:
        try:
            return Search(found=await shop.search(task, shop.shelf.place(variant, number), told))
        except UsageError as error:
            return Search(refused=str(error))

    return await shop.steps.perform(step_for(variant, number, "tune", 0, task), Search, work)


def drawing_of(best: Iteration, found: Tuned) -> Drawing:
    """The sketch with the values found, what was moved, and what that was to bring about."""
    before, after = found.start.params, found.best.params
    moved = ", ".join(f"{name} {before[name]:g} to {after[name]:g}" for name in after if after[name] != before[name])
    came = "everything asked for" if found.met else f"distance {found.start.loss:.2g} to {found.best.loss:.2g}"
    asked = [change.what for change in best.critique.changes] if best.critique else []
    return Drawing(
        source=found.source,
        change=f"tuned {moved} in {len(found.losses)} renders: {came}",
        hypothesis="; ".join([*asked, named(unmet(best))]),
    )
