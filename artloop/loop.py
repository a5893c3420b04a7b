"""One concept, drawn and improved: draw -> render -> (repair) -> critique, again and again, keeping the best."""

from __future__ import annotations

from collections.abc import Sequence

from artloop.canonical import step_for
from artloop.challenge import challenged
from artloop.errors import ArtloopError, BudgetReached, Halted, NotYet, StepParked
from artloop.events import (
    ConceptReady,
    Critiqued,
    IterationEnded,
    Rendered,
    RepairAsked,
    StationEntered,
    VariantEnded,
)
from artloop.hand import Ear
from artloop.models import (
    Brief,
    Concept,
    Critique,
    CritiqueTask,
    Drawing,
    DrawTask,
    Iteration,
    Rendering,
    RenderRequest,
    Variant,
)
from artloop.ports import Attempt, Workshop
from artloop.searching import tuned
from artloop.steering import lessons, rethink, steer
from artloop.stopping import End, Stopper

SHOWN_MEASURES = ("strokes", "ink_mm", "plot_seconds", "ink_coverage", "pens")


async def improve(
    name: str, concept: Concept, brief: Brief, shop: Workshop, stop: Stopper, siblings: Sequence[Concept] = ()
) -> Variant:
    """Make iterations until the stopper says why not; a step that cannot be done ends this variant alone."""
    variant = Variant(id=name, concept=concept)
    shop.shelf.keep_concept(name, concept)
    shop.emit(ConceptReady(variant=name, title=concept.title, technique=concept.technique))
    ear = Ear(name, shop)
    while (end := stop(variant)) is None:
        try:
            iteration = await iterate(variant, siblings, brief, ear, shop)
        except NotYet:
            return ear.told(variant)
        except Halted as error:
            return ended(ear.told(variant), End(error.status, str(error)), shop)
        except BudgetReached as error:
            return ended(ear.told(variant), End("budget", str(error)), shop)
        except StepParked as error:
            return failed(ear.told(variant), str(error), error.outage, shop)
        except ArtloopError:
            raise  # concerns the whole run
        except Exception as error:  # noqa: BLE001 - the edge of a variant: an SDK may leak its own types; the siblings go on
            return failed(ear.told(variant), f"{type(error).__name__}: {error}", False, shop)
        variant = grown(ear.told(variant), iteration, shop)
    return ended(variant, end, shop)


async def iterate(variant: Variant, siblings: Sequence[Concept], brief: Brief, ear: Ear, shop: Workshop) -> Iteration:
    """One turn: steer, draw or tune, render, repair what cannot be plotted, and show what can to the critic."""
    number = len(variant.iterations) + 1
    decision = await steer(variant, number, brief, ear, shop)
    given, fresh = None, None
    if decision.move == "tune":
        decision, given = await tuned(variant, number, brief, decision, ear, shop)
    elif decision.move == "rethink":
        fresh = await rethink(variant, number, siblings, brief, ear, shop)
    task = draw_task(variant, number, brief, fresh)
    drawing, rendering, repairs = await draw_until_plottable(task, ear, shop, given)
    critique = await criticise(task, drawing, rendering, ear, shop) if rendering.plottable else None
    made = Iteration(
        number=number,
        drawing=drawing,
        rendering=rendering,
        critique=critique,
        repairs=repairs,
        decision=decision,
        concept=fresh,
    )
    return await challenged(variant, made, brief, shop)


async def draw_until_plottable(
    task: DrawTask, ear: Ear, shop: Workshop, given: Drawing | None = None
) -> tuple[Drawing, Rendering, int]:
    """Draw and render; what fails or does not pass the gates goes straight back, `max_repairs` times at most.

    A drawing that is given is the first try.
    """
    name, number = task.variant, task.iteration
    for attempt in range(shop.max_repairs + 1):
        if given is None or attempt:
            await ear.listen(number, "draw", attempt)
            task = task.model_copy(update={"notes": ear.notes})
        drawing = await draw(task, attempt, shop) if given is None or attempt else given
        await ear.listen(number, "render", attempt)
        rendering = await render(drawing, task, attempt, shop)
        if rendering.plottable or attempt == shop.max_repairs:
            break
        complaint = rendering.complaint
        shop.emit(RepairAsked(variant=name, iteration=number, attempt=attempt, complaint=complaint))
        hint = rendering.failure.hint if rendering.failure else ""
        task = task.model_copy(update={"broken": drawing, "complaint": complaint, "hint": hint})
    return drawing, rendering, attempt


def draw_task(variant: Variant, number: int, brief: Brief, fresh: Concept | None) -> DrawTask:
    """What the implementer is told before its first try: of the present concept alone, and lessons of the last one."""
    told = [] if fresh else variant.chapter
    best = variant.model_copy(update={"iterations": told}).incumbent
    return DrawTask(
        brief=brief,
        variant=variant.id,
        concept=fresh or variant.concept_of(number),
        iteration=number,
        history=told,
        incumbent=best.number if best else None,
        lessons=lessons(variant.chapter) if fresh else [],
    )


async def draw(task: DrawTask, attempt: int, shop: Workshop) -> Drawing:
    """The draw step."""
    shop.emit(StationEntered(variant=task.variant, iteration=task.iteration, station="draw"))
    step = step_for(task.variant, task.iteration, "draw", attempt, task, shop.artists.fingerprint("draw"))

    async def work(tried: Attempt) -> Drawing:
        return await shop.artists.draw(task, tried)

    return await shop.steps.perform(step, Drawing, work)


async def render(drawing: Drawing, task: DrawTask, attempt: int, shop: Workshop) -> Rendering:
    """The render step: the brief's canvas and pen, the drawing's own parameters."""
    variant, number = task.variant, task.iteration
    shop.emit(StationEntered(variant=variant, iteration=number, station="render"))
    request = RenderRequest(source=drawing.source, canvas_size=task.brief.canvas.size, pen_mm=task.brief.pen_mm)
    step = step_for(variant, number, "render", attempt, request)

    async def work(tried: Attempt) -> Rendering:
        return await shop.render(request, shop.shelf.place(variant, number))

    rendering = await shop.steps.perform(step, Rendering, work)
    measures = rendering.metrics.model_dump(include=set(SHOWN_MEASURES)) if rendering.metrics else {}
    shop.emit(
        Rendered(
            variant=variant,
            iteration=number,
            attempt=attempt,
            ok=rendering.plottable,
            complaint=rendering.complaint,
            measures=measures,
        )
    )
    return rendering


async def criticise(told: DrawTask, drawing: Drawing, rendering: Rendering, ear: Ear, shop: Workshop) -> Critique:
    """The critique step: of the drawing's making the critic hears its hypothesis only."""
    name, number = told.variant, told.iteration
    await ear.listen(number, "critique")
    shop.emit(StationEntered(variant=name, iteration=number, station="critique"))
    task = CritiqueTask(
        brief=told.brief,
        variant=name,
        concept=told.concept,
        iteration=number,
        rendering=rendering,
        hypothesis=drawing.hypothesis if told.brief.hypotheses else "",
        notes=ear.notes,
    )
    step = step_for(name, number, "critique", 0, task, shop.artists.fingerprint("critique"))

    async def work(tried: Attempt) -> Critique:
        return await shop.artists.critique(task, tried)

    critique = await shop.steps.perform(step, task.form, work)
    shop.shelf.keep_critique(name, number, critique)
    shop.emit(Critiqued(variant=name, iteration=number, critique=critique))
    return critique


def grown(variant: Variant, iteration: Iteration, shop: Workshop) -> Variant:
    """The variant with one more iteration: the only place where the list grows."""
    more = variant.model_copy(update={"iterations": [*variant.iterations, iteration]})
    best = more.incumbent
    shop.emit(
        IterationEnded(
            variant=variant.id,
            iteration=iteration.number,
            score=iteration.score,
            better=best is not None and best.number == iteration.number,
            change=iteration.drawing.change,
            repairs=iteration.repairs,
        )
    )
    return more


def ended(variant: Variant, end: End, shop: Workshop) -> Variant:
    """The variant as it stays. Without any drawing to show it has failed, however it ended."""
    if variant.incumbent is None and end.status in ("finished", "stalled"):
        last = variant.iterations[-1].rendering.complaint if variant.iterations else "no iteration was made"
        return failed(variant, f"no drawing could be plotted: {last}", False, shop)
    shop.emit(VariantEnded(variant=variant.id, status=end.status, reason=end.reason, session=shop.session))
    return variant.model_copy(update={"status": end.status})


def failed(variant: Variant, reason: str, outage: bool, shop: Workshop) -> Variant:
    """The variant with what went wrong; its incumbent, if any, is still up for choice."""
    shop.emit(VariantEnded(variant=variant.id, status="failed", reason=reason, session=shop.session))
    return variant.model_copy(update={"status": "failed", "failure": reason, "outage": outage})
