"""Putting tasks on the board: a batch goes up whole or not at all, and nothing in it waits for itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from artloop.errors import UsageError
from artloop.taskboard.agents import look_up
from artloop.taskboard.cards import Card, file, find, find_all
from artloop.taskboard.queues import keep
from artloop.taskboard.turn import Turn
from artloop.taskboard.words import AgentRecord, TaskSpec

Batch = dict[str, TaskSpec]
"""By the id that each is to have."""


async def file_batch(turn: Turn, specs: list[TaskSpec], parent: Card | None = None) -> list[Card]:
    """Put up tasks that may depend on each other by key; one whose key is on the board already is that task."""
    ids, fresh, names = [], Batch(), dict[str, str]()
    for spec in specs:
        known = await _known(turn, spec, names, parent)
        id = known or f"t-{await turn.number()}"
        ids.append(id)
        if spec.key is not None:
            names[spec.key] = id
        if known is None:
            fresh[id] = spec
    before = {id: _unique(names.get(name, name) for name in spec.dependencies) for id, spec in fresh.items()}
    _check_circle(before)
    await _check_others(turn, {id for ids in before.values() for id in ids} - fresh.keys(), parent)
    for id, spec in fresh.items():
        waits = [other for other in before[id] if other in fresh or (await find(turn, other)).open]
        await _post(turn, id, spec, before[id], waits=waits, parent=parent.id if parent else None)
    return [await find(turn, id) for id in ids]


async def file_review(turn: Turn, spec: TaskSpec, review_of: str) -> Card:
    """Put up a task that looks at another one's result."""
    return await _post(turn, f"t-{await turn.number()}", spec, [], waits=[], review_of=review_of)


async def _post(
    turn: Turn,
    id: str,
    spec: TaskSpec,
    before: list[str],
    *,
    waits: list[str],
    parent: str | None = None,
    review_of: str | None = None,
) -> Card:
    maker = await maker_of(turn, spec)
    card = Card(
        id=id,
        number=int(id.removeprefix("t-")),
        agent_type=spec.agent_type,
        requires=spec.requires,
        priority=spec.priority,
        run=spec.run,
        key=spec.key,
        thread=spec.thread,
        agent=maker.id if maker else None,
        dependencies=before,
        max_attempts=spec.max_attempts or turn.settings.max_attempts,
        lease_s=spec.lease_s or turn.settings.lease_s,
        may_split=spec.may_split,
        target=spec.review.target if spec.review else None,
        max_rounds=spec.review.max_rounds if spec.review else 1,
        state="blocked" if waits else "pending",
        created=turn.now,
        parent=parent,
        review_of=review_of,
    )
    file(turn, card, spec)
    for other in before:
        turn.tx.rank(f"dependents:{other}", id, card.number)
    for other in waits:
        turn.tx.rank(f"waits:{id}", other, 0.0)
    if not waits:
        keep(turn, card, maker)
    return card


async def maker_of(turn: Turn, spec: TaskSpec) -> AgentRecord | None:
    """Who completed the last task of its thread, if they may do this one too."""
    text = await turn.tx.get("thread", spec.thread) if spec.thread is not None else None
    maker = await look_up(turn, json.loads(text)) if text is not None else None
    fits = maker and maker.agent_type == spec.agent_type and set(spec.requires) <= set(maker.capabilities)
    return maker if fits else None


async def _known(turn: Turn, spec: TaskSpec, names: dict[str, str], parent: Card | None) -> str | None:
    """The id of the task that has this key."""
    if spec.key is None:
        return None
    if spec.key in names:
        raise UsageError(f"two tasks of one batch have the key {spec.key!r}; give each its own")
    text = await turn.tx.get("key", spec.key)
    if text is None:
        return None
    card = await find(turn, json.loads(text))
    if parent is not None and card.parent != parent.id:
        raise UsageError(f"key {spec.key!r} is that of {card.id}, which is no part of {parent.id}; choose another key")
    return card.id


def _unique(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))


def _check_circle(before: dict[str, list[str]]) -> None:
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        raise UsageError(
            f"tasks of this batch wait for each other ({' -> '.join(error.args[1])}); break the circle"
        ) from error


async def _check_others(turn: Turn, ids: Iterable[str], parent: Card | None) -> None:
    """Refuse dependencies on tasks that are not there, cannot be completed, or wait for the parent."""
    others = [await find(turn, id) for id in sorted(ids)]
    for other in others:
        if other.state in ("failed", "dead"):
            raise UsageError(f"{other.id} has {_fate(other)}, so nothing can depend on it; retry or replace it first")
    if parent is not None and (culprit := await _waiting_for(turn, others, parent)) is not None:
        raise UsageError(f"a part of {parent.id} cannot depend on {culprit}, which waits for {parent.id} itself")


def _fate(card: Card) -> str:
    return "failed" if card.state == "failed" else "used up its attempts"


async def _waiting_for(turn: Turn, others: list[Card], parent: Card) -> str | None:
    """The first of these tasks that, by whatever way, waits for the parent to be completed."""
    for other in others:
        seen, todo = {other.id}, [other]
        while todo:
            card = todo.pop()
            if card.id == parent.id:
                return other.id
            if card.open:
                nearer = set(await turn.tx.members(f"waits:{card.id}")) | set(card.subtasks)
                todo += await find_all(turn, sorted(nearer - seen))
                seen |= nearer
    return None
