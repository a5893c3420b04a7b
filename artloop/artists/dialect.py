"""Fits a request to what a model and its server understand. Below the record: the recorded question stays the same."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import openai
from agents import Model, ModelResponse, ModelSettings
from agents.agent_output import AgentOutputSchemaBase
from agents.handoffs import Handoff
from agents.items import TResponseInputItem, TResponseStreamEvent
from agents.models.interface import ModelTracing
from agents.tool import Tool
from PIL import Image

from artloop.events import Lack, LimitFound
from artloop.prompts import Prompts

ABOUT_PICTURES = re.compile(r"image|vision|multi-?modal|picture", re.I)
ABOUT_SCHEMAS = re.compile(r"response_format|json_schema|text\.format|structured.?output", re.I)
UNABLE = re.compile(
    r"support|allow|available|able|capab|cannot|can't|only|no endpoints|unknown|unrecogni[sz]ed|expected|must be"
    r"|invalid (type|value)|mmproj|extra|not permitted",
    re.I,
)
SHADES = " .:-=+*#%@"
THUMBNAIL_COLUMNS = 48


class Limits:
    """What the models of a run turned out not to take."""

    def __init__(self, known: set[tuple[str, Lack]], tell: Callable[[LimitFound], None]) -> None:
        self._known, self._tell = set(known), tell

    def of(self, model: str, lack: Lack) -> bool:
        """Whether the model lacks it."""
        return (model, lack) in self._known

    def found(self, model: str, lack: Lack, said: str) -> None:
        """Remember it for the rest of the run."""
        if (model, lack) not in self._known:
            self._known.add((model, lack))
            self._tell(LimitFound(model=model, lacks=lack, said=said))


class Fitted(Model):
    """Wraps a provider's model. What its server refuses to take is left out from then on, and put into words."""

    def __init__(
        self,
        inner: Model,
        name: str,
        limits: Limits,
        prompts: Prompts,
        *,
        chat: bool,
        arguments: dict[str, Any] | None = None,
    ) -> None:
        self.inner, self.name, self.limits, self.prompts = inner, name, limits, prompts
        self.chat, self.arguments = chat, ModelSettings(extra_args=arguments)

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
        """Ask in the form the server takes; one that refuses pictures or schemas is asked again without."""
        settings = model_settings.resolve(self.arguments)
        while True:
            instructions, schema = self._worded(system_instructions, output_schema)
            shown = self._shown(input)
            try:
                return await self.inner.get_response(
                    instructions,
                    shown,
                    settings,
                    tools,
                    schema,
                    handoffs,
                    tracing,
                    **conversation,
                )
            except openai.APIStatusError as error:
                lack = refused_part(error, pictures=has_pictures(shown), schema=schema is not None)
                if lack is None:
                    raise
                self.limits.found(self.name, lack, " ".join(error.message.split())[:200])

    def _worded(
        self, system: str | None, schema: AgentOutputSchemaBase | None
    ) -> tuple[str | None, AgentOutputSchemaBase | None]:
        """The schema as words for a server that takes none."""
        if schema is None or schema.is_plain_text() or not self.limits.of(self.name, "schemas"):
            return system, schema
        text = json.dumps(schema.json_schema(), sort_keys=True)
        return f"{system or ''}\n\n{self.prompts.text('schema.md.j2', schema=text)}".strip(), None

    def _shown(self, asked: Any) -> Any:
        if not isinstance(asked, list):
            return asked
        if self.limits.of(self.name, "pictures"):
            return [without_pictures(item, self._described) for item in asked]
        return lifted(asked) if self.chat else asked

    def _described(self, url: str) -> str:
        return self.prompts.text("picture.md.j2", thumbnail=thumbnail(url))

    def stream_response(self, *request: Any, **conversation: Any) -> AsyncIterator[TResponseStreamEvent]:
        """Not used: only whole answers are kept."""
        raise NotImplementedError("artloop runs agents without streaming")

    async def close(self) -> None:
        """Close the inner model."""
        await self.inner.close()

    async def _cleanup_on_run_end(self, owner: object) -> None:
        await self.inner._cleanup_on_run_end(owner)

    def _supports_default_prompt_cache_key(self) -> bool:
        supports = getattr(self.inner, "_supports_default_prompt_cache_key", None)
        return bool(supports and supports())


def refused_part(error: openai.APIStatusError, *, pictures: bool, schema: bool) -> Lack | None:
    """What of a request the server says it cannot take; None: something else is wrong."""
    if error.status_code in (401, 402, 403, 429, 503) or not UNABLE.search(error.message):
        return None
    if schema and ABOUT_SCHEMAS.search(error.message):
        return "schemas"
    if pictures and ABOUT_PICTURES.search(error.message):
        return "pictures"
    return None


def parts_of(item: Any) -> list[Any]:
    """The parts of a message or of a tool's result."""
    content = item.get("output") if item.get("type") == "function_call_output" else item.get("content")
    return content if isinstance(content, list) else []


def has_pictures(asked: Any) -> bool:
    """Whether there is a picture anywhere in a request."""
    items = asked if isinstance(asked, list) else []
    return any(part.get("type") == "input_image" for item in items for part in parts_of(item))


def without_pictures(item: Any, described: Callable[[str], str]) -> Any:
    """The item with every picture put into words."""
    if not parts_of(item):
        return item
    key = "output" if item.get("type") == "function_call_output" else "content"
    worded = [
        {"type": "input_text", "text": described(part["image_url"])} if part.get("type") == "input_image" else part
        for part in parts_of(item)
    ]
    return {**item, key: worded}


def lifted(items: list[Any]) -> list[Any]:
    """ChatCompletions drops pictures in tool results: repeat them in a user message after each block of results."""
    done: list[Any] = []
    waiting: list[dict[str, Any]] = []
    for item in items:
        is_result = item.get("type") == "function_call_output"
        if waiting and not is_result:
            done.append({"role": "user", "content": waiting})
            waiting = []
        done.append(item)
        for part in parts_of(item) if is_result else []:
            if part.get("type") == "input_image":
                caption = f"[picture from tool call {item['call_id']}]"
                waiting += [{"type": "input_text", "text": caption}, {**part, "detail": "auto"}]
    if waiting:
        done.append({"role": "user", "content": waiting})
    return done


def thumbnail(url: str) -> str:
    """A picture in characters, dark as `@`; empty for what is no picture in a data URL."""
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(url.partition("base64,")[2]))).convert("L")
    except (ValueError, OSError):
        return ""
    # A character is about twice as high as wide; the average keeps thin lines as grey.
    rows = max(1, round(THUMBNAIL_COLUMNS * picture.height / picture.width / 2))
    small = picture.resize((THUMBNAIL_COLUMNS, rows), Image.Resampling.BOX)
    darkness = [255 - value for value in small.tobytes()]
    scale = (len(SHADES) - 1) / max(1, *darkness)
    marks = "".join(SHADES[round(value * scale)] for value in darkness)
    lines = [marks[start : start + THUMBNAIL_COLUMNS] for start in range(0, len(marks), THUMBNAIL_COLUMNS)]
    return "\n".join(line.rstrip() for line in lines)
