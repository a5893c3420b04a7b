from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artloop.grafix import svg
from artloop.grafix.likeness import Descriptor, described, differences, distance, mirrored, near, of_svg

SHEET = (148.0, 210.0)


def drawing(*strokes: np.ndarray, canvas: tuple[float, float] = SHEET) -> svg.Drawing:
    """One pen's strokes on a sheet."""
    offsets = np.cumsum([0, *(len(stroke) for stroke in strokes)])
    coords = np.concatenate(strokes) if strokes else np.zeros((0, 2))
    return svg.Drawing(canvas, svg.merged([svg.Pen("ink", "#000000", 0.3, coords.astype(float), offsets)]))


def rows(count: int, lean: float = 0.0, width: float = 100.0) -> Descriptor:
    """Nearly level lines one above the other."""
    x = np.linspace(20.0, 20.0 + width, 30)
    lines = [np.c_[x, y + lean * (x - 70) + 3 * np.sin(x / 9)] for y in np.linspace(40.0, 170.0, count)]
    return described(drawing(*lines))


def rings(count: int, x: float = 74.0) -> Descriptor:
    """Circles around one middle."""
    turn = np.linspace(0, 2 * np.pi, 80)
    circles = [np.c_[x + r * np.cos(turn), 105 + r * np.sin(turn)] for r in np.linspace(10.0, 50.0, count)]
    return described(drawing(*circles))


def test_a_drawing_is_no_distance_from_itself_and_different_ones_are_far_apart() -> None:
    assert distance(rows(20), rows(20)) == 0
    assert distance(rows(20), rings(20)) == distance(rings(20), rows(20)) > 0.3
    assert not near(rows(20), rings(20))


def test_a_little_more_or_less_of_the_same_is_a_near_duplicate() -> None:
    assert 0 < distance(rows(20), rows(22)) < distance(rows(20), rows(40))
    assert near(rows(20), rows(22, lean=0.02))
    assert near(rings(15), rings(16, x=76.0))


def test_a_mirrored_drawing_is_the_same_one() -> None:
    left, right = rows(20, lean=0.3, width=60.0), mirrored(rows(20, lean=0.3, width=60.0))
    assert differences(left, right)["density"] > 0.2
    assert differences(left, right)["directions"] > 0.2
    assert distance(left, right) < 0.01
    assert mirrored(mirrored(left)) == left


def test_the_mirror_of_a_descriptor_is_that_of_the_mirrored_drawing() -> None:
    line = np.array([[20.0, 40.0], [72.0, 90.0], [61.0, 160.0]])
    there = described(drawing(np.c_[SHEET[0] - line[:, 0], line[:, 1]]))
    found = mirrored(described(drawing(line)))
    assert np.allclose(found.density, there.density, atol=0.005)
    assert np.allclose(found.directions, there.directions, atol=0.005)


def test_each_aspect_is_told_apart() -> None:
    apart = differences(rows(20), rows(20, lean=1.0))
    assert apart["directions"] > apart["lengths"]
    once, chopped = np.c_[np.linspace(20, 120, 101), np.full(101, 100.0)], []
    for start in range(0, 100, 4):
        chopped.append(once[start : start + 4])
    apart = differences(described(drawing(once)), described(drawing(*chopped)))
    assert apart["lengths"] > 0.9
    assert apart["density"] < 0.1
    assert differences(rows(10), rows(40))["ink"] == pytest.approx(1.0, abs=0.05)


def test_the_size_of_the_sheet_makes_no_difference() -> None:
    line = np.array([[20.0, 40.0], [72.0, 90.0], [61.0, 160.0]])
    large = described(drawing(2 * line, canvas=(296.0, 420.0)))
    small = described(drawing(line))
    apart = differences(small, large)
    assert apart["density"] < 0.01
    assert apart["directions"] < 0.01
    assert apart["ink"] < 0.01


def test_a_blank_sheet_and_ink_off_the_sheet_have_a_descriptor_too() -> None:
    blank, off = described(drawing()), described(drawing(np.array([[300.0, 300.0], [400.0, 400.0]])))
    assert blank == off
    assert distance(blank, off) == 0
    assert 0.5 < distance(blank, rows(20)) <= 1


def test_the_file_has_the_descriptor_of_the_drawing() -> None:
    made = drawing(np.array([[20.0, 40.0], [72.0, 90.0], [61.0, 160.0]]))
    assert of_svg(svg.write(made)) == described(made)
    with pytest.raises(ValueError, match="viewBox"):
        of_svg("<svg></svg>")


@given(st.lists(st.tuples(st.floats(-50, 300), st.floats(-50, 300)), min_size=2, max_size=12))
@settings(max_examples=50)
def test_every_stroke_has_finite_shares_that_sum_to_one_or_to_nothing(points: list[tuple[float, float]]) -> None:
    found = described(drawing(np.array(points)))
    for shares in (found.density, found.directions, found.lengths):
        assert sum(shares) == pytest.approx(1, abs=1e-3) or sum(shares) == 0
    assert 0 <= distance(found, rows(5)) <= 1
