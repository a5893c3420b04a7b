"""How many tokens a request may come to, before a provider has counted them: a bound for budgets, not a guess."""

from __future__ import annotations

from typing import Any

from agents import FunctionTool

from artloop.canonical import canonical

BYTES_PER_TOKEN = 2
"""Prose has four bytes a token and code three; rows of numbers come close to this."""
PICTURE_TOKENS = 3_000
"""More than any model with a published price takes for a picture of our size."""
FRAME_TOKENS = 64
"""What a provider adds around the messages."""


def request_tokens(system: str | None, asked: Any, settings: Any, tools: list[Any], schema: Any, *rest: Any) -> int:
    """At most this many input tokens: everything that is sent, each picture counted as a picture."""
    items, pictures = _without_pictures(asked)
    told = [
        {"name": tool.name, "description": tool.description, "schema": tool.params_json_schema}
        for tool in tools
        if isinstance(tool, FunctionTool)
    ]
    answer = schema.json_schema() if schema is not None and not schema.is_plain_text() else None
    size = len(canonical([system, items, told, answer]).encode("utf-8", "surrogatepass"))
    return size // BYTES_PER_TOKEN + pictures * PICTURE_TOKENS + FRAME_TOKENS


def _without_pictures(value: Any) -> tuple[Any, int]:
    """The value without the bytes of its pictures, and how many there are."""
    if isinstance(value, dict):
        if value.get("type") == "input_image":
            return {"type": "input_image"}, 1
        found = {name: _without_pictures(part) for name, part in value.items()}
        return {name: part for name, (part, _) in found.items()}, sum(count for _, count in found.values())
    if isinstance(value, list | tuple):
        parts = [_without_pictures(part) for part in value]
        return [part for part, _ in parts], sum(count for _, count in parts)
    return value, 0
