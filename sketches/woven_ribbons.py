"""Woven ribbons: three ribbons of parallel lines pass over and under each other, with one thread.

Where a ribbon turns away its lines crowd and it goes dark. At every crossing the lower one is
cut with a small gap; over and under alternate along each ribbon, as in cloth.
"""

import random
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "lines": 43,
    "open_mm": 0.84,
    "turns": 2.2,
    "gap_mm": 1.1,
    "fray_mm": 12.0,
    "drift": 0.025,
}
RANGES = {
    "lines": (25, 45),
    "open_mm": (0.65, 0.88),
    "turns": (1.2, 3.2),
    "gap_mm": (0.8, 1.8),
    "fray_mm": (2.0, 22.0),
    "drift": (0.0, 0.055),
}
TAGS = (
    "ribbon", "weave", "thread", "textile", "knot", "bond", "together", "crossing",
    "rhythm", "flow", "movement", "over and under", "order",
)  # fmt: skip

W, H = CANVAS
U = min(W, H, 0.77 * max(W, H)) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN, STEP = 13 * U, 0.2 * U
# Courses of the ribbons inside the margins, as fractions of width and height.
COURSES = (
    ((0.24, 1.0), (0.44, 0.93), (0.58, 0.79), (0.52, 0.58), (0.36, 0.38), (0.5, 0.14), (1.0, 0.08)),
    ((0.0, 0.68), (0.04, 0.44), (0.3, 0.26), (0.74, 0.26), (1.0, 0.34), (1.0, 0.68), (0.7, 0.78),
     (0.36, 0.745), (0.16, 0.785), (0.0, 0.92)),
    ((0.08, 0.73), (0.22, 0.63), (0.42, 0.62), (0.66, 0.5), (0.86, 0.52), (0.84, 0.76),
     (1.0, 0.98)),
    ((0.02, -0.1), (0.03, 0.2), (0.12, 0.46), (0.36, 0.5), (0.56, 0.44), (0.75, 0.42),
     (0.76, 0.62), (0.72, 0.82), (0.78, 1.0)),
)  # fmt: skip
SHARE = (1.0, 0.45, 0.2, 0.08)  # lines of each ribbon, as a share of the broadest


class Ribbon(NamedTuple):
    """Centre line at even steps, unit normals, half width, and the places of its lines across."""

    centre: np.ndarray
    normal: np.ndarray
    half: np.ndarray
    across: np.ndarray


def even_steps(points: np.ndarray) -> np.ndarray:
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(points, axis=0).T))]
    steps = np.arange(0, along[-1], STEP)
    return np.stack([np.interp(steps, along, axis) for axis in points.T], axis=1)


def smooth(points: np.ndarray) -> np.ndarray:
    """A calm curve along a course: corners cut, then the bends averaged out."""
    for _ in range(4):
        a, b = points[:-1], points[1:]
        cut = np.stack([0.75 * a + 0.25 * b, 0.25 * a + 0.75 * b], axis=1).reshape(-1, 2)
        points = np.r_[points[:1], cut, points[-1:]]
    points = even_steps(points)
    return even_steps(np.stack([box(box(axis, 19 * U), 19 * U) for axis in points.T], axis=1))


def box(values: np.ndarray, width: float) -> np.ndarray:
    """Running mean over a width in mm."""
    n = int(width / STEP) | 1
    return np.convolve(np.pad(values, n // 2, mode="edge"), np.ones(n) / n, mode="valid")


def lay_out(rng: random.Random, course: tuple) -> np.ndarray:
    """A course on the sheet, each of its corners drifted a little."""
    drift = PARAMS["drift"]
    unit = np.array(course) + [[rng.uniform(-drift, drift) for _ in "xy"] for _ in course]
    unit = 0.04 + 0.92 * unit * (1, 0.86) + (0, 0.13)
    if W > H:  # a landscape sheet keeps its air on the left instead of above
        unit = unit[:, ::-1]
    frame = np.array([W, H]) - 2 * MARGIN
    size = np.minimum(frame, (0.8 * frame[1], frame[1]) if W <= H else (frame[0], 0.8 * frame[0]))
    return smooth(MARGIN + frame - size + unit * size)


def make_ribbon(rng: random.Random, course: tuple, share: float) -> Ribbon:
    """Open and narrow by turns, and never wider than its bends allow."""
    centre = lay_out(rng, course)
    tangent = np.gradient(centre, axis=0)
    tangent /= np.hypot(*tangent.T)[:, None]
    count = max(2, round(PARAMS["lines"] * share))
    places = np.cumsum(np.linspace(0.7, 1.3, count))
    across = 2 * (places - places[0]) / (places[-1] - places[0]) - 1
    closed = 1.2 * PEN_MM / 0.7  # the closest of the uneven places still leave the pen room
    turn = PARAMS["turns"] * np.linspace(0, 1, len(centre)) + rng.uniform(0, 1)
    spacing = closed + (PARAMS["open_mm"] * U - closed) * (0.5 - 0.5 * np.cos(2 * np.pi * turn))
    half, narrowest = spacing * (count - 1) / 2, closed * (count - 1) / 2
    heading = np.unwrap(np.arctan2(tangent[:, 1], tangent[:, 0]))
    bend = np.abs(box(np.gradient(heading) / STEP, 6 * U))
    allowed = np.clip(0.8 / np.maximum(bend, 1e-6), narrowest, half)
    return Ribbon(centre, tangent[:, ::-1] * (-1, 1), box(box(allowed, 8 * U), 8 * U), across)


class Crossing(NamedTuple):
    """Two ribbons meet: which, and at which step of each centre line."""

    ribbons: tuple[int, int]
    steps: tuple[int, int]


def crossings(ribbons: list[Ribbon]) -> list[Crossing]:
    """Where centre lines cross, found on every tenth step."""
    found = []
    for i, a in enumerate(ribbons):
        for j in range(i + 1, len(ribbons)):
            p, q = a.centre[::10], ribbons[j].centre[::10]
            dp, dq = np.diff(p, axis=0)[:, None], np.diff(q, axis=0)[None]
            gap = q[None, :-1] - p[:-1, None]
            det = dp[..., 0] * dq[..., 1] - dp[..., 1] * dq[..., 0]
            det[np.abs(det) < 1e-12] = 1e-12
            s = (gap[..., 0] * dq[..., 1] - gap[..., 1] * dq[..., 0]) / det
            r = (gap[..., 0] * dp[..., 1] - gap[..., 1] * dp[..., 0]) / det
            hits = np.argwhere((s >= 0) & (s < 1) & (r >= 0) & (r < 1))
            found += [Crossing((i, j), (10 * int(m), 10 * int(n))) for m, n in hits]
    return found


def alternate(found: list[Crossing], count: int) -> list[int]:
    """Which of its two ribbons lies on top at each crossing: over, under, over along each."""
    links: list[list[tuple[int, int, int]]] = [[] for _ in found]
    for ribbon in range(count):
        sides = [(k, side) for k in range(len(found)) for side in (0, 1)]
        met = [(k, side) for k, side in sides if found[k].ribbons[side] == ribbon]
        met.sort(key=lambda visit: found[visit[0]].steps[visit[1]])
        for (m, a), (n, b) in pairwise(met):
            links[m].append((n, a, b))
            links[n].append((m, b, a))
    above: dict[int, int] = {}
    for first in range(len(found)):
        todo = [(first, 0)]
        while todo:
            k, top = todo.pop()
            if k not in above:
                above[k] = top
                todo += [(n, 1 - b if top == a else b) for n, a, b in links[k]]
    return [above[k] for k in range(len(found))]


def weave(ribbons: list[Ribbon]) -> list[np.ndarray]:
    """For each ribbon, which steps of which of its lines are hidden below another."""
    found = crossings(ribbons)
    hidden = [np.zeros((len(r.across), len(r.centre)), bool) for r in ribbons]
    for c, top in zip(found, alternate(found, len(ribbons)), strict=True):
        over, under = ribbons[c.ribbons[top]], ribbons[c.ribbons[1 - top]]
        met = [other.steps for other in found if other.ribbons == c.ribbons]
        cover = reach([s[top] for s in met], c.steps[top], len(over.centre))
        part = reach([s[1 - top] for s in met], c.steps[1 - top], len(under.centre))
        wall, half = over.centre[cover][::5], over.half[cover][::5, None] + PARAMS["gap_mm"] * U
        lines = lines_of(under)[:, part]
        near = np.all((lines > (wall - half).min(0)) & (lines < (wall + half).max(0)), axis=2)
        (x, y), (wall_x, wall_y) = lines[near].T[..., None], wall.T
        below = (x - wall_x) ** 2 + (y - wall_y) ** 2 < half.T**2
        hidden[c.ribbons[1 - top]][:, part][near] |= below.any(axis=1)
    return hidden


def reach(steps: list[int], step: int, end: int) -> slice:
    """The stretch of a ribbon that belongs to a crossing: halfway to where the pair meets again."""
    steps = sorted(steps)
    at = steps.index(step)
    before = (steps[at - 1] + step) // 2 if at else 0
    after = (steps[at + 1] + step) // 2 if at + 1 < len(steps) else end
    return slice(before, after)


def lines_of(r: Ribbon) -> np.ndarray:
    return r.centre + r.normal * (r.across[:, None] * r.half)[..., None]


def seen(line: np.ndarray, hidden: np.ndarray) -> list[np.ndarray]:
    """The visible stretches of a line, thinned to every fourth step, without the tiny ones."""
    edges = np.flatnonzero(np.diff(np.r_[1, hidden.astype(int), 1]))
    spans = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 3 * U / STEP]
    return [np.r_[line[a : b - 1 : 4], line[b - 1 : b]] for a, b in spans]


def ink(ribbons: list[Ribbon]) -> list[list[np.ndarray]]:
    """What the pen draws of each ribbon: its lines, frayed at both ends, cut where it dives."""
    rng, drawn = random.Random(SEED), []
    for ribbon, hidden in zip(ribbons, weave(ribbons), strict=True):
        pieces = []
        for line, gone in zip(lines_of(ribbon), hidden, strict=True):
            start, end = (int(rng.uniform(0, PARAMS["fray_mm"] * U) / STEP) for _ in "ab")
            gone[:start] = True
            gone[len(gone) - end :] = True
            pieces += seen(line, gone)
        drawn.append(pieces)
    return drawn


def fit(lines: list[np.ndarray], bounds: np.ndarray) -> list[np.ndarray]:
    """Shrink and shift just enough to keep the margin, should the drift have used it up."""
    low, high, sheet = bounds.min(0), bounds.max(0), np.array([W, H])
    scale = min(1.0, *((sheet - 1.6 * MARGIN) / (high - low)))
    origin = np.clip(low, 0.8 * MARGIN, sheet - 0.8 * MARGIN - scale * (high - low))
    return [origin + scale * (line - low) for line in lines]


@cache
def picture() -> dict[str, list[np.ndarray]]:
    rng = random.Random(SEED)
    ribbons = [make_ribbon(rng, c, s) for c, s in zip(COURSES, SHARE, strict=True)]
    drawn = ink(ribbons)
    bounds = np.concatenate([line for lines in drawn for line in lines])
    pens = {"ink": fit(sum(drawn[:3], []), bounds), "vermilion": fit(drawn[3], bounds)}
    if random.Random(SEED).random() < 0.4:  # the same knot for the other hand
        pens = {pen: [(W, 0) + line * (-1, 1) for line in lines] for pen, lines in pens.items()}
    return pens


@primitive
def woven_ribbons(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    """One pen's lines as Grafix wants them: a table of points, and where each line begins."""
    lines = picture()[pen]
    xy = np.concatenate(lines)
    coords = np.c_[xy, np.zeros(len(xy))].astype(np.float32)
    return coords, np.cumsum([0, *map(len, lines)]).astype(np.int32)


def draw(t: float) -> list:
    ink, vermilion = (0.1, 0.11, 0.14), (0.8, 0.27, 0.14)
    return [
        L(name="ink").layer(G.woven_ribbons(pen="ink"), color=ink, thickness=PEN),
        L(name="vermilion").layer(G.woven_ribbons(pen="vermilion"), color=vermilion, thickness=PEN),
    ]
