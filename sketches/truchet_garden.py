"""Truchet garden: tiles that halve and change colour grow from one corner, and one thread runs through.

Carlson's winged tiles: with each size the band and its ground change places, so that bands of
any size join. Every band is drawn as threads, and each thread runs on from tile to tile.
"""

import math
import random
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "across": 3,
    "sizes": 4,
    "pitch_mm": 0.75,
    "reach": 1.0,
    "fray": 0.35,
    "fine": 0.5,
    "ends": 0.3,
    "seeds": 7,
}
RANGES = {
    "across": (2, 4),
    "sizes": (3, 4),
    "pitch_mm": (0.5, 1.1),
    "reach": (0.75, 1.1),
    "fray": (0.1, 0.6),
    "fine": (0.3, 0.7),
    "ends": (0.05, 0.6),
    "seeds": (0, 14),
}
TAGS = (
    "garden", "growth", "tiles", "truchet", "labyrinth", "thread", "pattern", "order", "chance",
    "scale", "corner", "spring", "seed", "rhythm", "path", "play",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN, DEEPEST = 12 * U, PARAMS["sizes"] - 1
SIZE = (min(W, H) - 2 * MARGIN) / (PARAMS["across"] + 1 / 3)  # a round end reaches a sixth beyond its tile
SPAN, UNIT = 1 << DEEPEST, SIZE / (1 << DEEPEST)
COLS, ROWS = (int((side - 2 * MARGIN) / SIZE - 0.3) * SPAN for side in (W, H))
# So many threads in the thinnest band that they are in step at every size.
PITCH = UNIT / 3 / max(1, round(UNIT / 3 / max(PARAMS["pitch_mm"] * U, 1.3 * PEN_MM)))
CORNERS = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
MIDDLES = np.array([(0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5)])
# How a band runs: corners it bends round, whether it goes straight (0 across, 1 down), sides where it ends.
MOTIFS = (
    ((0, 2), (), ()), ((1, 3), (), ()), ((), (0,), (0, 2)), ((), (1,), (1, 3)), ((0,), (), (1, 2)),
    ((1,), (), (2, 3)), ((2,), (), (0, 3)), ((3,), (), (0, 1)), ((), (), (0, 1, 2, 3)), ((), (0, 1), ()),
)  # fmt: skip
# The way a line runs through a cell, by which of its corners (1 2 / 8 4) lie above it.
WAYS = {
    1: [(3, 0)], 2: [(0, 1)], 3: [(3, 1)], 4: [(1, 2)], 5: [(3, 0), (1, 2)], 6: [(0, 2)], 7: [(3, 2)],
    8: [(2, 3)], 9: [(2, 0)], 10: [(0, 1), (2, 3)], 11: [(2, 1)], 12: [(1, 3)], 13: [(1, 0)], 14: [(0, 3)],
}  # fmt: skip


class Tile(NamedTuple):
    """A square, by its upper left cell (of the finest size), how often it is halved, and its motif."""

    col: int
    row: int
    depth: int
    motif: int

    @property
    def side(self) -> int:
        return SPAN >> self.depth

    @property
    def banded(self) -> bool:
        """Whether the band is dark; at every other size its ground is."""
        return self.depth % 2 == 0


def age(col: float, row: float, lobes: list[tuple[float, float]]) -> float:
    """How far from the lower left corner, 1 at the rim of what has grown."""
    x, y = col / COLS, 1 - row / ROWS
    turn = math.atan2(y, x + 1e-9)
    fray = sum(math.sin(waves * turn + phase) for waves, phase in lobes) / len(lobes)
    return math.hypot(x, y) / (PARAMS["reach"] * (1 + PARAMS["fray"] * fray))


def grown(rng: random.Random) -> np.ndarray:
    """How often each cell's tile is halved, -1 on empty paper: the oldest are large, the rim is young."""
    depth, want = np.full((ROWS, COLS), -1), np.zeros((ROWS, COLS))
    lobes = [(rng.uniform(3, 9), rng.uniform(0, math.tau)) for _ in range(3)]
    for row in range(ROWS):
        for col in range(COLS):
            old = age(col + 0.5, row + 0.5, lobes)
            beyond = max(col, ROWS - 1 - row) // SPAN  # the first tile stays whole, and its neighbours nearly
            young = min(PARAMS["sizes"] * old ** (2.2 - 1.6 * PARAMS["fine"]), (0.5, 1.4, 9)[min(beyond, 2)])
            want[row, col] = -1 if old > 1 and beyond else young
    for row, col, side in squares():
        part = want[row : row + side, col : col + side]
        level = DEEPEST - side.bit_length() + 1
        if (depth[row, col] < 0) and part.min() >= 0 and part.mean() + rng.gauss(0, 0.2 * (level > 0)) < level + 1:
            depth[row : row + side, col : col + side] = level
    depth[want == -1] = -1
    return sown(balanced(depth), rng)


def squares() -> Iterator[tuple[int, int, int]]:
    """All squares a tile may fill, the largest first."""
    for level in range(DEEPEST + 1):
        side = SPAN >> level
        yield from ((row, col, side) for row in range(0, ROWS, side) for col in range(0, COLS, side))


def balanced(depth: np.ndarray) -> np.ndarray:
    """Halve what touches a tile of a quarter its size: bands join over one step only."""
    changed = True
    while changed:
        changed, padded = False, np.pad(depth, 1, constant_values=-1)
        for row, col, side in squares():
            level = DEEPEST - side.bit_length() + 1
            around = padded[row : row + side + 2, col : col + side + 2]
            if depth[row, col] == level and around.max() > level + 1:
                depth[row : row + side, col : col + side] = level + 1
                changed = True
    return depth


def sown(depth: np.ndarray, rng: random.Random) -> np.ndarray:
    """Single small tiles that the wind has carried a little beyond the rim."""
    old = depth >= 0
    for _ in range(40 * PARAMS["seeds"]):
        row, col = rng.randrange(ROWS), rng.randrange(COLS)
        near = old[max(row - 9, 0) : row + 10, max(col - 9, 0) : col + 10].any()
        lone = (depth[max(row - 2, 0) : row + 3, max(col - 2, 0) : col + 3] < 0).all()
        if lone and near and (depth[~old] >= 0).sum() < PARAMS["seeds"]:
            depth[row, col] = DEEPEST
    return depth


def planted(depth: np.ndarray, rng: random.Random) -> list[Tile]:
    """A motif for every square."""
    ends, tiles = PARAMS["ends"], []
    weights = [3, 3, ends, ends, ends, ends, ends, ends, 0.5 * ends, 0.5 * ends]
    for row, col, side in squares():
        level = DEEPEST - side.bit_length() + 1
        if depth[row, col] == level:
            tiles.append(Tile(col, row, level, rng.choices(range(10), weights)[0]))
    return tiles


def off_band(motif: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Distance from the band of a tile of side 1, negative inside it."""
    bends, runs, ends = MOTIFS[motif]
    parts = [np.abs(np.hypot(x - CORNERS[k, 0], y - CORNERS[k, 1]) - 0.5) for k in bends]
    parts += [np.abs((y, x)[k] - 0.5) for k in runs]
    parts += [np.hypot(x - MIDDLES[k, 0], y - MIDDLES[k, 1]) for k in ends]
    return np.min(parts, axis=0) - 1 / 6


@cache
def threads_of(depth: int, motif: int, bitten: tuple[bool, ...]) -> list[np.ndarray]:
    """Lines that keep whole spacings from the rim of the dark part of a tile, on a side of 1."""
    step = PITCH / (SIZE / 2**depth)
    cells = max(20, int(2.6 / step))
    x, y = np.meshgrid(np.linspace(0, 1, cells + 1), np.linspace(0, 1, cells + 1))
    field = off_band(motif, x, y)
    for corner, bite in zip(CORNERS, bitten, strict=True):
        if bite:
            field = np.minimum(field, np.hypot(x - corner[0], y - corner[1]) - 1 / 6)
    field = -field if depth % 2 == 0 else field
    levels = (np.arange(int(0.8 / step)) + 0.5) * step
    return [line / cells for level in levels if level < field.max() for line in contours(field, level)]


def contours(field: np.ndarray, level: float) -> list[np.ndarray]:
    """Lines of one value by marching squares, in cells."""
    cols = field.shape[1]
    up = (field > level).astype(int)
    code = up[:-1, :-1] + 2 * up[:-1, 1:] + 4 * up[1:, 1:] + 8 * up[1:, :-1]
    pairs = []
    for row, col in np.argwhere((code > 0) & (code < 15)).tolist():
        cell = row * cols + col
        sides = (2 * cell, 2 * (cell + 1) + 1, 2 * (cell + cols), 2 * cell + 1)
        pairs += [(sides[a], sides[b]) for a, b in WAYS[code[row, col]]]
    flat, lines = field.ravel(), []
    for chain in chains(pairs):
        edge = np.array(chain)
        cell, down = edge // 2, edge % 2
        low, high = flat[cell], flat[cell + np.where(down, cols, 1)]
        share = (level - low) / (high - low)
        lines.append(np.c_[cell % cols + share * (1 - down), cell // cols + share * down])
    return lines


def chains(pairs: list[tuple]) -> list[list]:
    """Follow links from end to end, and closed rings from anywhere."""
    links: dict = {}
    for one, two in pairs:
        links.setdefault(one, []).append(two)
        links.setdefault(two, []).append(one)
    out, done = [], set()
    for start in sorted(links, key=lambda node: (len(links[node]), node)):
        if start in done:
            continue
        chain = [start]
        done.add(start)
        while step := [node for node in links[chain[-1]] if node not in done]:
            chain.append(step[0])
            done.add(step[0])
        closed = len(chain) > 2 and start in links[chain[-1]]
        out.append(chain + [start] if closed else chain)
    return [chain for chain in out if len(chain) > 1]


def arc(at: np.ndarray, radius: float, start: float, sweep: float) -> np.ndarray:
    turn = np.radians(np.linspace(start, start + sweep, max(5, int(abs(sweep) / 6))))
    return at + radius * np.c_[np.cos(turn), np.sin(turn)]


def length(line: np.ndarray) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


class Garden:
    """What has grown, as threads in mm."""

    def __init__(self) -> None:
        rng = random.Random(SEED)
        self.depth = grown(rng)
        self.padded = np.pad(self.depth, 1, constant_values=-1)
        self.tiles = planted(self.depth, rng)
        corners = [(t.col + c * t.side, t.row + r * t.side) for t in self.tiles for c in (0, 1) for r in (0, 1)]
        owners = [t for t in self.tiles for _ in range(4)]
        self.grounds = {at: t for at, t in zip(corners, owners, strict=True) if not t.banded}
        pieces = [line for tile in self.tiles for line in self.inside(tile)]
        pieces += [line for tile in self.tiles if tile.banded for line in self.round_ends(tile)]
        pieces += [line for at, tile in self.grounds.items() for line in self.round_corner(at, tile)]
        self.lines = [line for line in spliced(pieces) if length(line) > 4 * PEN_MM]

    def quarters(self, col: int, row: int) -> list[int]:
        """Depths round a point of the grid: lower right, lower left, upper left, upper right."""
        p = self.padded
        return [int(p[row + 1, col + 1]), int(p[row + 1, col]), int(p[row, col]), int(p[row, col + 1])]

    def inside(self, tile: Tile) -> list[np.ndarray]:
        at, side = np.array([tile.col, tile.row]), tile.side
        bitten = (False,) * 4
        if not tile.banded:
            points = [(at + side * corner).astype(int).tolist() for corner in CORNERS]
            bitten = tuple(max(self.quarters(*point)) > tile.depth for point in points)
        return [UNIT * (at + side * line) for line in threads_of(tile.depth, tile.motif, bitten)]

    def round_ends(self, tile: Tile) -> Iterator[np.ndarray]:
        """Half circles where a dark band meets empty paper."""
        radii = np.arange(PITCH / 2 if self.odd(tile) else PITCH, UNIT * tile.side / 6, PITCH)
        for k, middle in enumerate(MIDDLES):
            at, way = np.array([tile.col, tile.row]) + tile.side * middle, 2 * middle - 1
            along = np.abs(way[::-1]) * tile.side / 4
            out = [(at + s * along + 0.3 * way).astype(float) for s in (-1, 1)]
            ends = [tuple((at + s * 2 * along).astype(int).tolist()) for s in (-1, 1)]
            carried = any(e in self.grounds and self.grounds[e].depth == tile.depth - 1 for e in ends)
            if not carried and all(self.empty(point) for point in out):
                yield from (arc(UNIT * at, radius, 180 + 90 * k, 180) for radius in radii)

    def odd(self, tile: Tile) -> bool:
        """Whether a thread pair straddles the middle of the band, or one thread lies on it."""
        return round(UNIT * tile.side / 3 / PITCH) % 2 == 0

    def empty(self, point: np.ndarray) -> bool:
        col, row = np.floor(point).astype(int)
        return bool(self.padded[row + 1, col + 1] < 0)

    def round_corner(self, at: tuple[int, int], tile: Tile) -> Iterator[np.ndarray]:
        """Dark ground runs on round its corners into empty paper and into larger tiles."""
        around = self.quarters(*at)
        size = UNIT * tile.side
        inner = size / 6 if max(around) > tile.depth else 0.0
        for k, depth in enumerate(around):
            larger = 0 <= depth < tile.depth and all(n % (SPAN >> depth) == 0 for n in at)
            if depth < 0 or larger:
                radii = np.arange(inner + PITCH / 2, size / 3, PITCH)
                yield from (arc(UNIT * np.array(at, float), radius, 90 * k, 90) for radius in radii)


def spliced(pieces: list[np.ndarray]) -> list[np.ndarray]:
    """Pieces that meet, as one thread."""

    def key(point: np.ndarray) -> tuple[int, ...]:
        x, y = point.tolist()
        return math.floor(x / (0.12 * PITCH) + 0.137), math.floor(y / (0.12 * PITCH) + 0.137)

    loose: dict[tuple[int, ...], list[int]] = {}
    for number, piece in enumerate(pieces):
        for end in (piece[0], piece[-1]):
            loose.setdefault(key(end), []).append(number)
    unused, out = set(range(len(pieces))), []
    order = sorted(unused, key=lambda n: min(len(loose[key(pieces[n][e])]) for e in (0, -1)))
    for start in order:
        if start not in unused:
            continue
        unused.discard(start)
        line = pieces[start]
        for _ in range(2):
            while follow := [n for n in loose[key(line[-1])] if n in unused]:
                unused.discard(follow[0])
                piece = pieces[follow[0]]
                line = np.vstack([line, (piece if key(piece[0]) == key(line[-1]) else piece[::-1])[1:]])
            line = line[::-1]
        out.append(line)
    return out


@cache
def pens() -> dict[str, list[np.ndarray]]:
    shift = np.array([MARGIN + SIZE / 6, H - MARGIN - SIZE / 6 - ROWS * UNIT])
    lines = [line + shift for line in Garden().lines]
    chosen = int(np.argmax([length(line) for line in lines]))
    return {"ink": lines[:chosen] + lines[chosen + 1 :], "vermilion": [lines[chosen]]}


@primitive
def truchet_garden(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    """One pen's lines as Grafix wants them: a table of points, and where each line begins."""
    lines = pens()[pen]
    coords = np.zeros((sum(map(len, lines)), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *map(len, lines)]).astype(np.int32)


def draw(t: float) -> list:
    colours = {"ink": (0.08, 0.22, 0.18), "vermilion": (0.83, 0.26, 0.16)}
    return [
        L(name=pen).layer(G.truchet_garden(pen=pen), color=colour, thickness=PEN) for pen, colour in colours.items()
    ]
