"""Asemic letter: a page in an invented hand, one word struck out, signed and sealed.

The script hangs: words run down a spine, columns from left to right. An alphabet is drawn up
once, so the hand stays one person's; only the initial and the name are written with a broad nib.
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
    "size_mm": 1.55,
    "column_pitch": 4.8,
    "columns": 12,
    "slant": 0.3,
    "haste": 0.06,
    "initial_mm": 34.0,
    "seal_mm": 16.0,
}
RANGES = {
    "size_mm": (1.3, 2.0),
    "column_pitch": (4.4, 5.4),
    "columns": (7, 13),
    "slant": (0.0, 0.5),
    "haste": (0.0, 0.12),
    "initial_mm": (24.0, 38.0),
    "seal_mm": (12.0, 19.0),
}
TAGS = (
    "letter", "writing", "handwriting", "asemic", "calligraphy", "memory", "language",
    "love", "distance", "secret", "poem", "seal", "page",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN = 14 * U
SIZE = PARAMS["size_mm"] * U
PITCH = PARAMS["column_pitch"] * SIZE
TOP, FOOT = 0.11 * H, 0.79 * H
Line = np.ndarray
# Movements of the pen from the spine (across, down), in sizes; every letter is one or two.
MOVES = {
    "tooth": ((0.0, 0.1), (-1.4, 0.25), (-1.2, 0.95), (0.1, 0.75), (0.0, 1.3)),
    "bow": ((0.2, 0.0), (1.7, 0.0), (1.8, 1.5), (0.0, 1.2), (0.0, 2.0)),
    "loop": ((0.0, 0.2), (-1.5, 0.1), (-1.6, 1.5), (0.6, 1.1), (0.0, 2.1)),
    "stem": ((0.1, 0.8), (-0.1, 1.6), (0.0, 2.4)),
    "branch": ((0.0, 0.8), (1.0, 0.3), (2.5, -0.7), (2.6, 0.3), (0.1, 1.0), (0.0, 2.0)),
    "sweep": ((0.0, 0.8), (-1.0, 2.0), (-2.6, 1.5), (-1.6, 0.7), (0.1, 1.3), (0.0, 2.4)),
    "eye": ((1.2, 0.4), (1.1, 1.5), (-0.9, 1.5), (-0.8, 0.3), (0.3, 1.0), (0.0, 2.2)),
    "hook": ((0.1, 1.2), (1.7, 1.7), (1.5, 0.5), (0.0, 1.2), (-0.1, 2.2)),
}
ENDINGS = (
    ((0.1, 1.0), (-0.5, 2.0), (-2.2, 2.1)),
    ((0.1, 0.9), (0.6, 1.9), (2.3, 1.1)),
    ((0.0, 1.0), (0.1, 2.2)),
)
INITIAL = (
    (0.86, 0.02), (0.5, -0.1), (0.24, 0.04), (0.5, 0.2), (0.16, 0.26), (0.06, 0.46), (0.46, 0.4),
    (0.44, 0.72), (0.94, 0.44), (1.1, 0.72), (0.62, 0.86), (0.4, 0.72), (0.34, 1.1), (-0.02, 1.2),
    (-0.06, 1.0),
)  # fmt: skip


def smooth(points: Line, rounds: int = 4) -> Line:
    """Corner cutting: the pen never quite reaches the corner it aims for."""
    for _ in range(rounds):
        a, b = points[:-1], points[1:]
        cut = np.stack([0.75 * a + 0.25 * b, 0.25 * a + 0.75 * b], axis=1).reshape(-1, 2)
        points = np.r_[points[:1], cut, points[-1:]]
    return points


def make_alphabet(rng: random.Random) -> list[tuple[Line, int]]:
    """Letters as corners to aim for, each with none, one or two marks beside it."""
    names, alphabet = rng.sample(list(MOVES), len(MOVES)), []
    for i in range(14):
        moves = [names[i]] if i < len(names) else rng.sample(names, 2)
        points, y = [], 0.0
        for name in moves:
            wide, high = rng.uniform(0.75, 1.1), rng.uniform(0.85, 1.2)
            points += [(wide * px, y + high * py) for px, py in MOVES[name]]
            y = points[-1][1]
        alphabet.append((np.array(points), rng.choice((0, 0, 0, 1, 2))))
    return alphabet


def make_word(rng: random.Random, alphabet: list, letters: int) -> list[Line]:
    """A word hanging from the origin, in sizes: the joined stroke first, then its marks."""
    path, marks, y = [(rng.uniform(-0.9, 0.9), -0.4), (0.0, 0.0)], [], 0.0
    for _ in range(letters):
        letter, dots = alphabet[min(int(rng.expovariate(0.2)), len(alphabet) - 1)]
        wobble = np.array([[rng.gauss(0, PARAMS["haste"]) for _ in "xy"] for _ in letter])
        placed = letter + wobble + (0, y)
        path += placed.tolist()
        for k in range(dots if letter[:, 0].max() < 1 else 0):
            at = np.array([1.1, y + 0.5 + 0.6 * k])
            marks.append(np.array([at, at + (0.55, 0.1)]))
        y = placed[-1, 1]
    path += [(px, y + py) for px, py in rng.choice(ENDINGS)]
    return [tilted(line) for line in (smooth(np.array(path)), *marks)]


def tilted(line: Line) -> Line:
    return line - np.c_[np.zeros(len(line)), PARAMS["slant"] * line[:, 0]]


def write_column(rng: random.Random, alphabet: list, x: float, y: float, end: float) -> list:
    """Words from y down until the next would not fit; the spine floats a little off its rule."""
    words, phase = [], rng.uniform(0, math.tau)
    while True:
        word = make_word(rng, alphabet, rng.choice((1, 2, 2, 3, 3, 4, 5)))
        height = SIZE * word[0][:, 1].max()
        if y + height > end:
            return words
        drift = 0.25 * SIZE * math.sin(phase + 0.05 * y / U)
        words.append([SIZE * line + (x + drift, y) for line in word])
        y += height + SIZE * rng.uniform(1.2, 1.8)


def broad(line: Line, nib: float) -> list[Line]:
    """The same stroke side by side along the edge of a nib held at forty degrees."""
    count = max(2, int(nib / (0.95 * PEN_MM)))
    edge = np.array([math.cos(0.7), -math.sin(0.7)]) * nib
    return [line + edge * (k / (count - 1) - 0.5) for k in range(count)]


def strike_out(word: list[Line]) -> Line:
    """A tight zigzag down the whole word."""
    low, high = word[0].min(0), word[0].max(0)
    y = np.arange(low[1] + SIZE, high[1], 0.44 * U)
    side = np.where(np.arange(len(y)) % 2, 1.0, -1.0)
    x = (low[0] + high[0]) / 2 + side * 1.25 * SIZE + 0.3 * SIZE * np.sin(0.5 * y / U)
    return np.c_[x, y - 0.5 * SIZE * side]


def body(rng: random.Random, alphabet: list, initial: float) -> list[list[Line]]:
    """The columns: hung from one line, ragged below, the first ones making room for the initial."""
    words = []
    wish = PARAMS["columns"] * max(1.0, math.sqrt(1.41 * W / H))
    count = min(round(wish), int((W - 2 * MARGIN - 27 * U) / PITCH))
    for k in range(count):
        x = MARGIN + 2.5 * SIZE + k * PITCH
        start = TOP + (initial * 1.25 + 2 * SIZE if x - 3 * SIZE < MARGIN + 1.1 * initial else 0)
        end = FOOT - rng.uniform(0, 0.14) * H
        if k == count - 1:
            end = TOP + 0.45 * (FOOT - TOP)
        words.append(write_column(rng, alphabet, x, start, end))
    return words


def name(rng: random.Random, alphabet: list) -> list[Line]:
    word = make_word(rng, alphabet, 5)
    scale = min(0.3 * H / word[0][:, 1].max(), 22 * U / np.ptp(word[0][:, 0]))
    place = (W - MARGIN - 11 * U, 0.44 * H)
    return broad(scale * word[0] + place, 1.6 * U) + [scale * mark + place for mark in word[1:]]


def seal_sign(rng: random.Random) -> list[tuple[int, int]]:
    """Square-cut strokes: a walk on a grid of three by six that never doubles back."""
    at, heading = (rng.randrange(3), 0), (0, 1)
    walk = [at]
    while len(walk) < 13:
        dx, dy = rng.choice(((0, 1), (1, 0), (-1, 0), (0, 1), (0, -1)))
        nxt = (at[0] + dx, at[1] + dy)
        if 0 <= nxt[0] < 3 and 0 <= nxt[1] < 6 and (dx, dy) != (-heading[0], -heading[1]):
            at, heading = nxt, (dx, dy)
            walk.append(at)
    return walk


def seal(rng: random.Random) -> list[Line]:
    """A square of level lines from which two signs are cut out."""
    side = PARAMS["seal_mm"] * U
    corner = np.array([W - MARGIN - 11 * U - side / 2, 0.8 * H])
    cell, cut = side / 7, []
    for k in range(2):
        sign = np.array(seal_sign(rng), float)
        steps = np.linspace(0, len(sign) - 1, 200)
        dense = np.stack([np.interp(steps, np.arange(len(sign)), axis) for axis in sign.T], axis=1)
        cut.append(corner + cell * (dense + (1 + 3 * k, 1)))
    cut, lines = np.concatenate(cut), []
    for y in np.arange(0, side, 0.42 * U):
        x = np.arange(0, side, 0.1 * U)
        row = corner + np.c_[x, np.full(len(x), y)]
        here = cut[np.abs(row[0, 1] - cut[:, 1]) <= 0.28 * cell, 0]
        far = (np.abs(row[:, :1] - here) > 0.28 * cell).all(axis=1)
        edges = np.flatnonzero(np.diff(np.r_[0, far.astype(int), 0]))
        lines += [row[[a, b - 1]] for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 5]
    return lines


@cache
def picture() -> dict[str, list[Line]]:
    rng = random.Random(SEED)
    alphabet, initial = make_alphabet(rng), PARAMS["initial_mm"] * U
    columns = body(rng, alphabet, initial)
    words = [word for column in columns for word in column]
    column = columns[len(columns) // 2] or words
    struck = column[min(2, len(column) - 1)]
    ink = [line for word in words for line in word] + [strike_out(struck)]
    ink += broad(smooth(np.array(INITIAL)) * initial + (MARGIN + 0.06 * initial, TOP), 3.0 * U)
    ink += name(rng, alphabet)
    return {"ink": ink, "vermilion": seal(rng)}


@primitive
def asemic_letter(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    """One pen's lines as Grafix wants them: a table of points, and where each line begins."""
    lines = picture()[pen]
    xy = np.concatenate(lines)
    coords = np.c_[xy, np.zeros(len(xy))].astype(np.float32)
    return coords, np.cumsum([0, *map(len, lines)]).astype(np.int32)


def draw(t: float) -> list:
    ink, vermilion = (0.1, 0.11, 0.14), (0.8, 0.27, 0.14)
    return [
        L(name="ink").layer(G.asemic_letter(pen="ink"), color=ink, thickness=PEN),
        L(name="vermilion").layer(G.asemic_letter(pen="vermilion"), color=vermilion, thickness=PEN),
    ]
