"""Tide pool: a bank of pebbles curves round still water, and one stone lies in the water alone.

Big stones settle where the bank is broad, small ones fill the gaps and run out into its two
tips. Every stone is worn, and hatched, in its own way; the light on all of them is the same.
"""

import math
import random
from typing import NamedTuple

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "largest_mm": 15.0,
    "smallest_mm": 0.9,
    "bank": 0.5,
    "gap_mm": 0.7,
    "hatch_mm": 0.62,
    "light_deg": 225.0,
    "wear": 0.14,
}
RANGES = {
    "largest_mm": (10.0, 18.0),
    "smallest_mm": (0.8, 1.6),
    "bank": (0.38, 0.58),
    "gap_mm": (0.5, 1.2),
    "hatch_mm": (0.5, 0.9),
    "light_deg": (200.0, 340.0),
    "wear": (0.05, 0.2),
}
TAGS = (
    "tide", "pool", "stone", "pebble", "beach", "sea", "calm", "solitude",
    "packing", "hatching", "memory", "collection", "rest", "light",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN = 12 * U
POOL = np.array([0.64 * W, 0.38 * H])
POOL_R = np.array([0.4 * W, 0.27 * H])
DEEPEST = math.radians(125)
AWAY = np.array([-math.cos(a := math.radians(PARAMS["light_deg"])), -math.sin(a)])


class Stone(NamedTuple):
    """A pebble: its circle, and three numbers that say how it is worn."""

    centre: np.ndarray
    radius: float
    turn: float
    oval: float
    corner: float

    def edge(self, angle: np.ndarray) -> np.ndarray:
        """Distance of the edge from the centre; never beyond the circle it was packed as."""
        oval = self.oval * (1 + np.cos(2 * (angle - self.turn))) / 2
        corner = self.corner * (1 + np.cos(3 * angle + self.turn)) / 2
        return self.radius * (1 - oval - corner)

    def inside(self, points: np.ndarray, air: float) -> np.ndarray:
        x, y = (points - self.centre).T
        return np.hypot(x, y) < self.edge(np.arctan2(y, x)) - air

    def shade(self, points: np.ndarray) -> np.ndarray:
        """-1 on the side of the light, 1 on the other."""
        return (points - self.centre) @ AWAY / self.radius


def bank(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Room to the edges of the bank, and how large a stone may be at each point."""
    x, y = ((points - POOL) / POOL_R).T
    turn = np.arctan2(y, x)
    broad = np.clip(0.5 + 0.62 * np.cos(turn - DEEPEST), 0, 1) ** 1.1
    width = PARAMS["bank"] * W * broad
    depth = (np.hypot(x, y) - 1) * POOL_R.mean()
    frame = np.minimum(points, [W, H] - points).min(axis=1) - MARGIN
    room = np.minimum(np.minimum(depth, width - depth), frame)
    middle = np.clip(4 * depth * (width - depth) / np.maximum(width, 1) ** 2, 0, 1)
    return room, PARAMS["largest_mm"] * U * (0.06 + 0.94 * broad**1.5 * middle**0.6)


def pack(rng: np.random.Generator) -> list[Stone]:
    """Place large stones first, each where it fits most snugly."""
    spots = rng.uniform((0, 0), (W, H), (9000, 2))
    room, wanted = bank(spots)
    stones: list[Stone] = []
    radius = PARAMS["largest_mm"] * U
    while radius >= PARAMS["smallest_mm"] * U:
        fits = np.flatnonzero((room >= radius) & (wanted >= radius))
        if len(fits) == 0:
            radius *= 0.94
            continue
        best = fits[np.argmin(room[fits])]
        wear = PARAMS["wear"] * rng.uniform(0.4, 1, 2)
        stones.append(Stone(spots[best], radius, rng.uniform(0, 6.3), wear[0], 0.5 * wear[1]))
        gone = np.hypot(*(spots - spots[best]).T) - radius - PARAMS["gap_mm"] * U
        room = np.minimum(room, gone)
    return stones


def runs(points: np.ndarray, keep: np.ndarray) -> list[np.ndarray]:
    """The stretches of a line on which `keep` holds, without the tiny ones."""
    edges = np.flatnonzero(np.diff(np.r_[0, keep.astype(int), 0]))
    pieces = [points[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [p for p in pieces if len(p) > 1 and np.hypot(*np.diff(p, axis=0).T).sum() > 0.6 * U]


def outline(stone: Stone) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, max(20, int(stone.radius * 9 / U)))
    return stone.centre + stone.edge(angle)[:, None] * np.c_[np.cos(angle), np.sin(angle)]


def rings(stone: Stone, step: float, rng: random.Random) -> list[np.ndarray]:
    """Rings about the place the light falls on, closer on the far side."""
    lines, r, gap = [], 0.75 * stone.radius, 1.9 * step
    angle = np.linspace(0, 2 * np.pi, 160)
    while r < 1.6 * stone.radius:
        lines.append(stone.centre - 0.5 * stone.radius * AWAY + r * np.c_[np.cos(angle), np.sin(angle)])
        r += gap
        gap = max(step, 0.9 * gap)
    return lines


def strokes(stone: Stone, step: float, rng: random.Random) -> list[np.ndarray]:
    """Parallel strokes that reach from the shaded edge towards the light, unevenly."""
    angle = math.atan2(AWAY[1], AWAY[0]) + rng.choice((-0.5, 0.0, 0.6))
    along, across = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
    lines = []
    for s in np.arange(-stone.radius, stone.radius, step):
        start = -0.05 + 0.25 * math.sin(7 * s / stone.radius) * rng.random()
        t = np.linspace(start, 1, 60)[:, None] * stone.radius
        lines.append(stone.centre + s * across + t * along)
    return lines


STYLES = [rings, strokes]


def hatch(stone: Stone, index: int, rng: random.Random) -> list[np.ndarray]:
    step = PARAMS["hatch_mm"] * U
    if stone.radius < 1.6 * U:
        return []
    style = STYLES[index % len(STYLES)]
    pieces = []
    for line in style(stone, step, rng):
        pieces += runs(line, stone.inside(line, 0.7 * step))
    return pieces


def join(lines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Grafix wants one table of points and the row at which each line begins."""
    sizes = [len(line) for line in lines]
    coords = np.zeros((sum(sizes), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *sizes]).astype(np.int32)


@primitive
def tide_pool(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    rng = random.Random(SEED)
    lines = []
    for i, stone in enumerate(pack(np.random.default_rng(SEED))):
        lines += [outline(stone), *hatch(stone, i, rng)]
    return join(lines)


def draw(t: float) -> list:
    return [L(name="ink").layer(G.tide_pool(pen="ink"), color=(0.1, 0.11, 0.14), thickness=PEN)]
