"""A model that keeps every answer before anybody sees it, and gives recorded answers again instead of asking twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from agents import Model, ModelProvider, ModelResponse, ModelSettings
from agents.agent_output import AgentOutputSchemaBase
from agents.handoffs import Handoff
from agents.items import TResponseInputItem, TResponseStreamEvent
from agents.models.interface import ModelTracing
from agents.retry import ModelRetryAdvice, ModelRetryAdviceRequest
from agents.tool import FunctionTool, Tool
from pydantic import TypeAdapter

from artloop.artists.door import Door
from artloop.artists.sizes import request_tokens
from artloop.canonical import digest
from artloop.errors import ModelMisbehaved, ReplayDiffers, RequestChanged
from artloop.ports import Asked, Attempt, CallRecord, Calls

RESPONSE: TypeAdapter[ModelResponse] = TypeAdapter(ModelResponse)
LEFT_OUT = {"retry", "metadata", "max_tokens"}
"""Settings that do not change what is asked: an answer that was whole is the same under another limit."""


class RecordedModel(Model):
    """Wraps the model of one task. Without an inner model (a replay) a call that is not on record ends it."""

    def __init__(
        self,
        inner: Model | None,
        calls: Calls,
        attempt: Attempt,
        door: Door,
        name: str,
        counted: Callable[[], None],
    ) -> None:
        self.inner, self.calls, self.attempt = inner, calls, attempt
        self.door, self.name, self.counted = door, name, counted
        self.turn = 0
        self.said: list[TResponseInputItem] = []
        """The conversation so far, without the last answer."""
        self.answer: ModelResponse | None = None

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        **conversation: Any,
    ) -> ModelResponse:
        """The recorded answer to this turn, or a new one that is on disk before it is returned.

        Raises `ModelMisbehaved` for an answer that was paid for and cannot be used, live as in a replay.
        """
        decisive_part = (system_instructions, input, model_settings, tools, output_schema, handoffs)
        asked = request_sha256(*decisive_part, conversation)
        known = self.calls.find(self.attempt.step, self.attempt.generation, self.turn)
        if known is None:
            known = await self._ask(asked, *decisive_part, tracing, **conversation)
        elif known.request_sha256 != asked:
            self._refuse_another_question()
        self.turn += 1  # only now: a call without an answer comes back to the same turn
        self.counted()
        self.said, self.answer = list(input) if isinstance(input, list) else [], RESPONSE.validate_json(known.response)
        if known.fault:
            raise ModelMisbehaved(known.fault)
        return self.answer

    async def _ask(self, sha256: str, *request: Any, **conversation: Any) -> CallRecord:
        inner = self.inner
        if inner is None:
            raise ReplayDiffers(f"step {self.attempt.step} asks for a model call that is not on record")
        asked = Asked(
            step=self.attempt.step,
            generation=self.attempt.generation,
            turn=self.turn,
            model=self.name,
            request_tokens=request_tokens(*request),
            max_output_tokens=request[2].max_tokens,
        )
        answer = await self.door.through(asked, lambda: inner.get_response(*request, **conversation))
        known = self.calls.commit(
            CallRecord(
                step=asked.step,
                generation=asked.generation,
                turn=asked.turn,
                request_sha256=sha256,
                response=RESPONSE.dump_json(answer.response, exclude_unset=True).decode(),
                model=self.name,
                usage=answer.usage,
                fault=answer.fault,
            )
        )
        await self.calls.kept()
        return known

    def _refuse_another_question(self) -> None:
        where = f"turn {self.turn + 1} of step {self.attempt.step}"
        if self.inner is None:
            raise ReplayDiffers(f"{where} asks something else than the recorded call answered")
        raise RequestChanged(f"{where} asks something else than before")

    def stream_response(self, *request: Any, **conversation: Any) -> AsyncIterator[TResponseStreamEvent]:
        """Not used: agents are run to their end, and only whole answers are kept."""
        raise NotImplementedError("artloop runs agents without streaming")

    def get_retry_advice(self, request: ModelRetryAdviceRequest) -> ModelRetryAdvice | None:
        """The inner model knows its provider."""
        return self.inner.get_retry_advice(request) if self.inner else None

    async def close(self) -> None:
        """Close the inner model."""
        if self.inner:
            await self.inner.close()

    async def _cleanup_on_run_end(self, owner: object) -> None:
        if self.inner:
            await self.inner._cleanup_on_run_end(owner)

    def _supports_default_prompt_cache_key(self) -> bool:
        supports = getattr(self.inner, "_supports_default_prompt_cache_key", None)
        return bool(supports and supports())


class OneModel(ModelProvider):
    """Gives the same model whatever the name; what the SDK asks for by default never reaches a network."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def get_model(self, model_name: str | None) -> Model:
        """The model."""
        return self.model


def request_sha256(
    system: str | None,
    asked: str | list[TResponseInputItem],
    settings: ModelSettings,
    tools: list[Tool],
    output_schema: AgentOutputSchemaBase | None,
    handoffs: list[Handoff],
    conversation: dict[str, Any],
) -> str:
    """Hash of everything that decides an answer, and of nothing that differs between two runs of the same brief."""
    return digest(
        {
            "system": system,
            "input": asked,
            "settings": decisive(settings),
            "tools": [described(tool) for tool in tools],
            "output": None if output_schema is None or output_schema.is_plain_text() else output_schema.json_schema(),
            "handoffs": [handoff.tool_name for handoff in handoffs],
            "conversation": conversation,
        }
    )


def decisive(settings: ModelSettings) -> dict[str, Any]:
    """Settings without nulls, retry and metadata, and without the cache key, which is random per run."""
    kept = {name: value for name, value in settings.to_json_dict().items() if value is not None} if settings else {}
    extra = {name: value for name, value in (kept.get("extra_args") or {}).items() if name != "prompt_cache_key"}
    return {name: value for name, value in kept.items() if name not in {*LEFT_OUT, "extra_args"}} | (
        {"extra_args": extra} if extra else {}
    )


def described(tool: Tool) -> dict[str, Any]:
    """What a model is told about a tool."""
    if isinstance(tool, FunctionTool):
        return {
            "name": tool.name,
            "description": tool.description,
            "schema": tool.params_json_schema,
            "strict": tool.strict_json_schema,
        }
    return {"name": tool.name}
