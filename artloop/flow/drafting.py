"""One iteration's drawing: draw -> render, and back as long as it cannot be plotted, is a twin or is refused."""

from __future__ import annotations

from itertools import count
from typing import NamedTuple

from artloop.canonical import step_for
from artloop.events import Rendered, RepairAsked, StationEntered
from artloop.flow.company import Company
from artloop.flow.confirming import MAX_REDRAWS, confirmed, redraw
from artloop.flow.hand import Ear
from artloop.flow.novelty import apart, drawing_nearness
from artloop.flow.revisions import change
from artloop.models import Answer, Brief, Drawing, DrawTask, Rendering, RenderRequest
from artloop.ports import Attempt, Question, Workshop

SHOWN_MEASURES = ("strokes", "ink_mm", "plot_seconds", "ink_coverage", "pens")


class Made(NamedTuple):
    """What drawing came to."""

    drawing: Drawing
    rendering: Rendering
    repairs: int
    answers: list[Answer]
    apart_from: str

    @property
    def counts(self) -> bool:
        """Whether it is for the critic: it can be plotted, and the artist did not refuse it."""
        return self.rendering.plottable and all(answer.accepted for answer in self.answers[-1:])


class Draft(NamedTuple):
    """One try."""

    attempt: int
    drawing: Drawing
    diff: str
    """Unified, of the source to its parent's."""
    rendering: Rendering


async def make(task: DrawTask, ear: Ear, company: Company, shop: Workshop, given: Drawing | None = None) -> Made:
    """Draw and render until a drawing counts.

    What fails or does not pass the gates goes back `max_repairs` times at most. What is too close to a sibling's
    drawing goes back once for each concept; it is kept if nothing else can be plotted. What the artist refuses is drawn
    again, `MAX_REDRAWS` times at most. A drawing that is given is the first try.
    """
    repairs, answers, twin, apart_from = 0, list[Answer](), None, ""
    compares = task.brief.novelty and not any(one.apart_from for one in task.history)
    for attempt in count():
        draft, task = await attempted(task, attempt, None if attempt else given, ear, shop)
        if draft.rendering.plottable and compares and twin is None:
            near = await drawing_nearness(task, attempt, company, shop)
            if near.too_close:
                twin, apart_from, task = draft.drawing, near.nearest, apart(task, draft.drawing, near)
                continue
        final = draft.rendering.plottable or repairs == shop.max_repairs
        answer = await confirmed(question(task, draft, final), shop)
        answers += [answer] if answer else []
        refused = answer is not None and not answer.accepted
        if answer and refused and redraws_left(task):
            task = redraw(task, draft.drawing, answer)
        elif final or refused:
            break
        else:
            task, repairs = repair(task, draft, repairs, shop), repairs + 1
    if twin and not draft.rendering.plottable:
        draft = await rendered(twin, task, attempt + 1, shop)
    if draft.rendering.plottable and task.iteration > shop.common:
        company.hang(shop.shelf.place(task.variant, task.iteration))
    company.pass_by(task.variant, task.iteration)
    return Made(draft.drawing, draft.rendering, repairs, answers, apart_from)


async def attempted(
    task: DrawTask, attempt: int, given: Drawing | None, ear: Ear, shop: Workshop
) -> tuple[Draft, DrawTask]:
    """One try, and the task with what the artist said until then."""
    if given is None:
        await ear.listen(task.iteration, "draw", attempt)
        task = task.model_copy(update={"notes": ear.notes})
    drawing = given or await draw(task, attempt, shop)
    await ear.listen(task.iteration, "render", attempt)
    return await rendered(drawing, task, attempt, shop), task


async def rendered(drawing: Drawing, task: DrawTask, attempt: int, shop: Workshop) -> Draft:
    """A drawing that is on the shelf, and what it looks like."""
    diff = change(task, drawing, attempt)
    await shop.shelf.keep_revision(task.variant, task.iteration, attempt, drawing.source, diff)
    return Draft(attempt, drawing, diff, await render(drawing, task, attempt, shop))


def redraws_left(task: DrawTask) -> int:
    """How often the iteration can still be drawn again for the artist."""
    return MAX_REDRAWS - len(task.refused)


def question(task: DrawTask, draft: Draft, final: bool) -> Question:
    """What the artist is shown of a drawing."""
    return Question(
        variant=task.variant,
        iteration=task.iteration,
        attempt=draft.attempt,
        **draft.drawing.model_dump(),
        diff=draft.diff,
        rendering=draft.rendering,
        final=final,
        redraws=redraws_left(task),
    )


def repair(task: DrawTask, draft: Draft, repairs: int, shop: Workshop) -> DrawTask:
    """The task of mending what cannot be plotted."""
    complaint, failure = draft.rendering.complaint, draft.rendering.failure
    shop.emit(RepairAsked(variant=task.variant, iteration=task.iteration, attempt=repairs, complaint=complaint))
    hint = failure.hint if failure else ""
    return task.model_copy(update={"broken": draft.drawing, "complaint": complaint, "hint": hint, "apart_from": ""})


async def draw(task: DrawTask, attempt: int, shop: Workshop) -> Drawing:
    """The draw step."""
    shop.emit(StationEntered(variant=task.variant, iteration=task.iteration, station="draw"))
    step = step_for(task.variant, task.iteration, "draw", attempt, task, shop.artists.fingerprint("draw"))

    async def work(tried: Attempt) -> Drawing:
        return await shop.artists.draw(task, tried)

    return await shop.steps.perform(step, Drawing, work)


def asked_for(drawing: Drawing, brief: Brief) -> RenderRequest:
    """How a drawing of a run is rendered: the brief's canvas and pen, the drawing's own parameters."""
    return RenderRequest(source=drawing.source, canvas_size=brief.canvas.size, pen_mm=brief.pen_mm)


async def render(drawing: Drawing, task: DrawTask, attempt: int, shop: Workshop) -> Rendering:
    """The render step."""
    variant, number = task.variant, task.iteration
    shop.emit(StationEntered(variant=variant, iteration=number, station="render"))
    request = asked_for(drawing, task.brief)
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
