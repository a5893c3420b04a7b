"""One concept, drawn and improved: draw -> render -> (repair) -> critique, again and again, keeping the best."""

from __future__ import annotations

from itertools import count

from artloop.breeding import cross
from artloop.canonical import step_for
from artloop.company import Company
from artloop.errors import ArtloopError, BudgetReached, Halted, NotYet, StepParked
from artloop.events import (
    ConceptReady,
    Critiqued,
    IterationEnded,
    LessonsLearned,
    Rendered,
    RepairAsked,
    StationEntered,
    VariantEnded,
)
from artloop.hand import Ear
from artloop.memory import memory, remembered
from artloop.models import (
    Brief,
    Concept,
    Critique,
    CritiqueTask,
    Decision,
    Drawing,
    DrawTask,
    Iteration,
    Rendering,
    RenderRequest,
    TestedCritique,
    Variant,
)
from artloop.novelty import apart, drawing_nearness
from artloop.ports import Attempt, Workshop
from artloop.steering import lessons, rethink, steer
from artloop.stopping import End, Stopper

SHOWN_MEASURES = ("strokes", "ink_mm", "plot_seconds", "ink_coverage", "pens")


async def improve(
    name: str, concept: Concept, brief: Brief, shop: Workshop, stop: Stopper, company: Company | None = None
) -> Variant:
    """One variant from its concept to its end."""
    return await go_on(begun(name, concept, shop), brief, shop, stop, company or Company())


def begun(name: str, concept: Concept, shop: Workshop) -> Variant:
    """A variant that has its idea."""
    shop.shelf.keep_concept(name, concept)
    shop.emit(ConceptReady(variant=name, title=concept.title, technique=concept.technique))
    return Variant(id=name, concept=concept)


async def go_on(variant: Variant, brief: Brief, shop: Workshop, stop: Stopper, company: Company) -> Variant:
    """Make iterations until the stopper says why not, with the others in company."""
    company.enter(variant)
    try:
        return await iterated(variant, brief, shop, stop, company)
    finally:
        company.leave(variant.id)


async def iterated(variant: Variant, brief: Brief, shop: Workshop, stop: Stopper, company: Company) -> Variant:
    """The variant when its iterations are made; a step that cannot be done ends this variant alone."""
    ear = Ear(variant, brief, company, shop)
    while (end := stop(variant)) is None:
        try:
            iteration = await iterate(variant, brief, ear, company, shop)
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
        company.standing[variant.id] = variant = grown(
            ear.told(variant), remembered(variant, iteration) if brief.memory else iteration, shop
        )
    return ended(variant, end, shop)


async def iterate(variant: Variant, brief: Brief, ear: Ear, company: Company, shop: Workshop) -> Iteration:
    """One turn: steer, draw, render, repair what cannot be plotted, and show what can to the critic."""
    number = len(variant.iterations) + 1
    decision, fresh = await turned(variant, number, brief, ear, company, shop)
    task = draw_task(variant, number, brief, fresh)
    task = task.model_copy(update={"shared": company.shared_with(variant.id)})
    drawing, rendering, repairs, apart_from = await draw_until_plottable(task, ear, company, shop)
    critique = await criticise(task, drawing, rendering, ear, shop) if rendering.plottable else None
    return Iteration(
        number=number,
        drawing=drawing,
        rendering=rendering,
        critique=critique,
        repairs=repairs,
        decision=decision,
        concept=fresh,
        crossing=variant.crossing,
        apart_from=apart_from,
    )


async def turned(
    variant: Variant, number: int, brief: Brief, ear: Ear, company: Company, shop: Workshop
) -> tuple[Decision, Concept | None]:
    """How the iteration begins, and the new concept it begins with, if it does."""
    siblings = company.siblings(variant.id)
    if variant.crossing:
        await ear.listen(number, "cross")
        crossed = await cross(variant, number, siblings, brief, ear.notes, shop)
        return Decision(move="cross", reason=str(variant.crossing.lineage)), crossed
    decision = await steer(variant, number, brief, ear, shop)
    rethinks = decision.move == "rethink"
    return decision, await rethink(variant, number, siblings, brief, ear, shop) if rethinks else None


async def draw_until_plottable(
    task: DrawTask, ear: Ear, company: Company, shop: Workshop
) -> tuple[Drawing, Rendering, int, str]:
    """Draw and render; what fails or does not pass the gates goes straight back, `max_repairs` times at most.

    What is too close to a sibling's drawing goes back once for each concept; it is kept if nothing else can be plotted.
    """
    name, number = task.variant, task.iteration
    repairs, twin, apart_from = 0, None, ""
    compares = task.brief.novelty and not any(one.apart_from for one in task.history)
    for attempt in count():
        drawing, rendering, task = await attempted(task, attempt, ear, shop)
        if rendering.plottable and compares and twin is None:
            near = await drawing_nearness(task, attempt, company, shop)
            if near.too_close:
                twin, apart_from, task = drawing, near.nearest, apart(task, drawing, near)
                continue
        if rendering.plottable or repairs == shop.max_repairs:
            break
        complaint = rendering.complaint
        shop.emit(RepairAsked(variant=name, iteration=number, attempt=repairs, complaint=complaint))
        hint, repairs = rendering.failure.hint if rendering.failure else "", repairs + 1
        task = task.model_copy(update={"broken": drawing, "complaint": complaint, "hint": hint, "apart_from": ""})
    if twin and not rendering.plottable:
        drawing, rendering = twin, await render(twin, task, attempt + 1, shop)
    if rendering.plottable:
        company.hang(shop.shelf.place(name, number))
    company.pass_by(name, number)
    return drawing, rendering, repairs, apart_from


async def attempted(task: DrawTask, attempt: int, ear: Ear, shop: Workshop) -> tuple[Drawing, Rendering, DrawTask]:
    """One try, and the task with what the artist said until then."""
    await ear.listen(task.iteration, "draw", attempt)
    task = task.model_copy(update={"notes": ear.notes})
    drawing = await draw(task, attempt, shop)
    await ear.listen(task.iteration, "render", attempt)
    return drawing, await render(drawing, task, attempt, shop), task


def draw_task(variant: Variant, number: int, brief: Brief, fresh: Concept | None) -> DrawTask:
    """What the implementer is told before its first try: of the present concept alone, and lessons of the last one."""
    told = [] if fresh else variant.chapter
    best = variant.model_copy(update={"iterations": told}).incumbent
    crossing = variant.crossing or (None if fresh else variant.crossed)
    return DrawTask(
        brief=brief,
        variant=variant.id,
        concept=fresh or variant.concept_of(number),
        iteration=number,
        history=told,
        incumbent=best.number if best else None,
        lessons=lessons(variant.chapter) if fresh else [],
        marks=crossing.source if crossing else "",
        memory=memory(variant),
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

    asked: type[Critique] = TestedCritique if task.hypothesis else Critique
    critique = await shop.steps.perform(step, asked, work)
    shop.shelf.keep_critique(name, number, critique)
    shop.emit(Critiqued(variant=name, iteration=number, critique=critique))
    return critique


def grown(variant: Variant, iteration: Iteration, shop: Workshop) -> Variant:
    """The variant with one more iteration: the only place where the list grows."""
    first = {"concept": iteration.concept} if iteration.concept and not variant.iterations else {}
    made = [*variant.iterations, iteration]
    more = variant.model_copy(update={"iterations": made, "crossing": None, **first})
    if iteration.crossing:
        shop.shelf.keep_variant(more)
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
    if iteration.lessons:
        shop.emit(LessonsLearned(variant=variant.id, iteration=iteration.number, lessons=iteration.lessons))
    return more


def ended(variant: Variant, end: End, shop: Workshop) -> Variant:
    """The variant as it stays. Without any drawing to show it has failed, however it ended."""
    if end.status == "running":
        return variant
    if variant.incumbent is None and end.status in ("finished", "stalled"):
        last = variant.iterations[-1].rendering.complaint if variant.iterations else "no iteration was made"
        return failed(variant, f"no drawing could be plotted: {last}", False, shop)
    shop.emit(VariantEnded(variant=variant.id, status=end.status, reason=end.reason, session=shop.session))
    return variant.model_copy(update={"status": end.status})


def failed(variant: Variant, reason: str, outage: bool, shop: Workshop) -> Variant:
    """The variant with what went wrong; its incumbent, if any, is still up for choice."""
    shop.emit(VariantEnded(variant=variant.id, status="failed", reason=reason, session=shop.session))
    return variant.model_copy(update={"status": "failed", "failure": reason, "outage": outage})
