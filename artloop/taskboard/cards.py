"""A task's card: all the board needs to decide by. Its words and its result lie beside it, so that cards stay small.

Documents: `card`, `spec` and `result` by the task's id, `key` by the asker's own name for it,
`thread` (the agent that completed the last of it) by the thread's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from artloop.errors import StorageError, UsageError
from artloop.models import Ident, Value
from artloop.taskboard.turn import Turn
from artloop.taskboard.words import (
    ENDED,
    OPEN,
    AgentType,
    Attempted,
    Json,
    Reviewed,
    State,
    Task,
    TaskError,
    TaskSpec,
)


class Card(Value):
    """A task without its words and its result; see `Task` and `TaskSpec` for what the fields mean."""

    id: Ident
    number: int
    """Tasks made later have higher ones."""
    agent_type: AgentType
    requires: list[str]
    priority: int
    run: Ident | None
    key: str | None
    thread: str | None = None
    dependencies: list[Ident]
    """By id, all of them."""
    max_attempts: int
    lease_s: float
    may_split: bool
    target: float | None
    """Of `Review`; None: results are not reviewed."""
    max_rounds: int
    state: State
    created: float
    not_before: float = 0.0
    agent: Ident | None = None
    lease_until: float | None = None
    attempts: list[Attempted] = []
    failures: int = 0
    """Attempts that came to nothing since it was made, or opened again."""
    error: TaskError | None = None
    ended: float | None = None
    parent: Ident | None = None
    subtasks: list[Ident] = []
    reviews: list[Reviewed] = []
    review_of: Ident | None = None
    review: Ident | None = None
    """The review that is under way, or was at the end."""
    met: bool | None = None

    @property
    def open(self) -> bool:
        """Whether anything is still to become of it."""
        return self.state in OPEN


async def find(turn: Turn, id: str) -> Card:
    """The card of a task; raises `UsageError` if there is none."""
    card = await turn.found(Card, "card", id)
    if card is None:
        raise UsageError(f"there is no task {id}; list the tasks to see which there are")
    return card


async def find_all(turn: Turn, ids: Iterable[str]) -> list[Card]:
    """The cards of tasks that are there."""
    named = list(ids)
    texts = zip(named, await turn.tx.many("card", named), strict=True)
    return [card for id, text in texts if (card := turn.read(Card, "card", id, text)) is not None]


def file(turn: Turn, card: Card, spec: TaskSpec) -> None:
    """Put a new task on the board."""
    turn.tx.put("spec", card.id, spec.model_dump_json())
    for name in _lists(card):
        turn.tx.rank(name, card.id, card.number)
    if card.key is not None:
        turn.tx.put("key", card.key, json.dumps(card.id))
    _write(turn, card)


def change(turn: Turn, card: Card, *, quietly: bool = False, **changes: Any) -> Card:
    """Write a card with other values, and announce it; it must be the one that is there."""
    changed = card.model_copy(update=changes)
    if changed.state != card.state:
        turn.tx.unrank(f"state:{card.state}", card.id)
    _write(turn, changed, quietly)
    return changed


async def remove(turn: Turn, card: Card) -> None:
    """Take an ended task off the board, with all that is known of it."""
    for kind in ("card", "spec", "result"):
        turn.tx.drop(kind, card.id)
    if card.key is not None:
        turn.tx.drop("key", card.key)
    if card.thread is not None:
        turn.tx.drop("thread", card.thread)
    for name in (*_lists(card), f"state:{card.state}", "ended"):
        turn.tx.unrank(name, card.id)
    for name in (f"waits:{card.id}", f"dependents:{card.id}"):
        for member in await turn.tx.members(name):
            turn.tx.unrank(name, member)
    for dependency in card.dependencies:
        turn.tx.unrank(f"dependents:{dependency}", card.id)


async def words(turn: Turn, id: str) -> TaskSpec:
    """What was asked for."""
    spec = await turn.found(TaskSpec, "spec", id)
    if spec is None:
        raise StorageError(f"the hub's document spec {id} is missing; restore the store from a backup")
    return spec


async def results(turn: Turn, ids: list[str]) -> dict[str, Json]:
    """The results there are, by task."""
    texts = zip(ids, await turn.tx.many("result", ids), strict=True)
    return {id: json.loads(text) for id, text in texts if text is not None}


async def shown(turn: Turn, card: Card, *, whole: bool = True) -> Task:
    """The task as it is shown; not whole: without context and result."""
    spec = (await words(turn, card.id)).model_copy(update={"dependencies": card.dependencies})
    if not whole:
        spec = spec.model_copy(update={"context": {}})
    found = await results(turn, [card.id]) if whole else {}
    kept = {name: getattr(card, name) for name in Task.model_fields if name in Card.model_fields}
    return Task(**kept, spec=spec, result=found.get(card.id))


def _write(turn: Turn, card: Card, quietly: bool = False) -> None:
    turn.tx.put("card", card.id, card.model_dump_json())
    turn.tx.rank(f"state:{card.state}", card.id, card.number)
    if card.state in ENDED and card.ended is not None:
        turn.tx.rank("ended", card.id, card.ended)
    else:
        turn.tx.unrank("ended", card.id)
    if not quietly:
        turn.tell("task", card.id, card.state, card.agent_type, card.run or "")


def _lists(card: Card) -> list[str]:
    """The rankings a card stands in for good, by number."""
    return ["tasks", f"type:{card.agent_type}", *([f"run:{card.run}"] if card.run else [])]
