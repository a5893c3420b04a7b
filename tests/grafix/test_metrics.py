import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artloop.grafix.metrics import measure
from artloop.models import Metrics
from artloop.settings import RenderLimits

A5 = (148.0, 210.0)
LIMITS = RenderLimits()


def measured(*strokes: list[tuple[float, float]], canvas: tuple[float, float] = A5, pen_mm: float = 0.3) -> Metrics:
    coords = np.array([point for stroke in strokes for point in stroke], float).reshape(-1, 2)
    return measure(coords, np.cumsum([0, *map(len, strokes)]), canvas, pen_mm, 1, LIMITS)


def hatch(gap: float, lines: int = 20, degrees: float = 0.0) -> list[list[tuple[float, float]]]:
    turn = np.array([[math.cos(a := math.radians(degrees)), -math.sin(a)], [math.sin(a), math.cos(a)]])
    rows = [np.array([(-40, gap * i), (40, gap * i)]) @ turn.T + (74, 100) for i in range(lines)]
    return [[(float(x), float(y)) for x, y in row] for row in rows]


def ring(radius: float, turns: float = 1, gap: float = 0.0) -> list[tuple[float, float]]:
    angles = np.linspace(0, turns * math.tau, int(200 * turns))
    radii = radius + gap * angles / math.tau
    return [(74 + r * math.cos(a), 105 + r * math.sin(a)) for r, a in zip(radii, angles, strict=True)]


def test_an_empty_drawing_measures_zero() -> None:
    found = measured()
    assert set(found.model_dump(exclude={"bbox_mm", "pens"}).values()) == {0}
    assert found.bbox_mm == (0, 0, 0, 0)


def test_lengths_are_millimetres() -> None:
    found = measured([(10, 10), (40, 10), (40, 50)], [(10, 50), (10, 60)])
    assert (found.strokes, found.segments, found.ink_mm, found.pen_up_mm) == (2, 3, 80, 30)
    assert found.bbox_mm == (10, 10, 40, 60)
    assert found.margin_min_mm == 10


def test_plot_time_counts_drawing_travel_and_pen_moves() -> None:
    found = measured([(0, 0), (100, 0)], [(100, 100), (0, 100)])
    drawing, travel, lifts = 2 * (100 / 50 + 50 / 1000), 100 / 100 + 100 / 1000, 4 * 0.15
    assert found.plot_seconds == pytest.approx(drawing + travel + lifts)


def test_ink_beyond_the_sheet_is_counted_and_has_a_negative_margin() -> None:
    found = measured([(-50, 100), (50, 100)])
    assert found.out_of_canvas == 0.5
    assert found.margin_min_mm == -50


def test_a_drawing_beside_the_sheet_is_wholly_out() -> None:
    assert measured([(-50, -50), (-20, -20)]).out_of_canvas == 1


@pytest.mark.parametrize(("x", "expected"), [(74, 0), (0.5, -1), (147.5, 1)])
def test_balance_runs_from_edge_to_edge(x: float, expected: float) -> None:
    assert measured([(x, 0), (x, 210)]).balance_x == pytest.approx(expected, abs=0.01)


def test_coverage_is_the_share_of_pen_wide_cells() -> None:
    solid = [[(0.0, y), (100.0, y)] for y in np.arange(0.5, 100, 1)]
    assert measured(*solid, canvas=(100, 100), pen_mm=1).ink_coverage == 1
    assert measured(*solid[:50], canvas=(100, 100), pen_mm=1).ink_coverage == 0.5


def test_symmetry_tells_left_right_from_top_bottom() -> None:
    left_right = measured(*[[(x, 20.0), (x, 60.0)] for x in (30.0, 118.0)])
    assert left_right.symmetry_h > 0.9 > 0.1 > left_right.symmetry_v


def test_directions_without_and_with_variety() -> None:
    assert measured(*hatch(3)).orientation_entropy == 0
    assert measured(ring(40)).orientation_entropy > 0.98


def test_density_is_even_or_in_one_place() -> None:
    spread = [[(1.0, y), (147.0, y)] for y in np.arange(2, 209, 2)]
    assert measured(*spread).density_entropy > 0.98
    assert measured([(1, 1), (4, 1)]).density_entropy == 0


def test_a_line_is_one_dimensional_and_a_plane_two() -> None:
    assert measured([(5, 100), (143, 101)]).fractal_dimension == pytest.approx(1, abs=0.15)
    plane = [[(0.0, y), (148.0, y)] for y in np.arange(0, 210, 0.25)]
    assert measured(*plane).fractal_dimension == pytest.approx(2, abs=0.1)


def test_order_compresses_better_than_noise() -> None:
    noise = np.random.default_rng(1).uniform(10, 138, (600, 2, 2)).tolist()
    assert measured(*hatch(1)).compressibility > measured(*noise).compressibility


@pytest.mark.parametrize("degrees", [0, 37, 90])
@pytest.mark.parametrize("gap", [0.3, 0.5, 1, 3])
def test_lines_a_pen_apart_are_never_overdrawn(gap: float, degrees: float) -> None:
    assert measured(*hatch(gap, degrees=degrees)).overplot_max == 1


def test_overplot_counts_strokes_over_one_spot() -> None:
    star = [[(74 + 30 * math.cos(a), 105 + 30 * math.sin(a)), (74.0, 105.0)] for a in np.linspace(0, 6, 15)]
    assert measured(*star).overplot_max == 15


def test_a_stroke_that_comes_back_counts_once() -> None:
    assert measured([(20, 20), (90, 20)] * 5).overplot_max == 1


@pytest.mark.parametrize("degrees", [0, 37, 90])
@pytest.mark.parametrize("gap", [0.1, 0.4, 1, 3])
def test_spacing_is_the_gap_of_a_hatch(gap: float, degrees: float) -> None:
    assert measured(*hatch(gap, degrees=degrees)).spacing_p05_mm == pytest.approx(gap, rel=0.02)


def test_crossing_lines_are_no_neighbours() -> None:
    assert measured([(20, 100), (120, 100)], [(70, 50), (70, 150)]).spacing_p05_mm == pytest.approx(16 * 0.3)


def test_a_spiral_is_its_own_neighbour() -> None:
    assert measured(ring(5, turns=20, gap=1.5)).spacing_p05_mm == pytest.approx(1.5, rel=0.05)


ANY = st.floats(-1e6, 1e6, width=32)


@given(st.lists(st.lists(st.tuples(ANY, ANY), max_size=5), max_size=6))
def test_every_measure_of_every_drawing_is_finite(strokes: list[list[tuple[float, float]]]) -> None:
    found = measured(*strokes).model_dump(mode="json")
    numbers = [value for value in found.values() if not isinstance(value, list)] + found["bbox_mm"]
    assert all(math.isfinite(number) for number in numbers)
    for share in ("out_of_canvas", "ink_coverage", "density_entropy", "orientation_entropy", "compressibility"):
        assert 0 <= found[share] <= 1
