"""The desk at which every agent works: prompt, pictures, tools and model in; a valid answer or a clear error out."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from agents import Agent, AgentOutputSchema, ModelResponse, ModelSettings, RunConfig, Runner
from agents.exceptions import AgentsException, MaxTurnsExceeded, ModelBehaviorError, ModelRefusalError
from agents.mcp import MCPServer
from agents.models.interface import Model
from openai.types.shared import Reasoning
from pydantic import ValidationError

from artloop.artists.door import Door
from artloop.artists.guide import GUIDED
from artloop.artists.recorded import OneModel, RecordedModel
from artloop.canonical import canonical, digest
from artloop.errors import ArtloopError, ModelMisbehaved, RenderServerError, RunDamaged
from artloop.models import Brief, Manner, Part, Place, Rendering, Role, Value
from artloop.ports import Attempt, Calls, Shelf
from artloop.prompts import Prompts
from artloop.workspace import RunFolder, contained, write_text

T = TypeVar("T", bound=Value)
ModelFor = Callable[[Role, Value, Attempt], Model | None]
"""Makes a new model for a role, its task and this go at it; gives None in a replay."""
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
    door: Door
    max_turns: int
    manners: dict[Role, Manner] = field(default_factory=dict)
    guide: str = ""
    """How to write sketches: the beginning of the prompts that need it; empty when the house needs none."""
    trace_group: str | None = None
    """The run's id, under which traces are kept; None: no traces."""

    def fingerprint(self, part: Part) -> str:
        """Prompt text, guide and model name of a part."""
        role = role_of(part)
        guide = digest(self.guide) if role in GUIDED and self.guide else ""
        return f"{self.prompts.source_sha256(f'{part}.md.j2')} {self.models[role]} {guide}".strip()

    async def ask(
        self,
        part: Part,
        task: Value,
        answer: type[T],
        attempt: Attempt,
        *,
        variant: str | None = None,
        iteration: int = 0,
        pictures: list[tuple[str, Path]] | None = None,
        fits: Callable[[T], object] = lambda said: None,
        **values: Any,
    ) -> T:
        """Let an agent do a task to its end; an answer that cannot be used gets one repair turn.

        `fits` raises `ModelMisbehaved` for an answer that is valid and yet cannot be used.
        Raises `ModelMisbehaved` when the answer is none, `ProviderError` when there is no answer, and
        `RenderServerError` when its tools are gone.
        """
        prompt, role = self.prompts.text(f"{part}.md.j2", task=task, guide=self.guide, **values), role_of(part)
        self._keep(prompt, part, variant, iteration)
        instructions, _, asked = prompt.partition(CUT)
        place = self.shelf.place(variant, iteration).model_copy(update={"attempt": "auto"}) if variant else None
        recorded = RecordedModel(
            self.model_for(role, task, attempt), self.calls, attempt, self.door, self.models[role], self.counted
        )
        schema = Schema(answer)
        agent = Agent[AtWork](
            name=role,
            instructions=instructions.strip(),
            model=recorded,
            mcp_servers=[self.server],
            output_type=schema,
            model_settings=settings_of(self.manners.get(role, Manner())),
        )
        sent = message(asked.strip(), pictures or [])
        try:
            return check(await run(agent, sent, AtWork(place), self._config(role, attempt, recorded)), answer, fits)
        except ModelMisbehaved as error:
            if error.repaired:
                raise
            complaint = str(error)
        text = self.prompts.text("repair.md.j2", complaint=complaint, schema=canonical(schema.json_schema()))
        repair = [*(recorded.said or sent), *last_words(recorded.answer), *message(text, [])]
        try:
            return check(await run(agent, repair, AtWork(place), self._config(role, attempt, recorded)), answer, fits)
        except ModelMisbehaved as error:
            raise ModelMisbehaved(f"{error}, again after a repair turn", repaired=True) from error

    def _config(self, role: Role, attempt: Attempt, recorded: RecordedModel) -> dict[str, Any]:
        config = RunConfig(
            model_provider=OneModel(recorded),
            tracing_disabled=self.trace_group is None,
            trace_include_sensitive_data=False,
            workflow_name=role,
            group_id=self.trace_group,
            trace_metadata={"step": attempt.step, "generation": str(attempt.generation)},
            tool_not_found_behavior="return_error_to_model",
        )
        return {"run_config": config, "max_turns": max(1, self.max_turns - recorded.turn)}

    def _keep(self, prompt: str, part: Part, variant: str | None, iteration: int) -> None:
        folder = self.folder.iteration(variant, iteration) if variant else self.folder.path
        write_text(folder / ("prompt.md" if part == "draw" else f"prompt-{part}.md"), prompt)


def role_of(part: Part) -> Role:
    """Who is asked for it."""
    match part:
        case "rethink" | "reimagine" | "cross":
            return "imagine"
        case "describe" | "pick":
            return "choose"
        case _:
            return part


async def run(agent: Agent[AtWork], asked: list[Any], at: AtWork, config: dict[str, Any]) -> Any:
    """Run an agent and translate everything the SDKs may raise into our own errors."""
    try:
        result = await Runner.run(agent, asked, context=at, **config)
    except ArtloopError:
        raise
    except MaxTurnsExceeded as error:
        said = f"the {agent.name} agent made {config['max_turns']} calls without an answer"
        raise ModelMisbehaved(said, repaired=True) from error  # the most a step may cost is spent
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


class Schema(AgentOutputSchema):
    """An output schema that reads an answer in a Markdown fence too, as weaker models write it."""

    def validate_json(self, json_str: str) -> Any:
        """The answer in its own type; `ModelBehaviorError` says what is wrong with it."""
        start, end = json_str.find("{"), json_str.rfind("}")
        fenced = "```" in json_str and 0 <= start < end and not json_str.lstrip().startswith("{")
        return super().validate_json(json_str[start : end + 1] if fenced else json_str)


def settings_of(manner: Manner) -> ModelSettings:
    """How a role asks, in the SDK's words."""
    effort: Any = manner.reasoning_effort
    return ModelSettings(
        parallel_tool_calls=True,
        temperature=manner.temperature,
        reasoning=Reasoning(effort=effort) if effort else None,
        max_tokens=manner.max_output_tokens,
    )


def last_words(answer: ModelResponse | None) -> list[Any]:
    """What the model said last, as a message to repeat to it; without ids, which belong to the answer as it was."""
    parts = [part for item in (answer.output if answer else []) for part in getattr(item, "content", None) or []]
    text = "".join(getattr(part, "text", "") or getattr(part, "refusal", "") for part in parts).strip()
    return [{"role": "assistant", "content": text}] if text else []


def check(said: Any, answer: type[T], fits: Callable[[T], object]) -> T:
    """The answer in its own type; empty text is no answer."""
    if isinstance(said, answer):
        fits(said)
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


def references(folder: RunFolder, brief: Brief) -> list[tuple[str, Path]]:
    """The artist's reference pictures with their captions. Raises `RunDamaged` when one is gone."""
    shown = []
    for number, reference in enumerate(brief.references, start=1):
        path = folder.reference(reference)
        if not path.is_file():
            raise RunDamaged(f"{path} is missing; restore it from a backup, or begin a new run")
        shown.append((f"Reference {number}, given by the artist:", path))
    return shown


def picture(folder: RunFolder, variant: str, rendering: Rendering, caption: str) -> list[tuple[str, Path]]:
    """The preview of a rendering with its caption, if there is one."""
    preview = rendering.artifact("preview.png")
    path = contained(folder.variant(variant), preview.path) if preview else None
    return [(caption, path)] if path and path.is_file() else []
