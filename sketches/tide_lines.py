"""Tide lines: low water streams around two quiet stones and leaves its mark on the sand.

The lines avoid each other; they crowd where the water hurries past a stone and part as it
thins out over the sand. The second pen draws only what the tide before this one left behind.
"""

import math
import random
from collections import deque

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "spacing_mm": 0.7,
    "openness": 2.0,
    "stone_mm": 23.0,
    "shore": 0.69,
    "slope": 0.42,
    "swell_mm": 8.0,
    "eddy": 1.0,
    "wrack_mm": 17.0,
}
RANGES = {
    "spacing_mm": (0.62, 1.2),
    "openness": (1.2, 3.6),
    "stone_mm": (17.0, 27.0),
    "shore": (0.64, 0.72),
    "slope": (0.25, 0.5),
    "swell_mm": (3.0, 12.0),
    "eddy": (0.0, 1.3),
    "wrack_mm": (13.0, 22.0),
}
TAGS = (
    "tide", "sea", "water", "stone", "shore", "flow", "current", "calm",
    "beach", "erosion", "time", "memory", "streamline", "rest",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN = 12 * U
CELL = 0.13 * U
STEP = 0.5 * U
FIELD = 1.0 * U
RNG = random.Random(SEED)
MIRRORED = random.Random(SEED).random() < 0.3
PHASE = RNG.uniform(-0.5, 0.5)
# a margin more than the sheet: what runs over one edge of the grid comes out there, and does no harm
COLS, ROWS = int((W + MARGIN) / CELL) + 1, int((H + MARGIN) / CELL) + 1


def lane(x: np.ndarray) -> np.ndarray:
    """The curve that the shore and, more loosely, all the water follow."""
    swell = PARAMS["swell_mm"] * U * np.sin(6.0 * x / W + 0.6 + PHASE)
    return H * PARAMS["slope"] * (x / W - 0.5) + swell


def shore_line(x: np.ndarray) -> np.ndarray:
    """Height on the sheet at which the water ends."""
    return H * PARAMS["shore"] + lane(x)


def stone_gap(x: np.ndarray, y: np.ndarray, centre: np.ndarray, radius: float) -> np.ndarray:
    """Distance to the edge of a water-worn stone, negative inside."""
    dx, dy = x - centre[0], y - centre[1]
    turn = np.arctan2(dy, dx)
    edge = 1 + 0.12 * np.cos(2 * turn - 0.7) + 0.05 * np.cos(3 * turn + PHASE * 4)
    return np.hypot(dx, dy) - radius * edge


def place(across: float, out: float) -> np.ndarray:
    """A point in the water, `out` of the sheet's height from the shore."""
    return np.array([across * W, shore_line(across * W) - out * H])


def stream(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Stream function: parallel to the shore, parted by the stones as by a cylinder."""
    bend = 0.3 * PARAMS["swell_mm"] * U * np.sin(4 * x / W - 9 * y / H)
    psi = y - lane(x) + bend
    for across, out, size, spin in EDDIES:
        size = size * PARAMS["stone_mm"] * U
        centre = place(across, out)
        away = np.hypot(x - centre[0], y - centre[1]) / size
        psi = psi + PARAMS["eddy"] * spin * 3.2 * size * np.exp(-(away**2) / 2)
    for centre, r in STONES:
        row, col = (centre[::-1] / FIELD + 0.5).astype(int)
        still = psi[row, col]
        away = np.maximum(stone_gap(x, y, centre, r), 0) / r
        psi = still + (psi - still) * (1 - 1 / (1 + away) ** 2)
    return psi


def fields() -> tuple[np.ndarray, ...]:
    """Unit direction of the water, distance wanted between lines, level; on a coarse grid."""
    y, x = np.mgrid[0 : int(H / FIELD) + 2, 0 : int(W / FIELD) + 2] * FIELD
    psi = stream(x, y)
    down, across = np.gradient(psi, FIELD)
    speed = np.hypot(down, across) + 1e-6
    out = (shore_line(x) - y) / H
    thin = np.clip((0.2 - out) / 0.2, 0, 1) ** 1.5 + np.clip((out - 0.3) / 0.26, 0, 1.3) ** 1.5
    gap = PARAMS["spacing_mm"] * U * np.clip(speed**-0.8, 0.85, 1.9)
    return down / speed, -across / speed, gap * (1 + PARAMS["openness"] * thin), psi


STONE = place(RNG.uniform(0.38, 0.44), 0.27)
PEBBLE = place(RNG.uniform(0.74, 0.8), 0.1)
STONES = [(STONE, PARAMS["stone_mm"] * U), (PEBBLE, 0.3 * PARAMS["stone_mm"] * U)]
LEE = STONE[0] / W
EDDIES = [(LEE + 0.26, 0.285, 0.26, 1), (LEE + 0.41, 0.25, 0.2, -1)]


def open_water() -> bytearray:
    """A fine grid, 0 where a line may run and 1 on stone and margin."""
    y, x = np.mgrid[0 : ROWS // 3 + 1, 0 : COLS // 3 + 1] * 3 * CELL
    wet = (x > MARGIN) & (x < W - MARGIN) & (y > MARGIN) & (y < H - MARGIN)
    for centre, r in STONES:
        near = np.hypot(x - centre[0], y - centre[1]) < 1.2 * r
        wet[near] &= stone_gap(x[near], y[near], centre, r) > 0
    dry = np.repeat(np.repeat(~wet, 3, axis=0), 3, axis=1)[:ROWS, :COLS]
    return bytearray(dry.astype(np.uint8).tobytes())


class Sheet:
    """The direction field with two grids: where a line may not go, where none may start."""

    def __init__(self) -> None:
        across, down, self.gap, self.psi = fields()
        self.way = (across + 1j * down).tolist()
        self.taken = open_water()
        self.crowded = bytearray(self.taken)

    def direction(self, at: complex) -> complex:
        """Bilinear, because nearest-cell steps would show as kinks."""
        u, v = at.real / FIELD, at.imag / FIELD
        i, j = int(u), int(v)
        top, low = self.way[j], self.way[j + 1]
        above = top[i] + (top[i + 1] - top[i]) * (u - i)
        below = low[i] + (low[i + 1] - low[i]) * (u - i)
        way = above + (below - above) * (v - j)
        return way / (abs(way) or 1.0)

    def spacing(self, line: np.ndarray) -> np.ndarray:
        col, row = (line / FIELD + 0.5).astype(int).T
        return self.gap[row, col]

    def afloat(self, at: complex) -> bool:
        """A level, not a place: whole lines are water or not, and none ends at the shore."""
        level = PARAMS["shore"] * H - self.psi[int(at.imag / FIELD + 0.5), int(at.real / FIELD + 0.5)]
        return bool(0 < level < 0.62 * H)

    def free(self, grid: bytearray, at: complex) -> bool:
        x, y = at.real, at.imag
        inside = MARGIN < x < W - MARGIN and MARGIN < y < H - MARGIN
        return inside and not grid[int(y / CELL) * COLS + int(x / CELL)]

    def walk(self, start: complex, sense: float) -> list[complex]:
        """Follow the water one way until it meets an edge, a neighbour or its own start."""
        at, step, points = start, sense * STEP, []
        for count in range(900):
            at += step * self.direction(at + step / 2 * self.direction(at))
            if not self.free(self.taken, at):
                break
            points.append(at)
            if count > 12 and abs(start - at) < STEP:
                points.append(start)
                break
        return points

    def claim(self, line: np.ndarray, gaps: np.ndarray) -> None:
        """Keep later lines two thirds of the gap away, and later beginnings all of it."""
        for grid, share in ((self.taken, 0.66), (self.crowded, 0.97)):
            view = np.frombuffer(grid, np.uint8)
            reach = np.maximum((share * gaps / CELL + 0.5).astype(int), 1)
            base = (line / CELL).astype(int) @ (1, COLS)
            for r in np.unique(reach):
                dy, dx = np.mgrid[-r : r + 1, -r : r + 1]
                disc = (dy * COLS + dx)[dx**2 + dy**2 <= r * r]
                view[base[reach == r, None] + disc] = 1


def outline(centre: np.ndarray, radius: float) -> np.ndarray:
    """The edge of a stone as the first closed line of the water."""
    turn = np.linspace(0, 2 * np.pi, 240)
    way = np.c_[np.cos(turn), np.sin(turn)]
    far = stone_gap(*(centre + way).T, centre, radius)
    return centre + way * (1 - far)[:, None]


def waists() -> list[complex]:
    """Seeds where the water is narrowest, so that the long lines come first and whole."""
    down = np.arange(MARGIN, H - MARGIN, CELL).tolist()
    return [complex(centre[0], y) for centre, _ in STONES for y in down]


def beside(line: np.ndarray, gaps: np.ndarray) -> list[complex]:
    """Points one gap to the left and right of a line, where neighbours may begin."""
    tangent = np.gradient(line, axis=0)
    normal = tangent[:, ::-1] * (-1, 1) / np.hypot(*tangent.T)[:, None] * gaps[:, None]
    x, y = np.stack([line + normal, line - normal], axis=1)[::4].reshape(-1, 2).T
    return (x + 1j * y).tolist()


def streamlines() -> list[np.ndarray]:
    """Grow every line beside one that is already there (after Jobard and Lefer)."""
    sheet, lines, queue = Sheet(), [outline(*stone) for stone in STONES], deque(waists())
    for line in lines:
        sheet.claim(line, np.full(len(line), PARAMS["spacing_mm"] * U))
    while queue:
        seed = queue.popleft()
        if not (sheet.free(sheet.crowded, seed) and sheet.afloat(seed)):
            continue
        back = sheet.walk(seed, -1.0)
        closed = len(back) > 12 and back[-1] == seed
        ahead = [] if closed else sheet.walk(seed, 1.0)
        points = np.array([*back[::-1], seed, *ahead])
        line = np.stack([points.real, points.imag], axis=1)
        gaps = sheet.spacing(line)
        if len(line) * STEP < 9 * gaps.mean() and not closed:
            continue
        sheet.claim(line, gaps)
        lines.append(line)
        queue.extend(beside(line, gaps))
    return lines


def wrack() -> list[np.ndarray]:
    """The old high-water mark: rows of weed that thin out towards both ends."""
    rng, lines = random.Random(SEED + 1), []
    for row in range(-2, 3):
        x = 0.17 * W
        while x < 0.8 * W:
            length = rng.uniform(0.8, 3.0) * U
            s = np.linspace(x, x + length, 5)
            y = shore_line(s) + PARAMS["wrack_mm"] * U + 0.9 * U * row
            y = y + 2 * U * np.sin(s / (9 * U)) + 0.25 * U * np.sin((s - x) / length * np.pi)
            body = 1.25 * math.sin(math.pi * (x / W - 0.17) / 0.63) - 0.2
            if rng.random() < body - 0.3 * abs(row):
                lines.append(np.c_[s, y])
            x += length + rng.uniform(0.5, 1.8) * U
    return lines


def join(lines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Grafix wants one table of points and the row at which each line begins."""
    sizes = [len(line) for line in lines]
    coords = np.zeros((sum(sizes), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *sizes]).astype(np.int32)


@primitive
def tide_lines(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    lines = wrack() if pen == "vermilion" else streamlines()
    return join([(W, 0) + line * (-1, 1) for line in lines] if MIRRORED else lines)


def draw(t: float) -> list:
    return [
        L(name="ink").layer(G.tide_lines(pen="ink"), color=(0.09, 0.13, 0.2), thickness=PEN),
        L(name="vermilion").layer(G.tide_lines(pen="vermilion"), color=(0.8, 0.27, 0.14), thickness=PEN),
    ]
