"""Hatched monoliths: standing stones on a plain, one face of the tallest still in the sun.

Every stone is a prism in true perspective. A face is hatched by the light it gets; what a
nearer stone hides is cut away, and what the sun cannot reach is hatched a second time.
"""

import math
import random
from functools import cache
from typing import NamedTuple

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "stones": 9,
    "height": 0.54,
    "lean": 0.06,
    "sun_height": 0.9,
    "dark_mm": 0.46,
    "horizon": 0.68,
}
RANGES = {
    "stones": (5, 14),
    "height": (0.42, 0.6),
    "lean": (0.0, 0.14),
    "sun_height": (0.7, 1.3),
    "dark_mm": (0.42, 0.75),
    "horizon": (0.62, 0.74),
}
TAGS = (
    "stone", "monolith", "monument", "ruin", "silence", "time", "shadow", "light",
    "crystal", "architecture", "hatching", "weight", "horizon", "memory",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN = 11 * U
HORIZON = PARAMS["horizon"] * H
FOCAL = 85 * U
SUN = np.array([-0.75, PARAMS["sun_height"], 0.42])
SUN = SUN / np.linalg.norm(SUN)
CORNERS = (150, 256, 312, 372, 440)  # of a foot, in degrees: narrow to the sun, broad to us
Lines = np.ndarray  # straight ones (N, 2, 2): where each begins and ends


class Stone(NamedTuple):
    """Corners of the foot and of the top (N, 3): x right, y up, z away; the eye is at height 1."""

    foot: np.ndarray
    top: np.ndarray

    def faces(self) -> list[np.ndarray]:
        n = len(self.foot)
        ring = [(i, (i + 1) % n) for i in range(n)]
        sides = [np.array([self.foot[i], self.foot[j], self.top[j], self.top[i]]) for i, j in ring]
        return [*sides, self.top]

    def outline(self) -> np.ndarray:
        return hull(project(np.r_[self.foot, self.top]))


def project(points: np.ndarray) -> np.ndarray:
    """Central perspective; the horizon is the height of the eye."""
    x, y, z = points.T
    return np.c_[W / 2 + FOCAL * x / z, HORIZON + FOCAL * (1 - y) / z]


def hull(points: np.ndarray) -> np.ndarray:
    """Convex hull, by the monotone chain."""
    ordered = sorted(map(tuple, points))
    chains = []
    for sweep in (ordered, ordered[::-1]):
        chain: list[tuple] = []
        for p in sweep:
            while len(chain) > 1 and cross(chain[-2], chain[-1], p) <= 0:
                chain.pop()
            chain.append(p)
        chains += chain[:-1]
    return np.array(chains)


def cross(a: tuple, b: tuple, c: tuple) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def span(lines: Lines, shape: np.ndarray, inset: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Where each line enters a convex shape and where it leaves, in fractions of it; both 1 if never."""
    edge = np.roll(shape, -1, axis=0) - shape
    normal = np.c_[edge[:, 1], -edge[:, 0]] / np.hypot(*edge.T)[:, None]
    normal *= np.sign(np.sum(normal * (shape - shape.mean(0))))
    room = np.sum(normal * shape, axis=1) - lines[:, 0] @ normal.T - inset
    speed = (lines[:, 1] - lines[:, 0]) @ normal.T
    beside = np.abs(speed) < 1e-9
    at = room / np.where(beside, 1e-9, speed)
    enter = np.where(speed < -1e-9, at, 0).max(axis=1, initial=0, keepdims=True)
    leave = np.where(speed > 1e-9, at, 1).min(axis=1, initial=1, keepdims=True)
    never = (leave <= enter) | (beside & (room < 0)).any(axis=1, keepdims=True)
    return np.where(never, 1, enter), np.where(never, 1, leave)


def stretch(lines: Lines, start: np.ndarray | float, stop: np.ndarray | float) -> Lines:
    """Each line from one fraction of it to another."""
    first, way = lines[:, 0], lines[:, 1] - lines[:, 0]
    return np.stack([first + way * start, first + way * stop], axis=1)


def plottable(lines: Lines) -> Lines:
    return lines[np.hypot(*(lines[:, 1] - lines[:, 0]).T) > PEN_MM]


def inside(lines: Lines, shape: np.ndarray, inset: float = 0.0) -> Lines:
    return plottable(stretch(lines, *span(lines, shape, inset)))


def outside(lines: Lines, shapes: list[np.ndarray]) -> Lines:
    """What remains of the lines when convex shapes lie on top of them."""
    for shape in shapes:
        enter, leave = span(lines, shape)
        parts = stretch(lines, 0, enter), stretch(lines, leave, 1)
        lines = plottable(np.stack(parts, axis=1).reshape(-1, 2, 2))
    return lines


def hatch(shape: np.ndarray, angle: float, spacing: float, fade: float = 0.0) -> np.ndarray:
    """Lines across a convex shape, `1 + fade` times as far apart at its end as at its start."""
    along = np.array([math.cos(angle), math.sin(angle)])
    across = np.array([-along[1], along[0]])
    start, end = (shape @ across).min(), (shape @ across).max()
    at, places = start + 0.7 * spacing, []
    while at < end - 0.6 * spacing:
        places.append(at)
        at += spacing * (1 + fade * (at - start) / (end - start))
    middles = along * (shape.mean(0) @ along) + across * np.array(places)[:, None]
    reach = along * (W + H)
    return inside(np.stack([middles - reach, middles + reach], axis=1), shape, 0.35 * PEN_MM)


def raise_stone(rng: random.Random, x: float, y: float, height: float, radius: float) -> Stone:
    """A leaning, tapering prism whose foot stands at (x, y) on the page; sizes on the page too."""
    z = FOCAL / (y - HORIZON)
    scale = z / FOCAL
    turn = rng.uniform(-13, 13)
    corners = [a + turn + rng.uniform(-9, 9) for a in CORNERS if a < 360 or rng.random() < 0.6]
    foot = [[math.cos(math.radians(a)), 0, math.sin(math.radians(a))] for a in corners]
    foot = np.array(foot) * radius * scale
    foot += [(x - W / 2) * scale, 0, z]
    centre = foot.mean(0)
    lean = PARAMS["lean"] * rng.uniform(-1, 1)
    apex = centre + np.array([lean, 1, 0.3 * lean]) * height * scale * rng.uniform(3, 5)
    slope = np.array([rng.uniform(-0.9, 0.9), 0, rng.uniform(-0.5, 0.2)])
    level = height * scale + (foot - centre) @ slope
    top = foot + (apex - foot) * (level / apex[1])[:, None]
    return Stone(foot, top)


def place_stones() -> list[Stone]:
    """The tallest first, its companion, then lesser ones wherever there is room; nearest first."""
    rng = random.Random(SEED)
    ground, tall = H - MARGIN - HORIZON, PARAMS["height"] * H
    spots = [
        (0.61 * W, 0.4, tall, 0.13 * tall),
        (0.43 * W, 0.22, 0.5 * tall, 0.085 * tall),
        (0.31 * W, 0.46, 0.17 * tall, 0.11 * tall),
        (0.75 * W, 0.17, 0.24 * tall, 0.06 * tall),
        (0.21 * W, 0.035, 0.06 * tall, 0.014 * tall),
        (0.87 * W, 0.025, 0.045 * tall, 0.014 * tall),
    ]
    stones, taken = [], []
    for i in range(400):
        if i < len(spots):
            x, depth, height, radius = spots[i]
        else:
            depth = rng.uniform(0.15, 0.85) ** 2
            x = rng.uniform(0.12, 0.9) * W
            height = (0.05 + 0.35 * depth) * tall * rng.uniform(0.4, 1.1)
            radius = height * rng.uniform(0.17, 0.4)
        stone = raise_stone(rng, x, HORIZON + depth * ground, height, radius)
        box = project(np.r_[stone.foot, stone.top])
        here, size = stone.foot.mean(0), np.ptp(stone.foot, axis=0).max()
        free = all(np.linalg.norm(here - c) > 0.6 * (size + s) for c, s in taken)
        fits = box.min() > MARGIN and box[:, 0].max() < W - MARGIN and box[:, 1].max() < H - MARGIN
        if free and fits:
            stones.append(stone)
            taken.append((here, size))
        if len(stones) == PARAMS["stones"]:
            break
    return sorted(stones, key=lambda stone: stone.foot[:, 2].mean())


def normal_of(face: np.ndarray, stone: Stone) -> np.ndarray:
    """Unit normal of a face, away from the stone's middle."""
    n = np.cross(face[1] - face[0], face[2] - face[0])
    n /= np.linalg.norm(n)
    return n * np.sign(n @ (face.mean(0) - np.r_[stone.foot, stone.top].mean(0)))


def cast(stone: Stone, point: np.ndarray, normal: np.ndarray) -> np.ndarray | None:
    """Outline on the page of the shadow a stone throws on a plane."""
    corners = np.r_[stone.foot, stone.top]
    reach = (corners - point) @ normal / (SUN @ normal)
    thrown = (corners - reach[:, None] * SUN)[reach > -1e-6]
    thrown = thrown[thrown[:, 2] > 0.5]
    return hull(project(thrown)) if len(thrown) > 2 else None


def shade(face: np.ndarray, stone: Stone, others: list[Stone]) -> Lines:
    """Hatch of a face: none in the sun, upright when turned away, slanting when far from it."""
    shape, normal = project(face), normal_of(face, stone)
    light, dark = float(normal @ SUN), PARAMS["dark_mm"] * U
    edge = shape[2] - shape[1]
    upright = math.atan2(edge[1], edge[0])
    if light < -0.56:
        return hatch(shape, upright + 0.5, dark, 1.6)
    if light < 0.05:
        return hatch(shape, upright, dark * (1.9 + light), 0.9)
    shadows = [cast(other, face[0], normal) for other in others]
    return inside_any(hatch(shape, upright + 1.25, 1.2 * dark), [s for s in shadows if s is not None])


def inside_any(lines: Lines, shapes: list[np.ndarray]) -> Lines:
    """The part of the lines under at least one of the shapes, each stretch once."""
    kept, rest = [], lines
    for shape in shapes:
        kept.append(inside(rest, shape))
        rest = outside(rest, [shape])
    return np.concatenate(kept) if kept else lines[:0]


def ink_stone(stone: Stone, others: list[Stone]) -> Lines:
    """Edges and hatch of the faces that look at us."""
    edges, lines = {}, []
    for face in filter(lambda face: faces_us(face, stone), stone.faces()):
        lines.append(shade(face, stone, others))
        page = project(face)
        for p, q in zip(page, np.roll(page, -1, axis=0), strict=True):
            edges[tuple(sorted((tuple(p), tuple(q))))] = (p, q)
    return np.concatenate([*lines, list(edges.values())])


def faces_us(face: np.ndarray, stone: Stone) -> bool:
    return normal_of(face, stone) @ (face[0] - (0, 1, 0)) < 0


def ink_glow(stone: Stone) -> Lines:
    """The second pen: the face that looks most towards the sun."""
    seen = [face for face in stone.faces()[:-1] if faces_us(face, stone)]
    shape = project(max(seen, key=lambda face: normal_of(face, stone) @ SUN))
    edge = shape[2] - shape[1]
    return hatch(shape, math.atan2(edge[1], edge[0]) + 1.25, 1.6 * PARAMS["dark_mm"] * U, 0.8)


def ink_ground(stones: list[Stone]) -> Lines:
    """Horizon, and level lines where stones keep the sun from the ground, wider towards us."""
    shadows = [cast(stone, np.zeros(3), np.array([0.0, 1.0, 0.0])) for stone in stones]
    rows, y, gap = [], HORIZON + 0.9 * U, 0.45 * U
    while y < H - MARGIN:
        rows.append([(MARGIN, y), (W - MARGIN, y)])
        y += gap
        gap *= 1.012
    lines = inside_any(np.array(rows), [s for s in shadows if s is not None])
    return np.concatenate([[[(MARGIN, HORIZON), (W - MARGIN, HORIZON)]], lines])


@cache
def picture() -> dict[str, Lines]:
    stones = place_stones()
    solids = [stone.outline() for stone in stones]
    tallest = max(range(len(stones)), key=lambda i: np.ptp(solids[i][:, 1]))
    ink = [outside(ink_ground(stones), solids)]
    for i, stone in enumerate(stones):
        ink.append(outside(ink_stone(stone, stones[:i] + stones[i + 1 :]), solids[:i]))
    return {"ink": np.concatenate(ink), "vermilion": outside(ink_glow(stones[tallest]), solids[:tallest])}


@primitive
def hatched_monoliths(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    """One pen's lines as Grafix wants them: a table of points, and where each line begins."""
    ends = picture()[pen].reshape(-1, 2)
    coords = np.c_[ends, np.zeros(len(ends))].astype(np.float32)
    return coords, np.arange(0, len(ends) + 1, 2).astype(np.int32)


def draw(t: float) -> list:
    ink, vermilion = (0.1, 0.11, 0.14), (0.8, 0.27, 0.14)
    return [
        L(name="ink").layer(G.hatched_monoliths(pen="ink"), color=ink, thickness=PEN),
        L(name="vermilion").layer(G.hatched_monoliths(pen="vermilion"), color=vermilion, thickness=PEN),
    ]
