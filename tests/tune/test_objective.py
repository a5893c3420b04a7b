import pytest
from hypothesis import given
from hypothesis import strategies as st

from artloop.errors import UsageError
from artloop.models import Failure, Gate, Rendering, Target
from artloop.tune.objective import FAILED, METRICS, check, judged
from tests.fakes import METRICS as MEASURED
from tests.fakes import drawn

COVERAGE = [Target(metric="ink_coverage", low=0.1, high=0.2)]


def loss(coverage: float, *gates: Gate, targets: list[Target] = COVERAGE) -> float:
    metrics = MEASURED.model_copy(update={"ink_coverage": coverage})
    return judged({}, Rendering(ok=True, metrics=metrics, gates=list(gates)), targets).loss


def gate(measured: float) -> Gate:
    return Gate(name="too_long", ok=measured <= 120, measured=measured, limit=120, message="too long")


def test_the_loss_is_zero_within_the_range_and_its_ends_and_nowhere_else() -> None:
    assert [loss(value) for value in (0.1, 0.15, 0.2)] == [0, 0, 0]
    assert loss(0.0999) > 0
    assert loss(0.2001) > 0


@given(st.floats(0, 1), st.floats(0, 1))
def test_further_from_the_range_is_never_better(one: float, other: float) -> None:
    near, far = sorted((one, other), key=lambda value: max(0.1 - value, value - 0.2, 0))
    assert loss(near) <= loss(far)


@given(st.floats(120.1, 1e6), st.floats(0, 1))
def test_a_closed_gate_weighs_more_than_any_target_and_less_than_no_drawing(minutes: float, coverage: float) -> None:
    assert loss(coverage) < loss(0.15, gate(minutes)) < FAILED
    assert loss(0.15, gate(minutes)) < loss(0.15, gate(2 * minutes))
    assert loss(0.15, gate(100)) == 0


@given(st.sampled_from(METRICS), st.floats(-1e300, 1e300), st.floats(0, 1e300))
def test_any_target_gives_a_loss_below_that_of_no_drawing(metric: str, low: float, width: float) -> None:
    targets = [Target(metric=metric, low=low, high=low + width)] * 20
    assert 0 <= loss(0.5, targets=targets) < FAILED


def test_no_drawing_is_a_trial_that_says_why() -> None:
    failure = Failure(kind="exception", message="NameError: W", line=3)
    trial = judged({"rings": 3}, Rendering(ok=False, failure=failure), COVERAGE)
    assert (trial.loss, trial.failure) == (FAILED, "exception (line 3): NameError: W")


def test_without_targets_the_gates_alone_count() -> None:
    assert judged({}, drawn(""), []).loss == 0
    assert loss(0.5, gate(200), targets=[]) > 0


@pytest.mark.parametrize(
    ("metric", "low", "said"),
    [
        ("ink_coverag", 0.1, "did you mean ink_coverage"),
        ("bbox_mm", 0.1, "no metric of one number"),
        ("xyz", 0.1, "There are: strokes, "),
        ("ink_coverage", 0.9, "give the lower end first"),
    ],
)
def test_a_target_that_cannot_be_measured_is_refused(metric: str, low: float, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check([Target(metric=metric, low=low, high=0.5)])
