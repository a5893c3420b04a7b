from pathlib import Path

import pytest

from artloop.house.composing import scene_of
from artloop.house.imagine import cross, imagine, pens_of, rethink
from artloop.models import Brief, Concept, Concepts, Crossing, CrossTask, ImagineTask, Lineage, RethinkTask
from tests import fakes
from tests.house.studies import BARE, repertoire, shipped


def asked(text: str, count: int = 4, **brief: object) -> Concepts:
    return imagine(ImagineTask(brief=Brief.model_validate({"text": text, **brief}), count=count), shipped())


def test_concepts_differ_in_study_strategy_and_title() -> None:
    concepts = asked("tidal memory").concepts
    for part in ("study", "strategy", "title"):
        assert len({getattr(one, part) for one in concepts}) == 4
    assert all(one.title.startswith("Tidal memory, ") for one in concepts)


@pytest.mark.parametrize(
    "text", ["", "🌊🌊🌊", "静かな海の記憶", "a " * 400, "ein sehr langer Satz über den Sturm und die Stadt"]
)
def test_any_brief_makes_concepts_with_all_their_words(text: str) -> None:
    for one in asked(text).concepts:
        assert all([one.title.strip(", "), one.idea, one.focus, one.technique, one.pens, one.strategy, one.study])
        assert len(one.title) < 70


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 40])
def test_at_most_half_of_the_concepts_are_compositions_and_no_study_comes_twice(count: int) -> None:
    names = [one.study for one in asked("alone under the stars", count).concepts]
    composed = [scene for name in names if (scene := scene_of(name))]
    assert (count > 1) <= len(composed) <= count // 2
    assert scene_of(names[0]) is None
    used = [name for scene in composed for name in (scene.near, scene.far)]
    alone = [name for name in names if scene_of(name) is None]
    assert len(set(used)) == len(used)
    assert count > 12 or not set(used) & set(alone)


def test_a_composition_says_what_one_sees_and_why_the_two_go_together() -> None:
    one = asked("somebody alone under the stars", 2).concepts[1]
    scene = scene_of(one.study)
    assert scene is not None
    assert scene.clause in one.idea
    assert scene.why in one.idea
    assert (one.focus, one.pens) == (scene.focus, scene.pens)
    assert one.title.endswith(scene.title)
    assert scene.near in one.technique


def test_words_of_the_brief_choose_the_composition() -> None:
    for text, name in (
        ("wind in the meadow", "meadow_wind"),
        ("folded paper, birds", "paper_fold"),
        ("stairs", "stair_"),
    ):
        scene = scene_of(asked(text, 2).concepts[1].study)
        assert scene is not None
        assert scene.near.startswith(name)


def test_a_given_sketch_is_never_composed() -> None:
    assert {one.study for one in asked("tide", 4, sketch=BARE).concepts} == {"given"}


def test_a_long_brief_gives_its_telling_words_to_the_title() -> None:
    assert asked("quiet order before a coming storm").concepts[0].title.startswith("Quiet and order, ")


def test_the_same_brief_and_seed_give_the_same_concepts() -> None:
    assert asked("tidal memory", seed=3) == asked("tidal memory", seed=3)
    assert asked("tidal memory", seed=3) != asked("tidal memory", seed=4)


def test_a_hundred_variants_are_no_trouble(tmp_path: Path) -> None:
    brief = Brief(text="x", variants=100)
    assert len(imagine(ImagineTask(brief=brief, count=100), repertoire(tmp_path)).concepts) == 100


def test_pens_are_read_from_the_layers() -> None:
    assert pens_of('L(name="ink").layer(a), L(name="red").layer(b), L(name="ink")') == ["ink", "red"]
    assert pens_of(BARE) == ["ink"]


def test_a_rethought_concept_is_like_none_of_the_run() -> None:
    brief = Brief(text="tidal memory")
    first, *siblings = imagine(ImagineTask(brief=brief, count=4), shipped()).concepts
    task = RethinkTask(brief=brief, variant="v01", iteration=4, concept=first, history=[], siblings=siblings)
    other = rethink(task, shipped())
    assert other.study not in {one.study for one in [first, *siblings]}
    assert other.strategy not in {one.strategy for one in [first, *siblings]}
    assert rethink(task, shipped()) == other


def test_with_one_study_a_rethought_concept_has_another_strategy() -> None:
    brief = Brief(text="tide", sketch=BARE)
    (first,) = imagine(ImagineTask(brief=brief, count=1), shipped()).concepts
    task = RethinkTask(brief=brief, variant="v01", iteration=4, concept=first, history=[], siblings=[])
    assert rethink(task, shipped()).strategy != first.strategy


def crossed(brief: Brief, idea: Concept, marks: Concept, variant: str = "v04") -> Concept:
    crossing = Crossing(lineage=Lineage(concept_of="v01", marks_of="v02"), concept=idea, marks=marks)
    return cross(CrossTask(brief=brief, variant=variant, iteration=2, crossing=crossing, siblings=[]), shipped())


def test_a_crossing_has_the_strategy_of_one_and_the_study_of_the_other() -> None:
    brief = Brief(text="tidal memory")
    first, _, second, _ = imagine(ImagineTask(brief=brief, count=4), shipped()).concepts
    child = crossed(brief, first, second)
    assert (child.strategy, child.focus) == (first.strategy, first.focus)
    assert (child.study, child.technique, child.pens) == (second.study, second.technique, second.pens)
    assert crossed(brief, first, second) == child
    assert crossed(brief, second, first).study == first.study


def test_concepts_that_are_not_the_houses_own_are_crossed_in_words() -> None:
    idea, marks = (fakes.concept(number).model_copy(update={"technique": f"way {number}"}) for number in (1, 2))
    child = crossed(Brief(text="tide"), idea, marks)
    assert (child.title, child.idea, child.technique) == ("Concept 1, after Concept 2", idea.idea, "way 2")
