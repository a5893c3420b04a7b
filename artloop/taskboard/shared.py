"""What agents share: values by key, each for a while or until it is removed."""

from __future__ import annotations

import json

from artloop.errors import UsageError
from artloop.models import Value
from artloop.taskboard.limits import KEY_CHARACTERS, SHARED_BYTES, SHARED_KEYS, measured
from artloop.taskboard.turn import Turn
from artloop.taskboard.words import Json


class Entry(Value):
    """A value that is shared."""

    value: Json
    until: float | None
    """Unix time."""


async def look(turn: Turn, key: str) -> Json:
    """The value of a key; None: there is none."""
    entry = await turn.found(Entry, "shared", key)
    return None if entry is None or (entry.until is not None and entry.until <= turn.now) else entry.value


async def leave(turn: Turn, key: str, value: Json, ttl_s: float | None) -> None:
    """Share a value; None removes it."""
    if not 0 < len(key) <= KEY_CHARACTERS:
        raise UsageError(f"a key of shared state has 1 to {KEY_CHARACTERS} characters, this one {len(key)}; shorten it")
    if ttl_s is not None and not 0 < ttl_s <= 366 * 86_400:
        raise UsageError(f"ttl_s is {ttl_s}; it must be more than 0 and at most a year, or left out")
    if value is None:
        remove(turn, key)
        return
    measured(value, f"the value of {key!r}", SHARED_BYTES)
    if await turn.tx.score("shared", key) is None and await turn.tx.size("shared") >= SHARED_KEYS:
        raise UsageError(f"shared state has {SHARED_KEYS} keys, which is all it can hold; remove some (value null)")
    until = None if ttl_s is None else turn.now + ttl_s
    turn.tx.put("shared", key, json.dumps({"value": value, "until": until}, ensure_ascii=False))
    turn.tx.rank("shared", key, turn.now)
    turn.forget("ttl", key)
    if until is not None:
        turn.plan("ttl", key, until)
    turn.tell("shared", key, "set")


async def expire(turn: Turn, key: str) -> None:
    """A key's time is over."""
    remove(turn, key)


def remove(turn: Turn, key: str) -> None:
    """Forget a key."""
    turn.tx.drop("shared", key)
    turn.tx.unrank("shared", key)
    turn.forget("ttl", key)
    turn.tell("shared", key, "removed")
