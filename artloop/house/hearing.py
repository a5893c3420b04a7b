"""What a turn's input says, as plain data: the pictures of the task, and the results of the calls made so far."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from artloop.models import Metrics, Value


class Result(Value):
    """What a tool answered."""

    text: str
    picture: str | None = None
    """`data:` address of the picture that came with it."""

    @property
    def measures(self) -> Metrics | None:
        """Measures of a drawing that can be plotted; None when the tool said anything else.

        Read from the answers of `metrics` and of `render`, which puts them beside `ok` and what is wrong.
        """
        try:
            data = json.loads(self.text)
        except json.JSONDecodeError:
            return None
        if not isinstance(data, dict) or data.get("ok") is False or _closed(data):
            return None
        try:
            return Metrics.model_validate(data["metrics"] if "ok" in data else data)
        except (KeyError, ValidationError):
            return None


class Heard(Value):
    """Everything a turn has to go by, besides the task."""

    pictures: list[str] = []
    """`data:` addresses in the user's message, in order."""
    results: list[Result] = []
    """One for each call made so far, in the order of the calls."""


def heard(items: str | Sequence[Any]) -> Heard:
    """Read the input items of a model call."""
    if isinstance(items, str):
        return Heard()
    entries = [item for item in items if isinstance(item, dict)]
    outputs = {
        item.get("call_id"): item.get("output") for item in entries if item.get("type") == "function_call_output"
    }
    calls = [item.get("call_id") for item in entries if item.get("type") == "function_call"]
    order = [call for call in calls if call in outputs] or list(outputs)
    spoken = [part for item in entries if item.get("role") == "user" for part in parts(item.get("content"))]
    return Heard(pictures=_pictures(spoken), results=[_result(outputs[call]) for call in order])


def parts(content: Any) -> list[dict[str, Any]]:
    """The parts of a message or of a tool's output, whichever of its forms it has."""
    if isinstance(content, str):
        return [{"type": "input_text", "text": content}]
    several = content if isinstance(content, list) else [content]
    return [part for part in several if isinstance(part, dict)]


def _closed(data: dict[str, Any]) -> bool:
    """Whether a plottability gate is closed, in the short or the long form of the answer."""
    gates = data.get("gates")
    listed = [gate for gate in gates if isinstance(gate, dict)] if isinstance(gates, list) else []
    return bool(data.get("gates_closed")) or any(gate.get("ok") is False for gate in listed)


def _result(output: Any) -> Result:
    said = parts(output)
    text = next((part["text"] for part in said if isinstance(part.get("text"), str)), "")
    return Result(text=text, picture=next(iter(_pictures(said)), None))


def _pictures(said: list[dict[str, Any]]) -> list[str]:
    urls = [part.get("image_url") for part in said if part.get("type") == "input_image"]
    return [url for url in urls if isinstance(url, str) and url.startswith("data:image/png;base64,")]
