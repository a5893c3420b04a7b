"""Meadow wind: grasses, ears and seed heads under one gust, and a poppy that gives way with them.

Plants are drawn from the front to the back: each keeps a little air around itself, and what
comes later stops there. So the foot of the meadow grows dense without a line touching another.
"""

import math
import random
from collections.abc import Callable
from functools import cache

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "wind": 0.95,
    "gust_at": 0.42,
    "stems": 24,
    "height": 0.66,
    "grass": 1100,
    "air_mm": 0.42,
    "poppy_mm": 14.5,
}
RANGES = {
    "wind": (0.5, 1.35),
    "gust_at": (0.2, 0.7),
    "stems": (14, 34),
    "height": (0.56, 0.72),
    "grass": (700, 1500),
    "air_mm": (0.38, 0.7),
    "poppy_mm": (10.0, 16.0),
}
TAGS = (
    "meadow", "grass", "wind", "gust", "poppy", "flower", "summer", "field", "seed",
    "nature", "growth", "fragile", "movement", "breath", "plant", "freedom",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN, CELL, STEP = 12 * U, 0.18 * U, 0.6 * U
SHAPE = (int(H / CELL) + 2, int(W / CELL) + 2)
AIR = PARAMS["air_mm"] * U
LONGEST = PARAMS["height"] * H
# Of each petal, nearest first: where it points, how far it spreads, how long it is.
PETALS = (
    (-0.5, 0.62, 0.82),
    (0.55, 0.66, 0.86),
    (0.02, 0.6, 1.06),
    (-1.2, 0.5, 0.95),
    (1.22, 0.48, 1.02),
)
Line = np.ndarray


class Sheet:
    """The lines of both pens, and where the paper is taken."""

    def __init__(self) -> None:
        self.taken = np.zeros(SHAPE[0] * SHAPE[1], bool)
        self.pens: dict[str, list[Line]] = {"ink": [], "poppy": []}

    def add(
        self,
        lines: list[Line],
        body: list[Line] | None = None,
        pen: str = "ink",
        shortest: float = 1.1,
    ) -> None:
        """Draw what is still free of the lines; then take their place, or that of a whole body."""
        drawn = [resampled(line, 0.5 * CELL) for line in lines]
        mine = cells(np.concatenate(drawn))
        ends = np.cumsum([len(line) for line in drawn])
        for line, free in zip(drawn, np.split(~self.taken[mine], ends[:-1]), strict=True):
            self.pens[pen] += [np.concatenate([p[:-1:6], p[-1:]]) for p in runs(line, free, shortest)]
        if body:
            mine = np.concatenate([mine, cells(np.concatenate(body))])
        self.taken[(np.unique(mine)[:, None] + NEAR).ravel()] = True

    def has_room(self, lines: list[Line]) -> bool:
        return not self.taken[cells(np.concatenate(lines))].any()


def cells(p: np.ndarray) -> np.ndarray:
    """Where points are in the table of what is taken."""
    index = np.minimum(np.maximum((p / CELL).astype(int), 8), (SHAPE[1] - 9, SHAPE[0] - 9))
    return index[:, 1] * SHAPE[1] + index[:, 0]


def neighbours() -> np.ndarray:
    """What to add to a cell's place to reach all cells within the air."""
    near = np.arange(-7, 8)
    return np.array([i * SHAPE[1] + j for i in near for j in near if math.hypot(i, j) * CELL <= AIR])


NEAR = neighbours()


def resampled(line: Line, step: float) -> Line:
    along = np.concatenate([[0], np.cumsum(np.hypot(*(line[1:] - line[:-1]).T))])
    at = np.linspace(0, along[-1], int(along[-1] / step) + 2)
    return np.stack([np.interp(at, along, axis) for axis in line.T], axis=1)


def runs(line: Line, keep: np.ndarray, shortest: float = 1.1) -> list[Line]:
    """The stretches of a line on which `keep` holds, without the tiny ones."""
    ends = np.flatnonzero(np.diff(np.concatenate([[False], keep, [False]])))
    pieces = [line[a:b] for a, b in zip(ends[::2], ends[1::2], strict=True) if b - a > 1]
    return [p for p in pieces if np.hypot(*(p[1:] - p[:-1]).T).sum() > shortest * U]


def gust(x: float) -> float:
    return 0.55 + 0.75 * math.exp(-(((x / W - PARAMS["gust_at"]) / 0.2) ** 2))


def ground(x: float) -> float:
    return H - MARGIN - 2 * U * (1 + math.cos(5 * x / W + 1))


def stem(x: float, length: float, lean: float, give: float) -> Line:
    """A stalk from the ground, bent more the thinner it gets; shortened until it stays inside."""
    while True:
        s = np.linspace(0, 1, max(int(length / STEP), 8))
        angle = 1.5 * np.tanh((lean * (1 - s) + PARAMS["wind"] * gust(x) * give * s**1.6) / 1.5)
        d = np.stack([np.sin(angle), -np.cos(angle)], axis=1) * length / (len(s) - 1)
        line = (x, ground(x)) + np.concatenate([[(0, 0)], np.cumsum(d, axis=0)])
        if (line[:, 0].max() < W - MARGIN and line[:, 0].min() > MARGIN) or length < 4 * U:
            return line
        length *= 0.93


def frame(line: Line, at: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A point of a stalk, its direction there, and the direction to its right."""
    k = min(int(at * (len(line) - 1)), len(line) - 2)
    d = line[k + 1] - line[k]
    p = line[k] + d * (at * (len(line) - 1) - k)
    d = d / math.hypot(*d)
    return p, d, np.array([-d[1], d[0]])


NINE = np.linspace(0, 1, 9)


def curl(start: np.ndarray, d: np.ndarray, length: float, wind: float) -> Line:
    """A hair that sets out along d and is carried off by the wind."""
    s = NINE[:, None] * length
    return start + d * s + np.array([1.0, 0.1]) * wind * s**2 / length


def grain(start: np.ndarray, d: np.ndarray, long: float, wide: float) -> Line:
    half, right = wide / 2 * np.sin(math.pi * NINE**0.8), np.array([-d[1], d[0]])
    keel, off = start + NINE[:, None] * long * d, half[:, None] * right
    return np.concatenate([keel + off, (keel - off)[::-1]])


def ear(rng: random.Random, line: Line) -> tuple[list[Line], list[Line]]:
    """Rye: two rows of grains, each with a long awn."""
    out, span = [], 0.2 * rng.uniform(0.8, 1.1)
    count = max(int(span * len(line) * STEP / (1.25 * U)), 5)
    for i, at in enumerate(np.linspace(1 - span, 0.995, count)):
        p, d, right = frame(line, float(at))
        side = right if i % 2 else -right
        way = (d + 0.34 * side) / math.hypot(1, 0.34)
        grown = grain(p + 0.25 * U * side, way, 2.9 * U, 1.05 * U)
        out += [grown, curl(grown[8], way, rng.uniform(6, 9) * U, 0.35)]
    return out, []


def foxtail(rng: random.Random, line: Line) -> tuple[list[Line], list[Line]]:
    """A soft brush: short hairs all along, darker on the lee side."""
    out, span = [], 0.22 * rng.uniform(0.8, 1.2)
    count = int(span * len(line) * STEP / (0.72 * U))
    for at in np.linspace(1 - span, 0.995, count):
        p, d, right = frame(line, float(at))
        full = math.sin(math.pi * min(1, (at - 1 + span) / span * 0.86 + 0.12)) ** 0.5
        for side, reach in ((1, 3.9), (-1, 2.9)):
            way = d * 0.9 + side * 0.5 * right
            out.append(curl(p + 0.3 * U * side * right, way, reach * full * U, 0.3))
    return out, []


def oat(rng: random.Random, line: Line) -> tuple[list[Line], list[Line]]:
    """A loose panicle: thin branches, each with a grain that the wind holds up."""
    out = []
    for i, at in enumerate(np.linspace(0.7, 0.99, 9)):
        p, d, right = frame(line, float(at))
        way = d * 0.7 + right * (0.75 if i % 2 else -0.55)
        branch = curl(p, way, (1.25 - at) * 22 * U * rng.uniform(0.7, 1.1), 0.55)
        tip = branch[-1] - branch[-2]
        hang = tip / math.hypot(*tip) + (0, 0.35)
        out += [branch, grain(branch[-1], hang / math.hypot(*hang), 4.2 * U, 1.3 * U)]
    return out, []


def umbel(rng: random.Random, line: Line) -> tuple[list[Line], list[Line]]:
    """Wild carrot: rays from one point, each with a small star."""
    p, d, right = frame(line, 1)
    out, size = [], rng.uniform(8, 11) * U
    for k in np.linspace(-1, 1, 11):
        way = d * math.cos(1.05 * k) + right * math.sin(1.05 * k)
        ray = curl(p, way, size * (1 - 0.25 * k * k), 0.16)
        out.append(ray[2:])
        for turn in (-1.0, -0.33, 0.33, 1.0):
            c, s = math.cos(turn), math.sin(turn)
            out.append(ray[-1] + np.array([[0.25], [1.0]]) * 1.55 * U * (way * c + (right * s)))
    return out, []


def clock(rng: random.Random, line: Line) -> tuple[list[Line], list[Line]]:
    """A dandelion clock, already bare on the side the wind comes from."""
    p, _, _ = frame(line, 1)
    size = rng.uniform(6.0, 8.0) * U
    angles = [a for a in np.linspace(0, math.tau, 40, endpoint=False) if math.cos(a) > -0.55]
    out = [p + 0.9 * U * circle()]
    for i, a in enumerate(angles):
        way, r = np.array([math.cos(a), math.sin(a)]), size * (1 if i % 2 else 0.72)
        out += [p + way * np.array([[1.3 * U], [r]]), *parachute(p + way * r, a, 0.85 * U)]
    return out, [p + size * r * circle() for r in np.arange(0.05, 1, 0.04)]


def parachute(p: np.ndarray, angle: float, size: float) -> list[Line]:
    """Three hairs that spread from the end of a seed."""
    tips = [p + size * np.array([math.cos(angle + turn), math.sin(angle + turn)]) for turn in (-0.9, 0, 0.9)]
    return [np.array([tips[0], p, tips[2]]), np.array([p, tips[1]])]


def circle() -> Line:
    a = np.linspace(0, math.tau, 48)
    return np.c_[np.cos(a), np.sin(a)]


def petal_edge(middle: float, spread: float, size: float, ruffle: float) -> tuple[np.ndarray, np.ndarray]:
    """Directions across a petal, and how far it reaches in each."""
    turn = np.linspace(-1, 1, 41)
    edge = 1 - 0.22 * turn**4 - 0.25 * np.abs(turn) ** 9 + 0.035 * np.sin(9 * turn + ruffle)
    return middle + spread * turn, size * edge


def poppy(sheet: Sheet, rng: random.Random, line: Line) -> None:
    """Five petals, the nearest first, hatched from the heart and from the rim."""
    p, d, right = frame(line, 1)
    size = PARAMS["poppy_mm"] * U
    for middle, spread, share in PETALS:
        turn, edge = petal_edge(middle, spread, share * size, rng.uniform(0, 6))
        ways = np.sin(turn)[:, None] * right + np.cos(turn)[:, None] * d
        ways = (ways + np.sin(turn)[:, None] ** 2 * (0.12, 0)) * edge[:, None]
        hatch = []
        for i in range(2, 40, 2):
            spans = (
                ((0.24, 0.44)[i % 4 // 2], rng.uniform(0.52, 0.68)),
                (rng.uniform(0.68, 0.82), 0.94),
            )
            for (start, end), way in zip(spans, (ways[i], ways[i - 1]), strict=True):
                hatch.append(p + way * np.linspace(start, end, 8)[:, None])
        body = [p + ways * r for r in np.linspace(0.02, 1, 90)]
        sheet.add([np.r_[[p], p + ways, [p]], *hatch], body, "poppy", 0.7)


def bud(line: Line) -> tuple[list[Line], list[Line]]:
    """A nodding bud: the stalk hooks over and ends in a drop."""
    p, d, _ = frame(line, 1)
    way = (d + (0.2, 1.1)) / math.hypot(*(d + (0.2, 1.1)))
    hook = curl(p, d, 3 * U, 0.2)
    hook = np.r_[hook, hook[-1:] + way * 1.2 * U]
    shape = grain(hook[-1], way, 6.5 * U, 3.6 * U)
    left, right = shape[:9], shape[:8:-1]
    body = [left + (right - left) * k for k in np.linspace(0, 1, 20)]
    return [hook, shape, body[6][1:7], body[11][1:7]], body


def blade(rng: random.Random, x: float, length: float) -> tuple[list[Line], list[Line]]:
    """A leaf: two edges that meet in a point, and its keel."""
    line = stem(x, length, rng.uniform(-0.25, 0.3), rng.uniform(1.0, 1.7))
    s = np.linspace(0, 1, len(line))
    d = np.gradient(line, axis=0)
    right = np.c_[-d[:, 1], d[:, 0]] / np.hypot(*d.T)[:, None]
    half = rng.uniform(0.8, 1.5) * U * np.minimum(1, 2.2 * (1 - s)) * (0.6 + 0.4 * s)
    sides = [line + right * (half * k)[:, None] for k in np.linspace(-1, 1, 15)]
    keel = sides[9][: int(0.8 * len(line))]
    return [np.r_[sides[0], sides[-1][::-1]], keel], sides


HEADS: tuple[Callable, ...] = (ear, foxtail, oat, umbel, ear, oat, clock, foxtail)


def tall(sheet: Sheet, rng: random.Random) -> None:
    """The poppy and its bud before all others, then stalks evenly strewn, the longest first."""
    flower = stem(W * rng.uniform(0.4, 0.46), 0.95 * LONGEST, 0.02, 0.62)
    poppy(sheet, rng, flower)
    nodding = stem(W * rng.uniform(0.5, 0.55), 0.55 * LONGEST, 0.1, 0.6)
    sheet.add([flower])
    sheet.add(*bud(nodding))
    sheet.add([nodding])
    count = PARAMS["stems"]
    places = [(i + rng.uniform(0.15, 0.85)) / count for i in range(count)]
    rng.shuffle(places)
    for i, at in enumerate(places):
        length = LONGEST * (1 - 0.62 * (i / count) ** 0.8) * rng.uniform(0.92, 1.04)
        length *= 0.75 + 0.25 * math.sin(math.pi * at)
        x = MARGIN + 4 * U + 0.84 * at * (W - 2 * MARGIN)
        line = stem(x, length, rng.uniform(-0.12, 0.14), rng.uniform(0.75, 1.1))
        lines, body = HEADS[i % len(HEADS)](rng, line)
        if all(is_inside(part) for part in lines):
            sheet.add(lines, body)
            sheet.add([line])


def is_inside(line: Line) -> bool:
    x, y = line.T
    return bool(x.min() > 0.8 * MARGIN and x.max() < W - 0.8 * MARGIN and y.min() > MARGIN)


def low(sheet: Sheet, rng: random.Random) -> None:
    """Leaves, then grass, shortest first, lower towards both sides."""
    for _ in range(PARAMS["stems"]):
        leaf = blade(rng, W * rng.uniform(0.12, 0.8), LONGEST * rng.uniform(0.2, 0.5))
        sheet.add(*leaf, shortest=2.5)
    for i in range(PARAMS["grass"]):
        at = rng.betavariate(1.5, 1.5)
        length = LONGEST * (0.05 + 0.33 * (i / PARAMS["grass"]) ** 1.3) * rng.uniform(0.6, 1.2)
        length *= 0.2 + 0.8 * math.sin(math.pi * at) ** 0.8
        x = MARGIN + U + at * (W - 2 * MARGIN - 2 * U)
        line = stem(x, length, rng.gauss(0.04, 0.17), rng.uniform(0.6, 1.5))
        shown = max(runs(line, ~sheet.taken[cells(line)], 3), key=len, default=line[:0])
        if len(shown):
            sheet.add([shown])


def adrift(sheet: Sheet, rng: random.Random) -> None:
    """Seeds that the gust has taken."""
    for k in range(9):
        p = np.array([W * (0.52 + 0.045 * k), H * (0.38 - 0.022 * k)])
        p += (rng.gauss(0, 4) * U, rng.gauss(0, 5) * U)
        a = rng.uniform(-0.5, 0.3)
        way = np.array([math.cos(a), math.sin(a)])
        stalk = p - way * np.array([[4.2 * U], [0.0]])
        seed = [stalk, grain(p - way * 5.6 * U, way, 1.5 * U, 0.7 * U), *parachute(p, a, 1.9 * U)]
        if sheet.has_room(seed) and all(is_inside(part) for part in seed):
            sheet.add(seed)


@cache
def picture() -> dict[str, list[Line]]:
    rng, sheet = random.Random(SEED), Sheet()
    tall(sheet, rng)
    low(sheet, rng)
    adrift(sheet, rng)
    return sheet.pens


@primitive
def meadow_wind(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    """One pen's lines as Grafix wants them: a table of points, and where each line begins."""
    lines = picture()[pen]
    xy = np.concatenate(lines)
    coords = np.c_[xy, np.zeros(len(xy))].astype(np.float32)
    return coords, np.cumsum([0, *map(len, lines)]).astype(np.int32)


def draw(t: float) -> list:
    ink, red = (0.12, 0.17, 0.15), (0.82, 0.2, 0.13)
    return [
        L(name="ink").layer(G.meadow_wind(pen="ink"), color=ink, thickness=PEN),
        L(name="poppy").layer(G.meadow_wind(pen="poppy"), color=red, thickness=PEN),
    ]
