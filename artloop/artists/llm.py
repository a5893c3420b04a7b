"""The desk at which every agent works: prompt, pictures, tools and model in; a valid answer or a clear error out."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import openai
from agents import Agent, ModelSettings, RunConfig, Runner
from agents.exceptions import AgentsException, MaxTurnsExceeded, ModelBehaviorError, ModelRefusalError
from agents.mcp import MCPServer
from agents.models.interface import Model
from agents.run_config import CallModelData, ModelInputData
from pydantic import ValidationError

from artloop.artists.providers import provider_error
from artloop.artists.recorded import OneModel, RecordedModel
from artloop.errors import ArtloopError, ModelMisbehaved, RenderServerError
from artloop.models import Place, Rendering, Role, Value
from artloop.ports import Attempt, Calls, Shelf
from artloop.prompts import Prompts
from artloop.workspace import RunFolder, contained, write_text

T = TypeVar("T", bound=Value)
ModelFor = Callable[[Role, Value], Model | None]
"""Makes a new model for a role and its task; gives None in a replay."""
CUT = "\n---\n"
"""In a prompt file: above it the standing instructions, below it the task."""


@dataclass(frozen=True)
class AtWork:
    """What an agent's tool calls carry: where its renders go."""

    place: Place | None


@dataclass(frozen=True)
class Desk:
    """What all roles share in one run."""

    prompts: Prompts
    models: dict[Role, str]
    model_for: ModelFor
    calls: Calls
    counted: Callable[[], None]
    server: MCPServer
    folder: RunFolder
    shelf: Shelf
    slots: asyncio.Semaphore
    max_turns: int
    over_chat: frozenset[Role] = frozenset()
    """Roles whose model is asked by ChatCompletions; a replay must ask in the same form."""

    def fingerprint(self, role: Role) -> str:
        """Prompt text and model name of a role."""
        return f"{self.prompts.source_sha256(f'{role}.md.j2')} {self.models[role]}"

    async def ask(
        self,
        role: Role,
        task: Value,
        answer: type[T],
        attempt: Attempt,
        *,
        variant: str | None = None,
        iteration: int = 0,
        pictures: list[tuple[str, Path]] | None = None,
        **values: Any,
    ) -> T:
        """Let an agent do a task to its end.

        Raises `ModelMisbehaved` when the answer is none, `ProviderError` when there is no answer, and
        `RenderServerError` when its tools are gone.
        """
        prompt = self.prompts.text(f"{role}.md.j2", task=task, **values)
        self._keep(prompt, role, variant, iteration)
        instructions, _, asked = prompt.partition(CUT)
        place = self.shelf.place(variant, iteration).model_copy(update={"attempt": "auto"}) if variant else None
        recorded = RecordedModel(
            self.model_for(role, task), self.calls, attempt, self.slots, self.models[role], self.counted
        )
        agent = Agent[AtWork](
            name=role,
            instructions=instructions.strip(),
            model=recorded,
            mcp_servers=[self.server],
            output_type=answer,
            model_settings=ModelSettings(parallel_tool_calls=True),
        )
        said = await run(agent, message(asked.strip(), pictures or []), AtWork(place), self._config(role, recorded))
        return check(said, answer)

    def _config(self, role: Role, model: Model) -> dict[str, Any]:
        config = RunConfig(
            model_provider=OneModel(model),
            tracing_disabled=True,
            tool_not_found_behavior="return_error_to_model",
            call_model_input_filter=lift_pictures if role in self.over_chat else None,
        )
        return {"run_config": config, "max_turns": self.max_turns}

    def _keep(self, prompt: str, role: Role, variant: str | None, iteration: int) -> None:
        folder = self.folder.iteration(variant, iteration) if variant else self.folder.path
        write_text(folder / ("prompt.md" if role == "draw" else f"prompt-{role}.md"), prompt)


async def run(agent: Agent[AtWork], asked: list[Any], at: AtWork, config: dict[str, Any]) -> Any:
    """Run an agent and translate everything the SDKs may raise into our own errors."""
    try:
        result = await Runner.run(agent, asked, context=at, **config)
    except ArtloopError:
        raise
    except openai.APIError as error:
        raise provider_error(error) from error
    except MaxTurnsExceeded as error:
        raise ModelMisbehaved(f"the {agent.name} agent made {config['max_turns']} calls without an answer") from error
    except ModelRefusalError as error:
        raise ModelMisbehaved(f"the {agent.name} agent's model refused to answer") from error
    except (ModelBehaviorError, ValidationError) as error:
        first = str(error).splitlines()[0][:200]
        raise ModelMisbehaved(f"the {agent.name} agent's answer is not valid: {first}") from error
    except AgentsException as error:
        if isinstance(error.__cause__, ArtloopError):
            raise error.__cause__ from error
        raise ModelMisbehaved(f"the {agent.name} agent failed: {str(error).splitlines()[0][:200]}") from error
    except ConnectionError as error:
        raise RenderServerError(f"the render server is gone ({error}); resume to start it again") from error
    return result.final_output


def check(said: Any, answer: type[T]) -> T:
    """The answer in its own type; empty text is no answer."""
    if isinstance(said, answer):
        return said
    raise ModelMisbehaved(f"the model answered with {type(said).__name__} instead of a {answer.__name__}")


def message(text: str, pictures: list[tuple[str, Path]]) -> list[Any]:
    """One user message: the task, then each picture under its caption."""
    content: list[dict[str, str]] = [{"type": "input_text", "text": text}]
    for caption, path in pictures:
        data = base64.b64encode(path.read_bytes()).decode()
        content.append({"type": "input_text", "text": caption})
        content.append({"type": "input_image", "detail": "auto", "image_url": f"data:image/png;base64,{data}"})
    return [{"role": "user", "content": content}]


def picture(folder: RunFolder, variant: str, rendering: Rendering, caption: str) -> list[tuple[str, Path]]:
    """The preview of a rendering with its caption, if there is one."""
    preview = rendering.artifact("preview.png")
    path = contained(folder.variant(variant), preview.path) if preview else None
    return [(caption, path)] if path and path.is_file() else []


def lift_pictures(data: CallModelData[Any]) -> ModelInputData:
    """ChatCompletions drops pictures in tool results: repeat them in a user message after each block of results."""
    lifted: list[Any] = []
    waiting: list[dict[str, Any]] = []
    items: list[Any] = data.model_data.input
    for item in items:
        is_result = item.get("type") == "function_call_output"
        if waiting and not is_result:
            lifted.append({"role": "user", "content": waiting})
            waiting = []
        lifted.append(item)
        parts = item["output"] if is_result and isinstance(item["output"], list) else []
        for part in parts:
            if part.get("type") == "input_image":
                caption = f"[picture from tool call {item['call_id']}]"
                waiting += [{"type": "input_text", "text": caption}, {**part, "detail": "auto"}]
    if waiting:
        lifted.append({"role": "user", "content": waiting})
    return ModelInputData(input=lifted, instructions=data.model_data.instructions)
