from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from artloop.grafix import svg
from artloop.grafix.svg import Drawing, Pen
from benchmarks.measures import (
    NO_BELL,
    SIDE,
    VERDICT,
    Floats,
    angularity,
    bell_deviation,
    fitted,
    measured,
    preferred,
    relation_entropy,
    self_similarity,
    spectral_slope,
)


def coloured(tone: Floats) -> Floats:
    return np.repeat(tone[:, :, None], 3, axis=2)


def noise(slope: float, seed: int = 1) -> Floats:
    """Random tones whose power falls with frequency by this exponent."""
    spectrum = np.fft.fft2(np.random.default_rng(seed).normal(size=(SIDE, SIDE)))
    cycles = np.fft.fftfreq(SIDE) * SIDE
    radius = np.maximum(1, np.hypot(cycles[:, None], cycles[None, :]))
    tone = np.fft.ifft2(spectrum * radius ** (slope / 2)).real
    return coloured(128 + 40 * (tone - tone.mean()) / tone.std())


def checkerboard() -> Floats:
    square = np.arange(SIDE) // 32 % 2
    return coloured(255.0 * (square[:, None] ^ square[None, :]))


def lines(angle: float, gap: int = 8) -> Floats:
    """Soft parallel lines."""
    y, x = np.mgrid[:SIDE, :SIDE]
    return coloured(128 + 127 * np.sin((x * np.sin(angle) + y * np.cos(angle)) * 2 * np.pi / gap))


def drawn(points: list[tuple[float, float]]) -> Floats:
    sheet = Image.new("RGB", (SIDE, SIDE), "white")
    ImageDraw.Draw(sheet).line(points, fill="black", width=2)
    return np.asarray(sheet, np.float64)


def circle() -> Floats:
    turns = np.linspace(0, 2 * np.pi, 400)
    return drawn([(256 + 200 * np.cos(turn), 256 + 200 * np.sin(turn)) for turn in turns])


def koch(depth: int) -> Floats:
    """A Koch curve across the sheet."""
    curve = np.array([30 + 300j, 480 + 300j])
    for _ in range(depth):
        start, step = curve[:-1], np.diff(curve) / 3
        peak = start + step + step * np.exp(-1j * np.pi / 3)
        curve = np.append(np.column_stack([start, start + step, peak, start + 2 * step]).ravel(), curve[-1])
    return drawn([(point.real, point.imag) for point in curve])


def disc() -> Floats:
    y, x = np.mgrid[:SIDE, :SIDE]
    return coloured(np.where(np.hypot(x - 256, y - 256) < 150, 0.0, 255.0))


def stroked(*strokes: list[tuple[float, float]]) -> Drawing:
    offsets = np.cumsum([0, *map(len, strokes)])
    return Drawing((148, 210), (Pen("ink", "#000000", 0.3, np.concatenate(strokes), offsets),))


BLANK = coloured(np.full((SIDE, SIDE), 255.0))
PICTURES = [BLANK, checkerboard(), lines(0.0), circle(), koch(4), noise(0), drawn([(100, 100), (101, 100)])]
VALUES = {"spectral_slope": -3.0, "self_similarity": 0.5, "relation_entropy": 0.5, "bell_deviation": 9.0}
VALUES |= {"angularity": 2.0}


@pytest.mark.parametrize("slope", [-3.0, -2.0, -1.0, 0.0])
def test_the_slope_of_a_spectrum_is_the_one_it_was_made_with(slope: float) -> None:
    assert spectral_slope(noise(slope)) == pytest.approx(slope, abs=0.1)


def test_an_edge_falls_faster_than_a_curve_of_lines_and_that_faster_than_noise() -> None:
    assert spectral_slope(noise(0)) > spectral_slope(koch(4)) > spectral_slope(disc())


def test_parallel_lines_are_like_themselves_everywhere_and_a_circle_is_not() -> None:
    assert self_similarity(lines(0.4)) > 0.95
    assert self_similarity(circle()) < 0.55
    halves = np.where(np.arange(SIDE)[None, :, None] < SIDE // 2, lines(0.0), lines(np.pi / 2))
    assert self_similarity(halves) == pytest.approx(0.5, abs=0.1)


def test_a_curve_of_copies_of_itself_is_more_self_similar_than_a_circle() -> None:
    assert self_similarity(koch(4)) > self_similarity(circle()) + 0.2


def test_directions_say_nothing_of_each_other_in_noise_and_everything_in_parallel_lines() -> None:
    assert relation_entropy(noise(-1)) > 0.97
    assert relation_entropy(lines(0.4)) < 0.3
    assert relation_entropy(lines(0.4)) < relation_entropy(koch(4)) < relation_entropy(noise(-1))


def test_changes_of_tone_spread_like_a_bell_are_near_it_and_a_bare_line_is_not() -> None:
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    stripes = np.zeros((SIDE, SIDE))
    stripes[:, ::2] = np.exp(np.random.default_rng(2).normal(2.5, 0.6, (SIDE, SIDE // 2)))
    assert bell_deviation(coloured(stripes)) < 300 < bell_deviation(drawn([(50, 256), (460, 256)]))
    assert bell_deviation(coloured(x + y)) == NO_BELL


def test_a_square_has_corners_and_a_circle_none() -> None:
    square = [(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (10.0, 10.0), (10.0, 0.0), (0.0, 0.0)]
    assert angularity(stroked(square)) == pytest.approx(100 * 3 / 40)
    turns = np.linspace(0, 2 * np.pi, 30)
    assert angularity(stroked([(float(np.cos(turn)), float(np.sin(turn))) for turn in turns])) == 0
    assert angularity(stroked([(0.0, 0.0), (9.0, 0.0)], [(9.0, 0.0), (9.0, 9.0)])) == 0


@pytest.mark.parametrize("measure", [spectral_slope, self_similarity, relation_entropy, bell_deviation])
def test_every_picture_has_a_finite_measure_always_the_same(measure: Callable[[Floats], float]) -> None:
    values = [measure(picture) for picture in PICTURES]
    assert np.isfinite(values).all()
    assert values == [measure(picture) for picture in PICTURES]


def test_a_sheet_is_measured_whatever_its_shape(tmp_path: Path) -> None:
    wide = Image.new("RGB", (SIDE * 2, SIDE), "white")
    wide.paste(Image.fromarray(koch(4).astype(np.uint8)), (SIDE // 2, 0))
    wide.save(tmp_path / "preview.png")
    (tmp_path / "drawing.svg").write_text(svg.write(stroked([(0.0, 0.0), (9.0, 0.0)])))
    assert fitted(wide).shape == (SIDE, SIDE, 3)
    assert set(measured(tmp_path / "preview.png", tmp_path / "drawing.svg")) == set(VALUES)


def test_the_majority_of_the_measures_decides() -> None:
    better = VALUES | {"spectral_slope": -2.5, "angularity": 1.0}
    assert preferred(better, VALUES)[VERDICT] == 1
    assert preferred(VALUES, better)[VERDICT] == -1
    mixed = better | {"self_similarity": 0.4, "relation_entropy": 0.4, "bell_deviation": 11.0}
    votes = preferred(mixed, VALUES)
    assert votes[VERDICT] == -1
    assert (votes["spectral_slope"], votes["bell_deviation"]) == (1, -1)
    assert set(preferred(VALUES, VALUES).values()) == {0}


def test_nearer_to_the_preferred_value_is_better_from_either_side() -> None:
    assert preferred(VALUES | {"spectral_slope": -1.7}, VALUES | {"spectral_slope": -2.4})["spectral_slope"] == 1
