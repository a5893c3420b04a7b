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
    "bank": 0.43,
    "gap_mm": 0.7,
    "hatch_mm": 0.62,
    "light_deg": 225.0,
    "wear": 0.14,
}
RANGES = {
    "largest_mm": (10.0, 18.0),
    "smallest_mm": (0.8, 1.6),
    "bank": (0.34, 0.52),
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
RNG = random.Random(SEED)
POOL = np.array([RNG.uniform(0.66, 0.7) * W, RNG.uniform(0.37, 0.41) * H])
POOL_R = np.array([0.36 * W, 0.27 * H])
DEEPEST = math.radians(RNG.uniform(112, 140))
ALONE = np.array([RNG.uniform(-0.1, 0.3), RNG.uniform(-0.35, 0.1)])
LIGHT = math.radians(PARAMS["light_deg"])
AWAY = -np.array([math.cos(LIGHT), math.sin(LIGHT)])
ASIDE = AWAY[::-1] * (-1, 1)


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
    broad = np.clip(0.4 + 0.64 * np.cos(turn - DEEPEST), 0, 1) ** 1.2
    width = PARAMS["bank"] * min(W, H) * broad
    depth = (np.hypot(x, y) - 1) * POOL_R.mean()
    frame = np.minimum(points, [W, H] - points).min(axis=1) - MARGIN
    room = np.minimum(np.minimum(depth, width - depth), frame)
    middle = np.clip(4 * depth * (width - depth) / np.maximum(width, 1) ** 2, 0, 1)
    return room, PARAMS["largest_mm"] * U * (0.06 + 0.94 * broad**1.5 * middle**0.6)


def pack(rng: np.random.Generator) -> list[Stone]:
    """Place large stones first, each where it fits most snugly."""
    spots = rng.uniform((0, 0), (W, H), (40000, 2))
    spots = spots[bank(spots)[0] > PARAMS["smallest_mm"] * U]
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
        left = room >= PARAMS["smallest_mm"] * U
        spots, room, wanted = spots[left], room[left], wanted[left]
    return stones


def runs(points: np.ndarray, keep: np.ndarray, shortest: float) -> list[np.ndarray]:
    """The stretches of a line on which `keep` holds, without the tiny ones."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], keep, [False]])))
    pieces = [points[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [p for p in pieces if np.hypot(*(p[1:] - p[:-1]).T).sum() > shortest]


def outline(stone: Stone) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, max(20, int(stone.radius * 9 / U)))
    return stone.centre + stone.edge(angle)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def circle(centre: np.ndarray, radius: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 160)
    return centre + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def rings(stone: Stone, step: float, rng: random.Random) -> list[np.ndarray]:
    """Rings about the place the light falls on, closer on the far side."""
    lines, r, gap = [], 0.75 * stone.radius, 1.9 * step
    while r < 1.6 * stone.radius:
        lines.append(circle(stone.centre - 0.5 * stone.radius * AWAY, r))
        r += gap
        gap = max(step, 0.9 * gap)
    return lines


def strokes(stone: Stone, step: float, rng: random.Random) -> list[np.ndarray]:
    """Parallel strokes from the shaded edge towards the light, unevenly long."""
    along = AWAY + rng.choice((-0.5, 0.0, 0.5)) * ASIDE
    along = along / np.hypot(*along)
    lines = []
    for s in np.arange(-stone.radius, stone.radius, step):
        start = -0.02 + 0.12 * math.sin(5 * s / stone.radius) + 0.16 * rng.random()
        t = np.linspace(start, 1, 60)[:, None] * stone.radius
        lines.append(stone.centre + s * along[::-1] * (-1, 1) + t * along)
    return lines


def layers(stone: Stone, step: float, rng: random.Random) -> list[np.ndarray]:
    """Sediment: level lines through the whole stone, with two seams left white."""
    along = ASIDE + rng.uniform(-0.3, 0.3) * AWAY
    along = along / np.hypot(*along)
    seams = rng.uniform(-0.5, -0.2), rng.uniform(0.15, 0.5)
    lines, s = [], -stone.radius
    while s < stone.radius:
        t = np.linspace(-1, 1, 90) * stone.radius
        bend = 0.06 * stone.radius * np.sin(2.4 * t / stone.radius + seams[0] * 9)
        if min(abs(s / stone.radius - seam) for seam in seams) > 0.11:
            off = (s + bend)[:, None] * along[::-1] * (1, -1)
            lines.append(stone.centre + t[:, None] * along + off)
        s += step * (1.5 - 0.5 * s / stone.radius)
    return lines


def spiral(stone: Stone, step: float, rng: random.Random) -> list[np.ndarray]:
    """One long line that winds out from the light."""
    turns = 1.5 * stone.radius / (1.6 * step)
    s = np.linspace(0.06, 1, int(turns * 90))
    angle = 2 * np.pi * turns * s + stone.turn
    out = 1.5 * stone.radius * s[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return [stone.centre - 0.42 * stone.radius * AWAY + out]


def grains(stone: Stone, step: float, rng: random.Random) -> list[np.ndarray]:
    """Granite: short strokes that gather where the light does not reach."""
    count, places = int(30 * (stone.radius / U) ** 1.3), []
    tries = np.array([(rng.uniform(-1, 1), rng.uniform(-1, 1), rng.random()) for _ in range(count)])
    spots = stone.centre + stone.radius * tries[:, :2]
    for spot in spots[tries[:, 2] < 0.3 + 0.9 * stone.shade(spots)].tolist():
        if all(math.dist(spot, place) > 1.35 * step for place in places):
            places.append(spot)
    return [place + 0.35 * U * np.array([[-1], [-0.4], [0.4], [1]]) * ASIDE for place in places]


def bare(stone: Stone, step: float, rng: random.Random) -> list[np.ndarray]:
    """Chalk: nothing but two lines of shade along its far edge."""
    return [circle(stone.centre - k * stone.radius * AWAY, stone.radius) for k in (0.14, 0.26)]


STYLES = (strokes, rings, layers, spiral, bare, grains)


def hatch(stone: Stone, style: int, rng: random.Random) -> list[np.ndarray]:
    step, pieces = PARAMS["hatch_mm"] * U, []
    if stone.radius < 1.6 * U:
        return pieces
    for line in STYLES[style](stone, step, rng):
        pieces += runs(line, stone.inside(line, 0.75 * step), 0.6 * U)
    return pieces


def reflection(stone: Stone, rng: random.Random) -> list[np.ndarray]:
    """The water is still: level strokes under the stone, shorter and rarer as they leave it."""
    lines, y = [], stone.centre[1] + 1.25 * stone.radius
    for k in range(7):
        half = stone.radius * (2.0 - 0.26 * k) * rng.uniform(0.5, 1.1)
        x = stone.centre[0] + stone.radius * rng.uniform(-0.6, 0.6)
        lines.append(np.array([(x - half, y), (x + half, y)]))
        y += stone.radius * (0.24 + 0.075 * k)
    return lines


def styles(stones: list[Stone], rng: random.Random) -> list[int]:
    """A style for every stone that its nearest neighbours do not have."""
    chosen: list[int] = []
    for i, stone in enumerate(stones):
        far = [np.hypot(*(other.centre - stone.centre)) - other.radius for other in stones[:i]]
        near = {chosen[k] for k in np.argsort(far)[:3]}
        usual = range(len(STYLES) if stone.radius > 2.8 * U else 2)
        chosen.append(rng.choice([k for k in usual if k not in near] or list(usual)))
    return chosen


def shadows(stones: list[Stone]) -> list[np.ndarray]:
    """Level strokes on the sand wherever a stone keeps the light away."""
    centres = np.array([stone.centre for stone in stones])
    radii = np.array([stone.radius for stone in stones])
    cast = centres + np.minimum(0.35 * radii, 2.6 * U)[:, None] * AWAY
    x, lines = np.arange(MARGIN, W - MARGIN, 0.15 * U), []
    for y in np.arange(MARGIN, H - MARGIN, PARAMS["hatch_mm"] * U * 1.1):
        near = np.abs(centres[:, 1] - y) < 1.4 * radii
        dark = on_discs(x, y, cast[near], radii[near])
        clear = ~on_discs(x, y, centres[near], radii[near] + 0.3 * U)
        lines += runs(np.stack([x, np.full(len(x), y)], axis=1), dark & clear, 1.3 * U)
    return lines


def on_discs(x: np.ndarray, y: float, centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Which points of a level line any of the discs covers."""
    half = radii**2 - (y - centres[:, 1]) ** 2
    met = half > 0
    return np.any(np.abs(x[:, None] - centres[met, 0]) < np.sqrt(half[met]), axis=1)


def join(lines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Grafix wants one table of points and the row at which each line begins."""
    sizes = [len(line) for line in lines]
    coords = np.zeros((sum(sizes), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *sizes]).astype(np.int32)


@primitive
def tide_pool(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    rng = random.Random(SEED)
    alone = Stone(POOL + POOL_R * ALONE, 0.38 * PARAMS["largest_mm"] * U, 0.4, 0.16, 0.03)
    if pen == "vermilion":
        return join([outline(alone), *hatch(alone, 0, rng)])
    stones = pack(np.random.default_rng(SEED))
    lines = reflection(alone, rng) + shadows(stones)
    for stone, style in zip(stones, styles(stones, rng), strict=True):
        lines += [outline(stone), *hatch(stone, style, rng)]
    return join(lines)


def draw(t: float) -> list:
    return [
        L(name="ink").layer(G.tide_pool(pen="ink"), color=(0.1, 0.11, 0.14), thickness=PEN),
        L(name="vermilion").layer(G.tide_pool(pen="vermilion"), color=(0.8, 0.27, 0.14), thickness=PEN),
    ]
