from __future__ import annotations

import json
from pathlib import Path

import pytest
from agents.testing import ScriptedModel, assistant_message

from artloop.artists.imagine import cross, reimagine, rethink
from artloop.models import Concept, Crossing, CrossTask, Drawing, Iteration, Lineage, ReimagineTask, RethinkTask
from artloop.ports import Attempt
from tests.artists.desk import desk
from tests.fakes import brief, concept, critique, drawn

AT = Attempt(step="v01/04/rethink/0")
SECRET = "def draw(t):\n    return secret_of_the_source\n"
MADE = Iteration(
    number=3,
    drawing=Drawing(source=SECRET, change="a change", hypothesis="a hope"),
    rendering=drawn(SECRET),
    critique=critique(5.0),
)
TASK = RethinkTask(
    brief=brief(),
    variant="v01",
    iteration=4,
    concept=concept(1).model_copy(update={"study": "tide"}),
    history=[MADE],
    siblings=[concept(2)],
    notes=["more air on the left"],
)


def saying(*concepts: Concept) -> ScriptedModel:
    return ScriptedModel([[assistant_message(json.dumps(one.model_dump()))] for one in concepts])


async def test_who_rethinks_knows_the_old_concept_its_critiques_its_siblings_and_the_artists_words(
    tmp_path: Path,
) -> None:
    found = await rethink(desk(tmp_path, saying(concept(3))), TASK, ["tide", "reef"], AT)
    assert found == concept(3)
    told = (tmp_path / "variants/v01/iterations/04/prompt-rethink.md").read_text()
    for words in ("Concept 1", "keep: the line", "more air (10 mm)", "Concept 2", "more air on the left", "reef"):
        assert words in told
    assert "tide" not in told.rpartition("`study`")[2], "the study that did not do is not offered again"
    assert "secret_of_the_source" not in told


@pytest.mark.parametrize("known", [1, 2])
async def test_a_concept_the_run_has_already_gets_a_repair_turn(tmp_path: Path, known: int) -> None:
    model = saying(concept(known), concept(3))
    assert await rethink(desk(tmp_path, model), TASK, [], AT) == concept(3)
    model.assert_complete()


async def test_who_replaces_a_concept_knows_it_and_all_others_and_gives_none_of_them(tmp_path: Path) -> None:
    task = ReimagineTask(brief=brief(), variant="v02", concept=concept(1), near="v01", siblings=[concept(2)])
    model = saying(concept(2), concept(3))
    assert await reimagine(desk(tmp_path, model), task, ["tide"], AT) == concept(3)
    model.assert_complete()
    told = (tmp_path / "variants/v02/iterations/00/prompt-reimagine.md").read_text()
    for words in ("of v02", "that of v01", "Concept 1", "Concept 2", "tide"):
        assert words in told


async def test_who_crosses_is_told_the_idea_of_one_and_the_technique_of_the_other(tmp_path: Path) -> None:
    idea = concept(1).model_copy(update={"technique": "stippling", "focus": "a far gate"})
    marks = concept(2).model_copy(update={"technique": "long hatching", "focus": "a near wall", "study": "reef"})
    crossing = Crossing(lineage=Lineage(concept_of="v01", marks_of="v02"), concept=idea, marks=marks, source=SECRET)
    task = CrossTask(
        brief=brief(), variant="v03", iteration=2, crossing=crossing, siblings=[concept(4)], notes=["calmer"]
    )
    model = saying(concept(1), concept(5))
    assert await cross(desk(tmp_path, model), task, ["tide", "reef"], AT) == concept(5)
    model.assert_complete()
    told = (tmp_path / "variants/v03/iterations/02/prompt-cross.md").read_text()
    for words in ("Concept 1", "a far gate", "long hatching", "Concept 4", "calmer", "`study` is reef"):
        assert words in told
    for words in ("stippling", "a near wall", "secret_of_the_source"):
        assert words not in told
