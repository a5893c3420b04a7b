"""A pen's strokes tidied for plotting: nothing drawn twice, ends that meet joined, points that say nothing left out.

Strokes are `coords` (N, 2) in mm and `offsets`, stroke i being rows `offsets[i]` to `offsets[i + 1]`. Ink is added only
to close gaps narrower than the tolerance, and taken away only where other ink lies. Imports Numba.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from artloop.grafix.metrics import sampled, segmented
from artloop.grafix.plotter.jit import kernel
from artloop.grafix.svg import Offsets, Points

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

SAME_MM = 0.01
"""Segments whose ends agree to this are one segment drawn twice."""
SPECK_MM = 0.1
"""Shorter strokes are specks: what clipping leaves over, or dots."""


def ends_of(coords: Points, offsets: Offsets) -> Points:
    """(2 M, 2): starts in even rows, stops in odd ones."""
    return coords[np.stack([offsets[:-1], offsets[1:] - 1], axis=1).ravel()]


def rearranged(coords: Points, offsets: Offsets, entries: Ints) -> tuple[Points, Offsets]:
    """The strokes in the order of their entry ends: 2 i draws stroke i as it is, 2 i + 1 backwards."""
    stroke, backwards = entries >> 1, entries & 1
    counts = np.diff(offsets)[stroke]
    bounds = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    nth = np.arange(bounds[-1]) - np.repeat(bounds[:-1], counts)
    start = np.where(backwards, offsets[stroke + 1] - 1, offsets[stroke])
    return coords[np.repeat(start, counts) + nth * np.repeat(1 - 2 * backwards, counts)], bounds


def once(coords: Points, offsets: Offsets) -> tuple[Points, Offsets]:
    """Every segment once, in either direction, its first time; a stroke is cut where it repeated something.

    A stroke that never moves is a dot and stays one.
    """
    lines = segmented(coords, offsets)
    moves = (lines.starts != lines.ends).any(axis=1)
    dots = ~np.isin(lines.stroke, lines.stroke[moves]) & (np.diff(lines.stroke, prepend=-1) > 0)
    kept = moves | dots
    starts, ends, stroke = lines.starts[kept], lines.ends[kept], lines.stroke[kept]
    first = _first_of_each(starts, ends) | ~_long(starts, ends) & ~dots[kept]
    begins = first & ~np.concatenate([[False], first[:-1] & (stroke[1:] == stroke[:-1])])[: len(first)]
    return _rebuilt(starts[first], ends[first], begins[first])


def without_specks(coords: Points, offsets: Offsets, pen_mm: float) -> tuple[Points, Offsets]:
    """Specks dropped where the same pen has been: on a longer stroke, or on an earlier speck.

    Judged in cells of half a pen's width, so that what is dropped shows by a third of a pen's width at most. A speck by
    itself is a dot that somebody wants.
    """
    lines = segmented(coords, offsets)
    lengths = np.bincount(lines.stroke, lines.lengths, minlength=len(offsets) - 1)
    specks = np.flatnonzero(lengths < min(SPECK_MM, pen_mm))
    if not len(specks):
        return coords, offsets
    side = pen_mm / 2
    long = lengths[lines.stroke] >= min(SPECK_MM, pen_mm)
    drawn = replace(
        lines, starts=lines.starts[long], ends=lines.ends[long], lengths=lines.lengths[long], stroke=lines.stroke[long]
    )
    inked = np.unique(_cells(sampled(drawn, side).points, side))
    places = _cells(coords[offsets[specks]], side)
    _, firsts = np.unique(places, return_index=True)
    wanted = np.zeros(len(specks), bool)
    wanted[firsts] = True
    keep = np.ones(len(lengths), bool)
    keep[specks] = wanted & ~np.isin(places, inked)
    return rearranged(coords, offsets, 2 * np.flatnonzero(keep))


def simplified(coords: Points, offsets: Offsets, tolerance_mm: float) -> tuple[Points, Offsets]:
    """As few points as stay within the tolerance: Douglas and Peucker 1973, measured to the segment, not its line."""
    keep = _kept(coords, offsets, tolerance_mm)
    return coords[keep], np.concatenate([[0], np.cumsum(keep)])[offsets].astype(np.int64)


def _long(starts: Points, ends: Points) -> Flags:
    """Whether a segment's ends differ by more than what counts as the same."""
    long: Flags = (_rounded(starts) != _rounded(ends)).any(axis=1)
    return long


def _first_of_each(starts: Points, ends: Points) -> Flags:
    """Whether a segment is the first between its two ends."""
    one, other = _rounded(starts), _rounded(ends)
    swap = (one[:, 0] > other[:, 0]) | ((one[:, 0] == other[:, 0]) & (one[:, 1] > other[:, 1]))
    low, high = np.where(swap[:, None], other, one), np.where(swap[:, None], one, other)
    order = np.lexsort((high[:, 1], high[:, 0], low[:, 1], low[:, 0]))
    keys = np.concatenate([low, high], axis=1)[order]
    first = np.ones(len(order), bool)
    first[order[1:]] = (keys[1:] != keys[:-1]).any(axis=1)
    return first


def _rounded(points: Points) -> Ints:
    return np.rint(points / SAME_MM).astype(np.int64)


def _rebuilt(starts: Points, ends: Points, begins: Flags) -> tuple[Points, Offsets]:
    """Segments as strokes, a new one at each that begins one."""
    at = np.arange(len(ends)) + np.cumsum(begins)
    coords = np.empty((len(ends) + int(begins.sum()), 2))
    coords[at] = ends
    coords[at[begins] - 1] = starts[begins]
    return coords, np.concatenate([at[begins] - 1, [len(coords)]]).astype(np.int64)


def _cells(points: Points, side: float) -> Ints:
    """A number for the square cell of each point."""
    cell = np.floor(points / side).astype(np.int64)
    return (cell[:, 0] << 32) + cell[:, 1]


@kernel
def _kept(coords: Points, offsets: Offsets, tolerance: float) -> Flags:
    keep = np.zeros(len(coords), np.bool_)
    waiting = np.empty((len(coords) + 1, 2), np.int64)
    for stroke in range(len(offsets) - 1):
        waiting[0] = offsets[stroke], offsets[stroke + 1] - 1
        keep[waiting[0, 0]] = keep[waiting[0, 1]] = True
        count = 1
        while count:
            count -= 1
            first, last = waiting[count]
            farthest, middle = tolerance, -1
            for k in range(first + 1, last):
                apart = _apart(coords, k, first, last)
                if apart > farthest:
                    farthest, middle = apart, k
            if middle >= 0:
                keep[middle] = True
                waiting[count] = first, middle
                waiting[count + 1] = middle, last
                count += 2
    return keep


@kernel
def _apart(coords: Points, k: int, first: int, last: int) -> float:
    """Distance of point k to the segment between two others, in mm."""
    dx, dy = coords[last, 0] - coords[first, 0], coords[last, 1] - coords[first, 1]
    x, y = coords[k, 0] - coords[first, 0], coords[k, 1] - coords[first, 1]
    square = dx * dx + dy * dy
    along = min(1.0, max(0.0, (x * dx + y * dy) / square)) if square > 0 else 0.0
    return math.hypot(x - along * dx, y - along * dy)
