"""Falling cloth: a shawl hangs from one nail, and only the threads that run down it are drawn.

Threads crowd where the cloth turns from the light and into its folds, and are left out where
it faces the light. What a fold covers is not drawn; one stripe is embroidered.
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
    "folds": 7,
    "fall": 0.85,
    "spread_mm": 78.0,
    "depth": 0.6,
    "thread_mm": 0.44,
    "light": 0.5,
    "stripe": 0.8,
}
RANGES = {
    "folds": (5, 10),
    "fall": (0.72, 0.88),
    "spread_mm": (54.0, 88.0),
    "depth": (0.3, 0.9),
    "thread_mm": (0.38, 0.7),
    "light": (0.2, 0.8),
    "stripe": (0.66, 0.88),
}
TAGS = (
    "cloth", "fabric", "drapery", "fold", "textile", "thread", "shawl", "curtain", "softness",
    "stillness", "weight", "absence", "light", "shadow", "embroidery", "gravity",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN, CELL = 12 * U, 0.25 * U
ROWS, COLS = 420, 1280  # samples down and across the cloth
TALL = PARAMS["fall"] * (H - 2 * MARGIN)
SPREAD = min(PARAMS["spread_mm"] * U, 0.62 * W, 0.72 * TALL)
TOP = MARGIN + 0.06 * (H - 2 * MARGIN)
TILT = 0.32  # how far a nearer part hangs lower on the sheet
DOWN = np.linspace(0, 1, ROWS)[:, None]
ACROSS = np.linspace(0, 1, COLS)[None, :]


def smooth(value: np.ndarray) -> np.ndarray:
    u = np.clip(value, 0, 1)
    return u * u * (3 - 2 * u)


class Cloth:
    """The hanging surface: where each sample is seen, how near it is, and how dark."""

    def __init__(self) -> None:
        rng = random.Random(SEED)
        self.nail = np.array([(0.6 if rng.random() < 0.5 else 0.4) * W, TOP])
        self.shape(rng)
        self.shade = self.tone()
        self.hidden = self.covered()

    def shape(self, rng: random.Random) -> None:
        """Folds of uneven width that deepen as the cloth widens; some only begin on the way down."""
        count, knots = PARAMS["folds"], np.linspace(0, 1, PARAMS["folds"] + 1)
        knots[1:-1] += [rng.uniform(-0.3, 0.3) / count for _ in knots[1:-1]]
        phase = np.interp(ACROSS, knots, np.arange(count + 1))
        phase = phase + 0.1 * np.sin(3 * DOWN + 5 * ACROSS + rng.uniform(0, 6)) * DOWN
        strength = np.array([rng.uniform(0.55, 1.1) for _ in range(count + 1)])
        begin = np.array([rng.choice((0.0, 0.05, 0.3)) for _ in range(count + 1)])
        grown = smooth((DOWN - np.interp(phase, range(count + 1), begin)) / 0.5)
        lift = np.interp(phase, range(count + 1), strength) * (0.25 + 0.75 * grown)
        turn = 2 * math.pi * phase
        half = SPREAD / 2 * (0.05 + 0.95 * (1 - np.exp(-3.2 * DOWN)) / (1 - math.exp(-3.2)))
        side = 1 if self.nail[0] < W / 2 else -1
        sway = side * SPREAD * (0.1 * np.sin(2.6 * DOWN) * DOWN + 0.035 * np.sin(7 * DOWN + 3 * ACROSS) * DOWN)
        ease = 1.15 * PARAMS["depth"] * lift / count
        fold = np.sin(turn + 0.5 * np.sin(turn)) + 0.28 * np.sin(2 * turn + 2 * DOWN)
        self.x = self.nail[0] + sway + half * (2 * ACROSS - 1 + ease * fold)
        self.z = half * (0.9 * PARAMS["depth"] + 0.5) * lift / count * 2 * np.cos(turn + 0.4)
        tips = [(0.1 + rng.uniform(-0.05, 0.05), 0.16), (0.62 + rng.uniform(-0.08, 0.08), 0.24), (0.97, 0.05)]
        tail = sum(size * np.exp(-np.abs(ACROSS - at) / 0.16) for at, size in tips)
        hem = TALL * (tail - tail.max())
        self.y = TOP + DOWN * TALL + hem * DOWN**1.6 + TILT * self.z * DOWN

    def tone(self) -> np.ndarray:
        """0 light, 1 dark: the side turned from the light, and the bottom of each fold."""
        across = np.gradient(self.x, axis=1)
        toward = np.gradient(self.z, axis=1)
        facing = (toward * 0.8 + across * 0.6) / np.maximum(np.hypot(across, toward), 1e-9)
        near = self.z / np.maximum(np.abs(self.z).max(axis=1, keepdims=True), 1e-9)
        return np.clip(0.8 - 0.6 * facing - 0.42 * near + 0.6 * (0.5 - PARAMS["light"]), 0, 1)

    def covered(self) -> np.ndarray:
        """Whether another part of the cloth is nearer at the same place on the sheet."""
        col, row = (self.x / CELL).astype(int), (self.y / CELL).astype(int)
        wide = int(W / CELL) + 8
        place = np.clip(row, 0, int(H / CELL) + 7) * wide + np.clip(col, 0, wide - 1)
        nearest = np.full(wide * (int(H / CELL) + 8), -np.inf)
        np.maximum.at(nearest, place.ravel(), self.z.ravel())
        grid = nearest.reshape(-1, wide)
        around = grid.copy()
        around[:, 1:-1] = np.minimum(np.minimum(grid[:, :-2], grid[:, 2:]), grid[:, 1:-1])
        around = np.where(np.isfinite(around), around, -np.inf)
        return self.z < around.ravel()[place] - 1.8 * U

    def line(self, rows: np.ndarray, cols: np.ndarray, keep: np.ndarray) -> list[np.ndarray]:
        """The parts of a line of samples that are kept and can be seen."""
        keep = keep & ~self.hidden[rows, cols]
        points = np.stack([self.x[rows, cols], self.y[rows, cols]], axis=1)
        pieces = [points[a:b] for a, b in stretches(keep) if b - a > 2]
        return [thin(p) for p in pieces if np.hypot(*(p[1:] - p[:-1]).T).sum() > 4 * U]


def stretches(keep: np.ndarray) -> list[tuple[int, int]]:
    """From where to where `keep` holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], keep, [False]]))).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def thin(line: np.ndarray) -> np.ndarray:
    return np.concatenate([line[:-1:4], line[-1:]])


def threads(cloth: Cloth) -> list[np.ndarray]:
    """Threads run down; every second one, every fourth... is left out where the light falls."""
    rng, lines, every = random.Random(SEED + 1), [], 2
    apart = np.abs(np.gradient(cloth.x, axis=1)) * every
    pitch = PARAMS["thread_mm"] * U * (1 + 9 * (1 - cloth.shade) ** 2.2)
    need = pitch / np.maximum(apart, 1e-6)
    band = stripe_band()
    for k, col in enumerate(range(every, COLS - every, every)):
        rank = 2 ** min((k + 1 & -(k + 1)).bit_length() - 1, 9)
        keep = (rank > need[:, col] * rng.uniform(0.6, 1.0)) & ~band & (DOWN[:, 0] < 0.985)
        lines += cloth.line(np.arange(ROWS), np.full(ROWS, col), closed(keep, 14))
    return lines


def closed(keep: np.ndarray, shortest: int) -> np.ndarray:
    """Without stretches too short to be a thread."""
    for a, b in stretches(keep):
        if b - a < shortest:
            keep[a:b] = False
    return keep


def stripe_band() -> np.ndarray:
    middle = PARAMS["stripe"]
    return np.abs(DOWN[:, 0] - middle) < 0.034


def outlines(cloth: Cloth) -> list[np.ndarray]:
    """The two selvages, the hem twice, and the edge of every fold that stands before another."""
    rows, cols = np.arange(ROWS), np.arange(COLS)
    lines = []
    for col in (0, COLS - 1):
        lines += cloth.line(rows, np.full(ROWS, col), np.full(ROWS, True))
    for row in (ROWS - 1, int(0.985 * ROWS)):
        lines += cloth.line(np.full(COLS, row), cols, np.full(COLS, True))
    return lines + silhouettes(cloth)


def silhouettes(cloth: Cloth) -> list[np.ndarray]:
    """Where the cloth turns out of sight, followed from row to row."""
    (x_down, x_across), (y_down, y_across) = np.gradient(cloth.x), np.gradient(cloth.y)
    turning = np.diff(np.sign(x_across * y_down - x_down * y_across), axis=1) != 0
    lines: list[list[tuple[int, int]]] = []
    alive: list[list[tuple[int, int]]] = []
    for row in range(ROWS):
        cols, grown = np.flatnonzero(turning[row]).tolist(), []
        for col in cols:
            near = [line for line in alive if abs(line[-1][1] - col) < 26 and line[-1][0] == row - 1]
            line = min(near, key=lambda line: abs(line[-1][1] - col)) if near else []
            if not near:
                lines.append(line)
            line.append((row, col))
            grown.append(line)
        alive = grown
    out = []
    for line in lines:
        if len(line) > 20:
            rows, cols = np.array(line).T
            out += cloth.line(rows, cols, np.full(len(rows), True))
    return out


def embroidery(cloth: Cloth) -> list[np.ndarray]:
    """A band of stitches across all folds: two borders and a zigzag between them."""
    lines, middle = [], PARAMS["stripe"]
    cols = np.arange(COLS)
    for off in (-0.03, -0.024, 0.024, 0.03):
        rows = np.full(COLS, int((middle + off) * ROWS))
        lines += cloth.line(rows, cols, np.full(COLS, True))
    count, rows = 84, ((middle - 0.016) * ROWS, (middle + 0.016) * ROWS)
    for k in range(1, count):
        cross = (np.array([k - 0.36, k + 0.36]) * COLS / count).astype(int)
        for pair in (cross, cross[::-1]):
            at = (np.array(rows).astype(int), pair)
            if not cloth.hidden[at].any() and not cloth.hidden[at[0], pair[::-1]].any():
                lines.append(np.c_[cloth.x[at], cloth.y[at]])
    return lines


def shadow(cloth: Cloth) -> list[np.ndarray]:
    """What the cloth throws on the wall: slanted lines, kept off the cloth itself."""
    wide, tall = int(W / CELL) + 8, int(H / CELL) + 8
    body = np.zeros((tall, wide), bool)
    body[(cloth.y / CELL).astype(int).clip(0, tall - 1), (cloth.x / CELL).astype(int).clip(0, wide - 1)] = True
    near = body.copy()
    for step in range(-5, 6):
        near |= np.roll(body, step, 1)
    cast = np.roll(near, (int(7 * U / CELL), int(9 * U / CELL)), (0, 1)) & ~near
    lines = []
    for start in np.arange(-tall, wide, 1.25 * U / CELL):
        row = np.arange(tall)
        col = (start + row * 0.9).astype(int)
        inside = (col >= 0) & (col < wide)
        keep = np.zeros(tall, bool)
        keep[inside] = cast[row[inside], col[inside]]
        for a, b in stretches(keep):
            if (b - a) * CELL > 2.2 * U:
                lines.append(CELL * np.array([(start + 0.9 * a, a), (start + 0.9 * (b - 1), b - 1)]))
    return lines


def nail(cloth: Cloth) -> list[np.ndarray]:
    """The nail, and the knot below it."""
    turn, at = np.linspace(0, math.tau, 25), cloth.nail - (0, 4.2 * U)
    head = [at + r * U * np.c_[np.cos(turn), np.sin(turn)] for r in (0.35, 0.7, 1.05, 1.4)]
    loop = [
        np.array([at + U * np.array([s * 1.0, 1.1]), cloth.nail + U * np.array([s * 1.9, 0.2])])
        for s in (-1, -0.3, 0.4, 1)
    ]
    return head + loop


@cache
def picture() -> dict[str, list[np.ndarray]]:
    cloth = Cloth()
    return {"ink": threads(cloth) + outlines(cloth) + nail(cloth) + shadow(cloth), "madder": embroidery(cloth)}


@primitive
def falling_cloth(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    """One pen's lines as Grafix wants them: a table of points, and where each line begins."""
    lines = picture()[pen]
    coords = np.zeros((sum(map(len, lines)), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *map(len, lines)]).astype(np.int32)


def draw(t: float) -> list:
    colours = {"ink": (0.12, 0.15, 0.25), "madder": (0.7, 0.16, 0.2)}
    return [L(name=pen).layer(G.falling_cloth(pen=pen), color=colour, thickness=PEN) for pen, colour in colours.items()]
