"""A model that puts each question on a hub's task board and answers with what an agent from outside hands in."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import AsyncIterator
from typing import Any

from agents import ModelResponse, ModelSettings, Usage
from agents.agent_output import AgentOutputSchemaBase
from agents.handoffs import Handoff
from agents.items import TResponseInputItem, TResponseStreamEvent
from agents.models.interface import Model, ModelTracing
from agents.tool import Tool
from openai.types.responses import ResponseOutputMessage, ResponseOutputText
from PIL import Image

from artloop import telemetry
from artloop.artists.dialect import parts_of
from artloop.canonical import digest
from artloop.errors import ModelMisbehaved
from artloop.models import Role, Value
from artloop.ports import Attempt, Board
from artloop.prompts import Prompts

WAIT_S = 50
"""One question whether a task is done; the answer comes at once when it is. Hubs wait no longer than that."""
HASH_CHARACTERS = 12
RENDERS_RUN = "board"
"""Where agents from outside render on their way: not in the run's own folder, which only its driver writes."""
PICTURE_PX, PICTURE_COLOURS = 900, 32
ENDED = ("completed", "failed", "dead")


class HubModel(Model):
    """The model of one task. What it asks has a name that follows from run, step and question: a driver that comes
    back after a kill finds the task it created before, and what was handed in meanwhile."""

    def __init__(
        self, board: Board, prompts: Prompts, run: str, role: Role, task: Value, attempt: Attempt, lease_s: float
    ) -> None:
        self.board, self.prompts, self.lease_s = board, prompts, lease_s
        self.run, self.role, self.task, self.attempt = run, role, task, attempt

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
        """What an agent handed in, as the model's message. Raises `ModelMisbehaved` when the task came to nothing."""
        schema = None if output_schema is None or output_schema.is_plain_text() else output_schema.json_schema()
        asked = {**self._said(system_instructions or "", input), "result_schema": schema}
        key = f"{self.run}/{self.attempt.step}/{self.attempt.generation}/{digest(asked)[:HASH_CHARACTERS]}"
        found = await self.board.call("create_task", key=key, trace=telemetry.traceparent(), **asked)
        while "result" not in found or found["state"] not in ENDED:  # also of a task that had ended before
            found = await self.board.call("get_result", task_id=found["id"], wait_seconds=WAIT_S)
        if found["state"] != "completed":
            error = found.get("error") or {}
            why = f"task {found['id']} is {found['state']}: {error.get('kind', '')}: {error.get('message', '')}"
            raise ModelMisbehaved(f"no {self.role} agent could do it, {why}", repaired=True)
        return _spoken(found["result"])

    def _said(self, system: str, asked: str | list[TResponseInputItem]) -> dict[str, Any]:
        """Description and context of the task."""
        words, pictures = worded(asked)
        variant, iteration = getattr(self.task, "variant", None), getattr(self.task, "iteration", 0)
        renders = f"{self.run}.{variant}"[-64:].lstrip("._-") if variant else None
        text = self.prompts.text(
            "hub/task.md.j2",
            instructions=system,
            asked=words,
            role=self.role,
            pictures=len(pictures),
            renders_run=RENDERS_RUN,
            renders=renders if self.role in ("draw", "critique") else None,
        )
        return {
            "agent_type": self.role,
            "task_description": text,
            "context": {"run": self.run, "variant": variant, "iteration": iteration, "pictures": pictures},
            "run": self.run,
            "lease_s": self.lease_s,
            "thread": f"{self.run}/{variant}/{self.role}" if variant else None,
        }

    def stream_response(self, *request: Any, **conversation: Any) -> AsyncIterator[TResponseStreamEvent]:
        """Not used: only whole answers are kept."""
        raise NotImplementedError("artloop runs agents without streaming")


def worded(asked: str | list[TResponseInputItem]) -> tuple[str, list[str]]:
    """A conversation as one text, with its pictures (base64 of PNG) taken out and numbered in their places."""
    if isinstance(asked, str):
        return asked, []
    said: list[str] = []
    pictures: list[str] = []
    for item in asked:
        speaker = "You answered before:\n" if item.get("role") == "assistant" else ""
        lines: list[str] = []
        for part in parts_of(item):
            if part.get("type") == "input_image":
                pictures.append(small(str(part["image_url"]).partition("base64,")[2]))
                lines.append(f"[picture {len(pictures)}]")
            else:
                lines.append(str(part.get("text", "")))
        content = item.get("content")
        said.append(speaker + (content if isinstance(content, str) else "\n".join(lines)))
    return "\n\n".join(said), pictures


def small(picture: str) -> str:
    """A picture as agents are shown it: of at most `PICTURE_PX`, in few colours, as line drawings have them."""
    with Image.open(io.BytesIO(base64.b64decode(picture))) as found:
        flat = found.convert("RGB")
    flat.thumbnail((PICTURE_PX, PICTURE_PX), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    flat.quantize(PICTURE_COLOURS).save(written, "PNG", optimize=True)
    return base64.b64encode(written.getvalue()).decode()


def _spoken(result: Any) -> ModelResponse:
    """A result as a message; agents that hand in JSON as text are understood too."""
    words = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
    text = ResponseOutputText(text=words, type="output_text", annotations=[])
    message = ResponseOutputMessage(id="board", type="message", role="assistant", status="completed", content=[text])
    return ModelResponse(output=[message], usage=Usage(requests=1), response_id=None)
