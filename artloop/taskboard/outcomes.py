"""What becomes of a task when an agent hands it in, fails or falls silent: done, reviewed, tried again, dead."""

from __future__ import annotations

import json
from typing import Any

from artloop.errors import UsageError
from artloop.taskboard.agents import settle
from artloop.taskboard.cards import Card, change, find, find_all, words
from artloop.taskboard.endings import DEPENDENCY, Ending, closed, end
from artloop.taskboard.filing import file_review
from artloop.taskboard.queues import offer, open_up
from artloop.taskboard.turn import Turn
from artloop.taskboard.words import Json, TaskError, TaskSpec

SILENT = TaskError(kind="silent", message="the agent sent no heartbeat until its lease ran out")
VERDICT = {
    "type": "object",
    "properties": {
        "score": {"type": "number", "minimum": 0, "maximum": 10},
        "notes": {"type": "string", "maxLength": 20_000},
    },
    "required": ["score"],
    "additionalProperties": False,
}
"""What a reviewer answers."""


async def done(turn: Turn, card: Card, result: Json) -> None:
    """An agent has handed in a valid result."""
    turn.tx.put("result", card.id, json.dumps(result, ensure_ascii=False))
    card = await _handed_back(turn, card, state="blocked", quietly=card.target is None)
    if card.target is None:
        await end(turn, Ending(card.id, "completed"))
    else:
        await _ask_for_review(turn, card, result)


async def came_to_nothing(turn: Turn, card: Card, error: TaskError) -> None:
    """An attempt has failed: try again later, or give up."""
    failures = card.failures + 1
    again = error.retryable and failures < card.max_attempts
    card = await _handed_back(
        turn,
        card,
        error,
        state="pending",
        quietly=not again,
        failures=failures,
        not_before=turn.now + _pause(turn, failures) if again else 0.0,
    )
    if not again:
        await end(turn, Ending(card.id, "dead" if error.retryable else "failed", error))
    elif card.not_before > turn.now:
        turn.plan("retry", card.id, card.not_before)
    else:
        offer(turn, card)


async def _handed_back(turn: Turn, card: Card, error: TaskError | None = None, **changes: Any) -> Card:
    """The present attempt is over."""
    await settle(turn, card.agent, card.id, done=error is None)
    turn.forget("lease", card.id)
    attempts = closed(turn, card, error)
    return change(turn, card, lease_until=None, attempts=attempts, error=error or card.error, **changes)


async def fall_silent(turn: Turn, id: str) -> None:
    """A task's lease has run out."""
    for card in await find_all(turn, [id]):
        if card.state == "in_progress":
            await came_to_nothing(turn, card, SILENT)


async def time_is_over(turn: Turn, id: str) -> None:
    """A task need not wait any longer, for the time of its retry or for the agent that had it."""
    for card in await find_all(turn, [id]):
        if card.state == "pending":
            open_up(turn, card)


async def reopen(turn: Turn, id: str) -> Card:
    """Try a dead letter anew, and the tasks that failed because of it. Raises `UsageError` when it is none."""
    card = await find(turn, id)
    if card.state != "dead":
        raise UsageError(f"{id} is no dead letter: it is {card.state}; list the dead letters to see which there are")
    if card.review_of is not None:
        raise UsageError(f"{id} is a review whose task has ended without it; only other dead letters can be retried")
    card = change(turn, card, state="pending", failures=0, error=None, ended=None, not_before=0.0)
    offer(turn, card)
    todo = [id]
    while todo:
        for dependent in await find_all(turn, await turn.tx.members(f"dependents:{todo.pop()}")):
            if await _waits_again(turn, dependent):
                change(turn, dependent, state="blocked", error=None, ended=None)
                todo.append(dependent.id)
    return await find(turn, id)


async def _waits_again(turn: Turn, card: Card) -> bool:
    """Whether a task that failed because of others has none left that will not be completed."""
    if card.state != "failed" or card.error is None or card.error.kind != DEPENDENCY:
        return False
    return all(before.open for before in await find_all(turn, await turn.tx.members(f"waits:{card.id}")))


async def _ask_for_review(turn: Turn, card: Card, result: Json) -> None:
    spec = await words(turn, card.id)
    assert spec.review is not None
    asked = TaskSpec(
        agent_type=spec.review.agent_type,
        task_description=spec.review.instructions,
        context={"description": spec.task_description, "result": result, "round": len(card.reviews) + 1},
        priority=spec.priority,
        result_schema=VERDICT,
        run=spec.run,
        trace=spec.trace,
    )
    review = await file_review(turn, asked, card.id)
    change(turn, card, review=review.id)


def _pause(turn: Turn, failures: int) -> float:
    """Full jitter: between nothing and a bound that doubles with each failure."""
    settings = turn.settings
    return turn.chance.uniform(0.0, min(settings.retry_cap_s, settings.retry_base_s * 2.0 ** min(failures - 1, 64)))
