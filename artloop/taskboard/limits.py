"""How large and how deep what strangers hand in may be. Knows nothing of the board's state."""

from __future__ import annotations

import json
from typing import Any

from artloop.errors import UsageError
from artloop.taskboard.words import Json, TaskSpec

DEEPEST = 64
SPEC_BYTES = 1_000_000
RESULT_BYTES = 4_000_000
SHARED_BYTES = 64_000
SHARED_KEYS = 10_000
KEY_CHARACTERS = 256
BATCH = 1000
"""Tasks of one batch."""


def check_spec(spec: TaskSpec) -> None:
    """Refuse a task that is too large."""
    measured(spec.model_dump(mode="python"), f"task {spec.key or spec.agent_type!r}", SPEC_BYTES)


def measured(value: Json, what: str, most: int) -> str:
    """The value as JSON. Raises `UsageError` when it is too large, too deep or not JSON."""
    _check_depth(value, what)
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        size = len(text.encode("utf-8"))
    except (TypeError, ValueError) as error:
        raise UsageError(f"{what} is not JSON ({error}); leave out what JSON has not") from error
    if size > most:
        raise UsageError(f"{what} has {size} bytes as JSON, {most} are allowed; put the bulk into files and name them")
    return text


def _check_depth(value: Any, what: str) -> None:
    # Not by recursion: depth is what must not be trusted here.
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise UsageError(f"{what} is nested more than {DEEPEST} deep; make it flatter")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, (list, tuple)) else []
