"""The house artist as a model of the Agents SDK: it calls tools, reads their results and answers in the output schema.

It keeps nothing between turns: task and input decide every answer, so a resumed step goes on as it would have.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Never

from agents import FunctionTool, ModelResponse, ModelSettings, Tool, Usage
from agents.agent_output import AgentOutputSchemaBase
from agents.handoffs import Handoff
from agents.items import TResponseInputItem, TResponseOutputItem, TResponseStreamEvent
from agents.models.interface import Model, ModelTracing
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText
from openai.types.responses.response_prompt_param import ResponsePromptParam

from artloop.errors import UsageError
from artloop.house import beginning, choose, critique, draw, eye, imagine, look
from artloop.house.hearing import Heard, Result, heard
from artloop.house.look import Sight
from artloop.house.repertoire import Repertoire
from artloop.models import (
    Canvas,
    ChooseTask,
    CritiqueTask,
    CrossTask,
    Drawing,
    DrawTask,
    ImagineTask,
    Metrics,
    PickTask,
    ReimagineTask,
    RethinkTask,
    Value,
)

NAME = "house"
AT_ONCE = 3
"""Candidates rendered side by side in one turn of a revision."""
MOST_RENDERS = 6


@dataclass(frozen=True)
class Call:
    """A tool call the artist wants to make."""

    tool: str
    arguments: dict[str, Any]


Turn = Value | list[Call]
"""An answer, or the calls to make before the next turn."""


def house_model(task: Value, repertoire: Repertoire) -> Model:
    """A model that plays the role the task belongs to."""
    return HouseModel(task, repertoire)


class HouseModel(Model):
    """One role's turn-taking for one task."""

    def __init__(self, task: Value, repertoire: Repertoire) -> None:
        self.task, self.repertoire = task, repertoire

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: ResponsePromptParam | None,
    ) -> ModelResponse:
        """The next turn: tool calls, or the answer as JSON."""
        told = heard(input)
        turn = self._turn(told, tools)
        output = _spoken(turn) if isinstance(turn, Value) else _calls(turn, tools, len(told.results))
        return ModelResponse(output=output, usage=Usage(requests=1), response_id=None)

    def stream_response(self, *arguments: Any, **options: Any) -> AsyncIterator[TResponseStreamEvent]:
        """The house artist thinks in one piece."""
        raise NotImplementedError("the house artist does not stream; call Runner.run instead of run_streamed")

    def _turn(self, told: Heard, tools: list[Tool]) -> Turn:
        match self.task:
            case ImagineTask() as task:
                return imagine.imagine(task, self.repertoire)
            case RethinkTask() | ReimagineTask() as task:
                return imagine.rethink(task, self.repertoire)
            case CrossTask() as task:
                return imagine.cross(task, self.repertoire)
            case DrawTask() as task:
                return drawn(task, self.repertoire, told, _tool("render", tools) is not None)
            case CritiqueTask() as task:
                return criticised(task, told, _tool("metrics", tools) is not None)
            case ChooseTask() as task:
                return choose.choose(task, *_pair(told, task.brief.canvas))
            case PickTask() as task:
                return choose.pick(task, _each(told, task))
            case other:
                return _refuse(other)


def drawn(task: DrawTask, repertoire: Repertoire, told: Heard, can_render: bool) -> Turn:
    """Render what it would try, some at once, until something can be plotted; then answer with the best of that."""
    canvas, done = task.brief.canvas, told.results
    width = AT_ONCE if task.history or task.broken else 1
    trying = draw.tries(task, repertoire, _seen(told.pictures, canvas))
    options = list(islice(trying, min(len(done) + width, MOST_RENDERS)))
    good = [
        (eye.overall(eye.scores(metrics, canvas, _seen([result.picture], canvas))), -number)
        for number, result in enumerate(done[: len(options)])
        if (metrics := result.measures)
    ]
    if good:
        return options[-max(good)[1]]
    if not can_render:
        return options[0]
    following = options[len(done) :]
    return [Call("render", _render_arguments(task, one)) for one in following] or beginning.plain(task, repertoire)


def criticised(task: CritiqueTask, told: Heard, can_measure: bool) -> Turn:
    """Measure the drawing anew if the tool is there, then judge it."""
    svg = task.rendering.artifact("drawing.svg")
    if can_measure and svg and not told.results:
        return [Call("metrics", {"path": svg.path})]
    metrics = _measured(told.results) or task.rendering.metrics
    if metrics is None:
        raise UsageError(f"the drawing of {task.variant}, iteration {task.iteration}, has no measures; render it first")
    return critique.critique(task, metrics, _seen(told.pictures, task.brief.canvas))


def _render_arguments(task: DrawTask, drawing: Drawing) -> dict[str, Any]:
    return {"source": drawing.source, "canvas_size": list(task.brief.canvas.size), "pen_mm": task.brief.pen_mm}


def _measured(results: list[Result]) -> Metrics | None:
    return next((found for result in results if (found := result.measures)), None)


def _seen(pictures: list[str] | list[str | None], canvas: Canvas) -> Sight | None:
    """The last of the pictures: in a draw task that is the best drawing so far."""
    last = pictures[-1] if pictures else None
    return look.see(last, canvas) if last else None


def _pair(told: Heard, canvas: Canvas) -> tuple[Sight | None, Sight | None]:
    """Both pictures of a pair, or neither."""
    if len(told.pictures) != 2:
        return None, None
    return look.see(told.pictures[0], canvas), look.see(told.pictures[1], canvas)


def _each(told: Heard, task: PickTask) -> list[Sight | None]:
    """The picture of every candidate, or of none: one of them seen and another not would be no comparison."""
    if len(told.pictures) != len(task.candidates):
        return [None] * len(task.candidates)
    return [look.see(one, task.brief.canvas) for one in told.pictures]


def _tool(name: str, tools: list[Tool]) -> Tool | None:
    """The tool of that name, which a client may have put a prefix before."""
    return next((tool for tool in tools if tool.name == name or tool.name.endswith((f"_{name}", f".{name}"))), None)


def _calls(turn: list[Call], tools: list[Tool], made: int) -> list[TResponseOutputItem]:
    """Function calls with ids that say which call of the step this is, and only arguments the tool knows."""
    items: list[TResponseOutputItem] = []
    for number, call in enumerate(turn, made + 1):
        tool = _tool(call.tool, tools)
        known = tool.params_json_schema.get("properties", {}) if isinstance(tool, FunctionTool) else call.arguments
        arguments = {name: value for name, value in call.arguments.items() if name in known}
        items.append(
            ResponseFunctionToolCall(
                id=f"house_{number:02d}",
                call_id=f"house_{number:02d}",
                type="function_call",
                name=tool.name if tool else call.tool,
                arguments=json.dumps(arguments, ensure_ascii=False, separators=(",", ":")),
            )
        )
    return items


def _spoken(answer: Value) -> list[TResponseOutputItem]:
    text = ResponseOutputText(text=answer.model_dump_json(), type="output_text", annotations=[])
    message = ResponseOutputMessage(
        id="house_answer", type="message", role="assistant", status="completed", content=[text]
    )
    return [message]


def _refuse(task: Value) -> Never:
    raise UsageError(f"the house artist plays no role with {type(task).__name__}; choose another model for it")
