import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from artloop.grafix.plotter.strokes import ends_of, once, rearranged, simplified, without_specks

from ..plotters import Stroke, beyond, listed, pen

COORDINATE = st.integers(0, 12) | st.floats(0, 12)
STROKES = st.lists(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=8), min_size=1, max_size=10)


def drawn_once(*strokes: Stroke) -> list[Stroke]:
    made = pen(*strokes)
    return listed(*once(made.coords, made.offsets))


def simple(tolerance: float, *strokes: Stroke) -> list[Stroke]:
    made = pen(*strokes)
    return listed(*simplified(made.coords, made.offsets, tolerance))


def cleaned(*strokes: Stroke, width: float = 0.3) -> list[Stroke]:
    made = pen(*strokes)
    return listed(*without_specks(made.coords, made.offsets, width))


def test_a_stroke_drawn_again_is_dropped_in_either_direction() -> None:
    line = [(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)]
    assert drawn_once(line, line, line[::-1], [(5.0, 5.0), (5.0, 0.0)]) == [line]


def test_an_edge_that_two_shapes_share_is_drawn_once() -> None:
    left = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
    right = [(1.0, 0.0), (2.0, 0.0), (2.0, 1.0), (1.0, 1.0), (1.0, 0.0)]
    assert drawn_once(left, right) == [left, right[:4]]


def test_a_stroke_is_cut_where_it_repeats_another() -> None:
    whole = [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0)]
    assert drawn_once([(1.0, 0.0), (2.0, 0.0)], whole) == [[(1.0, 0.0), (2.0, 0.0)], whole[:2], whole[2:]]


def test_differences_below_a_hundredth_are_none() -> None:
    assert len(drawn_once([(0.0, 0.0), (5.0, 0.0)], [(0.001, 0.0), (5.0, 0.001)])) == 1


def test_a_dot_stays_a_dot_and_is_made_once() -> None:
    assert drawn_once([(3.0, 3.0), (3.0, 3.0), (3.0, 3.0)], [(3.0, 3.0), (3.0, 3.0)]) == [[(3.0, 3.0), (3.0, 3.0)]]


def test_points_that_repeat_do_not_cut_a_stroke() -> None:
    assert drawn_once([(0.0, 0.0), (0.0, 0.0), (1.0, 0.0), (1.0, 0.0), (2.0, 0.0)]) == [
        [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0)]
    ]


def test_a_fine_curve_is_no_repetition_of_itself() -> None:
    curve = [(0.002 * k, 0.0) for k in range(50)]
    assert drawn_once(curve) == [curve]


@given(STROKES)
def test_drawing_once_keeps_all_ink_and_adds_none(strokes: list[Stroke]) -> None:
    kept = drawn_once(*strokes)
    assert beyond(kept, strokes) < 1e-9
    assert beyond(strokes, kept) < 0.015


@given(STROKES, st.sampled_from([0.0, 0.05, 0.5]))
def test_a_simplified_line_stays_within_the_tolerance(strokes: list[Stroke], tolerance: float) -> None:
    kept = simple(tolerance, *strokes)
    assert [(one[0], one[-1]) for one in kept] == [(one[0], one[-1]) for one in strokes]
    for before, after in zip(strokes, kept, strict=True):
        assert set(after) <= set(before)
        assert beyond([before], [after]) <= tolerance + 1e-9


def test_points_on_a_straight_line_are_left_out_and_turning_points_kept() -> None:
    assert simple(0.0, [(0.0, 0.0), (1.0, 0.0), (4.0, 0.0), (2.0, 0.0)]) == [[(0.0, 0.0), (4.0, 0.0), (2.0, 0.0)]]
    ring = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0), (0.0, 0.0)]
    assert simple(0.5, ring) == [ring]


def test_a_speck_on_a_line_is_dropped() -> None:
    line = [(0.0, 0.0), (9.0, 0.0)]
    assert cleaned([(4.0, 0.01), (4.02, 0.01)], line) == [line]


def test_a_speck_by_itself_is_a_dot_that_stays() -> None:
    line, dot = [(0.0, 0.0), (9.0, 0.0)], [(4.0, 1.0), (4.02, 1.0)]
    assert cleaned(line, dot) == [line, dot]
    assert cleaned(dot, [(4.0, 1.001), (4.0, 1.001)]) == [dot]


def test_strokes_are_rearranged_and_turned() -> None:
    made = pen([(0.0, 0.0), (1.0, 0.0), (2.0, 0.0)], [(5.0, 5.0), (6.0, 6.0)])
    coords, offsets = rearranged(made.coords, made.offsets, np.array([3, 0]))
    assert listed(coords, offsets) == [[(6.0, 6.0), (5.0, 5.0)], [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0)]]
    assert ends_of(made.coords, made.offsets).tolist() == [[0, 0], [2, 0], [5, 5], [6, 6]]
