import pytest

from artloop.house.critique import critique, where
from artloop.models import Brief, CritiqueTask, GuidingCritique, Metrics, Rendering, TestedCritique
from tests.fakes import METRICS
from tests.house.studies import concept, field_sight, sight

TASK = CritiqueTask(
    brief=Brief(text="tide"), variant="v01", concept=concept(), iteration=1, rendering=Rendering(ok=True)
)


@pytest.mark.parametrize("seen", [None, field_sight(), sight(red=(100, 100, 140, 140)), sight(ink=(0, 0, 0, 0))])
def test_a_critique_has_at_most_three_changes_each_with_place_amount_and_target(seen: object) -> None:
    said = critique(TASK, METRICS, seen)  # type: ignore[arg-type]
    assert said.measured
    assert 1 <= len(said.changes) <= 3
    assert len(said.targets) == len(said.changes)
    assert all(change.place and change.what and change.amount for change in said.changes)
    assert all(target.low <= target.high and target.metric in Metrics.model_fields for target in said.targets)
    assert said.keep
    assert said.first_seen


def test_the_second_pen_is_seen_first_where_it_is() -> None:
    said = critique(TASK, METRICS, sight(ink=(48, 48, 544, 792), red=(450, 120, 500, 170)))
    assert "second pen" in said.first_seen
    assert "right, upper" in said.first_seen


def test_crowded_lines_are_told_to_open_up() -> None:
    tight = Metrics.model_validate({**METRICS.model_dump(), "spacing_p05_mm": 0.1, "ink_coverage": 0.4})
    said = critique(TASK, tight)
    assert "open the lines up" in [change.what for change in said.changes]
    target = next(target for target in said.targets if target.metric == "ink_coverage")
    assert target.high < 0.4


@pytest.mark.parametrize("x", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("y", [0.0, 0.5, 1.0])
def test_every_place_has_a_name(x: float, y: float) -> None:
    assert where(x, y).startswith(("in the", "at the"))


def test_extreme_measures_still_give_valid_targets() -> None:
    for value in (0, 1):
        measures = dict.fromkeys(Metrics.model_fields, value) | {"bbox_mm": (0.0, 0.0, 0.0, 0.0)}
        said = critique(TASK, Metrics.model_validate(measures))
        assert all(target.low <= target.high for target in said.targets)


@pytest.mark.parametrize(
    ("hypothesis", "balance_y", "held"),
    [("it will balance", 0.0, "confirmed"), ("it will balance", 0.9, "refuted"), ("it sings", 0.0, "unclear")],
)
def test_a_hypothesis_is_measured_by_the_criterion_it_speaks_of(hypothesis: str, balance_y: float, held: str) -> None:
    measured = METRICS.model_copy(update={"balance_x": balance_y, "balance_y": balance_y})
    said = critique(TASK.model_copy(update={"hypothesis": hypothesis}), measured)
    assert isinstance(said, TestedCritique)
    assert said.hypothesis_held == held


def test_where_a_search_may_follow_one_kind_of_change_is_asked_for_that_of_the_most_telling_one() -> None:
    task = TASK.model_copy(update={"brief": Brief(text="tide", tune_renders=32)})
    tight = METRICS.model_copy(update={"spacing_p05_mm": 0.1, "ink_coverage": 0.6})
    for measured, asks in ((tight, "amounts"), (METRICS.model_copy(update={"density_entropy": 0.99}), "structure")):
        said, plain = critique(task, measured), critique(TASK, measured)
        assert isinstance(said, GuidingCritique)
        assert said.asks == asks
        assert said.changes[0] == plain.changes[0]
        assert len(said.targets) == len(said.changes)
    assert "open the lines up" in [change.what for change in critique(task, tight).changes]
    assert "gather the weight in one place" not in [change.what for change in critique(task, tight).changes]
