import pytest

from artloop.house import eye
from artloop.models import Canvas, Metrics
from tests.fakes import METRICS
from tests.house.studies import field_sight, sight


def value(criterion: str, **changes: object) -> float:
    metrics = Metrics.model_validate({**METRICS.model_dump(), **changes})
    return next(one.value for one in eye.scores(metrics, Canvas()) if one.criterion == criterion)


def test_all_criteria_are_scored_between_0_and_10_and_weigh_1() -> None:
    for seen in (None, field_sight(), sight(ink=(0, 0, 0, 0))):
        found = eye.scores(METRICS, Canvas(), seen)
        assert [one.criterion for one in found] == list(eye.WEIGHTS)
        assert all(0 <= one.value <= 10 and one.seen for one in found)
        assert 0 <= eye.overall(found) <= 10
    assert sum(eye.WEIGHTS.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("criterion", "better", "worse"),
    [
        ("density", {"spacing_p05_mm": 0.8}, {"spacing_p05_mm": 0.1}),
        ("density", {"ink_coverage": 0.11}, {"ink_coverage": 0.5}),
        ("balance", {"balance_x": 0.1}, {"balance_x": 0.7}),
        ("edge", {"margin_min_mm": 13.0}, {"margin_min_mm": 2.0}),
        ("medium", {"plot_seconds": 600.0}, {"plot_seconds": 9000.0}),
        ("medium", {"overplot_max": 2}, {"overplot_max": 15}),
        ("rhythm", {"orientation_entropy": 0.65}, {"orientation_entropy": 0.05}),
        ("air", {"density_entropy": 0.86}, {"density_entropy": 0.999}),
    ],
)
def test_a_studio_would_agree(criterion: str, better: dict[str, object], worse: dict[str, object]) -> None:
    assert value(criterion, **better) > value(criterion, **worse) + 0.5


def test_a_red_patch_in_a_field_is_a_focus() -> None:
    plain, marked = field_sight(), sight(ink=(48, 48, 544, 792), red=(330, 300, 400, 370))
    focus = {name: eye.focus(METRICS, Canvas(), seen)[0] for name, seen in (("plain", plain), ("marked", marked))}
    assert focus["marked"] > focus["plain"] + 1


def test_extreme_measures_do_not_break_the_scores() -> None:
    zeros = dict.fromkeys(Metrics.model_fields, 0) | {"bbox_mm": (0.0, 0.0, 0.0, 0.0)}
    shares = dict.fromkeys(("density_entropy", "orientation_entropy", "ink_coverage", "symmetry_h"), 1)
    huge = dict.fromkeys(Metrics.model_fields, 10**9) | {"bbox_mm": (-1e6, -1e6, 1e6, 1e6)} | shares
    for measures in (zeros, huge):
        assert 0 <= eye.overall(eye.scores(Metrics.model_validate(measures), Canvas())) <= 10
