"""Line-art measures of a drawing: numpy only, millimetres and seconds, finite for every input.

They describe a drawing and gate what cannot be plotted. No single measure agrees with people's taste across data sets
(McCormack and Cruz Gambardella 2022), so none is a reward.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from artloop.grafix.spacing import spacing_p05
from artloop.models import Metrics
from artloop.settings import RenderLimits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_SAMPLES = 3_000_000
MAX_CELLS = 4_000_000
BUCKETS = 1 << 20
DENSITY_GRID = 16
SYMMETRY_GRID = 64
ORIENTATIONS = 36


@dataclass(frozen=True)
class Lines:
    """Strokes cut into segments: starts and ends (S, 2), lengths (S,), the stroke of each segment (S,)."""

    starts: Floats
    ends: Floats
    lengths: Floats
    stroke: Ints
    coords: Floats
    offsets: Ints

    @property
    def ink(self) -> float:
        return float(self.lengths.sum())


@dataclass(frozen=True)
class Samples:
    """Evenly spaced points on the ink: position (P, 2), ink each stands for (P,), its segment (P,), the spacing."""

    points: Floats
    weights: Floats
    segment: Ints
    step: float


def measure(
    coords: Floats, offsets: Ints, canvas: tuple[float, float], pen_mm: float, pens: int, limits: RenderLimits
) -> Metrics:
    """All measures of strokes `coords` (N, 2 or 3) in mm, stroke i being rows `offsets[i]` to `offsets[i + 1]`."""
    lines = segmented(coords, offsets)
    if not len(lines.lengths):
        return Metrics(**{**_zeros(), "pens": pens})
    on_sheet = inside(lines, canvas)
    samples = sampled(on_sheet, pen_mm / np.sqrt(2))
    raster = rastered(samples, canvas, pen_mm)
    density = binned(samples, canvas, DENSITY_GRID)
    fine = binned(samples, canvas, SYMMETRY_GRID)
    bbox = bounding_box(lines)
    balance = centroid_offset(lines, canvas)
    return Metrics(
        strokes=stroke_count(lines),
        segments=len(lines.lengths),
        ink_mm=_round(lines.ink, 2),
        pen_up_mm=_round(float(pen_up(lines).sum()), 2),
        pens=pens,
        plot_seconds=_round(plot_seconds(lines, limits), 2),
        bbox_mm=(_round(bbox[0], 3), _round(bbox[1], 3), _round(bbox[2], 3), _round(bbox[3], 3)),
        margin_min_mm=_round(min(bbox[0], bbox[1], canvas[0] - bbox[2], canvas[1] - bbox[3]), 3),
        out_of_canvas=_round(1 - on_sheet.ink / lines.ink if lines.ink else 0.0),
        ink_coverage=_round(float(raster.mean())),
        balance_x=_round(balance[0]),
        balance_y=_round(balance[1]),
        symmetry_h=_round(likeness(fine, fine[:, ::-1])),
        symmetry_v=_round(likeness(fine, fine[::-1])),
        density_entropy=_round(entropy(density.ravel())),
        orientation_entropy=_round(orientation_entropy(lines)),
        fractal_dimension=_round(fractal_dimension(raster)),
        compressibility=_round(compressibility(raster)),
        overplot_max=overplot_max(samples, on_sheet, pen_mm),
        spacing_p05_mm=_round(
            spacing_p05(samples.points, on_sheet.ends - on_sheet.starts, samples.segment, on_sheet.stroke, pen_mm)
        ),
    )


def segmented(coords: Floats, offsets: Ints) -> Lines:
    """Strokes as segments; strokes of one point have none."""
    xy = np.asarray(coords, np.float64)[:, :2]
    bounds = np.asarray(offsets, np.int64)
    owner = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
    first = np.flatnonzero(owner[1:] == owner[:-1]) if len(xy) > 1 else np.zeros(0, np.int64)
    starts, ends = xy[first], xy[first + 1]
    return Lines(starts, ends, np.hypot(*(ends - starts).T), owner[first], xy, bounds)


def stroke_count(lines: Lines) -> int:
    """Strokes of two points or more."""
    return int((np.diff(lines.offsets) >= 2).sum())


def pen_up(lines: Lines) -> Floats:
    """Length of every travel from the end of a stroke to the start of the next, in drawing order, in mm."""
    drawn = np.diff(lines.offsets) >= 2
    starts = lines.coords[lines.offsets[:-1][drawn]]
    ends = lines.coords[lines.offsets[1:][drawn] - 1]
    gaps: Floats = np.hypot(*(starts[1:] - ends[:-1]).T)
    return gaps


def plot_seconds(lines: Lines, limits: RenderLimits) -> float:
    """Trapezoid velocity profile for each stroke and travel, and two pen moves a stroke.

    d / v + v / a for moves longer than v^2 / a, else 2 sqrt(d / a). Corners inside a stroke are taken at full speed.
    """

    strokes: Floats = np.bincount(lines.stroke, lines.lengths).astype(np.float64)
    drawing = move_seconds(strokes[strokes > 0], limits.draw_mm_s, limits.acceleration_mm_s2)
    travel = move_seconds(pen_up(lines), limits.travel_mm_s, limits.acceleration_mm_s2)
    return drawing + travel + 2 * limits.lift_s * stroke_count(lines)


def move_seconds(lengths: Floats, speed: float, acceleration: float) -> float:
    """Time for moves of these lengths in mm, each from rest to rest; speeds in mm/s, acceleration in mm/s^2."""
    short = 2 * np.sqrt(lengths / acceleration)
    return float(np.where(lengths < speed**2 / acceleration, short, lengths / speed + speed / acceleration).sum())


def bounding_box(lines: Lines) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of the centre lines, in mm from the sheet's top left corner."""
    x, y = np.concatenate([lines.starts, lines.ends]).T
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def centroid_offset(lines: Lines, canvas: tuple[float, float]) -> tuple[float, float]:
    """Where the ink's centre of mass lies from the sheet's centre, -1 (left, top edge) to 1 (right, bottom edge).

    Balance by centre of mass: Huebner and Fillinger 2016.
    """
    if not lines.ink:
        return 0.0, 0.0
    middle = ((lines.starts + lines.ends) / 2 * lines.lengths[:, None]).sum(axis=0) / lines.ink
    x, y = middle / (np.array(canvas) / 2) - 1
    return float(x), float(y)


def inside(lines: Lines, canvas: tuple[float, float]) -> Lines:
    """The parts of the segments that lie on the sheet: Liang and Barsky 1984, for all segments at once."""
    left, top, right, bottom = bounding_box(lines)
    if left >= 0 and top >= 0 and right <= canvas[0] and bottom <= canvas[1]:
        return lines
    delta = lines.ends - lines.starts
    enter, leave = np.zeros(len(delta)), np.ones(len(delta))
    for axis in (0, 1):
        for sign, edge in ((-1.0, 0.0), (1.0, canvas[axis])):
            p, q = sign * delta[:, axis], sign * (edge - lines.starts[:, axis])
            with np.errstate(divide="ignore", invalid="ignore"):
                r = q / p
            enter = np.where(p < 0, np.maximum(enter, r), enter)
            leave = np.where(p > 0, np.minimum(leave, r), leave)
            leave = np.where((p == 0) & (q < 0), -1.0, leave)
    keep = leave >= enter
    start, step = lines.starts[keep], delta[keep]
    a, b = start + enter[keep, None] * step, start + leave[keep, None] * step
    return Lines(a, b, np.hypot(*(b - a).T), lines.stroke[keep], lines.coords, lines.offsets)


def sampled(lines: Lines, step: float) -> Samples:
    """Points at most `step` mm apart along every segment; further apart if there would be more than `MAX_SAMPLES`."""
    step = max(step, lines.ink / MAX_SAMPLES)
    counts = np.maximum(1, np.ceil(lines.lengths / step)).astype(np.int64)
    segment = np.repeat(np.arange(len(counts)), counts)
    nth = np.arange(len(segment)) - np.repeat(np.cumsum(counts) - counts, counts)
    along = (nth + 0.5) / counts[segment]
    points = lines.starts[segment] + along[:, None] * (lines.ends - lines.starts)[segment]
    return Samples(points, (lines.lengths / counts)[segment], segment, step)


def rastered(samples: Samples, canvas: tuple[float, float], pen_mm: float) -> NDArray[np.bool_]:
    """Which pen-wide cells of the sheet hold ink, (rows, columns); the mean is `ink_coverage`.

    Cells are wider than the pen on sheets of more than `MAX_CELLS` pen-wide cells.
    """
    side = max(pen_mm, float(np.sqrt(canvas[0] * canvas[1] / MAX_CELLS)))
    columns, rows = (max(1, int(np.ceil(length / side))) for length in canvas)
    x = np.minimum((samples.points[:, 0] / side).astype(np.int64), columns - 1)
    y = np.minimum((samples.points[:, 1] / side).astype(np.int64), rows - 1)
    return np.bincount(y * columns + x, minlength=rows * columns).reshape(rows, columns) > 0


def binned(samples: Samples, canvas: tuple[float, float], bins: int) -> Floats:
    """Ink in mm in each of `bins` x `bins` equal parts of the sheet, (rows, columns)."""
    cell = np.minimum(samples.points / np.array(canvas) * bins, bins - 1).astype(np.int64)
    flat = np.bincount(cell[:, 1] * bins + cell[:, 0], samples.weights, minlength=bins * bins)
    return flat.astype(np.float64).reshape(bins, bins)


def likeness(density: Floats, other: Floats) -> float:
    """Pearson correlation, -1 to 1, of the ink density with its mirror image; 1 is symmetric.

    `symmetry_h` mirrors left to right, `symmetry_v` top to bottom. An even spread counts as symmetric.
    """
    if not density.any():
        return 0.0
    a, b = density - density.mean(), other - other.mean()
    spread = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / spread if spread else 1.0


def entropy(weights: Floats) -> float:
    """Shannon entropy over its maximum: 0 all in one bin, 1 evenly spread."""
    total = weights.sum()
    if not total:
        return 0.0
    shares = weights[weights > 0] / total
    return max(0.0, float(-(shares * np.log2(shares)).sum() / np.log2(len(weights))))


def orientation_entropy(lines: Lines) -> float:
    """Entropy of the ink over 36 directions of 5 degrees, without sense: edge-orientation entropy, Grebenkina 2018."""
    delta = lines.ends - lines.starts
    angle = np.mod(np.arctan2(delta[:, 1], delta[:, 0]), np.pi)
    bins = np.minimum((angle / np.pi * ORIENTATIONS).astype(np.int64), ORIENTATIONS - 1)
    return entropy(np.bincount(bins, lines.lengths, minlength=ORIENTATIONS).astype(np.float64))


def fractal_dimension(raster: NDArray[np.bool_]) -> float:
    """Box-counting dimension of the inked cells over boxes of 2 to 64 cells: 1 a line, 2 a filled plane.

    People prefer the middle (about 1.3 to 1.5): Spehar and Taylor 2016.
    """
    size = 1 << max(6, int(np.ceil(np.log2(max(raster.shape)))))
    boxes = np.zeros((size, size), bool)
    boxes[: raster.shape[0], : raster.shape[1]] = raster
    scales, counts = [], []
    for power in range(1, 7):
        boxes = boxes[::2] | boxes[1::2]
        boxes = boxes[:, ::2] | boxes[:, 1::2]
        scales.append(-power * np.log(2))
        counts.append(np.log(max(1, int(boxes.sum()))))
    return max(0.0, float(np.polyfit(scales, counts, 1)[0]))


def compressibility(raster: NDArray[np.bool_]) -> float:
    """1 - deflated size / plain size of the inked cells' bitmap: near 1 for order or emptiness, lower for noise.

    Compression error as complexity: Machado et al. 2015.
    """
    if not raster.any():
        return 0.0
    plain = np.packbits(raster, axis=1).tobytes()
    return max(0.0, 1 - len(zlib.compress(plain, 6)) / len(plain))


def overplot_max(samples: Samples, lines: Lines, pen_mm: float) -> int:
    """The most different strokes that cover one spot; a stroke that comes back counts once.

    Counted in square cells of side pen / sqrt(2): whatever passes through one lies within half a pen of its middle, so
    strokes that merely lie side by side are never counted together. Four grids, half a cell apart, see to it that a
    meeting point is well inside a cell of one of them.
    """
    points = np.concatenate([samples.points, lines.starts, lines.ends]) / max(pen_mm / np.sqrt(2), samples.step)
    owner = np.concatenate([lines.stroke[samples.segment], lines.stroke, lines.stroke])
    columns, rows = ([axis.astype(np.int64), (axis + 0.5).astype(np.int64)] for axis in points.T)
    most, strokes = 0, int(owner.max(initial=0)) + 1
    buckets = min(BUCKETS, 1 << (4 * len(points)).bit_length())
    for column, row in product(columns, rows):
        place = row * (int(column.max(initial=0)) + 1) + column
        bucket = place & (buckets - 1)
        crowded = np.bincount(bucket, minlength=buckets)[bucket] > most
        passes = _distinct(np.sort(place[crowded] * strokes + owner[crowded]))
        runs = np.flatnonzero(np.diff(passes // strokes, prepend=-1, append=-1))
        most = max(most, int(np.diff(runs).max(initial=0)))
    return most


def _distinct(values: Ints) -> Ints:
    """Sorted values without repeats; several times faster than `np.unique`."""
    kept: Ints = values[np.diff(values, prepend=-1) != 0]
    return kept


def _round(value: float, digits: int = 4) -> float:
    """Rounded so that machines agree, and never minus zero."""
    return round(value, digits) + 0.0


def _zeros() -> dict[str, object]:
    zeros: dict[str, object] = dict.fromkeys(Metrics.model_fields, 0)
    return {**zeros, "bbox_mm": (0.0, 0.0, 0.0, 0.0)}
