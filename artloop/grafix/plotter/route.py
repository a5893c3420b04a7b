"""Stroke order: which stroke is next, and which way round, so that the pen travels little in the air.

Greedy nearest end on a grid, then 2-opt and Or-opt between near neighbours (Bentley 1992), then small kicks, each
taken back unless the same moves make good use of it (Martin, Otto and Felten 1991). The same strokes come in the same
order on every machine: the work is counted, not timed. Imports Numba.

An "end" is a number: 2 i is where stroke i starts, 2 i + 1 where it stops. A tour is a ring of the ends at which
strokes are entered, so `end ^ 1` is where that stroke is left. Home is the last stroke: it is left where the pen rests,
and the way back to its other end is free. So every link between two ends costs the same in both directions.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from artloop.grafix.plotter.grid import Floats, Ints, greedy, gridded, neighbours
from artloop.grafix.plotter.jit import kernel

Flags = NDArray[np.bool_]

NEIGHBOURS = 10
LONGEST_CHAIN = 3
"""Strokes that an Or-opt move takes along, at most."""
LEAST_GAIN = 1e-7
"""Millimetres; smaller gains are rounding and might never end."""
KICK_SPAN = 10
"""A kick exchanges two neighbouring chains of at most so many strokes."""
KICKS_PER_STROKE = 1
WORK_MAX = 10_000_000
"""Strokes turned in the course of all kicks, about: what bounds the time."""
TURNS_KEPT = 1000
"""A kick that sets off more turns than this is not followed up."""


def ordered(ends: Floats, home: tuple[float, float]) -> Ints:
    """The ends at which to enter each stroke, in plotting order, for a pen that starts at `home`.

    `ends` is (2 N, 2) in mm: starts in even rows, stops in odd ones. Never a longer way than the order given.
    """
    strokes = len(ends) // 2
    if not strokes:
        return np.zeros(0, np.int64)
    points = np.concatenate([np.asarray(ends, np.float64), [home, home]])
    grid = gridded(points)
    near = neighbours(points, grid, NEIGHBOURS)
    found = _improved(points, near, greedy(points, grid))
    given = np.concatenate([[2 * strokes], np.arange(0, 2 * strokes, 2)])
    if _length(points, found) > _length(points, given):
        found = _improved(points, near, given)
    return found[1:]


def pen_up_mm(ends: Floats, entries: Ints) -> float:
    """Travel in mm between strokes entered at these ends, in this order; without the ways from home and back."""
    gaps = ends[entries[1:]] - ends[entries[:-1] ^ 1]
    return float(np.hypot(*gaps.T).sum())


class Tour(NamedTuple):
    """A tour on the way to a better one."""

    points: Floats
    near: Ints
    ring: Ints
    spot: Ints
    """Where in the ring each stroke is."""
    queue: Ints
    """A ring of strokes that are worth another look."""
    queued: Flags
    turns: Ints
    """First and last place of every turn since the last kick, so that it can be taken back."""
    counts: Ints
    """Strokes that have entered the queue, strokes that have left it, places in `turns` (or -1: not kept), work."""


ENTERED, LEFT, TURNS, WORK = range(4)


@kernel
def _gap(points: Floats, a: int, b: int) -> float:
    """Between two ends in mm; the way to home's free end costs nothing."""
    if max(a, b) >= len(points) - 2 and (a == len(points) - 2 or b == len(points) - 2):
        return 0.0
    return math.sqrt((points[a, 0] - points[b, 0]) ** 2 + (points[a, 1] - points[b, 1]) ** 2)


@kernel
def _length(points: Floats, ring: Ints) -> float:
    total = 0.0
    for m in range(len(ring)):
        total += _gap(points, ring[m - 1] ^ 1, ring[m])
    return total


@kernel
def _left_at(tour: Tour, end: int) -> bool:
    """Whether the stroke is left at this end, not entered."""
    left: bool = tour.ring[tour.spot[end >> 1]] != end
    return left


@kernel
def _linked(tour: Tour, end: int) -> int:
    """The end of another stroke that the pen comes from or goes to."""
    m = tour.spot[end >> 1]
    linked: int = tour.ring[m + 1 if m + 1 < len(tour.ring) else 0]
    if tour.ring[m] == end:
        linked = tour.ring[m - 1] ^ 1
    return linked


@kernel
def _turn(tour: Tour, low: int, high: int) -> None:
    """Go through the ring from place `low` to `high` backwards; or through the rest, which is the same ring."""
    places = len(tour.ring)
    length = (high - low) % places + 1
    if 2 * length > places:
        low, high, length = (high + 1) % places, (low - 1) % places, places - length
    if tour.counts[TURNS] >= 0:
        tour.turns[tour.counts[TURNS]], tour.turns[tour.counts[TURNS] + 1] = low, high
        tour.counts[TURNS] += 2
    tour.counts[WORK] += length
    for _ in range((length + 1) // 2):
        one, other = tour.ring[low] ^ 1, tour.ring[high] ^ 1
        tour.ring[low], tour.ring[high] = other, one
        tour.spot[other >> 1], tour.spot[one >> 1] = low, high
        low = low + 1 if low + 1 < places else 0
        high = high - 1 if high else places - 1


@kernel
def _relink(tour: Tour, a: int, b: int, c: int, d: int) -> None:
    """Instead of a to b and c to d, go from a to c and from b to d."""
    low, high = tour.spot[b >> 1], tour.spot[c >> 1]
    if not _left_at(tour, a):
        low, high = high, low
    _turn(tour, low, high)


@kernel
def _transfer(tour: Tour, p: int, head: int, tail: int, q: int, u: int, v: int, turned: bool) -> None:
    """Take the chain `head` to `tail` from between p and q to between u and v; turned, its tail is at u."""
    _relink(tour, p, head, u, v)
    _relink(tour, p, u, q, tail)
    if not turned:
        _relink(tour, u, tail, head, v)
    for end in (p, head, tail, q, u, v):
        _queue(tour, end)


@kernel
def _queue(tour: Tour, end: int) -> None:
    stroke = end >> 1
    if not tour.queued[stroke]:
        tour.queued[stroke] = True
        tour.queue[tour.counts[ENTERED] % len(tour.queue)] = stroke
        tour.counts[ENTERED] += 1


@kernel
def _two_opt(tour: Tour, stroke: int) -> float:
    """Link an end of a stroke to a nearer one and turn what lies between; what was gained in mm."""
    for end in (2 * stroke, 2 * stroke + 1):
        linked = _linked(tour, end)
        length = _gap(tour.points, end, linked)
        for other in tour.near[end]:
            if other < 0 or _gap(tour.points, end, other) >= length - LEAST_GAIN:
                break
            if _left_at(tour, end) == _left_at(tour, other):
                beyond = _linked(tour, other)
                gain = length - _gap(tour.points, end, other)
                gain += _gap(tour.points, other, beyond) - _gap(tour.points, linked, beyond)
                if gain > LEAST_GAIN:
                    _relink(tour, end, linked, other, beyond)
                    for touched in (end, linked, other, beyond):
                        _queue(tour, touched)
                    return gain
    return 0.0


@kernel
def _or_opt(tour: Tour, stroke: int) -> float:
    """Move a short chain that begins with a stroke to between two others; what was gained in mm."""
    for head in (2 * stroke, 2 * stroke + 1):
        tail, p = head ^ 1, _linked(tour, head)
        for _ in range(min(LONGEST_CHAIN, len(tour.ring) - 2)):
            q = _linked(tour, tail)
            free = _gap(tour.points, p, head) + _gap(tour.points, tail, q) - _gap(tour.points, p, q)
            gain = _placed(tour, p, head, tail, q, free)
            if gain > 0:
                return gain
            tail = q ^ 1
    return 0.0


@kernel
def _placed(tour: Tour, p: int, head: int, tail: int, q: int, free: float) -> float:
    """Move a chain to where its head is near its new neighbour and it costs less than `free`; what was gained."""
    low, high = tour.spot[head >> 1], tour.spot[tail >> 1]
    if not _left_at(tour, tail):
        low, high = high, low
    for other in tour.near[head]:
        if other < 0 or _gap(tour.points, head, other) >= free - LEAST_GAIN:
            break
        beyond = _linked(tour, other)
        inside = (tour.spot[other >> 1] - low) % len(tour.ring) <= (high - low) % len(tour.ring)
        if inside or beyond in (head, tail):
            continue
        gain = free - _gap(tour.points, head, other)
        gain += _gap(tour.points, other, beyond) - _gap(tour.points, tail, beyond)
        if gain > LEAST_GAIN:
            turned = _left_at(tour, other) != _left_at(tour, p)
            u, v = (beyond, other) if turned else (other, beyond)
            _transfer(tour, p, head, tail, q, u, v, turned)
            return gain
    return 0.0


@kernel
def _settle(tour: Tour) -> float:
    """Move strokes until the queue is empty, or no more turns can be kept; what was gained in mm."""
    gained = 0.0
    while tour.counts[LEFT] < tour.counts[ENTERED] and tour.counts[TURNS] < 2 * TURNS_KEPT:
        stroke = tour.queue[tour.counts[LEFT] % len(tour.queue)]
        gain = _two_opt(tour, stroke)
        if gain == 0.0:
            gain = _or_opt(tour, stroke)
        if gain == 0.0:
            tour.queued[stroke] = False
            tour.counts[LEFT] += 1
        gained += gain
    while tour.counts[LEFT] < tour.counts[ENTERED]:
        tour.queued[tour.queue[tour.counts[LEFT] % len(tour.queue)]] = False
        tour.counts[LEFT] += 1
    return gained


@kernel
def _kick(tour: Tour, m: int, one: int, two: int) -> float:
    """Exchange the chains of `one` and `two` strokes after place m, a double bridge; what was gained, or lost."""
    places = len(tour.ring)
    p, head = tour.ring[m] ^ 1, tour.ring[(m + 1) % places]
    tail, q = tour.ring[(m + one) % places] ^ 1, tour.ring[(m + one + 1) % places]
    u, v = tour.ring[(m + one + two) % places] ^ 1, tour.ring[(m + one + two + 1) % places]
    before = _gap(tour.points, p, head) + _gap(tour.points, tail, q) + _gap(tour.points, u, v)
    after = _gap(tour.points, p, q) + _gap(tour.points, u, head) + _gap(tour.points, tail, v)
    _transfer(tour, p, head, tail, q, u, v, False)
    return before - after


@kernel
def _take_back(tour: Tour) -> None:
    kept = tour.counts[TURNS]
    tour.counts[TURNS] = -1
    for at in range(kept - 2, -1, -2):
        _turn(tour, tour.turns[at], tour.turns[at + 1])


@kernel
def _improved(points: Floats, near: Ints, ring: Ints) -> Ints:
    """A shorter tour through the same strokes; it begins with home."""
    places = len(ring)
    spot = np.empty(places, np.int64)
    for m in range(places):
        spot[ring[m] >> 1] = m
    counts = np.array([places, 0, -1, 0])
    turns = np.empty(2 * TURNS_KEPT + 8, np.int64)
    tour = Tour(points, near, ring.copy(), spot, ring >> 1, np.ones(places, np.bool_), turns, counts)
    _settle(tour)
    span, chance = min(KICK_SPAN, (places - 2) // 2), 1
    counts[WORK] = 0
    for _ in range(KICKS_PER_STROKE * places if span > 0 else 0):
        if counts[WORK] > WORK_MAX:
            break
        chance = chance * 1103515245 % 2147483647
        counts[TURNS] = 0
        gain = _kick(tour, chance % places, 1 + (chance >> 8) % span, 1 + (chance >> 16) % span)
        gain += _settle(tour)
        if gain < 0:
            _take_back(tour)
    return _from_home(tour)


@kernel
def _from_home(tour: Tour) -> Ints:
    """The ring cut open at home, in the direction in which the pen starts there."""
    places = len(tour.ring)
    start = tour.spot[places - 1]
    forward = tour.ring[start] == 2 * (places - 1)
    found = np.empty(places, np.int64)
    for m in range(places):
        found[m] = tour.ring[(start + m) % places] if forward else tour.ring[(start - m) % places] ^ 1
    return found
