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
ROOT = np.array([0.35 * W, HORIZON + 9 * U])
SUN = np.array([0.68 * W, HORIZON - 0.55 * SUN_R])
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

    start: np.ndarray
    heading: float
    length: float
    width: float
    order: int
    parent: int


def cells(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Grid row and column of each point."""
    index = np.clip((points / CELL).astype(int), 0, np.array(SHAPE[::-1]) - 1)
    return index[:, 1], index[:, 0]


def stamp(grid: np.ndarray, path: np.ndarray, radius: np.ndarray, mark: int) -> None:
    """Paint a disc at every point of a path, never over somebody else's mark."""
    rows, cols = cells(path)
    offset = np.arange(-int(radius.max() / CELL) - 1, int(radius.max() / CELL) + 2)
    apart = offset[:, None] ** 2 + offset[None] ** 2
    point, dy, dx = np.nonzero(apart[None] <= (radius / CELL)[:, None, None] ** 2)
    y = np.clip(rows[point] + offset[dy], 0, SHAPE[0] - 1)
    x = np.clip(cols[point] + offset[dx], 0, SHAPE[1] - 1)
    free = grid[y, x] == 0
    grid[y[free], x[free]] = mark


def in_frame(x: float, y: float, order: int) -> bool:
    """The trunk ends well before the frame, to leave room for what it carries."""
    right, top = (W - MARGIN, MARGIN) if order else (0.76 * W, MARGIN + 36 * U)
    return MARGIN < x < right and top < y < ROOT[1] + 4 * U


def walk(rng: random.Random, shoot: Shoot, zone: np.ndarray) -> np.ndarray:
    """Follow the wind until the length is used up or somebody else's air begins."""
    step, heading, outside = 0.7 * U, shoot.heading, False
    (x, y), points = shoot.start, [shoot.start]
    phase, bend = rng.uniform(0, math.tau), PARAMS["wind"] * BEND[shoot.order]
    for k in range(int(shoot.length / step)):
        gust = 0.3 * math.sin((0.045 * x + 0.03 * y) / U + 1.0)
        heading += bend * math.sin(gust - heading) + SWAY[shoot.order] * math.sin(phase + 0.17 * k)
        x, y = x + step * math.cos(heading), y + step * math.sin(heading)
        if not in_frame(x, y, shoot.order):
            break
        owner = zone[int(y / CELL), int(x / CELL)]
        outside = outside or owner != shoot.parent
        if outside and owner != 0:
            break
        points.append((x, y))
    return np.array(points)


def side_shoots(rng: random.Random, branch: Branch, length: float, mark: int) -> list[Shoot]:
    """Shoots left and right along a branch; those that face the wind stay short."""
    shoots, count = [], PARAMS["limbs"] - (0, 1, 2, 4)[branch.order]
    for i in range(count):
        s = (0.3, 0.12, 0.08, 0.08)[branch.order]
        s += (0.94 - s) * (i + rng.uniform(0, 0.6)) / count
        k = min(int(s * len(branch.path)), len(branch.path) - 2)
        dx, dy = branch.path[k + 1] - branch.path[k]
        turn = math.radians(52) * rng.uniform(0.8, 1.2)
        heading = math.atan2(dy, dx) + (turn if i % 2 else -turn)
        lee = 0.72 + 0.28 * math.cos(heading)
        reach = length * rng.uniform(0.5, 0.85) * (1 - 0.35 * s) * lee
        room = (W - MARGIN - branch.path[k][0]) * rng.uniform(0.55, 1.0)
        width, order = 0.6 * float(branch.width[k]), branch.order + 1
        shoots.append(Shoot(branch.path[k], heading, min(reach, room), width, order, mark))
    return shoots


def grow_tree() -> list[Branch]:
    """Grow order by order, so that boughs take their place before twigs do."""
    rng, zone, tree = random.Random(SEED), np.zeros(SHAPE, np.int32), []
    queue = deque([Shoot(ROOT + (0, 3 * U), -1.9, 0.8 * H, PARAMS["trunk_mm"] * U, 0, 0)])
    while queue:
        shoot = queue.popleft()
        path = walk(rng, shoot, zone)
        if len(path) < SHORTEST[shoot.order]:
            continue
        s = np.linspace(0, 1, len(path))
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
    edges = np.flatnonzero(np.diff(np.r_[0, keep.astype(int), 0]))
    pieces = [points[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1]
    pieces = [p for p in pieces if np.hypot(*(p[-1] - p[0])) >= shortest]
    return [np.r_[p[:-1:3], p[-1:]] for p in pieces]


def strokes(branch: Branch) -> list[tuple[np.ndarray, np.ndarray]]:
    """Parallel strokes of a branch, close on the shaded side and open towards the sun."""
    s, fine = (
        np.arange(len(branch.path)),
        np.linspace(0, len(branch.path) - 1, 4 * len(branch.path)),
    )
    path = np.stack([np.interp(fine, s, axis) for axis in branch.path.T], axis=1)
    half = np.interp(fine, s, branch.width) / 2
    tangent = np.gradient(path, axis=0)
    normal = tangent[:, ::-1] * (-1, 1) / np.hypot(*tangent.T)[:, None]
    lines = [(-half, half > 0), (half, half > 0.55 * PEN_MM)]
    gap = 1.1 * PEN_MM
    offset = gap - half.max()
    while offset < half.max():
        lines.append((np.full(len(half), offset), half - abs(offset) > 1.6 * PEN_MM))
        gap *= 1.1
        offset += gap
    return [(path + normal * offsets[:, None], keep) for offsets, keep in lines]


def ink_tree(tree: list[Branch]) -> tuple[list[np.ndarray], np.ndarray]:
    """The strokes of the tree, each cut where an older branch covers it, and its silhouette."""
    body, ink = np.zeros(SHAPE, np.int32), []
    for mark, branch in enumerate(tree, 1):
        stamp(body, branch.path, branch.width / 2 + 0.1 * U, mark)
        for line, keep in strokes(branch):
            owner, (x, y) = body[cells(line)], line.T
            above = y < ROOT[1] + 0.6 * U * np.sin(x / U)
            ink += runs(line, keep & above & ((owner == mark) | (owner == 0)), 1.5 * U)
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
