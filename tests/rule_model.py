"""A model of the Agents SDK that answers by rule. Apart from the rules: its import takes longer than all they do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from agents import Model, ModelResponse
from agents.testing import assistant_message, function_call
from agents.usage import Usage

from tests.rules import reply


class RuleModel(Model):
    """Answers by rule after `seconds`."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    async def get_response(
        self, system: Any, asked: Any, settings: Any, tools: Any, schema: Any, *rest: Any, **conversation: Any
    ) -> ModelResponse:
        await asyncio.sleep(self.seconds)
        called = any(item.get("type") == "function_call_output" for item in asked)
        answer = reply(schema.json_schema()["properties"], json.dumps([system, asked[0]], sort_keys=True), called)
        if "call" in answer:
            output = function_call("render", {"source": answer["call"]}, call_id=answer["id"])
        else:
            output = assistant_message(json.dumps(answer["say"]))
        return ModelResponse(output=[output], usage=Usage(requests=1), response_id=None)

    def stream_response(self, *request: Any, **conversation: Any) -> AsyncIterator[Any]:
        raise NotImplementedError
