"""Strokes joined where their ends meet, so that the pen need not be lifted there. Imports Numba."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from artloop.grafix.plotter.jit import kernel
from artloop.grafix.plotter.strokes import ends_of, rearranged
from artloop.grafix.svg import Offsets, Points

Ints = NDArray[np.int64]

LEAST_CELL_MM = 0.001
LOOKED_AT = 64
"""Ends that are looked at for the straightest way on, at most: a thousand rays may meet in one point."""


def chained(coords: Points, offsets: Offsets, tolerance_mm: float) -> tuple[Points, Offsets]:
    """Strokes joined where their ends meet, the straightest way on first; no stroke is joined to itself."""
    ends = ends_of(coords, offsets)
    if not len(ends):
        return coords, offsets
    cell = max(tolerance_mm, LEAST_CELL_MM)
    columns = np.floor(ends[:, 0] / cell).astype(np.int64)
    order = np.lexsort((ends[:, 1], columns))
    partner = _partners(ends, _headings(coords, offsets), columns, order, tolerance_mm)
    entries, breaks = _chains(partner)
    joined, bounds = rearranged(coords, offsets, entries)
    return _moving(joined, bounds[breaks])


def _headings(coords: Points, offsets: Offsets) -> Points:
    """(2 M, 2): the unit vector in which the pen is moving when it leaves a stroke at each end; zero for a dot."""
    inner = np.stack([offsets[:-1] + 1, offsets[1:] - 2], axis=1).ravel()
    heading = ends_of(coords, offsets) - coords[inner]
    length = np.hypot(*heading.T)
    still = length[:, None] == 0
    unit: Points = heading / np.where(still, 1.0, length[:, None])
    return unit


def _moving(coords: Points, offsets: Offsets) -> tuple[Points, Offsets]:
    """Points that repeat the one before left out; a stroke keeps two points at least."""
    keep = np.ones(len(coords), bool)
    keep[1:] = (coords[1:] != coords[:-1]).any(axis=1)
    keep[offsets[:-1]] = True
    counts = np.add.reduceat(keep, offsets[:-1], dtype=np.int64)
    keep[offsets[1:][counts == 1] - 1] = True
    return coords[keep], np.concatenate([[0], np.cumsum(keep)])[offsets].astype(np.int64)


@kernel
def _partners(ends: Points, headings: Points, columns: Ints, order: Ints, tolerance: float) -> Ints:
    """The end that each end is joined to, -1 for none. `order` sorts the ends by column, then by y."""
    total = len(ends)
    partner = np.full(total, -1, np.int64)
    spot = np.empty(total, np.int64)
    spot[order] = np.arange(total)
    free = np.arange(total + 1)
    for k in range(total):
        if partner[k] >= 0:
            continue
        best, straightest, nearest = -1, -2.0, math.inf
        for column in range(columns[k] - 1, columns[k] + 2):
            at = _next_free(free, _lowest(ends, columns, order, column, ends[k, 1] - tolerance))
            for _ in range(LOOKED_AT):
                if at == total or columns[order[at]] != column or ends[order[at], 1] > ends[k, 1] + tolerance:
                    break
                other = order[at]
                at = _next_free(free, at + 1)
                apart = math.hypot(ends[other, 0] - ends[k, 0], ends[other, 1] - ends[k, 1])
                if other >> 1 == k >> 1 or apart > tolerance:
                    continue
                straight = -headings[k, 0] * headings[other, 0] - headings[k, 1] * headings[other, 1]
                if straight > straightest or (straight == straightest and apart < nearest):
                    best, straightest, nearest = other, straight, apart
        if best >= 0:
            partner[k], partner[best] = best, k
            free[spot[k]], free[spot[best]] = spot[k] + 1, spot[best] + 1
    return partner


@kernel
def _next_free(free: Ints, at: int) -> int:
    """The first place from `at` on that is not taken; shortens the way for whoever asks next."""
    end = at
    while free[end] != end:
        end = free[end]
    while free[at] != at:
        free[at], at = end, free[at]
    return end


@kernel
def _lowest(ends: Points, columns: Ints, order: Ints, column: int, y: float) -> int:
    """The first place in `order` of that column and at least that y."""
    low, high = 0, len(order)
    while low < high:
        middle = (low + high) // 2
        k = order[middle]
        if columns[k] < column or (columns[k] == column and ends[k, 1] < y):
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _chains(partner: Ints) -> tuple[Ints, Ints]:
    """Entry ends of all strokes, chain after chain, and where each chain begins: first the open ones, then rings."""
    strokes = len(partner) // 2
    entries, breaks = np.empty(strokes, np.int64), np.empty(strokes + 1, np.int64)
    done = np.zeros(strokes, np.bool_)
    drawn, chains = 0, 0
    for rings in (False, True):
        for start in range(2 * strokes):
            if done[start >> 1] or not (rings or partner[start] < 0):
                continue
            breaks[chains] = drawn
            chains += 1
            end = start
            while end >= 0 and not done[end >> 1]:
                entries[drawn] = end
                done[end >> 1] = True
                drawn += 1
                end = partner[end ^ 1]
    breaks[chains] = drawn
    return entries, breaks[: chains + 1]
