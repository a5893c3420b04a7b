from __future__ import annotations

import json
from pathlib import Path

import pytest
from agents.testing import ScriptedModel, assistant_message

from artloop.artists.draw import draw
from artloop.errors import ModelMisbehaved
from artloop.models import Drawing, DrawTask, Iteration
from artloop.ports import Attempt
from tests.artists.desk import desk
from tests.fakes import brief, concept, critique, drawn

AT = Attempt(step="v01/02/draw/0")
SKETCH = 'PARAMS = {"rings": 24}\n\n\ndef draw(t):\n    return []\n'
PATCH = '@@\n-PARAMS = {"rings": 24}\n+PARAMS = {"rings": 9}\n'


def task(**values: object) -> DrawTask:
    """The second iteration, with an incumbent."""
    best = Iteration(
        number=1,
        drawing=Drawing(source=SKETCH, change="", hypothesis=""),
        rendering=drawn(SKETCH),
        critique=critique(5.0),
    )
    fields = {"brief": brief(), "variant": "v01", "concept": concept(1), "iteration": 2}
    return DrawTask.model_validate({**fields, "history": [best], "incumbent": 1, **values})


def answer(**values: str) -> list[object]:
    fields = {"source": "", "patch": "", "base": "none", "change": "fewer rings", "hypothesis": "more air"}
    return [assistant_message(json.dumps({**fields, **values}))]


async def made(folder: Path, task: DrawTask, *answers: list[object], study: str | None = None) -> tuple[Drawing, str]:
    """What comes of these answers, and all that the model was told."""
    model = ScriptedModel(list(answers))  # type: ignore[arg-type]
    drawing = await draw(desk(folder, model), task, study, AT)
    model.assert_complete()
    return drawing, json.dumps([call.input for call in model.calls], default=str)


async def test_a_patch_of_the_best_sketch_becomes_a_whole_sketch(tmp_path: Path) -> None:
    drawing, _ = await made(tmp_path, task(), answer(patch=PATCH, base="best"))
    assert drawing == Drawing(source=SKETCH.replace("24", "9"), change="fewer rings", hypothesis="more air")


async def test_a_repair_may_be_a_patch_of_the_broken_sketch(tmp_path: Path) -> None:
    broken = Drawing(source=SKETCH.replace("[]", "missing"), change="", hypothesis="")
    patch = "@@\n-    return missing\n+    return []\n"
    drawing, _ = await made(tmp_path, task(broken=broken), answer(patch=patch, base="broken"))
    assert drawing.source == SKETCH


async def test_a_first_drawing_may_be_a_patch_of_the_study(tmp_path: Path) -> None:
    first = task(history=[], incumbent=None, iteration=1)
    drawing, _ = await made(tmp_path, first, answer(patch=PATCH, base="study"), study=SKETCH)
    assert '"rings": 9' in drawing.source


async def test_a_patch_that_does_not_apply_gets_a_repair_turn_with_the_reason(tmp_path: Path) -> None:
    wrong = answer(patch=PATCH.replace("24", "42"), base="best")
    drawing, told = await made(tmp_path, task(), wrong, answer(source=SKETCH))
    assert drawing.source == SKETCH
    assert "the patch does not apply" in told
    assert "is not in the sketch" in told


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"patch": PATCH, "base": "broken"}, "names the base 'broken'"),
        ({"patch": PATCH, "source": SKETCH, "base": "best"}, "either a source or a patch"),
        ({}, "either a source or a patch"),
    ],
)
async def test_an_answer_that_is_no_sketch_twice_breaks_the_step(
    tmp_path: Path, wrong: dict[str, str], reason: str
) -> None:
    with pytest.raises(ModelMisbehaved, match=reason):
        await made(tmp_path, task(), answer(**wrong), answer(**wrong))


async def test_there_is_nothing_to_patch_before_there_is_a_sketch(tmp_path: Path) -> None:
    first = task(history=[], incumbent=None, iteration=1)
    _, told = await made(tmp_path, first, answer(patch=PATCH, base="best"), answer(source=SKETCH))
    assert "has no sketch to begin from" in told
