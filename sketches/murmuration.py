"""Murmuration: starlings gather over the reeds, and one keeps to the hollow they turn round.

The flock is nothing but wing strokes. How close they are to one another makes the dark; at
the rim each has more air, until there is only air.
"""

import math
import random
from functools import cache

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "wing_mm": 0.85,
    "core_mm": 0.64,
    "swell": 1.0,
    "dissolve": 0.5,
    "curl": 0.6,
    "reeds": 34,
    "horizon": 0.885,
}
RANGES = {
    "wing_mm": (0.7, 1.2),
    "core_mm": (0.58, 1.1),
    "swell": (0.7, 1.2),
    "dissolve": (0.2, 0.8),
    "curl": (0.2, 1.0),
    "reeds": (8, 60),
    "horizon": (0.84, 0.92),
}
TAGS = (
    "murmuration", "birds", "flock", "starling", "swarm", "sky", "evening", "flight", "wind",
    "reeds", "marsh", "crowd", "freedom", "movement", "solitude", "autumn",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN, CELL, FINE = 12 * U, 1.0 * U, 0.2 * U
HORIZON = PARAMS["horizon"] * H
SKY = (MARGIN, MARGIN + 3 * U, W - MARGIN, HORIZON - 14 * U)  # left, top, right, foot of where they fly
MIRRORED = random.Random(SEED).random() < 0.4
GX, GY = np.meshgrid(np.arange(0, W, CELL), np.arange(0, H, CELL))
# The way the flock takes round its hollow, in shares of the sky, and how wide it is there.
WAY = ((0.02, 0.93), (0.2, 0.88), (0.46, 0.85), (0.72, 0.74), (0.8, 0.5), (0.68, 0.27), (0.46, 0.2), (0.28, 0.29))
WIDE = (0.012, 0.035, 0.075, 0.12, 0.135, 0.1, 0.055, 0.02)


def spine(rng: random.Random) -> tuple[np.ndarray, np.ndarray]:
    """Points along the flock's way, and its width there; the end curls in."""
    way, curl = np.array(WAY), PARAMS["curl"]
    way[-2:] += curl * np.array([(0.0, 0.03), (0.06, 0.12)]) - 0.03
    way += np.array([[rng.uniform(-0.03, 0.03), rng.uniform(-0.03, 0.03)] for _ in way])
    wide = np.array(WIDE) * [rng.uniform(0.85, 1.2) for _ in WIDE] * PARAMS["swell"]
    left, top, right, foot = SKY
    way = np.array([left, top]) + way * np.array([right - left, foot - top])
    at, knots = np.linspace(0, len(way) - 1, 90), np.arange(len(way))
    smooth = np.exp(-((at[:, None] - knots[None]) ** 2) / 0.55)
    smooth /= smooth.sum(axis=1, keepdims=True)
    return smooth @ way, smooth @ wide * min(right - left, foot - top)


def wisps(rng: random.Random) -> np.ndarray:
    """Slow chance over the sheet between about -1 and 1."""
    total, x, y = np.zeros_like(GX), GX[:1], GY[:, :1]
    for _ in range(14):
        wave, turn = rng.uniform(14, 42) * U, rng.uniform(0, math.tau)
        along, down = math.tau * x * math.cos(turn) / wave, math.tau * y * math.sin(turn) / wave
        down += rng.uniform(0, math.tau)
        total += np.sin(along) * np.cos(down) + np.cos(along) * np.sin(down)  # the sine of both together
    return total / 4.5


def flock(rng: random.Random) -> tuple[np.ndarray, np.ndarray]:
    """How crowded the sky is, 1 in the dark core, and which way they fly."""
    path, wide = spine(rng)
    tangent = np.gradient(path, axis=0)
    tangent /= np.hypot(*tangent.T)[:, None]
    crowd, turn = np.zeros_like(GX), np.zeros((2, *GX.shape))
    loose = 0.8 + 0.9 * PARAMS["dissolve"]
    for k, (at, way, reach) in enumerate(zip(path, tangent, wide, strict=True)):
        x, y = GX[:1] - at[0], GY[:, :1] - at[1]
        along, aside = x * way[0] + y * way[1], y * way[0] - x * way[1]
        lean = 0.45 * reach * math.sin(0.12 * k + rng.uniform(-0.1, 0.1))
        core = np.exp(-((aside - lean) ** 2 / (0.38 * reach) ** 2) - along**2 / (1.1 * reach) ** 2)
        veil = np.exp(-(((aside**2 + 0.36 * along**2) / (loose * reach) ** 2) ** 0.8))
        crowd = np.maximum(crowd, (core + 0.14 * veil) * np.clip(reach / (8 * U), 0.15, 1))
        turn += veil * veil * veil * way[:, None, None]
    crowd = (crowd / crowd.max()) ** 1.15 * np.exp(0.7 * wisps(rng) + 0.15)
    left, top, right, foot = SKY
    room = np.minimum(np.minimum(GX - left, right - GX), np.minimum(GY - top, foot + 8 * U - GY))
    crowd *= np.clip(room / (9 * U), 0, 1)
    return np.clip(crowd, 0, 1), np.arctan2(turn[1], turn[0])


def roost(crowd: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Where birds are: each keeps the others off, the farther the less crowded it is."""
    weight = np.where(crowd > 0.009, crowd + 0.03, 0).ravel()
    cells = chance.choice(len(weight), 42000, p=weight / weight.sum())
    at = np.c_[cells % GX.shape[1], cells // GX.shape[1]] * CELL + chance.uniform(-0.5, 0.5, (len(cells), 2)) * CELL
    inside = (at[:, 0] > MARGIN) & (at[:, 0] < W - MARGIN) & (at[:, 1] > MARGIN)
    at, cells = at[inside], cells[inside]
    room = PARAMS["core_mm"] * U * (0.75 + 0.25 * crowd.ravel()[cells] ** -0.72)
    free, birds = np.ones((int(H / FINE) + 2, int(W / FINE) + 2), bool), []
    span = np.arange(-60, 61)
    apart = np.hypot(*np.meshgrid(span, span)) * FINE
    for point, radius in zip(at.tolist(), np.minimum(room, 9 * U).tolist(), strict=True):
        col, row = int(point[0] / FINE), int(point[1] / FINE)
        if free.item(row, col):
            birds.append(point)
            n = min(int(radius / FINE), 60, row, col)
            disc = apart[60 - n : 61 + n, 60 - n : 61 + n] > radius
            part = free[row - n : row + n + 1, col - n : col + n + 1]
            part &= disc[: part.shape[0], : part.shape[1]]
    return np.array(birds)


def bird(size: float, turn: float, lift: float) -> list[tuple[float, float]]:
    """One stroke: wing, body, wing."""
    wing = (-1, -lift), (-0.55, -0.55 * lift - 0.22), (0, 0.1), (0.55, -0.55 * lift - 0.22), (1, -lift)
    c, s = size * math.cos(turn), size * math.sin(turn)
    return [(x * c - y * s, x * s + y * c) for x, y in wing]


def in_order(birds: np.ndarray) -> np.ndarray:
    """Row by row and back again, so that the pen does not wander."""
    row = (birds[:, 1] / (4 * U)).astype(int)
    return birds[np.lexsort((np.where(row % 2, -birds[:, 0], birds[:, 0]), row))]


def ink_flock(crowd: np.ndarray, heading: np.ndarray) -> list[np.ndarray]:
    rng, lines = random.Random(SEED + 2), []
    birds = in_order(roost(crowd, np.random.default_rng(SEED)))
    col, row = np.minimum((birds / CELL).astype(int), (GX.shape[1] - 1, GX.shape[0] - 1)).T
    sizes = 0.5 * PARAMS["wing_mm"] * U * (1 + 1.1 * (1 - crowd[row, col]) ** 2)
    banks = 0.55 * np.sin(heading[row, col])
    for size, bank in zip(sizes.tolist(), banks.tolist(), strict=True):
        size, bank = size * rng.uniform(0.85, 1.15), bank + rng.gauss(0, 0.25)
        lines.append(bird(size, bank, rng.uniform(-0.25, 0.75)))
    return list(birds[:, None] + np.array(lines))


def hollow(crowd: np.ndarray) -> np.ndarray:
    """The emptiest place inside the turn."""
    left, top, right, foot = SKY
    away = np.hypot((GX - left) / (right - left) - 0.42, (GY - top) / (foot - top) - 0.5)
    near = np.zeros_like(crowd)
    for k in range(-9, 10, 3):
        for n in range(-9, 10, 3):
            near += np.roll(crowd, (k, n), (0, 1))
    spot = np.argmin(near + 12 * np.maximum(away - 0.1, 0))
    return np.array([GX.flat[spot], GY.flat[spot]])


def lone_bird(at: np.ndarray) -> list[np.ndarray]:
    """Larger, nearer, and turned the other way: a few strokes on one another for its weight."""
    s, lines = np.linspace(-1, 1, 41), []
    for k in range(5):
        reach = 1 - 0.07 * k
        rise = np.abs(np.sin(math.pi * np.abs(s) ** 0.8)) * 0.3 + 0.5 * np.abs(s) ** 1.4
        wing = np.c_[reach * s, -rise * reach + 0.075 * k * (1 - np.abs(s) ** 1.5)] * 4.2 * U
        lines.append(at + wing @ np.array([(math.cos(0.3), -math.sin(0.3)), (math.sin(0.3), math.cos(0.3))]))
    return lines


def shore(rng: random.Random) -> list[np.ndarray]:
    """The far bank as a low fringe, and a little light on the water before it."""
    lines, x = [], MARGIN
    while x < W - MARGIN - 2 * U:
        far = rng.uniform(4, 22) * U
        ends = np.array([(x, HORIZON), (min(x + far, W - MARGIN), HORIZON)])
        lines.append(ends)
        x += far + rng.choice((0.8, 1.2, 5)) * U
    for row in range(1, 9):
        y = HORIZON + (0.9 * row + 0.14 * row**2) * U
        for _ in range(9 - row):
            at, half = MARGIN + 0.47 * (W - 2 * MARGIN) * rng.betavariate(1.4, 1.2), rng.uniform(1.5, 7) * U
            ends = np.clip([at - half, at + half], MARGIN, W - MARGIN)
            if ends[1] - ends[0] > 2 * U and y < H - MARGIN:
                lines.append(np.array([(ends[0], y), (ends[1], y)]))
    return lines


def fringe(rng: random.Random) -> list[np.ndarray]:
    """Far reeds on the bank, a hand of strokes at a time."""
    lines = []
    for hand in range(5):
        x, count = MARGIN + (hand + rng.uniform(0.35, 0.65)) * 0.52 * (W - 2 * MARGIN) / 5, rng.randrange(4, 17)
        for k in range(count):
            tall = rng.uniform(0.6, 1.0) * 3.2 * U * math.sin(math.pi * (k + 0.5) / count) + 0.5 * U
            foot = x + (k - count / 2) * 0.55 * U
            if MARGIN < foot < W - MARGIN:
                lines.append(np.array([(foot, HORIZON - 0.3 * U), (foot + 0.12 * tall, HORIZON - tall)]))
    return lines


def reed(foot: np.ndarray, tall: float, lean: float, rng: random.Random) -> list[np.ndarray]:
    """A stalk that bends with the wind, its plume, and sometimes a blade."""
    s = np.linspace(0, 1, 24)
    stalk = foot + np.c_[lean * tall * s**2.2, -tall * s]
    lines, plume = [stalk], rng.uniform(0.1, 0.16) * tall
    for k in range(int(plume / (0.55 * U))):
        at = stalk[-1] + (stalk[-4] - stalk[-1]) * k * 0.55 * U / math.dist(stalk[-1], stalk[-4])
        out = 2.3 * U * (1 - abs(k * 0.55 * U / plume - 0.6))
        lines.append(np.array([at, at + (0.75 * out, 0.9 * out * (0.4 + k * 0.04))]))
    if rng.random() < 0.6:
        start, long = stalk[rng.randrange(3, 9)], rng.uniform(0.3, 0.5) * tall
        lines.append(start + np.c_[0.36 * long * s**1.4, -long * s + 0.3 * long * s**4])
    return lines


def reeds(rng: random.Random) -> list[np.ndarray]:
    """The near bank in one lower corner, tall at the edge of the sheet."""
    lines, count = [], PARAMS["reeds"]
    for k in range(count):
        share = ((k + rng.uniform(0.1, 0.9)) / count) ** 1.35
        x = W - MARGIN - 9 * U - share * 0.46 * (W - 2 * MARGIN)
        tall = min(46 * U, 0.3 * H) * (1 - 0.72 * share) * rng.uniform(0.6, 1.05)
        parts = reed(np.array([x, H - MARGIN - rng.uniform(0, 2.2) * U]), tall, rng.uniform(0.02, 0.13), rng)
        lines += [np.clip(part, MARGIN, (W - MARGIN, H - MARGIN)) for part in parts]
    return lines


@cache
def picture() -> dict[str, list[np.ndarray]]:
    rng = random.Random(SEED)
    crowd, heading = flock(rng)
    ink = ink_flock(crowd, heading) + shore(rng) + fringe(rng) + reeds(rng)
    pens = {"ink": ink, "vermilion": lone_bird(hollow(crowd))}
    if MIRRORED:
        return {pen: [(W, 0) + line * (-1, 1) for line in lines] for pen, lines in pens.items()}
    return pens


@primitive
def murmuration(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    """One pen's lines as Grafix wants them: a table of points, and where each line begins."""
    lines = picture()[pen]
    coords = np.zeros((sum(map(len, lines)), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *map(len, lines)]).astype(np.int32)


def draw(t: float) -> list:
    colours = {"ink": (0.13, 0.13, 0.2), "vermilion": (0.84, 0.2, 0.13)}
    return [L(name=pen).layer(G.murmuration(pen=pen), color=colour, thickness=PEN) for pen, colour in colours.items()]
