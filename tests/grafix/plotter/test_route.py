from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artloop.grafix.plotter.grid import gridded, neighbours
from artloop.grafix.plotter.route import NEIGHBOURS, ordered, pen_up_mm
from artloop.grafix.svg import Points

HOME = (0.0, 297.0)
POINT = st.tuples(st.floats(-50, 400), st.floats(-50, 400)) | st.tuples(st.integers(0, 5), st.integers(0, 5))
STROKES = st.lists(st.tuples(POINT, POINT), min_size=1, max_size=60)
compiled = settings(max_examples=150)


def scattered(count: int, seed: int = 1, margin: float = 15.0, length: float = 3.0) -> Points:
    """Ends of short strokes all over an A4 sheet."""
    chance = np.random.default_rng(seed)
    starts = chance.uniform(0, 1, (count, 2)) * [210 - 2 * margin, 297 - 2 * margin] + margin
    angles = chance.uniform(0, 2 * np.pi, count)
    return np.stack([starts, starts + length * np.stack([np.cos(angles), np.sin(angles)], 1)], 1).reshape(-1, 2)


def way(ends: Points, entries: np.ndarray, home: tuple[float, float] = HOME) -> float:
    """Travel from home through all strokes, counted without the code under test."""
    stops = [home, *(tuple(ends[k]) for entry in entries for k in (entry, entry ^ 1))]
    return sum(np.hypot(b[0] - a[0], b[1] - a[1]) for a, b in list(pairwise(stops))[::2])


@compiled
@given(STROKES)
def test_every_stroke_comes_once_and_the_way_is_never_longer_than_it_was(
    strokes: list[tuple[tuple[float, float], ...]],
) -> None:
    ends = np.array(strokes, float).reshape(-1, 2)
    entries = ordered(ends, HOME)
    assert sorted(entries >> 1) == list(range(len(strokes)))
    assert way(ends, entries) <= way(ends, np.arange(0, len(ends), 2)) + 1e-6


@compiled
@given(STROKES)
def test_the_order_is_the_same_every_time(strokes: list[tuple[tuple[float, float], ...]]) -> None:
    ends = np.array(strokes, float).reshape(-1, 2)
    assert np.array_equal(ordered(ends, HOME), ordered(ends.copy(), HOME))


def test_a_way_that_cannot_be_shortened_is_kept() -> None:
    ends = np.array([(x, y) for x in range(9) for y in ((0, 50) if x % 2 == 0 else (50, 0))], float)
    assert ordered(ends, (0.0, 0.0)).tolist() == list(range(0, 18, 2))


def test_an_order_better_than_what_greed_leads_to_is_kept() -> None:
    best = [(0, 0), (1, 9), (0, 8), (6, 8), (1, 6), (7, 2), (6, 2), (4, 5), (5, 4), (1, 0), (2, 3), (9, 0)]
    ends = np.array(best, float)
    assert way(ends, ordered(ends, (0.0, 0.0)), (0.0, 0.0)) == pytest.approx(12.376, abs=0.001)


def test_hatching_is_drawn_to_and_fro() -> None:
    chance = np.random.default_rng(3)
    lines = np.array([[(10 + k, 20), (10 + k, 80)] for k in range(60)], float)[chance.permutation(60)]
    ends = np.where(chance.integers(0, 2, (60, 1, 1)), lines, lines[:, ::-1]).reshape(-1, 2)
    assert way(ends, ordered(ends, (10.0, 20.0)), (10.0, 20.0)) == pytest.approx(59)


def test_the_first_stroke_begins_near_home() -> None:
    ends = scattered(400)
    entries = ordered(ends, HOME)
    first = np.hypot(*(ends[entries[0]] - HOME))
    assert first < 2 * np.hypot(*(ends - HOME).T).min()


def test_travel_on_a_full_sheet_is_near_the_best_known() -> None:
    ends = scattered(10_000)
    assert pen_up_mm(ends, ordered(ends, HOME)) < 11_100  # greedy: 14 829 mm; the order given: 1 170 m


@pytest.mark.parametrize(
    "ends",
    [
        np.zeros((0, 2)),
        np.array([(5.0, 5), (6, 6)]),
        np.full((40, 2), 7.0),
        np.stack([np.arange(50.0), np.zeros(50)], 1),
        np.concatenate([np.full((30, 2), 1e-9), [(200.0, 290), (201, 290)]]),
    ],
    ids=["none", "one", "all in one point", "all on one line", "a heap and a stray"],
)
def test_odd_drawings_are_ordered(ends: Points) -> None:
    entries = ordered(ends, HOME)
    assert sorted(entries >> 1) == list(range(len(ends) // 2))


@settings(max_examples=60)
@given(STROKES)
def test_neighbours_are_the_nearest_ends_of_other_strokes(strokes: list[tuple[tuple[float, float], ...]]) -> None:
    ends = np.array(strokes, float).reshape(-1, 2)
    near = neighbours(ends, gridded(ends), NEIGHBOURS)
    for k, found in enumerate(near.tolist()):
        apart = ((ends - ends[k]) ** 2).sum(axis=1)
        others = [other for other in range(len(ends)) if other >> 1 != k >> 1]
        nearest = sorted(others, key=lambda other: (apart[other], other))[:NEIGHBOURS]
        assert found == nearest + [-1] * (NEIGHBOURS - len(nearest))
