"""Harbour masts: boats moored for the night, and the water that repeats them less and less surely.

Boats stand in depth and hide each other; rows of water carry what stands above them, mirrored,
swaying more the farther it lies from its boat. The second pen paints one hull and its image.
"""

import itertools
from typing import NamedTuple

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "boats": 9,
    "mast_mm": 92.0,
    "horizon": 0.5,
    "sway_mm": 2.2,
    "row_mm": 1.15,
    "crowding": 0.7,
    "rigging": 3,
}
RANGES = {
    "boats": (6, 12),
    "mast_mm": (60.0, 104.0),
    "horizon": (0.42, 0.56),
    "sway_mm": (0.8, 3.6),
    "row_mm": (0.95, 1.7),
    "crowding": (0.5, 0.85),
    "rigging": (1, 4),
}
TAGS = (
    "harbour", "boat", "mast", "sea", "water", "reflection", "evening", "calm", "rest", "sail",
    "port", "journey", "stillness", "ripple", "home", "night",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN = 13 * U
RNG = np.random.default_rng(SEED)
HORIZON = PARAMS["horizon"] * H
SEA = H - MARGIN - HORIZON
SIDE = RNG.choice((-1, 1))


class Boat(NamedTuple):
    x: float
    water: float
    length: float
    mast: float
    lean: float
    bow: int
    phase: float


def fleet() -> list[Boat]:
    """Nearest first: crowded to one side, and one small boat alone on the other."""
    count, boats = PARAMS["boats"], []
    wide = PARAMS["crowding"] * (W - 2 * MARGIN)
    tallest = min(PARAMS["mast_mm"] * U, HORIZON - MARGIN - 4 * U)
    slots = (np.arange(count) + 0.5 + RNG.uniform(-0.25, 0.25, count)) / count
    for share, depth in zip(slots, RNG.permutation(np.linspace(1, 0, count)), strict=True):
        near = 0.34 + 0.66 * depth**1.3
        length = min(52 * U * near, 0.52 * wide)
        x = np.clip(share * wide, 0.55 * length, wide - 0.55 * length)
        tall = tallest * near * RNG.uniform(0.86, 1.0)
        boats.append(boat(float(x), HORIZON + (0.02 + 0.27 * depth**1.4) * SEA, length, tall))
    alone = boat(W - 2 * MARGIN - 10 * U, HORIZON + 0.12 * SEA, 13 * U, 0.25 * tallest)
    return sorted([alone, *boats], key=lambda b: -b.water)


def boat(x: float, water: float, length: float, mast: float) -> Boat:
    placed = MARGIN + x if SIDE > 0 else W - MARGIN - x
    lean = RNG.normal(0, 0.008)
    return Boat(placed, water, length, mast, lean, RNG.choice((-1, 1)), RNG.uniform(0, 6.3))


def hull(b: Boat) -> np.ndarray:
    """Side view, closed: sheer line from stern to bow, stem and bottom at the water."""
    x = np.array([-0.5, -0.3, 0.0, 0.28, 0.52, 0.43, 0.36, -0.44, -0.5])
    y = np.array([0.13, 0.115, 0.115, 0.14, 0.185, 0.05, 0.0, 0.0, 0.13])
    return np.c_[b.x + b.bow * x * b.length, b.water - y * b.length]


def cabin(b: Boat) -> np.ndarray:
    x = np.array([-0.22, -0.2, 0.1, 0.2, -0.22])
    y = np.array([0.115, 0.175, 0.175, 0.122, 0.115])
    return np.c_[b.x + b.bow * x * b.length, b.water - y * b.length]


def sail(b: Boat) -> np.ndarray:
    """The furled sail along the boom, a long drop."""
    u = np.linspace(0, 1, 18)
    x = 0.05 - 0.47 * np.r_[u, u[::-1], 0]
    thick = 0.026 * np.sin(np.pi * np.clip(u * 0.93 + 0.07, 0, 1)) ** 0.6
    y = 0.235 + np.r_[thick * 1.3, -0.4 * thick[::-1], thick[0] * 1.3]
    return np.c_[b.x + b.bow * x * b.length, b.water - y * b.length]


def foot(b: Boat) -> float:
    return b.x + b.bow * 0.06 * b.length


def at_mast(b: Boat, share: float) -> tuple[float, float]:
    """A point of the mast, from deck (0) to top (1)."""
    low = 0.15 * b.length
    high = low + share * (b.mast - low)
    return foot(b) + b.lean * high, b.water - high


def rig(b: Boat) -> list[np.ndarray]:
    """Mast as two lines, spreaders, stays from the masthead, and a pennant."""
    top, deck = np.array(at_mast(b, 1)), np.array(at_mast(b, 0))
    half = np.array([max(0.0085 * b.length, 0.2 * U), 0])
    lines = [np.array([deck - half, top - half, top + half, deck + half])]
    ends = [(0.5, 0.185), (-0.49, 0.13), (0.43, 0.165), (-0.36, 0.12)]
    for number, (x, y) in enumerate(ends[: PARAMS["rigging"]]):
        head = np.array(at_mast(b, (0.995, 0.995, 0.72, 0.72)[number]))
        lines.append(np.array([head, (b.x + b.bow * x * b.length, b.water - y * b.length)]))
    for share, wide in ((0.72, 0.05), (0.45, 0.06)):
        x, y = at_mast(b, share)
        lines.append(np.array([(x - wide * b.length, y), (x + wide * b.length, y)]))
    return lines


def hatched(shape: np.ndarray, pitch: float, slant: float = 0.0) -> list[np.ndarray]:
    """Level strokes within a closed shape, by even and odd crossings."""
    turned = np.c_[shape[:, 0], shape[:, 1] - slant * shape[:, 0]]
    lines = []
    for y in np.arange(turned[:, 1].min() + 0.6 * pitch, turned[:, 1].max() - 0.3 * pitch, pitch):
        a, b = turned[:-1], turned[1:]
        hit = (a[:, 1] > y) != (b[:, 1] > y)
        cuts = np.sort(a[hit, 0] + (y - a[hit, 1]) / (b[hit, 1] - a[hit, 1]) * (b[hit, 0] - a[hit, 0]))
        for low, high in zip(cuts[::2], cuts[1::2], strict=False):
            if high - low > 0.8 * U:
                x = np.array([low + 0.2 * U, high - 0.2 * U])
                lines.append(np.c_[x, y + slant * x])
    return lines


def inside(points: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Which points lie in a closed shape (even-odd)."""
    x, y = points.T[:, :, None]
    (ax, ay), (bx, by) = shape[:-1].T, shape[1:].T
    slope = (bx - ax) / np.where(by == ay, 1, by - ay)
    crossed = ((ay > y) != (by > y)) & (x < slope * (y - ay) + ax)
    return crossed.sum(axis=1) % 2 == 1


def fine(line: np.ndarray, step: float) -> np.ndarray:
    """The same line with a point at least every `step`."""
    parts = [line[:1]]
    for a, b in itertools.pairwise(line):
        count = max(int(np.hypot(*(b - a)) / step), 1)
        parts.append(a + (b - a) * np.linspace(0, 1, count + 1)[1:, None])
    return np.vstack(parts)


def cleared(line: np.ndarray, shapes: list[np.ndarray]) -> list[np.ndarray]:
    """What of a line no shape hides."""
    near = [s for s in shapes if (s.min(0) < line.max(0)).all() and (s.max(0) > line.min(0)).all()]
    if not near:
        return [line]
    line = fine(line, 0.35 * U)
    keep = ~np.any([inside(line, shape) for shape in near], axis=0)
    edges = np.flatnonzero(np.diff(np.r_[0, keep.astype(int), 0]))
    runs = [line[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [run for run in runs if len(run) > 2]


def above(boats: list[Boat]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """All boats, nearer ones hiding the others: lines of the ink and of the second pen."""
    ink, paint, shapes = [], [], []
    accent = painted(boats)
    for b in boats:
        own = [hull(b), cabin(b), sail(b)]
        shell = paint if b is accent else ink
        tone = 0.55 * U if b is accent else (0.6 + 0.5 * (b.phase % 1)) * U
        body = [hull(b), *hatched(hull(b), tone)]
        rest = [cabin(b), sail(b), *hatched(sail(b), 0.6 * U, 0.25)]
        for line in body:
            shell += cleared(line, shapes)
        for line in rest:
            ink += cleared(line, shapes + [hull(b)])
        for line in rig(b):
            ink += cleared(line, shapes + own)
        shapes += own
    return ink, paint


def painted(boats: list[Boat]) -> Boat:
    """The second nearest of the crowd gets the coloured hull."""
    return boats[1]


def mirrored(b: Boat, y: float) -> list[tuple[float, float, bool]]:
    """Spans of a row of water that show the boat: hull first, then mast; all sway."""
    depth = y - b.water
    if depth <= 0.3 * U:
        return []
    shape, out = hull(b), []
    away = np.sqrt(depth / (40 * U))
    shift = PARAMS["sway_mm"] * U * away * np.sin(depth * 1.1 / U**0.5 + b.phase)
    high = shape[:, 1].min()
    if b.water - depth > high:
        level = b.water - depth
        a, c = shape[:-1], shape[1:]
        hit = (a[:, 1] > level) != (c[:, 1] > level)
        cuts = np.sort(a[hit, 0] + (level - a[hit, 1]) / (c[hit, 1] - a[hit, 1]) * (c[hit, 0] - a[hit, 0]))
        if len(cuts) > 1:
            out.append((cuts[0] + shift, cuts[-1] + shift, True))
    if not out and depth < b.mast:
        wide = (0.9 + 1.6 * away) * U * (0.6 + 0.4 * b.length / (46 * U))
        x = foot(b) + b.lean * depth + 1.2 * shift
        out.append((x - wide, x + wide, False))
    return out


def water(boats: list[Boat]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Rows of the sea: nearer images first, farther ones only where there is room."""
    ink, paint, y = [], [], HORIZON + 0.8 * U
    accent, row = painted(boats), PARAMS["row_mm"] * U
    while y < H - MARGIN:
        taken: list[tuple[float, float]] = []
        hulls = [hull(b) for b in boats if b.water > y - 0.2 * U]
        for b in boats:
            for low, high, body in mirrored(b, y):
                for a, c in free(max(low, MARGIN), min(high, W - MARGIN), taken):
                    line = np.array([(a, y), (c, y)])
                    target = paint if body and b is accent else ink
                    target += cleared(line, hulls)
                taken.append((low - 0.7 * U, high + 0.7 * U))
        y += row * (1 + 0.5 * (y - HORIZON) / SEA)
    return ink, paint


def free(low: float, high: float, taken: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """What of a span is not taken, without crumbs."""
    spans = [(low, high)]
    for a, b in taken:
        spans = [p for s, e in spans for p in ((s, min(e, a)), (max(s, b), e)) if p[0] < p[1]]
    return [(s, e) for s, e in spans if e - s > 0.9 * U]


def shore(boats: list[Boat]) -> list[np.ndarray]:
    """The far bank: a low ridge, hatched upright, behind all boats."""
    x = np.arange(MARGIN, W - MARGIN, 0.9 * U)
    waves = sum(np.sin(x / (k * U) + RNG.uniform(0, 6.3)) * k for k in (5, 11, 23)) / 39
    high = (3.2 + 2.6 * waves) * U * np.clip((x - MARGIN) / (0.2 * W), 0.3, 1)[:: int(SIDE)]
    shapes = [shape for b in boats for shape in (hull(b), cabin(b), sail(b))]
    lines = [np.array([(MARGIN, HORIZON), (W - MARGIN, HORIZON)])]
    lines += [np.array([(a, HORIZON - 0.4 * U), (a, HORIZON - h)]) for a, h in zip(x, high, strict=True)]
    return [piece for line in lines for piece in cleared(line, shapes)]


def join(lines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Grafix wants one table of points and the row at which each line begins."""
    sizes = [len(line) for line in lines]
    coords = np.zeros((sum(sizes), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *sizes]).astype(np.int32)


BOATS = fleet()
INK, PAINT = (a + b for a, b in zip(above(BOATS), water(BOATS), strict=True))
INK += shore(BOATS)


@primitive
def harbour_masts_strokes(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    return join(INK if pen == "ink" else PAINT)


def draw(t: float) -> list:
    colours = {"ink": (0.09, 0.13, 0.2), "vermilion": (0.82, 0.27, 0.14)}
    return [
        L(name=pen).layer(G.harbour_masts_strokes(pen=pen), color=colour, thickness=PEN)
        for pen, colour in colours.items()
    ]
