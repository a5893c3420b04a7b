import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from artloop.grafix.plotter.joints import chained

from ..plotters import Stroke, beyond, listed, pen

POINT = st.tuples(st.integers(0, 4), st.integers(0, 4)) | st.tuples(st.floats(0, 4), st.floats(0, 4))
STROKES = st.lists(st.lists(POINT, min_size=2, max_size=4), min_size=1, max_size=25)


def joined(*strokes: Stroke, tolerance: float = 0.05) -> list[Stroke]:
    made = pen(*strokes)
    return listed(*chained(made.coords, made.offsets, tolerance))


def test_strokes_whose_ends_meet_become_one_whichever_way_they_run() -> None:
    pieces = [[(1.0, 0.0), (0.0, 0.0)], [(1.0, 0.0), (2.0, 1.0)], [(3.0, 1.0), (2.0, 1.0)]]
    assert joined(*pieces) == [[(0.0, 0.0), (1.0, 0.0), (2.0, 1.0), (3.0, 1.0)]]


def test_a_gap_wider_than_the_tolerance_is_not_bridged() -> None:
    apart = [[(0.0, 0.0), (1.0, 0.0)], [(1.06, 0.0), (2.0, 0.0)]]
    assert joined(*apart) == apart
    assert joined(*apart, tolerance=0.1) == [[(0.0, 0.0), (1.0, 0.0), (1.06, 0.0), (2.0, 0.0)]]
    assert joined(*apart, tolerance=0.0) == apart


def test_the_straightest_way_on_is_taken() -> None:
    across, down = (
        [[(0.0, 1.0), (1.0, 1.0)], [(1.0, 1.0), (2.0, 1.0)]],
        [[(1.0, 0.0), (1.0, 1.0)], [(1.0, 1.0), (1.0, 2.0)]],
    )
    assert joined(*across, *down) == [[(0.0, 1.0), (1.0, 1.0), (2.0, 1.0)], [(1.0, 0.0), (1.0, 1.0), (1.0, 2.0)]]


def test_pieces_of_a_ring_close_it() -> None:
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    ring = joined(*([one, other] for one, other in zip(corners, corners[1:] + corners[:1], strict=True)))
    assert len(ring) == 1
    assert ring[0][0] == ring[0][-1]
    assert len(ring[0]) == 5


def test_a_closed_stroke_is_not_joined_to_itself() -> None:
    ring = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)]
    assert joined(ring) == [ring]


def test_many_rays_that_meet_are_joined_in_pairs() -> None:
    angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    rays = [[(0.0, 0.0), (50 * float(np.cos(a)), 50 * float(np.sin(a)))] for a in angles]
    found = joined(*rays)
    assert len(found) == 100
    assert all(len(one) == 3 for one in found)


def test_nothing_is_joined_to_nothing() -> None:
    assert joined() == []


@given(STROKES, st.sampled_from([0.0, 0.05, 0.5]))
def test_joining_keeps_every_stroke_and_bridges_no_more_than_the_tolerance(
    strokes: list[Stroke], tolerance: float
) -> None:
    found = joined(*strokes, tolerance=tolerance)
    assert len(found) <= len(strokes)
    assert beyond(strokes, found) < 1e-9
    assert beyond(found, strokes) <= tolerance / 2 + 1e-9
    assert length(found) <= length(strokes) + tolerance * (len(strokes) - len(found)) + 1e-9
    assert length(found) >= length(strokes) - 1e-9


def length(strokes: list[Stroke]) -> float:
    return float(sum(np.hypot(*np.diff(np.array(one, float), axis=0).T).sum() for one in strokes))
