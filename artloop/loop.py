"""One concept, drawn and improved: draw -> render -> (repair) -> critique, again and again, keeping the best."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

from artloop.canonical import step_for
from artloop.confirming import MAX_REDRAWS, confirmed, redraw
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
    Answer,
    Brief,
    Concept,
    Critique,
    CritiqueTask,
    Drawing,
    DrawTask,
    Iteration,
    Rendering,
    RenderRequest,
    TestedCritique,
    Variant,
)
from artloop.ports import Attempt, Question, Workshop
from artloop.revisions import change
from artloop.steering import lessons, rethink, steer
from artloop.stopping import End, Stopper


class Made(NamedTuple):
    """What drawing came to."""

    drawing: Drawing
    rendering: Rendering
    repairs: int
    answers: list[Answer]

    @property
    def counts(self) -> bool:
        """Whether it is for the critic: it can be plotted, and the artist did not refuse it."""
        return self.rendering.plottable and all(answer.accepted for answer in self.answers[-1:])


SHOWN_MEASURES = ("strokes", "ink_mm", "plot_seconds", "ink_coverage", "pens")


async def improve(
    name: str, concept: Concept, brief: Brief, shop: Workshop, stop: Stopper, siblings: Sequence[Concept] = ()
) -> Variant:
    """Make iterations until the stopper says why not; a step that cannot be done ends this variant alone."""
    variant = Variant(id=name, concept=concept)
    shop.shelf.keep_concept(name, concept)
    shop.emit(ConceptReady(variant=name, title=concept.title, technique=concept.technique))
    return await go_on(variant, brief, shop, stop, siblings)


async def go_on(
    variant: Variant, brief: Brief, shop: Workshop, stop: Stopper, siblings: Sequence[Concept] = ()
) -> Variant:
    """Make further iterations of a variant until the stopper says why not."""
    ear = Ear(variant.id, shop, variant.heeded)
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
    """One turn: steer, draw, render, repair what cannot be plotted, and show what can to the critic."""
    number = len(variant.iterations) + 1
    decision = await steer(variant, number, brief, ear, shop)
    fresh = await rethink(variant, number, siblings, brief, ear, shop) if decision.move == "rethink" else None
    task = draw_task(variant, number, brief, fresh)
    made = await draw_until_plottable(task, ear, shop)
    shown = made.counts and brief.strategy != "quick"
    critique = await criticise(task, made.drawing, made.rendering, ear, shop) if shown else None
    return Iteration(number=number, **made._asdict(), critique=critique, decision=decision, concept=fresh)


async def draw_until_plottable(task: DrawTask, ear: Ear, shop: Workshop) -> Made:
    """Draw and render; what fails or does not pass the gates goes straight back, `max_repairs` times at most.

    What the artist refuses is drawn again, `MAX_REDRAWS` times at most.
    """
    number, repairs, answers = task.iteration, 0, list[Answer]()
    for attempt in count():
        await ear.listen(number, "draw", attempt)
        task = task.model_copy(update={"notes": ear.notes})
        drawing = await draw(task, attempt, shop)
        await ear.listen(number, "render", attempt)
        rendering = await render(drawing, task, attempt, shop)
        final, redraws = rendering.plottable or repairs == shop.max_repairs, MAX_REDRAWS - len(task.refused)
        answer = await confirmed(question(task, attempt, drawing, rendering, final, redraws), shop)
        answers += [answer] if answer else []
        if answer and not answer.accepted and redraws:
            task = redraw(task, drawing, answer)
        elif final or (answer and not answer.accepted):
            break
        else:
            repairs += 1
            task = repair(task, attempt, drawing, rendering, shop)
    return Made(drawing, rendering, repairs, answers)


def question(
    task: DrawTask, attempt: int, drawing: Drawing, rendering: Rendering, final: bool, redraws: int
) -> Question:
    """What the artist is shown of a drawing."""
    return Question(
        variant=task.variant,
        iteration=task.iteration,
        attempt=attempt,
        **drawing.model_dump(),
        diff=change(task, drawing, attempt),
        rendering=rendering,
        final=final,
        redraws=redraws,
    )


def repair(task: DrawTask, attempt: int, drawing: Drawing, rendering: Rendering, shop: Workshop) -> DrawTask:
    """The task of mending what cannot be plotted."""
    complaint = rendering.complaint
    shop.emit(RepairAsked(variant=task.variant, iteration=task.iteration, attempt=attempt, complaint=complaint))
    hint = rendering.failure.hint if rendering.failure else ""
    return task.model_copy(update={"broken": drawing, "complaint": complaint, "hint": hint})


def draw_task(variant: Variant, number: int, brief: Brief, fresh: Concept | None) -> DrawTask:
    """What the implementer is told before its first try: of the present concept alone, and lessons of the last one."""
    told = [] if fresh or brief.strategy == "best-of-n" else variant.chapter
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
    shop.shelf.keep_revision(variant, number, attempt, drawing.source, change(task, drawing, attempt))

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
        why = f"no drawing could be plotted: {last}" if last else "the artist accepted no drawing"
        return failed(variant, why, False, shop)
    shop.emit(VariantEnded(variant=variant.id, status=end.status, reason=end.reason, session=shop.session))
    return variant.model_copy(update={"status": end.status})


def failed(variant: Variant, reason: str, outage: bool, shop: Workshop) -> Variant:
    """The variant with what went wrong; its incumbent, if any, is still up for choice."""
    shop.emit(VariantEnded(variant=variant.id, status="failed", reason=reason, session=shop.session))
    return variant.model_copy(update={"status": "failed", "failure": reason, "outage": outage})
