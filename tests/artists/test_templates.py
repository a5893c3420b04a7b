"""The shipped prompts: what each role is told, and what it must not be told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from agents.testing import ScriptedModel, assistant_message
from jinja2 import Environment, meta

from artloop.artists.choose import describe, pick
from artloop.artists.critique import critique
from artloop.artists.llm import CUT
from artloop.artists.steer import steer
from artloop.errors import ModelMisbehaved
from artloop.models import (
    Candidate,
    ChooseTask,
    Critique,
    CritiqueTask,
    DescribeTask,
    Drawing,
    DrawTask,
    GuidingCritique,
    ImagineTask,
    Iteration,
    Knob,
    PickTask,
    SteerTask,
    Target,
    TestedCritique,
)
from artloop.pens import BUILT_IN
from artloop.ports import Attempt
from artloop.prompts import Prompts, shuffled
from tests import fakes
from tests.artists.desk import SHIPPED, desk
from tests.fakes import brief, concept, drawn

PROMPTS = Prompts([SHIPPED])
GUIDE = "# How to write sketches\n\nEverything there is to know."
SOURCE = "def draw(t):\n    return secret_of_the_source\n"
AT = Attempt(step="v01/01/critique/0")


def draw_prompt(task: DrawTask, study: str | None = None) -> str:
    last = task.history[-1] if task.history else None
    return PROMPTS.text("draw.md.j2", task=task, guide=GUIDE, last=last, best=last, study=study)


def draw_task(**values: object) -> DrawTask:
    fields = {"brief": brief(), "variant": "v01", "concept": concept(1), "iteration": 1}
    return DrawTask.model_validate({**fields, **values})


def made(number: int) -> Iteration:
    """An iteration that was criticised."""
    drawing = Drawing(source=SOURCE, change="a change", hypothesis="a hope")
    return Iteration(number=number, drawing=drawing, rendering=drawn(SOURCE), critique=fakes.critique(5.0))


def critique_task(variant: str = "v01", iteration: int = 1, seed: int = 0) -> CritiqueTask:
    rendering = drawn(SOURCE).model_copy(update={"log_tail": SOURCE})
    return CritiqueTask(
        brief=brief(seed=seed), variant=variant, concept=concept(1), iteration=iteration, rendering=rendering
    )


def critic_prompt(task: CritiqueTask) -> str:
    return PROMPTS.text("critique.md.j2", task=task, guide="")


def test_every_prompt_says_which_variables_it_has() -> None:
    names = sorted(path.name for path in SHIPPED.glob("*.md.j2"))
    assert {"imagine.md.j2", "draw.md.j2", "critique.md.j2", "choose.md.j2"} <= set(names)
    environment = Environment()
    environment.filters["shuffled"] = shuffled
    for name in names:
        text = (SHIPPED / name).read_text()
        head, _, _ = text.partition("#}")
        assert head.startswith("{#"), name
        for variable in meta.find_undeclared_variables(environment.parse(text)):
            assert variable in head.split("Variables:")[1], f"{name} does not document {variable}"


def test_the_instructions_of_a_role_are_one_unchanging_text_that_begins_with_the_guide() -> None:
    tasks = [
        (draw_task(), None),
        (draw_task(), SOURCE),
        (draw_task(variant="v02", concept=concept(2), iteration=2, history=[made(1)], incumbent=1), None),
        (draw_task(broken=made(1).drawing, complaint="blank", hint="more ink"), None),
        (draw_task(brief=brief(text="another", seed=9)), None),
    ]
    instructions = {draw_prompt(task, study).partition(CUT)[0].strip() for task, study in tasks}
    (text,) = instructions
    assert text.startswith(GUIDE)


@pytest.mark.parametrize(
    ("values", "base"),
    [
        ({"history": [made(1)], "incumbent": 1, "iteration": 2}, '"best"'),
        ({"broken": made(1).drawing, "complaint": "blank"}, '"broken"'),
    ],
)
def test_the_implementer_is_told_which_sketch_a_patch_is_for(values: dict[str, object], base: str) -> None:
    assert f"`base` is {base}" in draw_prompt(draw_task(**values)).partition(CUT)[2]


def test_the_critic_learns_nothing_of_source_or_lineage() -> None:
    first, later = critic_prompt(critique_task()), critic_prompt(critique_task("v03", 7))
    assert "secret_of_the_source" not in first
    assert sorted(first.splitlines()) == sorted(later.splitlines()), "only the order of the criteria may differ"


def order(prompt: str) -> list[str]:
    """The criteria in the order in which a prompt names them."""
    names = ("focus", "balance", "rhythm", "density", "edge", "medium")
    return sorted(names, key=lambda name: prompt.index(f"- {name}: "))


def test_no_criterion_is_always_the_first() -> None:
    orders = [order(critic_prompt(critique_task(seed=seed))) for seed in range(30)]
    assert len({found[0] for found in orders}) == 6
    assert order(critic_prompt(critique_task(seed=3))) == orders[3]


def test_both_orders_of_a_pair_are_judged_by_criteria_in_the_same_order() -> None:
    one, two = (
        Candidate(variant=name, iteration=1, title=name, rendering=drawn(""), score=5.0) for name in ("v01", "v02")
    )
    tasks = [ChooseTask(brief=brief(), first=a, second=b) for a, b in ((one, two), (two, one))]
    prompts = [PROMPTS.text("choose.md.j2", task=task, guide="") for task in tasks]
    assert order(prompts[0]) == order(prompts[1])


def test_what_was_said_of_a_picture_alone_stands_in_the_comparison_and_a_run_without_is_asked_as_ever() -> None:
    one, two = (
        Candidate(variant=name, iteration=1, title=name, rendering=drawn(""), score=5.0) for name in ("v01", "v02")
    )
    bare = ChooseTask(brief=brief(), first=one, second=two)
    told = bare.model_copy(update={"first_alone": "a dark bay", "second_alone": "an empty sky"})
    before, after = (PROMPTS.text("choose.md.j2", task=task, guide="") for task in (bare, told))
    added = [line for line in after.splitlines() if line not in before.splitlines()]
    assert added == [
        "What you said of the first when you saw it alone: a dark bay",
        "What you said of the second when you saw it alone: an empty sky",
    ]
    assert "alone:" not in before


async def test_a_picture_is_described_by_the_judge_who_sees_no_other(tmp_path: Path) -> None:
    entry = Candidate(variant="v01", iteration=1, title="Tide", rendering=drawn(""), score=5.0)
    model = ScriptedModel([[assistant_message(json.dumps({"text": "a dark bay"}))]])
    said = await describe(desk(tmp_path, model), DescribeTask(brief=brief(), candidate=entry), AT)
    assert said.text == "a dark bay"
    prompt = (tmp_path / "prompt-describe.md").read_text()
    assert "Tide" in prompt
    assert len(order(prompt)) == 6


async def test_a_judge_that_picks_a_drawing_that_is_not_there_is_asked_again(tmp_path: Path) -> None:
    entries = [
        Candidate(variant=name, iteration=1, title=name, rendering=drawn(""), score=0) for name in ("v01", "v02")
    ]
    said = {"reason": "it holds", "critique": {**fakes.critique(6.0).model_dump(), "overall": 60.0}}
    answers = [{**said, "winner": name} for name in ("the second", "v02")]
    model = ScriptedModel([[assistant_message(json.dumps(one))] for one in answers])
    found = await pick(desk(tmp_path, model), PickTask(brief=brief(), candidates=entries), AT)
    model.assert_complete()
    assert (found.winner, found.critique.overall) == ("v02", 10.0)
    prompt = (tmp_path / "prompt-pick.md").read_text()
    assert 'Measures of v02, "v02"' in prompt
    assert len(order(prompt)) == 6


def test_an_implementer_of_tries_is_told_that_each_stands_alone() -> None:
    task = DrawTask(brief=brief(strategy="best-of-n"), variant="v01", concept=fakes.concept(1), iteration=2)
    values = {"study": None, "last": None, "best": None, "guide": GUIDE}
    assert "try 2 of 3" in PROMPTS.text("draw.md.j2", task=task, **values)
    improving = task.model_copy(update={"brief": brief()})
    assert "try 2" not in PROMPTS.text("draw.md.j2", task=improving, **values)


def imagine_prompt(count: int, seed: int = 0) -> str:
    return PROMPTS.text("imagine.md.j2", task=ImagineTask(brief=brief(seed=seed), count=count), guide=GUIDE, studies=[])


def test_each_concept_is_dealt_another_strategy() -> None:
    dealt = [line for line in imagine_prompt(12).splitlines() if line[:1].isdigit()]
    assert len({line.partition(". ")[2] for line in dealt}) == 12
    assert imagine_prompt(4) != imagine_prompt(4, seed=1)
    assert "finds one of its own" in imagine_prompt(13)
    assert "finds one of its own" not in imagine_prompt(12)


async def test_a_critique_that_fits_any_picture_gets_a_repair_turn(tmp_path: Path) -> None:
    good = fakes.critique(6.0).model_dump()
    vague = {**good, "changes": [{"place": " ", "what": "improve it", "amount": "a lot"}]}
    model = ScriptedModel([[assistant_message(json.dumps(said))] for said in (vague, good)])
    found = await critique(desk(tmp_path, model), critique_task(), AT)
    model.assert_complete()
    assert [change.place for change in found.changes] == ["left edge"]


async def test_a_critic_is_asked_about_a_hypothesis_only_if_there_is_one(tmp_path: Path) -> None:
    assert "hypothesis" not in critic_prompt(critique_task()).lower()
    task = critique_task().model_copy(update={"hypothesis": "the disc holds the eye"})
    assert "Hypothesis, by whoever drew it: the disc holds the eye" in critic_prompt(task)
    said = {**fakes.critique(6.0).model_dump(), "hypothesis_held": "refuted"}
    found = await critique(desk(tmp_path, ScriptedModel([[assistant_message(json.dumps(said))]])), task, AT)
    assert isinstance(found, TestedCritique)
    assert found.hypothesis_held == "refuted"


def test_what_the_artist_says_stands_in_the_prompts_of_implementer_and_critic() -> None:
    notes = {"notes": ["more air on the left"]}
    assert "\n- more air on the left\n" in draw_prompt(draw_task(**notes))
    assert "\n- more air on the left\n" in critic_prompt(critique_task().model_copy(update=notes))
    assert "The artist" not in draw_prompt(draw_task()) + critic_prompt(critique_task())


async def test_a_critique_that_stays_vague_breaks_the_step(tmp_path: Path) -> None:
    vague = {**fakes.critique(6.0).model_dump(), "changes": [{"place": "", "what": "better", "amount": ""}]}
    model = ScriptedModel([[assistant_message(json.dumps(vague))]] * 2)
    with pytest.raises(ModelMisbehaved, match="where in the picture"):
        await critique(desk(tmp_path, model), critique_task(), AT)


async def test_only_located_changes_and_measurable_targets_are_kept_three_at_most(tmp_path: Path) -> None:
    change = {"place": "left", "what": "more air", "amount": "10 mm"}
    targets = [
        {"metric": "ink_mm", "low": 1.0, "high": 2.0},
        {"metric": "beauty", "low": 1.0, "high": 2.0},
        {"metric": "pens", "low": 3.0, "high": 2.0},
    ]
    said = {**fakes.critique(6.0).model_dump(), "changes": [{**change, "place": ""}, *[change] * 4], "targets": targets}
    model = ScriptedModel([[assistant_message(json.dumps(said))]])
    found: Critique = await critique(desk(tmp_path, model), critique_task(), AT)
    assert [one.place for one in found.changes] == ["left"] * 3
    assert [one.metric for one in found.targets] == ["ink_mm"]


def steer_task(**values: object) -> SteerTask:
    fields = {"brief": brief(), "variant": "v01", "iteration": 2, "concept": concept(1), "history": [made(1)]}
    knobs = [Knob(name="lines", start=20, low=8, high=60)]
    wishes = [Target(metric="ink_mm", low=1.0, high=2.0)]
    return SteerTask.model_validate(
        {**fields, "incumbent": 1, "moves": ["draw", "tune"], "knobs": knobs, "wishes": wishes, **values}
    )


async def test_the_steer_agent_sees_what_was_tried_and_chooses_of_the_open_moves(tmp_path: Path) -> None:
    closed = {"move": "stop", "reason": "enough", "knobs": []}
    good = {"move": "tune", "reason": "amounts", "knobs": [{"name": "lines", "start": 9, "low": 8, "high": 12}]}
    model = ScriptedModel([[assistant_message(json.dumps(said))] for said in (closed, good)])
    at = replace(desk(tmp_path, model), models={"steer": "m"})
    found = await steer(at, steer_task(), Attempt(step="v01/02/steer/0"))
    assert (found.move, found.knobs[0].low) == ("tune", 8)
    prompt = (tmp_path / "variants/v01/iterations/02/prompt-steer.md").read_text()
    for said in (
        "Version 1, the best so far",
        "a change",
        "hypothesis: a hope",
        "- lines 20 (8 to 60)",
        "ink_mm between 1",
    ):
        assert said in prompt
    assert "secret_of_the_source" not in prompt
    without = PROMPTS.text("steer.md.j2", task=steer_task(moves=["draw"]), guide="")
    assert "parameters, as they stand" not in without


async def test_a_critic_says_what_kind_of_change_it_asks_for_only_where_a_search_may_follow(tmp_path: Path) -> None:
    assert "`asks`" not in critic_prompt(critique_task())
    task = critique_task().model_copy(update={"brief": brief(tune_renders=32)})
    assert "`asks`" in critic_prompt(task)
    said = {**fakes.critique(6.0).model_dump(), "hypothesis_held": "unclear", "asks": "amounts"}
    found = await critique(desk(tmp_path, ScriptedModel([[assistant_message(json.dumps(said))]])), task, AT)
    assert isinstance(found, GuidingCritique)
    assert found.asks == "amounts"


def test_agents_are_told_of_the_pens_there_are_and_else_of_none() -> None:
    pens = BUILT_IN["fineliners"]
    with_pens = brief(pens=pens)
    prompts = [
        PROMPTS.text("imagine.md.j2", task=ImagineTask(brief=with_pens, count=2), guide=GUIDE, studies=[]),
        draw_prompt(draw_task(brief=with_pens)),
        critic_prompt(critique_task().model_copy(update={"brief": with_pens})),
    ]
    for prompt in prompts:
        assert "- blue: #1f4fa3, 0.4 mm\n" in prompt
        assert 'L(name="black")' in prompt
    for prompt in (draw_prompt(draw_task()), critic_prompt(critique_task())):
        assert "Pens there are" not in prompt
