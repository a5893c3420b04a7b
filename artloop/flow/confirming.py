"""The artist's word before a drawing counts: asked once, kept as a step, and followed by every later session."""

from __future__ import annotations

from artloop.canonical import step_for
from artloop.events import Confirmed, StationEntered
from artloop.models import Answer, Drawing, DrawTask, Refusal
from artloop.ports import Attempt, Question, Step, Workshop

MAX_REDRAWS = 3
"""How often a refused drawing is drawn again; after that the iteration ends without one that counts."""


async def confirmed(question: Question, shop: Workshop) -> Answer | None:
    """What the artist says of a drawing, now or on record; None when they are not asked."""
    name, number = question.variant, question.iteration
    step = step_for(name, number, "confirm", question.attempt, question.source)
    answer = None if shop.steps.begun(step) else await _said(step, question, shop)
    if answer is None and not shop.steps.begun(step):
        return None

    async def work(tried: Attempt) -> Answer:
        # only a driver killed between the answer and its commit comes here without one
        return answer or await _said(step, question, shop) or Answer(accepted=True)

    found = await shop.steps.perform(step, Answer, work)
    shop.emit(Confirmed(variant=name, iteration=number, attempt=question.attempt, answer=found))
    return found


async def _said(step: Step, question: Question, shop: Workshop) -> Answer | None:
    if shop.confirm is None or _passed(question, shop) or not shop.confirm.wants(step, question):
        return None
    shop.emit(StationEntered(variant=question.variant, iteration=question.iteration, station="confirm"))
    return await shop.confirm.ask(step, question)


def _passed(question: Question, shop: Workshop) -> bool:
    """Whether an earlier session, which did not ask, went on from here."""
    name, number = question.variant, question.iteration
    following = [(number, "critique", 0), (number, "draw", question.attempt + 1), (number + 1, "steer", 0)]
    return any(shop.steps.begun(step_for(name, *place)) for place in following)


def redraw(task: DrawTask, drawing: Drawing, answer: Answer) -> DrawTask:
    """The task once more, with what was refused."""
    refused = [*task.refused, Refusal(drawing=drawing, note=answer.note)]
    return task.model_copy(update={"refused": refused, "broken": None, "complaint": "", "hint": ""})
