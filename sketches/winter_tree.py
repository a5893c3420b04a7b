"""Winter tree: a wind-bent tree leans over a low sun and lays its shadow on the snow.

Branches compete for air: thick ones grow first and a twig stops before it would touch
another, so nothing crosses. The snow is drawn only where the shadow falls.
"""

import math
import random
from collections import deque
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
    "spread_deg": 52.0,
    "twig_gap_mm": 0.9,
    "sun_mm": 15.0,
    "horizon": 0.77,
    "shadow_mm": 0.85,
}
RANGES = {
    "wind": (0.25, 0.9),
    "trunk_mm": (5.0, 11.0),
    "limbs": (9, 17),
    "spread_deg": (38.0, 66.0),
    "twig_gap_mm": (0.7, 1.5),
    "sun_mm": (9.0, 20.0),
    "horizon": (0.7, 0.8),
    "shadow_mm": (0.7, 1.3),
}
TAGS = (
    "winter", "tree", "wind", "snow", "sun", "shadow", "solitude", "growth",
    "branch", "silence", "cold", "endurance", "landscape", "l-system",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN = 12 * U
CELL = 0.2 * U
ROOT = np.array([0.37 * W, PARAMS["horizon"] * H + 9 * U])
SUN = np.array([0.66 * W, PARAMS["horizon"] * H - 0.35 * PARAMS["sun_mm"] * U])
SHAPE = (int(H / CELL) + 1, int(W / CELL) + 1)


class Branch(NamedTuple):
    """A centre line, the width at each of its points, and how often it forked before."""

    path: np.ndarray
    width: np.ndarray
    order: int


def cells(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Grid row and column of each point."""
    index = np.clip((points / CELL).astype(int), 0, np.array(SHAPE[::-1]) - 1)
    return index[:, 1], index[:, 0]


def stamp(grid: np.ndarray, path: np.ndarray, radius: np.ndarray, mark: int) -> None:
    """Paint a disc of the given radius at every point of a path, never over another mark."""
    for (x, y), r in zip(path / CELL, radius / CELL, strict=True):
        x0, x1 = max(int(x - r), 0), int(x + r) + 2
        y0, y1 = max(int(y - r), 0), int(y + r) + 2
        yy, xx = np.ogrid[y0:y1, x0:x1]
        window = grid[y0:y1, x0:x1]
        disc = (xx[:, : window.shape[1]] - x) ** 2 + (yy[: window.shape[0]] - y) ** 2 <= r * r
        window[disc & (window == 0)] = mark


def grow_one(
    rng: random.Random, start: np.ndarray, heading: float, length: float, order: int,
    zone: np.ndarray, parent: int,
) -> np.ndarray:  # fmt: skip
    """Walk with the wind until the length is used up or somebody else's air begins."""
    step, free, points = 0.7 * U, False, [start]
    bend = PARAMS["wind"] * (0.011, 0.02, 0.035, 0.05)[order]
    for _ in range(int(length / step)):
        heading += bend * math.sin(-0.12 - heading) + rng.gauss(0, 0.045)
        here = points[-1] + step * np.array([math.cos(heading), math.sin(heading)])
        row, col = cells(here[None])
        owner = zone[row[0], col[0]]
        free = free or owner != parent
        inside = MARGIN < here[0] < W - MARGIN and MARGIN < here[1] < ROOT[1] + 1
        if not inside or (free and owner != 0):
            break
        points.append(here)
    return np.array(points)


def grow_tree(height: float) -> list[Branch]:
    """Grow order by order, so that boughs take their place before twigs do."""
    rng = random.Random(SEED)
    zone = np.zeros(SHAPE, np.int32)
    queue = deque([(ROOT, -1.75, height, PARAMS["trunk_mm"] * U, 0, 0)])
    tree: list[Branch] = []
    while queue:
        start, heading, length, width, order, parent = queue.popleft()
        path = grow_one(rng, start, heading, length, order, zone, parent)
        if len(path) < 5:
            continue
        s = np.linspace(0, 1, len(path))
        taper = np.maximum(width * (1 - s) ** 0.8, 0.3 * PEN_MM)
        if order == 0:
            taper = taper * (1 + 0.9 * np.exp(-s * 22))
        tree.append(Branch(path, taper, order))
        stamp(zone, path, taper / 2 + PARAMS["twig_gap_mm"] * U, len(tree))
        if order < 3:
            queue.extend(side_shoots(rng, tree[-1], length, len(tree)))
    return tree


def side_shoots(rng: random.Random, branch: Branch, length: float, mark: int) -> list[tuple]:
    """Shoots left and right; those that face the wind stay short."""
    shoots = []
    count = PARAMS["limbs"] - 2 * branch.order
    for i in range(count):
        s = (0.3 if branch.order == 0 else 0.16) + 0.8 * (i + rng.uniform(0, 0.7)) / count
        k = min(int(s * len(branch.path)), len(branch.path) - 2)
        dx, dy = branch.path[k + 1] - branch.path[k]
        side = 1 if i % 2 else -1
        turn = math.radians(PARAMS["spread_deg"] * rng.uniform(0.75, 1.2))
        heading = math.atan2(dy, dx) + side * turn
        lee = 0.62 + 0.38 * math.cos(heading)
        reach = length * rng.uniform(0.42, 0.62) * (1 - 0.45 * s) * lee
        width = 0.6 * branch.width[k]
        shoots.append((branch.path[k], heading, reach, width, branch.order + 1, mark))
    return shoots


def join(lines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Grafix wants one table of points and the row at which each line begins."""
    sizes = [len(line) for line in lines]
    coords = np.zeros((sum(sizes), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *sizes]).astype(np.int32)


def runs(points: np.ndarray, keep: np.ndarray, shortest: float) -> list[np.ndarray]:
    """The stretches of a line on which `keep` holds, without the tiny ones."""
    edges = np.flatnonzero(np.diff(np.r_[0, keep.astype(int), 0]))
    pieces = [points[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [p for p in pieces if len(p) > 1 and np.hypot(*(p[-1] - p[0])) >= shortest]


def strokes(branch: Branch) -> list[tuple[np.ndarray, np.ndarray]]:
    """Parallel strokes of a branch: close on the shaded side, open towards the sun."""
    tangent = np.gradient(branch.path, axis=0)
    tangent /= np.hypot(*tangent.T)[:, None]
    normal = np.c_[-tangent[:, 1], tangent[:, 0]]
    half = branch.width / 2
    offsets = [-half, half]
    keeps = [np.full(len(half), True), branch.width > 1.1 * PEN_MM]
    o, gap = -half.max() + 1.15 * PEN_MM, 1.15 * PEN_MM
    while o < half.max():
        offsets.append(np.full(len(half), o))
        keeps.append(half - abs(o) > 1.05 * PEN_MM)
        gap *= 1.07
        o += gap
    return [(branch.path + normal * d[:, None], k) for d, k in zip(offsets, keeps, strict=True)]


def draw_tree(tree: list[Branch]) -> tuple[list[np.ndarray], np.ndarray]:
    """Ink of the tree, and the grid of its body."""
    body, ink = np.zeros(SHAPE, np.int32), []
    for mark, branch in enumerate(tree, 1):
        stamp(body, branch.path, branch.width / 2 + 0.1 * U, mark)
        for line, keep in strokes(branch):
            owner = body[cells(line)]
            ink += runs(line, keep & ((owner == mark) | (owner == 0)), 1.0 * U)
    return ink, body


def draw_shadow(body: np.ndarray) -> list[np.ndarray]:
    """Each line of snow repeats one row of the tree, pushed away from the sun."""
    away, flat, lines = 0.5, 0.3, []
    y = ROOT[1]
    while y < H - MARGIN:
        rise = (y - ROOT[1]) / flat
        row = int((ROOT[1] - rise) / CELL)
        if row < 0:
            break
        x = np.arange(SHAPE[1]) * CELL - away * rise
        line = np.c_[x, y + 0.5 * U * np.sin(x * 0.09 / U + y * 0.05 / U)]
        keep = (body[row] > 0) & (x > MARGIN) & (x < W - MARGIN)
        lines += runs(line, keep, 0.6 * U)
        y += PARAMS["shadow_mm"] * U
    return lines


def draw_sun(body: np.ndarray) -> list[np.ndarray]:
    """A disc of level lines, closer towards the snow, broken by the branches before it."""
    lines, r = [], PARAMS["sun_mm"] * U
    y, gap = PARAMS["horizon"] * H - 1.2 * U, 0.55 * U
    while y > SUN[1] - r:
        half = math.sqrt(max(r * r - (y - SUN[1]) ** 2, 0))
        x = np.arange(SUN[0] - half, SUN[0] + half, CELL)
        line = np.c_[x, np.full(len(x), y)]
        keep = body[cells(line)] == 0 if len(x) else np.zeros(0, bool)
        lines += runs(line, keep, 0.8 * U)
        y -= gap
        gap *= 1.035
    return lines


def draw_horizon(body: np.ndarray) -> list[np.ndarray]:
    x = np.arange(MARGIN, W - MARGIN, CELL)
    line = np.c_[x, np.full(len(x), PARAMS["horizon"] * H)]
    return runs(line, body[cells(line)] == 0, 1.0 * U)


TREE = grow_tree(0.66 * H)
INK, BODY = draw_tree(TREE)


@primitive
def winter_tree(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    if pen == "vermilion":
        return join(draw_sun(BODY))
    return join(INK + draw_shadow(BODY) + draw_horizon(BODY))


def draw(t: float) -> list:
    return [
        L(name="ink").layer(G.winter_tree(pen="ink"), color=(0.1, 0.11, 0.14), thickness=PEN),
        L(name="vermilion").layer(
            G.winter_tree(pen="vermilion"), color=(0.8, 0.27, 0.14), thickness=PEN
        ),
    ]
