"""Questions of a run as tasks of a board: named so that none is asked twice, answered as a model answers."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
from PIL import Image

from artloop.artists.draw import draw
from artloop.artists.hub import PICTURE_PX, HubModel, worded
from artloop.artists.llm import Desk
from artloop.artists.providers import FREE, names
from artloop.casting import choice_of, roles_of
from artloop.errors import ModelMisbehaved, ProviderError, UsageError
from artloop.models import Brief, DrawTask, Role, Value
from artloop.ports import Attempt
from artloop.settings import Settings
from tests.artists.desk import desk
from tests.fakes import concept
from tests.rules import reply

AT = Attempt(step="v01/01/draw/0", generation=0)
TASK = DrawTask(brief=Brief(text="tide"), variant="v01", concept=concept(1), iteration=1)
SKETCH = "def draw(t):\n    return []\n"
EDIT = {"source": SKETCH, "patch": "", "base": "none", "change": "c", "hypothesis": "h"}


class MemoryBoard:
    """A board on which one agent of every type is waiting, who answers by `work`; `away` refuses so many calls."""

    def __init__(self, work: Any, away: int = 0) -> None:
        self.work, self.away = work, away
        self.tasks: dict[str, dict[str, Any]] = {}
        self.made: dict[str, dict[str, Any]] = {}

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        if self.away:
            self.away -= 1
            raise ProviderError("the hub is away")
        if tool == "create_task":
            key = arguments["key"]
            if key not in self.tasks:
                self.made[key] = arguments
                self.tasks[key] = {"id": f"t{len(self.tasks)}", "state": "pending"}
            return {name: self.tasks[key][name] for name in ("id", "state")}  # as a hub does, without the result
        (key,) = (key for key, task in self.tasks.items() if task["id"] == arguments["task_id"])
        if self.tasks[key]["state"] == "pending":
            self.tasks[key] |= {"result": None, **self.work(self.made[key])}
        return self.tasks[key]


def done(result: Any) -> Any:
    return lambda task: {"state": "completed", "result": result}


def at(tmp_path: Any, board: MemoryBoard) -> Desk:
    made = desk(tmp_path, None)

    def model_for(role: Role, task: Value, attempt: Attempt) -> HubModel:
        return HubModel(board, made.prompts, "run-1", role, task, attempt, 900)

    return Desk(**{**made.__dict__, "model_for": model_for})


async def test_a_drawing_comes_from_the_board_and_is_on_record(tmp_path: Any) -> None:
    board = MemoryBoard(done(EDIT))
    found = at(tmp_path, board)
    assert (await draw(found, TASK, None, AT)).source == SKETCH
    [(key, made)] = board.made.items()
    assert key.startswith("run-1/v01/01/draw/0/0/")
    assert (made["agent_type"], made["run"], made["thread"]) == ("draw", "run-1", "run-1/v01/draw")
    assert made["result_schema"]["properties"].keys() >= EDIT.keys()
    assert 'variant_id "run-1.v01"' in made["task_description"]
    board.tasks.clear()
    assert (await draw(found, TASK, None, AT)).source == SKETCH
    assert board.tasks == {}, "a call on record asks nobody"


async def test_a_driver_that_comes_back_finds_the_task_it_created(tmp_path: Any) -> None:
    board = MemoryBoard(done(EDIT))
    await draw(at(tmp_path / "a", board), TASK, None, AT)
    await draw(at(tmp_path / "b", board), TASK, None, AT)
    assert len(board.tasks) == 1
    await draw(at(tmp_path / "c", board), TASK, None, AT.model_copy(update={"generation": 1}))
    assert len(board.tasks) == 2, "what is asked anew is another task"


async def test_json_handed_in_as_text_is_understood_and_what_is_no_drawing_goes_back_once(tmp_path: Any) -> None:
    answers = iter(["no drawing", json.dumps(EDIT)])
    board = MemoryBoard(lambda task: {"state": "completed", "result": next(answers)})
    assert (await draw(at(tmp_path, board), TASK, None, AT)).source == SKETCH
    first, repair = board.made.values()
    assert "You answered before:\nno drawing" in repair["task_description"]
    assert first["thread"] == repair["thread"]


async def test_a_hub_that_is_away_is_asked_again(tmp_path: Any) -> None:
    board = MemoryBoard(done(EDIT), away=3)
    found = at(tmp_path, board)
    assert (await draw(found, TASK, None, AT)).source == SKETCH
    assert found.calls.unanswered == []  # type: ignore[attr-defined]


async def test_a_task_that_nobody_could_do_parks_the_step(tmp_path: Any) -> None:
    error = {"kind": "silent", "message": "no heartbeat for 60 s"}
    board = MemoryBoard(lambda task: {"state": "dead", "error": error})
    with pytest.raises(ModelMisbehaved, match="is dead: silent: no heartbeat") as raised:
        await draw(at(tmp_path, board), TASK, None, AT)
    assert raised.value.repaired


def test_pictures_are_numbered_where_they_stand() -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (2000, 1000), "white").save(drawn, "PNG")
    png = base64.b64encode(drawn.getvalue()).decode()
    parts = [
        {"type": "input_text", "text": "Your last drawing:"},
        {"type": "input_image", "image_url": f"data:image/png;base64,{png}"},
        {"type": "input_text", "text": "Revise it."},
    ]
    asked: Any = [{"role": "user", "content": parts}]
    words, (picture,) = worded(asked)
    assert words == "Your last drawing:\n[picture 1]\nRevise it."
    with Image.open(io.BytesIO(base64.b64decode(picture))) as shown:
        assert shown.size == (PICTURE_PX, PICTURE_PX // 2)


@pytest.mark.parametrize(
    ("artists", "hub"),
    [
        ("agents", set()),
        ("hub", {"imagine", "draw", "critique", "choose"}),
        ("hub:draw", {"draw"}),
        ("hub:draw,critique", {"draw", "critique"}),
        ("hub:steer", {"steer"}),
    ],
)
def test_the_hub_plays_the_roles_that_are_named(artists: str, hub: set[str]) -> None:
    played = roles_of(Settings(artists=artists))
    assert {role for role, name in played.items() if name == "hub"} == hub
    assert set(played.values()) <= FREE
    assert names(choice_of(Settings(artists=artists))) == played


def test_an_unknown_role_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no role 'critic'; did you mean critique"):
        roles_of(Settings(artists="hub:critic"))


def test_a_rule_answers_what_a_task_asks() -> None:
    assert reply({"source": {}}, "x", True)["say"]["source"]
