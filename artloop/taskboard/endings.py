"""How tasks end, and what follows for those that hang on them: dependents, parents, subtasks, reviews."""

from __future__ import annotations

import json
from dataclasses import dataclass

from artloop.taskboard.agents import look_up, settle
from artloop.taskboard.cards import Card, change, find_all, results
from artloop.taskboard.queues import keep, offer, withdraw
from artloop.taskboard.turn import Turn
from artloop.taskboard.words import Attempted, Reviewed, State, TaskError

CANCELLED, DEPENDENCY = "cancelled", "dependency"


@dataclass(frozen=True)
class Ending:
    """A task is to end."""

    task: str
    state: State
    error: TaskError | None = None
    met: bool | None = None


def closed(turn: Turn, card: Card, error: TaskError | None = None) -> list[Attempted]:
    """The attempts, the present one ended."""
    *before, last = card.attempts
    return [*before, last.model_copy(update={"ended": turn.now, "error": error})]


async def end(turn: Turn, ending: Ending) -> None:
    """End a task, and all that cannot go on without it; let go on what has waited for it."""
    # Not by recursion: a chain of tasks may be longer than the stack.
    todo = [ending]
    while todo:
        now = todo.pop()
        for card in await find_all(turn, [now.task]):
            if card.open:
                todo += await _follow(turn, await _close(turn, card, now))


async def _close(turn: Turn, card: Card, ending: Ending) -> Card:
    withdraw(turn, card)
    attempts = card.attempts
    if card.state == "in_progress":
        turn.forget("lease", card.id)
        attempts = closed(turn, card, ending.error)
        await settle(turn, card.agent, card.id, done=None)
    if card.thread is not None and ending.state == "completed":
        turn.tx.put("thread", card.thread, json.dumps(card.agent))
    return change(
        turn,
        card,
        state=ending.state,
        error=ending.error,
        met=ending.met,
        ended=turn.now,
        attempts=attempts,
        lease_until=None,
    )


async def _follow(turn: Turn, card: Card) -> list[Ending]:
    """Release what waited for an ended task; what else must end because of it."""
    inner = [*card.subtasks, *([card.review] if card.review else [])]
    dropped = TaskError(kind=CANCELLED, message=f"{card.id}, which it is a part of, has ended", retryable=False)
    endings = [Ending(part.id, "failed", dropped) for part in await find_all(turn, inner) if part.open]
    endings += await _release(turn, card) if card.state == "completed" else await _drag_down(turn, card)
    endings += await _report(turn, card)
    return endings


async def _release(turn: Turn, card: Card) -> list[Ending]:
    for dependent in await find_all(turn, await turn.tx.members(f"dependents:{card.id}")):
        turn.tx.unrank(f"waits:{dependent.id}", card.id)
        if dependent.state == "blocked" and not await turn.tx.size(f"waits:{dependent.id}"):
            offer(turn, change(turn, dependent, state="pending"))
    return []


async def _drag_down(turn: Turn, card: Card) -> list[Ending]:
    reason = card.error.message if card.error else card.state
    error = TaskError(
        kind=DEPENDENCY, message=f"{card.id}, which it depends on, {card.state}: {reason}"[:2000], retryable=False
    )
    return [Ending(id, "failed", error) for id in await turn.tx.members(f"dependents:{card.id}")]


async def _report(turn: Turn, card: Card) -> list[Ending]:
    """Tell the task that an ended one is a part of."""
    endings: list[Ending] = []
    for target in await find_all(turn, [card.review_of] if card.review_of else []):
        if target.review == card.id and target.state == "blocked":
            endings += await _judge(turn, target, card)
    for parent in await find_all(turn, [card.parent] if card.parent else []):
        parts = await find_all(turn, parent.subtasks)
        if parent.state == "blocked" and parent.review is None and not any(part.open for part in parts):
            await come_back(turn, parent)
    return endings


async def come_back(turn: Turn, card: Card) -> None:
    """Offer a task that was blocked after somebody had it, to the same agent first."""
    keep(turn, change(turn, card, state="pending", review=None), await look_up(turn, card.agent))


async def _judge(turn: Turn, target: Card, review: Card) -> list[Ending]:
    """What a review that has ended means for the task it looked at."""
    answer = (await results(turn, [review.id])).get(review.id) if review.state == "completed" else None
    round = len(target.reviews) + 1
    if answer is None:
        why = f"the review came to nothing: {review.error.message if review.error else 'no reason given'}"
        told = Reviewed(round=round, task=review.id, score=None, notes=why)
    else:
        told = Reviewed(round=round, task=review.id, score=answer["score"], notes=answer.get("notes", ""))
    target = change(turn, target, reviews=[*target.reviews, told])
    if told.score is None or target.target is None:
        return [Ending(target.id, "completed")]
    if told.score >= target.target or round >= target.max_rounds:
        return [Ending(target.id, "completed", met=told.score >= target.target)]
    await come_back(turn, target)
    return []
