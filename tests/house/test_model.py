import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, RunConfig, Runner, Tool, ToolOutputImage, ToolOutputText, function_tool
from agents.models.interface import Model

from artloop.errors import UsageError
from artloop.house.model import AT_ONCE, MOST_RENDERS, house_model
from artloop.house.moves import applied
from artloop.models import (
    Artifact,
    Brief,
    Candidate,
    Canvas,
    ChooseTask,
    Concepts,
    Critique,
    CritiqueTask,
    Drawing,
    ImagineTask,
    Rendering,
    Value,
    Verdict,
)
from tests.fakes import METRICS
from tests.house.studies import FIELD, concept, draw_task, iteration, picture, repertoire, shipped

SVG = Artifact(name="drawing.svg", path="iterations/01/drawing.svg", mime="image/svg+xml", bytes=9, sha256="0" * 64)


class Room:
    """Tools that answer like the Grafix server and remember what they were asked."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.sources: list[str] = []
        self.paths: list[str] = []

    def tools(self, prefix: str = "") -> list[Tool]:
        async def render(source: str, canvas_size: list[float] | None = None, pen_mm: float | None = None) -> Any:
            """Run a sketch."""
            self.sources.append(source)
            answer = self.answers.pop(0) if self.answers else {"ok": True, "metrics": METRICS.model_dump(mode="json")}
            return [ToolOutputText(text=json.dumps(answer)), ToolOutputImage(image_url=picture())]

        async def metrics(path: str) -> str:
            """Measure a drawing."""
            self.paths.append(path)
            return METRICS.model_dump_json()

        return [function_tool(tool, name_override=prefix + tool.__name__) for tool in (render, metrics)]


def played(task: Value, answer: type[Value], studies: Any, room: Room, prefix: str = "") -> Any:
    """Let an agent play the task to its end through the SDK's runner."""
    model = house_model(task, studies)
    agent = Agent(name="house", model=model, tools=room.tools(prefix), output_type=answer)
    shown = [{"role": "user", "content": [{"type": "input_image", "detail": "auto", "image_url": picture()}]}]
    return asyncio.run(
        Runner.run(agent, shown, run_config=RunConfig(tracing_disabled=True), max_turns=12)  # type: ignore[arg-type]
    ).final_output


FAILED = {"ok": False, "failure": {"kind": "exception", "message": "NameError"}}


def test_ideas_come_as_concepts() -> None:
    task = ImagineTask(brief=Brief(text="潮の記憶 🌊", canvas=Canvas.parse("a4")), count=3)
    found = played(task, Concepts, shipped(), Room())
    assert isinstance(found, Concepts)
    assert len({one.study for one in found.concepts}) == 3


@pytest.mark.parametrize("prefix", ["", "mcp__grafix__"])
def test_a_first_drawing_is_rendered_once_and_answered(tmp_path: Path, prefix: str) -> None:
    room = Room()
    drawn = played(draw_task(), Drawing, repertoire(tmp_path), room, prefix)
    assert room.sources == [drawn.source]


def test_a_revision_renders_several_and_answers_with_the_best(tmp_path: Path) -> None:
    worse = {"ok": True, "metrics": {**METRICS.model_dump(mode="json"), "ink_coverage": 0.7, "overplot_max": 11}}
    good = {"ok": True, "metrics": METRICS.model_dump(mode="json")}
    for best in range(AT_ONCE):
        room = Room(*[good if number == best else worse for number in range(AT_ONCE)])
        drawn = played(draw_task(iteration(1, FIELD, 5.0)), Drawing, repertoire(tmp_path), room)
        assert len(room.sources) == len(set(room.sources)) == AT_ONCE
        assert drawn.source == room.sources[best]


def test_what_does_not_draw_is_tried_otherwise(tmp_path: Path) -> None:
    room = Room(*[FAILED] * AT_ONCE)
    drawn = played(draw_task(iteration(1, FIELD, 5.0)), Drawing, repertoire(tmp_path), room)
    assert len(room.sources) == len(set(room.sources)) == 2 * AT_ONCE
    assert drawn.source in room.sources[AT_ONCE:]


def test_when_nothing_draws_the_study_itself_is_the_answer(tmp_path: Path) -> None:
    room = Room(*[FAILED] * 20)
    drawn = played(draw_task(iteration(1, FIELD + "\n", 5.0)), Drawing, repertoire(tmp_path), room)
    assert drawn.source == FIELD
    assert len(room.sources) <= MOST_RENDERS


def test_a_repair_ends_with_something_that_renders(tmp_path: Path) -> None:
    broken = Drawing(source=FIELD.replace("def draw", "def drew"), change="", hypothesis="")
    task = draw_task(iteration(1, FIELD, 5.0), broken=broken, complaint="exception: no draw")
    room = Room(FAILED)
    drawn = played(task, Drawing, repertoire(tmp_path), room)
    assert drawn.source == room.sources[1]
    assert not applied(drawn.source)


def test_without_a_render_tool_it_answers_at_once(tmp_path: Path) -> None:
    agent = Agent(name="house", model=house_model(draw_task(), repertoire(tmp_path)), output_type=Drawing)
    result = asyncio.run(Runner.run(agent, "draw", run_config=RunConfig(tracing_disabled=True)))
    assert isinstance(result.final_output, Drawing)


def test_the_critic_measures_the_drawing_and_says_so(tmp_path: Path) -> None:
    rendering = Rendering(ok=True, artifacts=[SVG], metrics=METRICS)
    task = CritiqueTask(brief=Brief(text="x"), variant="v01", concept=concept(), iteration=1, rendering=rendering)
    room = Room()
    said = played(task, Critique, repertoire(tmp_path), room)
    assert said.measured
    assert room.paths == [SVG.path]


def test_the_judge_answers_with_a_verdict(tmp_path: Path) -> None:
    one = Candidate(variant="v01", iteration=1, title="A", rendering=Rendering(ok=True, metrics=METRICS), score=5)
    two = one.model_copy(update={"variant": "v02", "title": "B"})
    said = played(ChooseTask(brief=Brief(text="x"), first=one, second=two), Verdict, repertoire(tmp_path), Room())
    assert said.winner == "tie"


def turn(model: Model, items: list[Any], tools: list[Tool]) -> Any:
    """One call of the model, by itself."""
    call = model.get_response(
        None, items, None, tools, None, [], None,  # type: ignore[arg-type]
        previous_response_id=None, conversation_id=None, prompt=None,
    )  # fmt: skip
    return asyncio.run(call)


def test_a_new_model_goes_on_where_another_stopped(tmp_path: Path) -> None:
    studies, tools = repertoire(tmp_path), Room().tools()
    task = draw_task(iteration(1, FIELD, 5.0))
    asked = turn(house_model(task, studies), [{"role": "user", "content": "x"}], tools)
    again = turn(house_model(task, studies), [{"role": "user", "content": "x"}], tools)
    assert asked == again
    assert asked.usage.requests == 1
    assert asked.usage.total_tokens == 0
    calls = [item.model_dump() for item in asked.output]
    assert len({call["call_id"] for call in calls}) == len(calls) == AT_ONCE
    ids = [call["call_id"] for call in calls]
    results = [{"type": "function_call_output", "call_id": name, "output": json.dumps(FAILED)} for name in ids]
    more = turn(house_model(task, studies), [{"role": "user", "content": "x"}, *calls, *results], tools)
    assert not {item.call_id for item in more.output} & set(ids)


def test_streams_and_unknown_tasks_are_refused_clearly(tmp_path: Path) -> None:
    with pytest.raises(NotImplementedError, match="does not stream"):
        house_model(draw_task(), repertoire(tmp_path)).stream_response()  # type: ignore[call-arg]
    with pytest.raises(UsageError, match="plays no role with Brief"):
        turn(house_model(Brief(text="x"), repertoire(tmp_path)), [], [])
