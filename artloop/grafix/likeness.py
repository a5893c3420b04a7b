"""How much two drawings are alike, from their lines alone: where the ink is, which way it runs, in what strokes.

Numpy only, no picture and no source: the same idea programmed twice is found as well as one sketch with another seed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from artloop.grafix import metrics, svg
from artloop.grafix.metrics import Lines
from artloop.models import Value

Floats = NDArray[np.float64]

GRID = 16
REGIONS = 4
"""A side of the coarse grid in which directions are counted."""
DIRECTIONS = 12
LENGTHS = 12
"""Classes of stroke length, a doubling apart, from 0.25 mm."""
SHORTEST_MM = 0.25
STEP_MM = 0.5
WEIGHTS = {"density": 0.3, "directions": 0.3, "symmetry": 0.1, "lengths": 0.2, "ink": 0.1}
NEAR = 0.25
"""Drawings closer than this are near-duplicates; `benchmarks/likeness.py` sets and checks it."""


class Descriptor(Value):
    """What is compared of a drawing; shares of its ink, each tuple summing to 1 (to 0 for a blank sheet)."""

    density: tuple[float, ...]
    """Ink in 16 x 16 parts of the sheet, blurred, row by row from the top left."""
    directions: tuple[float, ...]
    """Ink in 12 directions of 15 degrees, blurred, in each of 4 x 4 parts of the sheet."""
    symmetry: tuple[float, float]
    """Correlation with the left-right and the top-bottom mirror image, -1 to 1."""
    lengths: tuple[float, ...]
    """Ink by the length of its stroke, in doublings, blurred."""
    ink: float
    """Mean number of times the ink would run across the sheet: total length over the square root of its area."""


def described(drawing: svg.Drawing) -> Descriptor:
    """The descriptor of a drawing; parts off the sheet do not count."""
    coords, offsets = drawing.strokes
    lines = metrics.segmented(coords, offsets)
    if not lines.ink:
        return _blank()
    width, height = drawing.canvas
    seen = metrics.inside(lines, drawing.canvas)
    if not seen.ink:
        return _blank()
    samples = metrics.sampled(seen, STEP_MM)
    density = metrics.binned(samples, drawing.canvas, GRID)
    return Descriptor(
        density=_shares(_blurred(_blurred(density, 0), 1)),
        directions=_shares(_directions(seen, samples, drawing.canvas)),
        symmetry=(
            round(metrics.likeness(density, density[:, ::-1]), 5),
            round(metrics.likeness(density, density[::-1]), 5),
        ),
        lengths=_shares(_blurred(_lengths(lines), 0)),
        ink=round(seen.ink / (width * height) ** 0.5, 3),
    )


def of_svg(text: str) -> Descriptor:
    """The descriptor of an SVG of ours. Raises ValueError for any other."""
    return described(svg.read(text))


def distance(one: Descriptor, other: Descriptor) -> float:
    """0 the same or the same mirrored left to right, 1 nothing in common: the weighted mean of `differences`."""
    ways = (differences(one, other), differences(mirrored(one), other))
    return round(min(sum(weight * parts[name] for name, weight in WEIGHTS.items()) for parts in ways), 4)


def mirrored(one: Descriptor) -> Descriptor:
    """The descriptor of the drawing seen in a mirror."""
    density = np.reshape(one.density, (GRID, GRID))[:, ::-1]
    directions = np.reshape(one.directions, (REGIONS, REGIONS, DIRECTIONS))[:, ::-1, ::-1]
    return one.model_copy(
        update={"density": tuple(density.ravel().tolist()), "directions": tuple(directions.ravel().tolist())}
    )


def differences(one: Descriptor, other: Descriptor) -> dict[str, float]:
    """Each aspect's difference, 0 to 1: total variation of shares, half the mean difference of the symmetries, and
    doublings of ink, at most two."""
    symmetry = np.abs(np.subtract(one.symmetry, other.symmetry)).mean() / 2
    more, less = max(one.ink, other.ink), min(one.ink, other.ink)
    doublings = np.log2(more / less) if less else 2.0 * (more > 0)
    return {
        "density": _variation(one.density, other.density),
        "directions": _variation(one.directions, other.directions),
        "symmetry": float(symmetry),
        "lengths": _variation(one.lengths, other.lengths),
        "ink": float(min(1.0, doublings / 2)),
    }


def near(one: Descriptor, other: Descriptor) -> bool:
    """Whether a viewer would take them for two pulls of one drawing."""
    return distance(one, other) < NEAR


def _variation(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Half the sum of absolute differences: the share of ink that would have to move."""
    return min(1.0, float(np.abs(np.subtract(one, other)).sum()) / 2)


def _directions(lines: Lines, samples: metrics.Samples, canvas: tuple[float, float]) -> Floats:
    """(regions, directions): ink in each region of the sheet by its direction without sense."""
    delta = lines.ends - lines.starts
    angle = np.mod(np.arctan2(delta[:, 1], delta[:, 0]), np.pi)[samples.segment]
    way = np.minimum((angle / np.pi * DIRECTIONS).astype(np.int64), DIRECTIONS - 1)
    cell = np.clip(samples.points / np.array(canvas) * REGIONS, 0, REGIONS - 1).astype(np.int64)
    flat = (cell[:, 1] * REGIONS + cell[:, 0]) * DIRECTIONS + way
    counts = np.bincount(flat, samples.weights, minlength=REGIONS * REGIONS * DIRECTIONS)
    return _blurred(counts.astype(np.float64).reshape(-1, DIRECTIONS), 1, around=True)


def _lengths(lines: Lines) -> Floats:
    """Ink by the length of the stroke it belongs to."""
    strokes = np.bincount(lines.stroke, lines.lengths)
    strokes = strokes[strokes > 0]
    place = np.clip(np.log2(strokes / SHORTEST_MM), 0, LENGTHS - 1).astype(np.int64)
    return np.bincount(place, strokes, minlength=LENGTHS).astype(np.float64)


def _blurred(values: Floats, axis: int, around: bool = False) -> Floats:
    """Each value shared with its neighbours, a quarter to each side: a small shift is then a small difference."""
    padding = [(1, 1) if number == axis else (0, 0) for number in range(values.ndim)]
    wide = np.pad(values, padding, mode="wrap" if around else "edge")
    size = values.shape[axis]
    before, here, after = (np.take(wide, range(start, start + size), axis) for start in range(3))
    found: Floats = before / 4 + here / 2 + after / 4
    return found


def _shares(values: Floats) -> tuple[float, ...]:
    return tuple(np.round(values / values.sum(), 6).ravel().tolist())


def _blank() -> Descriptor:
    return Descriptor(
        density=(0.0,) * GRID**2,
        directions=(0.0,) * (REGIONS**2 * DIRECTIONS),
        symmetry=(0.0, 0.0),
        lengths=(0.0,) * LENGTHS,
        ink=0.0,
    )
