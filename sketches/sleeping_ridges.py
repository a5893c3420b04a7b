"""Sleeping ridges: mountains lie down one behind the other round a lake that is left empty.

Every ridge hides the ones behind it. Hachures run down its slopes as on an old map: long and
close where the slope turns from the light, short where it meets it, gone where the mist is.
"""

import random
from typing import NamedTuple

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "ridges": 5,
    "peak_mm": 62.0,
    "rough": 0.5,
    "hatch_mm": 0.43,
    "mist": 0.4,
    "shore": 0.56,
    "sun_mm": 11.0,
}
RANGES = {
    "ridges": (2, 6),
    "peak_mm": (44.0, 74.0),
    "rough": (0.2, 0.9),
    "hatch_mm": (0.4, 0.75),
    "mist": (0.2, 0.8),
    "shore": (0.52, 0.62),
    "sun_mm": (7.0, 15.0),
}
TAGS = (
    "mountain", "ridge", "lake", "mist", "sun", "silence", "sleep", "distance",
    "landscape", "hatching", "calm", "dawn", "boat", "solitude",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN = 12 * U
DX = 0.2 * U
STEP = 0.3 * U
X = np.arange(MARGIN, W - MARGIN + DX / 2, DX)
SHORE = PARAMS["shore"] * H
PEAK = min(PARAMS["peak_mm"] * U, 0.84 * (SHORE - MARGIN))


class Ridge(NamedTuple):
    """Crest over X, the level it stands on, and how near (0 far, 1 near) it is."""

    crest: np.ndarray
    foot: float
    near: float


def wander(rng: random.Random, octaves: int, longest: float) -> np.ndarray:
    """A rolling line over X between about -1 and 1, its finer waves smaller."""
    line, size = np.zeros(len(X)), 1.0
    for k in range(octaves):
        wave = longest / 1.9**k * rng.uniform(0.85, 1.15)
        line += size * np.sin(2 * np.pi * X / wave + rng.uniform(0, 2 * np.pi))
        size *= 0.55
    return line / 1.8


def hill(at: float, left: float, right: float) -> np.ndarray:
    """A hump over X with a slope of its own on either side, all in shares of the width."""
    away = (X - MARGIN) / (W - 2 * MARGIN) - at
    away = away / np.where(away < 0, left, right)
    return 1 / (1 + np.abs(away) ** 1.7) - 0.12 * np.abs(away)


def ridges() -> list[Ridge]:
    """From the far range to the near headland."""
    rng, peak, count = random.Random(SEED), PEAK, PARAMS["ridges"]
    head = rng.uniform(0.6, 0.68)
    shoulder = 0.68 * hill(head - 0.3, 0.22, 0.2)
    shapes = [
        (0.42 + 0.12 * wander(rng, 2, 0.7 * W), 0.0, 0.0),
        (np.maximum(hill(head, 0.2, 0.24), shoulder), 0.25, 0.0),
    ]
    for k in range(count):
        side = -1 if k % 2 == 0 else 1
        at = head + side * (0.5 - 0.36 * (k + 1) / (count + 1)) + rng.uniform(-0.05, 0.05)
        tall = 0.72 - 0.5 * (k + 1) / (count + 1)
        shapes.append((tall * hill(at, 0.26, 0.28), 0.35 + 0.3 * k / count, 0.0))
    shapes.append((0.3 * hill(0.96, 0.4, 1.0) - 0.06, 0.8, 0.16))
    shapes.append((0.7 * hill(-0.02, 1.0, 0.42) - 0.1, 1.0, 0.5))
    out = []
    for share, near, below in shapes:
        foot = SHORE + below * (H - MARGIN - SHORE) / 0.46
        grain = 0.05 * PARAMS["rough"] * peak * wander(rng, 5, 0.2 * W) * np.clip(3 * share, 0, 1)
        out.append(Ridge(foot - peak * share - grain, foot, near))
    return out


def floor_of(index: int, everything: list[Ridge]) -> np.ndarray:
    """Lowest visible level over X: the first nearer crest, or the foot of the ridge."""
    level = np.full(len(X), everything[index].foot)
    for other in everything[index + 1 :]:
        level = np.minimum(level, np.where(other.crest < other.foot, other.crest, np.inf))
    return level


def runs(points: np.ndarray, keep: np.ndarray, shortest: float) -> list[np.ndarray]:
    """The stretches of a line on which `keep` holds, without the tiny ones."""
    edges = np.flatnonzero(np.diff(np.r_[0, keep.astype(int), 0]))
    pieces = [points[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [p for p in pieces if np.hypot(*(p[-1] - p[0])) >= shortest]


def smooth(line: np.ndarray, width: float) -> np.ndarray:
    reach = int(2 * width / DX)
    weight = np.exp(-((np.arange(-reach, reach + 1) * DX / width) ** 2))
    return np.convolve(np.pad(line, reach, "edge"), weight / weight.sum(), "valid")


def apart(line: np.ndarray) -> np.ndarray:
    """How far above or below a line a stroke must stay to be a pen's width off it."""
    return 1.2 * PEN_MM * np.hypot(1, np.clip(np.gradient(line, DX), -3, 3))


def hachures(ridge: Ridge, floor: np.ndarray, rng: random.Random) -> list[np.ndarray]:
    """Lines of fall from the crest; they fan out from the heads and meet in the saddles."""
    slope = np.gradient(smooth(ridge.crest, 2.2 * U), DX)
    lean, dark = slope / (1 + slope**2), slope / np.hypot(1, slope)
    top, low = ridge.crest + apart(ridge.crest), floor - apart(floor)
    count = np.cumsum(DX / (PARAMS["hatch_mm"] * U * (1.5 - 0.5 * ridge.near) * np.hypot(1, slope)))
    deep = PEAK * (1.5 - PARAMS["mist"])
    fall = np.arange(0.4 * U, deep, STEP)
    lines, front = [], np.full(int(H / STEP) + 2, -1e9)
    for k, x0 in enumerate(np.interp(np.arange(1, count[-1]), count, X)):
        tilt, tone = np.interp(x0, X, lean), 0.1 + 0.4 * ridge.near + 0.85 * np.interp(x0, X, dark)
        uneven = (1, 0.5, 0.75, 0.35, 0.9, 0.45, 0.65, 0.3)[k % 8] ** (1 - 0.6 * ridge.near)
        length = max(tone, 0.12 * ridge.near) * uneven * rng.uniform(0.8, 1.1)
        x = x0 + tilt * 0.6 * deep * (1 - np.exp(-fall / (0.6 * deep)))
        y = np.interp(x0, X, ridge.crest) + fall
        row = np.minimum((y / STEP).astype(int), len(front) - 1)
        clear = (fall < deep * length) & (y < np.interp(x, X, low)) & (y < H - MARGIN)
        clear &= x > front[row] + 1.1 * PEN_MM * np.hypot(1, tilt)
        clear &= (x > MARGIN) & (x < W - MARGIN)
        first = np.argmax(y > np.interp(x, X, top))
        last = first + np.argmin(np.r_[clear[first:], False])
        if (last - first) * STEP > 1.2 * U:
            front[row[first:last]] = x[first:last]
            lines.append(np.c_[x, y][first:last])
    return lines


def level_strokes(centre: np.ndarray, half: float, gap: float, count: int, rng: random.Random) -> list[np.ndarray]:
    """Light or shade on still water: level strokes, rarer and shorter as they come nearer."""
    lines, y = [], centre[1]
    for k in range(count):
        reach = half * (1 - 0.75 * k / count) * rng.uniform(0.55, 1.1)
        x = centre[0] + 0.35 * half * rng.uniform(-1, 1)
        lines.append(np.array([(x - reach, y), (x + reach, y)]))
        y += gap * (1 + 0.35 * k)
    return lines


def waterlines() -> list[np.ndarray]:
    """Where the land stands in the lake: broken strokes, and a little shade below them."""
    rng, lines = random.Random(SEED + 1), []
    for foot in sorted({ridge.foot for ridge in RIDGES}):
        crest = np.min([ridge.crest for ridge in RIDGES if ridge.foot == foot], axis=0)
        for row in range(4):
            x, y = MARGIN - rng.uniform(0, 9) * U, foot + (0.5 + 0.9 * row + 0.12 * row**2) * U
            while x < W - MARGIN and y < H - MARGIN:
                long = rng.uniform(3, 15) * U * (1 - 0.2 * row)
                keep = (crest < foot - U) & (np.abs(X - x - long / 2) < long / 2)
                lines += runs(np.c_[X, np.full(len(X), y)], keep & ~covered(y), 1.5 * U)
                x += long + rng.uniform(1, 4 + 14 * row) * U
    return lines


def covered(y: float) -> np.ndarray:
    """Where over X some land stands in front of the level y."""
    return np.any([(r.crest < y + 0.5 * U) & (y < r.foot) for r in RIDGES], axis=0)


def fir(foot: np.ndarray, height: float) -> np.ndarray:
    """A tree in one stroke: down from the tip, swinging wider and wider."""
    swings = max(int(height / (0.55 * U)), 3)
    s = np.linspace(0, 1, swings)
    x = 0.23 * height * s * np.where(np.arange(swings) % 2, 1, -1)
    crown = np.c_[x, -height * (1 - 0.86 * s)]
    return foot + np.vstack([(0, -1.08 * height), crown, (0, -0.1 * height), (0, 0)])


def forest(rng: random.Random) -> list[np.ndarray]:
    """Firs on the near headland, tall at the edge of the sheet."""
    crest, lines, x = RIDGES[-1].crest, [], MARGIN + 2.5 * U
    while x < MARGIN + 0.34 * W:
        near = 1 - (x - MARGIN) / (0.34 * W)
        height = (2.5 + 7 * near) * U * rng.uniform(0.75, 1.2)
        y = float(np.interp(x, X, crest))
        if y < RIDGES[-1].foot - 2 * U:
            lines.append(fir(np.array([x, y]), height))
        x += 0.45 * height + rng.choice((0.3, 0.6, 3.5)) * U
    return lines


def mountains() -> list[np.ndarray]:
    lines = []
    for index, ridge in enumerate(RIDGES):
        floor = floor_of(index, RIDGES)
        seen = (ridge.crest < floor - 0.3 * U) & (ridge.crest < H - MARGIN)
        lines += runs(np.c_[X, ridge.crest], seen, 2.0 * U)
        lines += hachures(ridge, floor, random.Random(SEED + index))
    return lines


def sun() -> list[np.ndarray]:
    """A disc of level lines, closer towards the land, and its light on the lake."""
    skyline, radius = np.min([ridge.crest for ridge in RIDGES], axis=0), PARAMS["sun_mm"] * U
    notch = np.argmax(np.where((X > 0.2 * W) & (X < 0.6 * W), skyline, 0))
    rise = skyline[notch] - 0.45 * radius
    lines, y, gap = [], rise + radius, 0.5 * U
    while y > rise - radius:
        keep = (X - X[notch]) ** 2 + (y - rise) ** 2 < radius**2
        lines += runs(np.c_[X, np.full(len(X), y)], keep & (y < skyline - 0.5 * U), 1.0 * U)
        y -= gap
        gap *= 1.04
    glint = np.array([X[notch], SHORE + 6.5 * U])
    for stroke in level_strokes(glint, 0.8 * radius, 1.3 * U, 7, random.Random(SEED)):
        (left, y), (right, _) = stroke
        if not covered(y)[np.abs(2 * X - left - right) < right - left].any():
            lines.append(stroke)
    return lines


def boat(at: np.ndarray, size: float) -> list[np.ndarray]:
    """One rower, small, and the shade of the hull."""
    hull = np.array([(-1, -0.16), (-0.7, 0.14), (0.65, 0.14), (1, -0.16), (-1, -0.16)])
    body = np.array([(0.05, -0.2), (0.0, -0.62), (0.2, -0.66), (0.28, -0.2)])
    turn = np.linspace(0, 2 * np.pi, 14)
    face = np.c_[0.08 + 0.13 * np.cos(turn), -0.86 + 0.13 * np.sin(turn)]
    oar = np.array([(0.2, -0.4), (-0.55, 0.3)])
    shade = level_strokes(at + (0, 0.4 * size), 0.9 * size, 0.26 * size, 4, random.Random(SEED))
    return [at + size * line for line in (hull, body, face, oar)] + shade


def join(lines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Grafix wants one table of points and the row at which each line begins."""
    sizes = [len(line) for line in lines]
    coords = np.zeros((sum(sizes), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *sizes]).astype(np.int32)


RIDGES = ridges()
MIRRORED = random.Random(SEED).random() < 0.3
BOAT = np.array([0.62 * W, SHORE + 0.56 * (H - MARGIN - SHORE)])


@primitive
def sleeping_ridges(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    if pen == "vermilion":
        lines = sun()
    else:
        lines = mountains() + waterlines() + forest(random.Random(SEED)) + boat(BOAT, 3.4 * U)
    return join([(W, 0) + line * (-1, 1) for line in lines] if MIRRORED else lines)


def draw(t: float) -> list:
    return [
        L(name="ink").layer(G.sleeping_ridges(pen="ink"), color=(0.1, 0.12, 0.17), thickness=PEN),
        L(name="vermilion").layer(G.sleeping_ridges(pen="vermilion"), color=(0.8, 0.27, 0.14), thickness=PEN),
    ]
