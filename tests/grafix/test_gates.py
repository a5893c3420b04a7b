import pytest

from artloop.grafix.gates import gates
from artloop.grafix.metrics import measure
from artloop.models import Metrics
from artloop.settings import RenderLimits

from .test_metrics import LIMITS, hatch, measured


def closed(metrics: Metrics, limits: RenderLimits = LIMITS) -> dict[str, str]:
    return {gate.name: gate.message for gate in gates(metrics, limits) if not gate.ok}


def test_a_plain_drawing_passes_all_four() -> None:
    found = gates(measured(*hatch(2)), LIMITS)
    assert [gate.name for gate in found] == ["blank", "off_paper", "overdrawn", "too_long"]
    assert all(gate.ok and not gate.message for gate in found)


def test_an_empty_sheet_is_blank_and_nothing_else() -> None:
    assert list(closed(measured())) == ["blank"]


@pytest.mark.parametrize(("x", "words"), [(1.0, "1 mm from the edge"), (-4.0, "4 mm beyond the edge")])
def test_ink_at_the_edge_is_off_paper(x: float, words: str) -> None:
    assert words in closed(measured([(x, 50), (120, 50)]))["off_paper"].replace("lies ", "")


def test_too_many_passes_are_overdrawn() -> None:
    passes = LIMITS.max_overplot + 1
    assert list(closed(measured(*[[(20, 20), (90, 20)]] * passes))) == ["overdrawn"]


def test_a_long_plot_says_how_long() -> None:
    coords, offsets = measured(*hatch(2)), RenderLimits(max_plot_minutes=0.1)
    assert "minutes" in closed(coords, offsets)["too_long"]


def test_measures_feed_the_gates_with_their_own_numbers() -> None:
    assert measure.__doc__
    gate = gates(measured(*hatch(2)), LIMITS)[0]
    assert (gate.measured, gate.limit) == (1600, LIMITS.min_ink_mm)
