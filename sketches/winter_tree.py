"""Winter tree: a wind-bent tree leans over a low sun and lays its shadow on the snow.

Branches compete for air: boughs grow first, and a twig stops before it would touch
another, so nothing crosses. The snow is drawn only where the shadow falls.
"""

import math
import random
from collections import deque
from functools import cache
from typing import NamedTuple

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "wind": 0.55,
    "trunk_mm": 8.0,
    "limbs": 13,
    "twig_gap_mm": 0.6,
    "sun_mm": 16.0,
    "horizon": 0.77,
}
RANGES = {
    "wind": (0.35, 0.85),
    "trunk_mm": (5.0, 11.0),
    "limbs": (9, 16),
    "twig_gap_mm": (0.5, 1.0),
    "sun_mm": (10.0, 20.0),
    "horizon": (0.7, 0.79),
}
TAGS = (
    "winter", "tree", "wind", "snow", "sun", "shadow", "solitude", "growth",
    "branch", "silence", "cold", "endurance", "landscape", "l-system",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN, CELL = 12 * U, 0.2 * U
HORIZON, SUN_R, GAP = PARAMS["horizon"] * H, PARAMS["sun_mm"] * U, PARAMS["twig_gap_mm"] * U
ROOT = (0.35 * W, HORIZON + 9 * U)
SUN = (0.68 * W, HORIZON - 0.55 * SUN_R)
SHAPE = (int(H / CELL) + 1, int(W / CELL) + 1)
# By order of branching, trunk to twig: thin wood gives way to the wind, and stands closer.
BEND = (0.0165, 0.05, 0.11, 0.28, 0.4)
SWAY = (0.012, 0.03, 0.03, 0.04, 0.05)
AIR = (1.6, 1.3, 1.1, 1.0, 1.0)
SHORTEST = (6, 6, 6, 5, 4)


class Branch(NamedTuple):
    path: np.ndarray
    width: np.ndarray
    order: int


class Shoot(NamedTuple):
    """A branch still to be grown, and the mark of the one that carries it."""

    start: tuple[float, float]
    heading: float
    length: float
    width: float
    order: int
    parent: int


def cells(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Grid row and column of each point."""
    index = (points / CELL).astype(int)
    row, col = (np.minimum(np.maximum(index[..., k], 0), SHAPE[1 - k] - 1) for k in (1, 0))
    return row, col


def around(reach: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps to all cells within reach, the nearest first, and the squares of how far they are."""
    y, x = np.indices((2 * reach + 1, 2 * reach + 1)).reshape(2, -1) - reach
    order = np.argsort(x**2 + y**2, kind="stable")
    return y[order] * SHAPE[1] + x[order], (x**2 + y**2)[order]


NEAR, APART = around(int(MARGIN / CELL))


def stamp(grid: np.ndarray, path: np.ndarray, radius: np.ndarray, mark: int) -> None:
    """Paint a disc at every point of a path, never over somebody else's mark."""
    rows, cols = cells(path)
    counts = np.searchsorted(APART, (radius / CELL) ** 2, side="right")
    disc = np.concatenate([NEAR[:count] for count in counts.tolist()])
    places = np.repeat(rows * SHAPE[1] + cols, counts) + disc
    places = places[grid.ravel()[places] == 0]
    grid.ravel()[places] = mark


def walk(rng: random.Random, shoot: Shoot, zone: np.ndarray) -> list[tuple[float, float]]:
    """Follow the wind until the length is used up or somebody else's air begins."""
    step, heading, outside = 0.7 * U, shoot.heading, False
    (x, y), points = shoot.start, [shoot.start]
    phase, bend, sway = rng.uniform(0, math.tau), PARAMS["wind"] * BEND[shoot.order], SWAY[shoot.order]
    # the trunk ends well before the frame, to leave room for what it carries
    right, top = (W - MARGIN, MARGIN) if shoot.order else (0.76 * W, MARGIN + 36 * U)
    for k in range(int(shoot.length / step)):
        gust = 0.3 * math.sin((0.045 * x + 0.03 * y) / U + 1.0)
        heading += bend * math.sin(gust - heading) + sway * math.sin(phase + 0.17 * k)
        x, y = x + step * math.cos(heading), y + step * math.sin(heading)
        if not (MARGIN < x < right and top < y < ROOT[1] + 4 * U):
            break
        owner = zone.item(int(y / CELL), int(x / CELL))
        outside = outside or owner != shoot.parent
        if outside and owner != 0:
            break
        points.append((x, y))
    return points


def side_shoots(rng: random.Random, branch: Branch, length: float, mark: int) -> list[Shoot]:
    """Shoots left and right along a branch; those that face the wind stay short."""
    shoots, count = [], PARAMS["limbs"] - (0, 1, 2, 4)[branch.order]
    path = branch.path.tolist()
    for i in range(count):
        s = (0.3, 0.12, 0.08, 0.08)[branch.order]
        s += (0.94 - s) * (i + rng.uniform(0, 0.6)) / count
        k = min(int(s * len(path)), len(path) - 2)
        (x, y), (next_x, next_y) = path[k : k + 2]
        turn = math.radians(52) * rng.uniform(0.8, 1.2)
        heading = math.atan2(next_y - y, next_x - x) + (turn if i % 2 else -turn)
        lee = 0.72 + 0.28 * math.cos(heading)
        reach = length * rng.uniform(0.5, 0.85) * (1 - 0.35 * s) * lee
        room = (W - MARGIN - x) * rng.uniform(0.55, 1.0)
        width, order = 0.6 * float(branch.width[k]), branch.order + 1
        shoots.append(Shoot((x, y), heading, min(reach, room), width, order, mark))
    return shoots


def grow_tree() -> list[Branch]:
    """Grow order by order, so that boughs take their place before twigs do."""
    rng, zone, tree = random.Random(SEED), np.zeros(SHAPE, np.int32), []
    queue = deque([Shoot((ROOT[0], ROOT[1] + 3 * U), -1.9, 0.8 * H, PARAMS["trunk_mm"] * U, 0, 0)])
    while queue:
        shoot = queue.popleft()
        points = walk(rng, shoot, zone)
        if len(points) < SHORTEST[shoot.order]:
            continue
        path, s = np.array(points), np.linspace(0, 1, len(points))
        width = np.maximum(shoot.width * (1 - s) ** 0.8, 0.3 * PEN_MM)
        if shoot.order == 0:
            width *= 1 + 0.9 * np.exp(-22 * s)
        tree.append(Branch(path, width, shoot.order))
        stamp(zone, path, width / 2 + GAP * AIR[shoot.order], len(tree))
        if shoot.order < 4:
            queue.extend(side_shoots(rng, tree[-1], shoot.length, len(tree)))
    return tree


def runs(points: np.ndarray, keep: np.ndarray, shortest: float) -> list[np.ndarray]:
    """The stretches of a line on which `keep` holds, without the tiny ones."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], keep, [False]])))
    pieces = [points[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1]
    pieces = [p for p in pieces if np.hypot(*(p[-1] - p[0])) >= shortest]
    return [np.concatenate([p[:-1:3], p[-1:]]) for p in pieces]


def strokes(branch: Branch) -> tuple[np.ndarray, np.ndarray]:
    """Parallel strokes of a branch, close on the shaded side and open towards the sun, and where to keep them."""
    s = np.arange(len(branch.path))
    fine = np.linspace(0, s[-1], 4 * len(s))
    path = np.stack([np.interp(fine, s, axis) for axis in branch.path.T], axis=1)
    half = np.interp(fine, s, branch.width) / 2
    tangent = np.gradient(path, axis=0)
    normal = tangent[:, ::-1] * (-1, 1) / np.hypot(*tangent.T)[:, None]
    lines = [(-half, half > 0), (half, half > 0.55 * PEN_MM)]
    gap, widest = 1.1 * PEN_MM, half.max()
    offset = gap - widest
    while offset < widest:
        lines.append((np.full(len(half), offset), half - abs(offset) > 1.6 * PEN_MM))
        gap *= 1.1
        offset += gap
    across, keep = map(np.array, zip(*lines, strict=True))
    return path + normal * across[..., None], keep


def ink_tree(tree: list[Branch]) -> tuple[list[np.ndarray], np.ndarray]:
    """The strokes of the tree, each cut where an older branch covers it, and its silhouette."""
    body, ink = np.zeros(SHAPE, np.int32), []
    for mark, branch in enumerate(tree, 1):
        stamp(body, branch.path, branch.width / 2 + 0.1 * U, mark)
        lines, keep = strokes(branch)
        owner, x, y = body[cells(lines)], lines[..., 0], lines[..., 1]
        above = y < ROOT[1] + 0.6 * U * np.sin(x / U)
        keep &= above & ((owner == mark) | (owner == 0))
        for line, shown in zip(lines[keep.any(axis=1)], keep[keep.any(axis=1)], strict=True):
            ink += runs(line, shown, 1.5 * U)
    return ink, body


def blur(body: np.ndarray, across: float, down: float) -> np.ndarray:
    """Mean cover in a box around each cell: a far shadow is soft."""
    cover = (body > 0).astype(float)
    for axis, size in ((1, across), (0, down)):
        n, sums = max(int(size / CELL), 1), np.cumsum(cover, axis=axis)
        cover = (np.roll(sums, -n, axis) - np.roll(sums, n, axis)) / (2 * n)
    return cover


def ink_shadow(body: np.ndarray) -> list[np.ndarray]:
    """Each line on the snow repeats one row of the tree, pushed away from the sun."""
    cover, lines, x = blur(body, 0.8 * U, 1.6 * U), [], np.arange(SHAPE[1]) * CELL
    depth = min(0.2 * (ROOT[1] - 0.15 * H), H - MARGIN - ROOT[1])
    for y in np.arange(ROOT[1] + 0.85 * U, ROOT[1] + depth, 0.85 * U):
        rise = (y - ROOT[1]) / depth * (ROOT[1] - 0.15 * H)
        pushed = x - 0.2 * rise
        line = np.c_[pushed, y + 0.5 * U * np.sin((0.09 * pushed + 0.05 * y) / U)]
        keep = (cover[int((ROOT[1] - rise) / CELL)] > 0.22) & (abs(pushed - W / 2) < W / 2 - MARGIN)
        lines += runs(line, keep, 2.2 * U)
    return lines


def snow(x: np.ndarray) -> np.ndarray:
    """The snow line behind the tree: one slow swell."""
    return HORIZON + 2.2 * U * np.cos(2.2 * np.pi * (x / W - 0.1))


def ink_sun(body: np.ndarray) -> list[np.ndarray]:
    """A disc of level lines, closer towards the snow, broken by the branches before it."""
    lines, y, gap = [], HORIZON + 2 * U, 0.55 * U
    while y > SUN[1] - SUN_R:
        half = math.sqrt(max(SUN_R**2 - (y - SUN[1]) ** 2, 0))
        x = np.arange(SUN[0] - half, SUN[0] + half, CELL)
        line = np.c_[x, np.full(len(x), y)]
        lines += runs(line, (body[cells(line)] == 0) & (y < snow(x) - 0.6 * U), 0.8 * U)
        y -= gap
        gap *= 1.035
    return lines


def ink_horizon(body: np.ndarray) -> list[np.ndarray]:
    x = np.arange(MARGIN, W - MARGIN, CELL)
    line = np.c_[x, snow(x)]
    return runs(line, body[cells(line)] == 0, 1.0 * U)


@cache
def picture() -> dict[str, list[np.ndarray]]:
    ink, body = ink_tree(grow_tree())
    return {"ink": ink + ink_shadow(body) + ink_horizon(body), "vermilion": ink_sun(body)}


@primitive
def winter_tree(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    """One pen's lines as Grafix wants them: a table of points, and where each line begins."""
    lines = picture()[pen]
    xy = np.concatenate(lines)
    coords = np.c_[xy, np.zeros(len(xy))].astype(np.float32)
    return coords, np.cumsum([0, *map(len, lines)]).astype(np.int32)


def draw(t: float) -> list:
    ink, vermilion = (0.1, 0.11, 0.14), (0.8, 0.27, 0.14)
    return [
        L(name="ink").layer(G.winter_tree(pen="ink"), color=ink, thickness=PEN),
        L(name="vermilion").layer(G.winter_tree(pen="vermilion"), color=vermilion, thickness=PEN),
    ]
