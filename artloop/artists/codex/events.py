"""What Codex says while it works: its JSON lines, read into an answer or into an error of ours. Runs nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from artloop.artists.codex.config import KEYS
from artloop.errors import ArtloopError, ModelMisbehaved, ProviderError, RenderServerError
from artloop.models import Usage, Value

SAID_CHARS = 300
FATAL = {
    ("401", "unauthorized", "api key", "not logged in", "authentication"): (
        f"Codex was refused: {{said}}; set a valid {KEYS[0]} or {KEYS[1]}, or log in with: codex login"
    ),
    ("quota", "billing", "usage limit", "credits"): "Codex may not go on: {said}; top it up or wait, then resume",
    ("does not exist", "model_not_found", "not supported", "unknown model"): (
        "Codex cannot use the model: {said}; set codex.model to another"
    ),
}
"""Words of an error that asking again would not help, and what to say then."""


class Said(Value):
    """What came of a session with Codex."""

    text: str
    """Its last message."""
    usage: Usage
    """As Codex reports it at the end of a turn: one request for the whole session, whatever it took."""


def said(output: str, log: str, status: int) -> Said:
    """The answer. Raises `ProviderError`, `RenderServerError` or `ModelMisbehaved` when there is none."""
    events = list(_events(output))
    turns = [event["usage"] for event in events if isinstance(event.get("usage"), dict)]
    messages = [str(item.get("text", "")) for item in _items(events) if item.get("type") == "agent_message"]
    if status or not turns:
        raise _failure(_last_error(events, log), status)
    if not messages or not messages[-1].strip():
        raise ModelMisbehaved("Codex ended without an answer")
    usage = Usage(
        requests=1,
        input_tokens=sum(_count(turn, "input_tokens") for turn in turns),
        cached_tokens=sum(_count(turn, "cached_input_tokens") for turn in turns),
        output_tokens=sum(_count(turn, "output_tokens") for turn in turns),
    )
    return Said(text=messages[-1], usage=usage)


def _events(output: str) -> Iterator[dict[str, Any]]:
    """The JSON objects among the lines; Codex's own warnings are none."""
    for line in output.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event


def _items(events: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for event in events:
        if event.get("type") == "item.completed" and isinstance(event.get("item"), dict):
            yield event["item"]


def _last_error(events: list[dict[str, Any]], log: str) -> str:
    """Why it failed, in its own words, on one line."""
    for event in reversed(events):
        error = event.get("error") if event.get("type") == "turn.failed" else event
        if event.get("type") in ("turn.failed", "error") and isinstance(error, dict):
            return _line(str(error.get("message", "")))
    lines = [line for line in log.strip().splitlines() if not line.startswith("WARNING")]
    return _line(lines[-1]) if lines else ""


def _failure(words: str, status: int) -> ArtloopError:
    heard = words.lower()
    if "mcp servers failed" in heard:
        return RenderServerError(f"Codex could not start the render server: {words}; check with: artloop doctor")
    for signs, advice in FATAL.items():
        if any(sign in heard for sign in signs):
            return ProviderError(advice.format(said=words), fatal=True)
    if words:
        return ProviderError(f"Codex failed: {words}; resume later")
    return ProviderError(f"Codex ended with status {status} and said nothing; try it by itself: codex exec hello")


def _count(turn: dict[str, Any], name: str) -> int:
    value = turn.get(name)
    return value if isinstance(value, int) and value >= 0 else 0


def _line(text: str) -> str:
    return " ".join(text.split())[:SAID_CHARS]
