"""Which ends of strokes are near which, by a grid of square cells, and the tour that always goes on to the nearest.

An end is a number: 2 i is where stroke i starts, 2 i + 1 where it stops. Imports Numba.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from artloop.grafix.plotter.jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Grid(NamedTuple):
    """Points by square cell: those of cell c are `members[first[c] : first[c] + held[c]]`."""

    left: float
    top: float
    cell: float
    columns: int
    rows: int
    first: Ints
    held: Ints
    members: Ints


@kernel
def gridded(points: Floats) -> Grid:
    """About one point a cell, were they spread evenly."""
    total = len(points)
    left, top = points[:, 0].min(), points[:, 1].min()
    width, height = points[:, 0].max() - left, points[:, 1].max() - top
    cell = max(math.sqrt(width * height / total), max(width, height) / total)
    if cell <= 0:
        cell = 1.0
    columns, rows = int(width / cell) + 1, int(height / cell) + 1
    place = np.empty(total, np.int64)
    count = np.zeros(columns * rows, np.int64)
    for k in range(total):
        place[k] = int((points[k, 1] - top) / cell) * columns + int((points[k, 0] - left) / cell)
        count[place[k]] += 1
    first = np.cumsum(count) - count
    members = np.empty(total, np.int64)
    filled = first.copy()
    for k in range(total):
        members[filled[place[k]]] = k
        filled[place[k]] += 1
    return Grid(left, top, cell, columns, rows, first, count, members)


@kernel
def _cell_of(points: Floats, grid: Grid, k: int) -> int:
    return int((points[k, 1] - grid.top) / grid.cell) * grid.columns + int((points[k, 0] - grid.left) / grid.cell)


@kernel
def _nearest(points: Floats, grid: Grid, k: int, found: Ints, apart: Floats) -> int:
    """Fill `found` with the members nearest to point k, those of its own stroke left out; equals by number.

    Rings of cells outwards: what lies beyond ring r is at least r cells away. Returns how many were found.
    """
    x, y, kept = points[k, 0], points[k, 1], 0
    column, row = int((x - grid.left) / grid.cell), int((y - grid.top) / grid.cell)
    for ring in range(max(grid.columns, grid.rows) + 1):
        for r in range(max(row - ring, 0), min(row + ring, grid.rows - 1) + 1):
            step = 1 if ring == 0 or r in (row - ring, row + ring) else 2 * ring
            for c in range(column - ring, column + ring + 1, step):
                if 0 <= c < grid.columns:
                    place = r * grid.columns + c
                    for slot in range(grid.first[place], grid.first[place] + grid.held[place]):
                        other = grid.members[slot]
                        if other >> 1 != k >> 1:
                            square = (points[other, 0] - x) ** 2 + (points[other, 1] - y) ** 2
                            kept = _inserted(found, apart, kept, other, square)
        if kept == len(found) and apart[kept - 1] <= (ring * grid.cell) ** 2:
            break
    return kept


@kernel
def _inserted(found: Ints, apart: Floats, kept: int, other: int, square: float) -> int:
    """Insert into the sorted list of the nearest; the number it holds now."""
    room = len(found)
    if kept == room:
        last = room - 1
        if square > apart[last] or (square == apart[last] and other > found[last]):
            return kept
        kept -= 1
    at = kept
    while at > 0 and (apart[at - 1] > square or (apart[at - 1] == square and found[at - 1] > other)):
        found[at], apart[at] = found[at - 1], apart[at - 1]
        at -= 1
    found[at], apart[at] = other, square
    return kept + 1


@kernel
def neighbours(points: Floats, grid: Grid, most: int) -> Ints:
    """The `most` ends nearest to each end, nearest first; -1 where there are no more."""
    near = np.full((len(points), most), -1, np.int64)
    apart = np.empty(most)
    for k in range(len(points)):
        _nearest(points, grid, k, near[k], apart)
    return near


@kernel
def greedy(points: Floats, grid: Grid) -> Ints:
    """From home always on to the nearest end that is left. Empties the grid."""
    strokes = len(points) // 2
    tour = np.empty(strokes, np.int64)
    tour[0] = 2 * (strokes - 1)
    slots = np.empty(len(points), np.int64)
    for slot in range(len(points)):
        slots[grid.members[slot]] = slot
    found, apart = np.empty(1, np.int64), np.empty(1)
    for m in range(strokes):
        if m:
            _nearest(points, grid, tour[m - 1] ^ 1, found, apart)
            tour[m] = found[0]
        for k in (tour[m], tour[m] ^ 1):
            place = _cell_of(points, grid, k)
            grid.held[place] -= 1
            last = grid.members[grid.first[place] + grid.held[place]]
            grid.members[slots[k]], slots[last] = last, slots[k]
    return tour
