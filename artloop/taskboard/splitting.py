"""Breaking up a task: the agent that has it hands parts to others and gets it back with their results."""

from __future__ import annotations

from artloop.errors import UsageError
from artloop.taskboard.agents import settle
from artloop.taskboard.cards import Card, change
from artloop.taskboard.endings import closed, come_back
from artloop.taskboard.filing import file_batch
from artloop.taskboard.turn import Turn
from artloop.taskboard.words import TaskSpec

MOST_PARTS = 1000
"""Of one task, all its splits together."""


async def split(turn: Turn, card: Card, specs: list[TaskSpec]) -> list[Card]:
    """Put up the parts of a task that its agent has; it is blocked till they have ended."""
    if not card.may_split:
        raise UsageError(f"{card.id} may not be broken up; whoever made it must allow it with `may_split`")
    if len(card.subtasks) + len(specs) > MOST_PARTS:
        raise UsageError(f"{card.id} would have more than {MOST_PARTS} parts; make them larger")
    parts = await file_batch(turn, specs, card)
    turn.forget("lease", card.id)
    await settle(turn, card.agent, card.id, done=None)
    subtasks = list(dict.fromkeys([*card.subtasks, *(part.id for part in parts)]))
    blocked = change(
        turn, card, state="blocked", lease_until=None, attempts=closed(turn, card), subtasks=subtasks, review=None
    )
    if not any(part.open for part in parts):
        await come_back(turn, blocked)
    return parts
