"""How close neighbouring strokes run to each other: a nearest-neighbour search by a grid, without scipy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

QUERIES = 500
CANDIDATES = 300
"""Neighbours looked at per query and row of cells; more are there only where ink is a solid anyway."""
PERCENT = 5
PARALLEL = np.cos(np.radians(15))
NEAR_PENS, FAR_PENS = 4.0, 16.0
FAR_EVERY = 3
"""Lines far apart have many neighbours within reach: fewer queries do."""


@dataclass(frozen=True)
class Ink:
    """Sampled ink: positions (P, 2), unit directions (P, 2), stroke (P,), distance along its stroke in mm (P,)."""

    points: Floats
    directions: Floats
    stroke: Ints
    along: Floats

    def taken(self, index: Ints | slice) -> Ink:
        return Ink(self.points[index], self.directions[index], self.stroke[index], self.along[index])


def spacing_p05(points: Floats, deltas: Floats, segment: Ints, stroke: Ints, pen_mm: float) -> float:
    """5th percentile of the distance in mm from ink to the nearest line that runs near-parallel (within 15 degrees).

    Less than the pen's width and the lines merge into a solid. A stroke that comes back beside itself is its own
    neighbour. Neighbours further than 16 pen widths count as that far, so 16 pen widths is the largest value.
    `points` (P, 2) are evenly spaced samples of the ink in drawing order, `segment` the row of `deltas` and `stroke`
    each lies on.
    """
    ink = _inked(points, deltas, segment, stroke)
    if not len(ink.points):
        return 0.0
    queries = ink.taken(np.linspace(0, len(ink.points) - 1, min(QUERIES, len(ink.points))).astype(np.int64))
    step = float(np.median(np.hypot(*np.diff(ink.points, axis=0).T))) if len(ink.points) > 1 else pen_mm
    nearest = _nearest(queries, ink, NEAR_PENS * pen_mm, step)
    if np.isinf(np.percentile(nearest, PERCENT, method="lower")):
        nearest = _nearest(queries.taken(slice(None, None, FAR_EVERY)), ink, FAR_PENS * pen_mm, step)
    return float(np.percentile(np.minimum(nearest, FAR_PENS * pen_mm), PERCENT, method="lower"))


def _inked(points: Floats, deltas: Floats, segment: Ints, stroke: Ints) -> Ink:
    lengths = np.hypot(*deltas.T)
    with np.errstate(invalid="ignore"):
        directions = np.where(lengths[:, None] > 0, deltas / np.maximum(lengths, 1e-12)[:, None], 0.0)
    gaps = np.hypot(*np.diff(points, axis=0, prepend=points[:1]).T)
    ink = Ink(points, directions[segment], stroke[segment], np.cumsum(gaps))
    return ink.taken(np.flatnonzero(lengths[segment] > 0))


def _nearest(queries: Ink, ink: Ink, reach: float, step: float) -> Floats:
    """Distance from each query to the nearest parallel neighbour within reach, else infinity (Q,)."""
    targets = ink.taken(slice(None, None, max(1, int(reach / 6 / max(step, 1e-9)))))
    query, target = _pairs(queries.points, targets.points, reach)
    same = queries.stroke[query] == targets.stroke[target]
    other = ~same | (np.abs(queries.along[query] - targets.along[target]) > 4 * reach)
    query, target = query[other], target[other]
    (x, y), (u, v) = (targets.points[target] - queries.points[query]).T, targets.directions[target].T
    own_u, own_v = queries.directions[query].T
    across = np.abs(x * v - y * u)
    parallel = np.abs(own_u * u + own_v * v) >= PARALLEL
    found = parallel & (np.abs(x * u + y * v) <= reach / 4) & (across <= reach)
    nearest = np.full(len(queries.points), np.inf)
    np.minimum.at(nearest, query[found], across[found])
    return nearest


def _pairs(queries: Floats, targets: Floats, reach: float) -> tuple[Ints, Ints]:
    """Index pairs of every query with all targets in the 3 x 3 cells of side `reach` around it."""
    low = np.minimum(queries.min(axis=0), targets.min(axis=0)) - reach
    columns = int((max(queries[:, 0].max(), targets[:, 0].max()) - low[0]) / reach) + 3
    home = ((targets - low) / reach).astype(np.int64)
    cell = home[:, 1] * columns + home[:, 0]
    order = np.argsort(cell, kind="stable")
    cell = cell[order]
    own = ((queries - low) / reach).astype(np.int64)
    query_parts, target_parts = [], []
    for row in (-1, 0, 1):
        wanted = (own[:, 1] + row) * columns + own[:, 0]
        first, last = np.searchsorted(cell, wanted - 1), np.searchsorted(cell, wanted + 1, side="right")
        counts = np.minimum(last - first, CANDIDATES)
        query = np.repeat(np.arange(len(queries)), counts)
        nth = np.arange(len(query)) - np.repeat(np.cumsum(counts) - counts, counts)
        query_parts.append(query)
        target_parts.append(order[first[query] + nth])
    return np.concatenate(query_parts), np.concatenate(target_parts)
