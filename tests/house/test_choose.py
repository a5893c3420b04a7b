import pytest

from artloop.errors import UsageError
from artloop.house.choose import choose, pick
from artloop.models import Brief, Candidate, ChooseTask, Metrics, PickTask, Rendering, Verdict
from tests.fakes import METRICS
from tests.house.studies import field_sight, sight

MUDDY = Metrics.model_validate(
    {**METRICS.model_dump(), "ink_coverage": 0.6, "spacing_p05_mm": 0.05, "overplot_max": 11}
)


def candidate(variant: str, metrics: Metrics | None) -> Candidate:
    rendering = Rendering(ok=True, metrics=metrics)
    return Candidate(variant=variant, iteration=1, title=f"Title {variant}", rendering=rendering, score=5)


def judged(first: Metrics | None, second: Metrics | None) -> Verdict:
    pair = candidate("v01", first), candidate("v02", second)
    return choose(ChooseTask(brief=Brief(text="x"), first=pair[0], second=pair[1]))


def test_the_better_measured_drawing_wins_in_either_order() -> None:
    assert judged(METRICS, MUDDY).winner == "first"
    assert judged(MUDDY, METRICS).winner == "second"
    assert "density" in judged(METRICS, MUDDY).reason
    assert "Title v01" in judged(METRICS, MUDDY).reason


def test_two_alike_are_a_tie() -> None:
    said = judged(METRICS, METRICS)
    assert said.winner == "tie"
    assert "too close" in said.reason


def test_a_drawing_without_measures_cannot_win() -> None:
    assert judged(None, METRICS).winner == "second"
    assert judged(None, None).winner == "tie"


def test_pictures_count_only_when_both_are_seen() -> None:
    pair = ChooseTask(brief=Brief(text="x"), first=candidate("v01", METRICS), second=candidate("v02", METRICS))
    assert choose(pair, field_sight(), None).winner == "tie"
    blank = sight(ink=(0, 0, 0, 0))
    assert (choose(pair, field_sight(), blank).winner, choose(pair, blank, field_sight()).winner) == ("first", "second")


def test_the_best_of_several_is_picked_and_told_what_to_fix() -> None:
    entries = [candidate("v01", MUDDY), candidate("v02", None), candidate("v03", METRICS), candidate("v04", METRICS)]
    said = pick(PickTask(brief=Brief(text="x"), candidates=entries), [None] * 4)
    assert said.winner == "v03"
    assert said.critique.changes
    assert said.critique.measured
    assert said.reason.startswith("Measured: ")


def test_nothing_is_picked_among_drawings_that_were_not_measured() -> None:
    with pytest.raises(UsageError, match="render them first"):
        pick(PickTask(brief=Brief(text="x"), candidates=[candidate("v01", None)]), [None])
