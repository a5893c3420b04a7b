from itertools import islice
from pathlib import Path

import pytest

from artloop.house import beginning, draw, moves, revising
from artloop.house.repertoire import Repertoire
from artloop.models import Brief, Drawing, DrawTask
from artloop.source import declared
from tests.house.studies import BARE, FIELD, concept, draw_task, field_sight, iteration, repertoire


@pytest.fixture
def studies(tmp_path: Path) -> Repertoire:
    return repertoire(tmp_path)


def first(task: DrawTask, studies: Repertoire) -> Drawing:
    return next(draw.tries(task, studies))


def test_the_first_drawing_is_the_study_adapted_within_its_ranges(studies: Repertoire) -> None:
    drawn = first(draw_task(text="wild storm"), studies)
    known, study = declared(drawn.source), declared(FIELD)
    assert known.params != study.params
    assert all(low <= known.params[name] <= high for name, (low, high) in known.ranges.items())
    assert known.params["swell_mm"] > study.params["swell_mm"]
    assert declared(first(draw_task(text="calm silence"), studies).source).params["swell_mm"] < 4
    assert "study level" in drawn.change


def test_the_sheet_and_the_pen_of_the_brief_stand_in_the_source(studies: Repertoire) -> None:
    brief = Brief.model_validate({"text": "x", "canvas": {"width_mm": 200, "height_mm": 100}, "pen_mm": 0.5})
    known = declared(first(draw_task(brief=brief), studies).source)
    assert (known.canvas, known.pen_mm) == ((200, 100), 0.5)


def test_variants_of_one_study_have_seeds_of_their_own(studies: Repertoire) -> None:
    seeds = [declared(first(draw_task(variant=f"v{n:02d}"), studies).source).seed for n in range(1, 13)]
    assert len(set(seeds)) == 12


def test_variants_of_a_given_sketch_without_literals_differ_all_the_same(studies: Repertoire) -> None:
    brief = Brief(text="tidal", sketch=BARE)
    sources = [first(draw_task(brief=brief, variant=name), studies).source for name in ("v01", "v02")]
    assert sources[0] == BARE
    assert moves.applied(sources[1])


@pytest.mark.parametrize("sketch", [None, BARE])
def test_tries_that_know_of_no_other_differ_all_the_same(sketch: str | None, studies: Repertoire) -> None:
    brief = Brief(text="tidal", sketch=sketch, strategy="best-of-n")
    tasks = [draw_task(brief=brief).model_copy(update={"iteration": number}) for number in range(1, 6)]
    assert len({first(task, studies).source for task in tasks}) == 5


def test_a_revision_starts_from_the_incumbent_and_offers_a_bold_and_a_small_move(studies: Repertoire) -> None:
    best = FIELD.replace("90,", "91,")
    task = draw_task(iteration(1, best, 6.0), iteration(2, FIELD, 5.0))
    bold, small = islice(draw.tries(task, studies, field_sight()), 2)
    assert moves.applied(bold.source) or declared(bold.source).seed != 7
    assert declared(small.source).params != declared(best).params
    assert "ink_coverage" in small.hypothesis


def test_revisions_take_turns_with_what_they_try_first(studies: Repertoire) -> None:
    history = [iteration(1, FIELD, 6.0)]
    bold = []
    for _ in range(3):
        task = draw_task(*history)
        bold.append(next(draw.tries(task, studies, field_sight())).change)
        history.append(iteration(len(history) + 1, FIELD + "# other\n" * len(history), 1.0))
    assert len(set(bold)) == 3


def test_nothing_is_tried_twice(studies: Repertoire) -> None:
    history = [iteration(1, FIELD, 6.0)]
    for _ in range(8):
        task = draw_task(*history)
        offered = list(draw.tries(task, studies, field_sight()))
        sources = [one.source for one in offered]
        assert len(sources) == len(set(sources))
        assert not set(sources) & {one.drawing.source for one in history}
        history.append(iteration(len(history) + 1, sources[0], 6.0 - len(history)))


def test_a_parameter_that_helped_goes_on_and_one_that_did_not_is_left(studies: Repertoire) -> None:
    more = FIELD.replace("90,", "100,")
    assert revising.lessons([iteration(1, FIELD, 5.0), iteration(2, more, 6.0)]) == {("lines", True): True}
    assert revising.lessons([iteration(1, FIELD, 5.0), iteration(2, more, None)]) == {("lines", True): False}


def test_a_repair_takes_the_last_move_back_first(studies: Repertoire) -> None:
    task = draw_task(iteration(1, FIELD, 6.0))
    broken = next(one for one in draw.tries(task, studies, field_sight()) if moves.applied(one.source))
    repair = task.model_copy(update={"broken": broken, "complaint": "off the paper"})
    offered = list(draw.tries(repair, studies))
    assert moves.applied(offered[0].source) == ()
    assert broken.source not in [one.source for one in offered]
    assert "off the paper" in offered[0].hypothesis


def test_a_repair_of_something_that_is_no_python_comes_from_the_study(studies: Repertoire) -> None:
    broken = Drawing(source="def draw(", change="", hypothesis="")
    offered = list(draw.tries(draw_task(broken=broken, complaint="syntax"), studies))
    assert offered
    assert all(declared(one.source).tags == ("tide", "sea", "calm") for one in offered)


def test_a_strategy_and_a_study_of_another_idea_agent_are_understood(studies: Repertoire) -> None:
    task = draw_task(iteration(1, FIELD, 6.0), concept=concept(strategy="be bold", study="unheard of"))
    assert next(draw.tries(task, studies, field_sight())) == next(draw.tries(task, studies, field_sight()))
    assert first(draw_task(concept=concept(study="")), studies).source


def test_after_failed_iterations_the_beginning_is_another_one(studies: Repertoire) -> None:
    one = first(draw_task(), studies)
    other = first(draw_task(iteration(1, one.source, None)), studies)
    assert one.source != other.source


def test_what_is_too_close_to_a_sibling_is_changed_in_its_structure_first(studies: Repertoire) -> None:
    twin = Drawing(source=FIELD, change="", hypothesis="")
    task = draw_task().model_copy(update={"broken": twin, "apart_from": "v02/01", "complaint": "too close to v02/01"})
    away, *_ = draw.tries(task, studies)
    assert moves.applied(away.source)
    assert away.source != FIELD


def test_a_crossing_of_a_given_sketch_begins_from_its_parents_drawing(studies: Repertoire) -> None:
    parent = FIELD.replace("90,", "60,")
    task = draw_task(brief=Brief(text="x", sketch=FIELD)).model_copy(update={"marks": parent})
    assert beginning.study_of(task, studies).source == parent
