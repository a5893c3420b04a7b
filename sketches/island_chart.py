"""Island chart: a mountain in the sea as a surveyor draws it, and one way up.

Contours grow heavy on the side turned from the light (Tanaka's method), so that lines of
level become a relief. The sea is told only by what it does at the shore, then not at all.
"""

import heapq
import math
import random
from functools import cache

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "levels": 26,
    "island_mm": 42.0,
    "rough": 0.42,
    "shade": 0.6,
    "sea_lines": 8,
    "sea_gap_mm": 0.95,
    "islets": 5,
}
RANGES = {
    "levels": (14, 32),
    "island_mm": (34.0, 48.0),
    "rough": (0.2, 0.8),
    "shade": (0.0, 1.0),
    "sea_lines": (3, 12),
    "sea_gap_mm": (0.7, 1.4),
    "islets": (1, 8),
}
TAGS = (
    "island", "map", "chart", "contour", "topography", "mountain", "summit", "path", "journey",
    "ascent", "coast", "sea", "survey", "terrain", "place", "solitude",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN, CELL, FINE = 12 * U, 0.8 * U, 0.2 * U
COLS, ROWS = int(W / CELL) + 2, int(H / CELL) + 2
GX, GY = np.meshgrid(np.arange(COLS) * CELL, np.arange(ROWS) * CELL)
INDEX = 4  # every fourth contour carries its height
# The way a contour runs through a cell, by which of its corners (1 2 / 8 4) lie above it.
WAYS = {
    1: [(3, 0)], 2: [(0, 1)], 3: [(3, 1)], 4: [(1, 2)], 5: [(3, 0), (1, 2)], 6: [(0, 2)], 7: [(3, 2)],
    8: [(2, 3)], 9: [(2, 0)], 10: [(0, 1), (2, 3)], 11: [(2, 1)], 12: [(1, 3)], 13: [(1, 0)], 14: [(0, 3)],
}  # fmt: skip
# Figures in single strokes on a field two wide and three high.
FIGURES = {
    "0": [(0.6, 0), (1.4, 0), (2, 0.7), (2, 2.3), (1.4, 3), (0.6, 3), (0, 2.3), (0, 0.7), (0.6, 0)],
    "1": [(0.4, 0.7), (1.1, 0), (1.1, 3)],
    "2": [(0, 0.7), (0.6, 0), (1.4, 0), (2, 0.7), (1.8, 1.4), (0, 3), (2, 3)],
    "3": [(0, 0), (2, 0), (0.9, 1.2), (1.6, 1.4), (2, 2.2), (1.4, 3), (0.5, 3), (0, 2.5)],
    "4": [(1.5, 3), (1.5, 0), (0, 2.1), (2, 2.1)],
    "5": [(1.9, 0), (0.2, 0), (0.1, 1.3), (1.3, 1.1), (2, 1.9), (1.5, 2.9), (0.6, 3), (0, 2.6)],
    "6": [(1.6, 0), (0.4, 1.3), (0, 2.2), (0.6, 3), (1.4, 3), (2, 2.2), (1.4, 1.4), (0.2, 1.7)],
    "7": [(0, 0), (2, 0), (0.7, 3)],
    "8": [(1, 1.4), (0.2, 0.7), (1, 0), (1.8, 0.7), (0, 2.3), (1, 3), (2, 2.3), (1, 1.4)],
    "9": [(1.8, 1.3), (0.6, 1.6), (0, 0.8), (0.6, 0), (1.4, 0), (2, 0.8), (1.6, 1.7), (0.4, 3)],
}


def wander(rng: random.Random, longest: float, shortest: float, decay: float = 1.0) -> np.ndarray:
    """Smooth chance over the sheet between about -1 and 1: many waves, the shorter the flatter."""
    rows, cols, power = [], [], 0.0
    for _ in range(18):
        wave = longest * (shortest / longest) ** rng.random()
        turn, size = rng.uniform(0, math.tau), (wave / longest) ** decay
        down = math.tau * GY[:, 0] * math.sin(turn) / wave + rng.uniform(0, math.tau)
        across = math.tau * GX[0] * math.cos(turn) / wave
        # the sine of both together is two products of a row and a column
        rows += [size * np.sin(down), size * np.cos(down)]
        cols += [np.cos(across), np.sin(across)]
        power += size**2 / 2
    return np.array(rows).T @ np.array(cols) / (1.8 * math.sqrt(power))


def hump(at: np.ndarray, along: float, across: float, turn: float) -> np.ndarray:
    """Elliptical distance from a point, 1 on the ellipse."""
    dx, dy = GX - at[0], GY - at[1]
    u = (dx * math.cos(turn) + dy * math.sin(turn)) / along
    v = (-dx * math.sin(turn) + dy * math.cos(turn)) / across
    return np.hypot(u, v)


def terrain() -> np.ndarray:
    """Heights over the sheet: 0 at the shore, 1 on the summit, below 0 in the sea."""
    rng, size, rough = random.Random(SEED), PARAMS["island_mm"] * U, PARAMS["rough"]
    middle, turn = np.array([0.58 * W, 0.4 * H]), -0.95 + rng.uniform(-0.2, 0.2)
    if W >= H:
        middle, turn = np.array([0.58 * W, 0.46 * H]), rng.uniform(-0.5, 0.1)
    away = hump(middle, 1.25 * size, 0.8 * size, turn) + 0.42 * rough * wander(rng, 60 * U, 9 * U, 0.75)
    summit = middle + size * np.array([rng.uniform(0.05, 0.25), rng.uniform(-0.5, -0.25)])
    body = 0.5 * (1 - np.maximum(away, 0) ** 1.5)
    cone = np.exp(-2.1 * hump(summit, 0.66 * size, 0.52 * size, turn + 0.5) ** 1.15)
    saddle = middle - 0.66 * size * np.array([math.cos(turn), math.sin(turn)])
    second = 0.42 * np.exp(-((hump(saddle, 0.4 * size, 0.3 * size, turn) / 0.9) ** 2))
    land = np.clip(0.25 + body, 0, 1)
    high = body + land * (cone + second) * (1 + 0.5 * rough * spurs(rng, summit, size))
    high += 0.2 * rough * land * wander(rng, 40 * U, 10 * U)
    for k in range(PARAMS["islets"]):
        bearing = turn + 2.9 + rng.uniform(-0.5, 0.5)
        at = middle + size * (1.3 + 0.13 * k) * np.array([math.cos(bearing), math.sin(bearing)])
        reach = size * (0.17 - 0.017 * k) * rng.uniform(0.7, 1.2)
        islet = 0.2 * (1 - hump(at, reach * 1.4, reach, rng.uniform(0, 3)) ** 1.3)
        high = np.maximum(high, islet + 0.06 * np.clip(islet + 0.2, 0, 1) * wander(rng, 12 * U, 5 * U))
    inset = np.minimum(np.minimum(GX, W - GX), np.minimum(GY, H - GY)) - MARGIN - 5 * U
    high -= 0.5 * np.clip(1 - inset / (13 * U), 0, None) ** 2
    return high / high.max()


def spurs(rng: random.Random, summit: np.ndarray, size: float) -> np.ndarray:
    """Ribs that run down from the summit and valleys between them, bent a little by chance."""
    bearing = np.arctan2(GY - summit[1], GX - summit[0]) + 0.45 * wander(rng, 50 * U, 20 * U)
    far = np.hypot(GX - summit[0], GY - summit[1]) / size
    ribs = np.cos(5 * bearing + rng.uniform(0, 6)) + 0.5 * np.cos(8 * bearing + rng.uniform(0, 6))
    return np.clip(3 * far, 0, 1) * ribs


def contours(field: np.ndarray, level: float) -> list[np.ndarray]:
    """Lines of one height by marching squares, in mm."""
    up = (field > level).astype(int)
    code = up[:-1, :-1] + 2 * up[:-1, 1:] + 4 * up[1:, 1:] + 8 * up[1:, :-1]
    links: dict[int, list[int]] = {}
    for way, pairs in WAYS.items():
        at = np.flatnonzero(code == way)
        cell = at // (COLS - 1) * COLS + at % (COLS - 1)
        sides = (2 * cell, 2 * (cell + 1) + 1, 2 * (cell + COLS), 2 * cell + 1)
        for a, b in pairs:
            for one, two in zip(sides[a].tolist(), sides[b].tolist(), strict=True):
                links.setdefault(one, []).append(two)
                links.setdefault(two, []).append(one)
    return [crossing(field, level, np.array(chain)) for chain in chains(links)]


def chains(links: dict[int, list[int]]) -> list[list[int]]:
    """Follow the links from end to end, closed rings from anywhere."""
    out, done = [], set()
    for start in sorted(links, key=lambda node: (len(links[node]), node)):
        if start in done:
            continue
        chain, node = [start], start
        done.add(start)
        while step := [n for n in links[node] if n not in done]:
            node = step[0]
            chain.append(node)
            done.add(node)
        if len(chain) > 2 and start in links[node]:
            chain.append(start)
        out.append(chain)
    return [chain for chain in out if len(chain) > 2]


def crossing(field: np.ndarray, level: float, edges: np.ndarray) -> np.ndarray:
    """Where the height is met on the edges of the grid."""
    flat, cell, down = field.ravel(), edges // 2, edges % 2
    low, high = flat[cell], flat[cell + np.where(down, COLS, 1)]
    share = (level - low) / (high - low)
    return CELL * np.c_[cell % COLS + share * (1 - down), cell // COLS + share * down]


def sample(field: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Field values at points of the sheet."""
    at = np.clip(points / CELL, 0, (COLS - 1.001, ROWS - 1.001))
    (c, r), (u, v) = at.astype(int).T, (at % 1).T
    top = field[r, c] * (1 - u) + field[r, c + 1] * u
    return top * (1 - v) + (field[r + 1, c] * (1 - u) + field[r + 1, c + 1] * u) * v


def kept(line: np.ndarray, keep: np.ndarray, shortest: float) -> list[np.ndarray]:
    """The stretches of a line on which `keep` holds, without the tiny ones."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], keep, [False]])))
    pieces = [line[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [p for p in pieces if len(p) > 1 and length(p)[-1] >= shortest]


def length(line: np.ndarray) -> np.ndarray:
    """Way along a line at each of its points."""
    return np.concatenate([[0], np.cumsum(np.hypot(*(line[1:] - line[:-1]).T))])


def even(line: np.ndarray, step: float) -> np.ndarray:
    """The line again, its points evenly spaced."""
    way = length(line)
    at = np.linspace(0, way[-1], max(2, round(way[-1] / step) + 1))
    return np.stack([np.interp(at, way, axis) for axis in line.T], axis=1)


class Chart:
    """The survey: heights, the path, what is kept free of ink, and the strokes of both pens."""

    def __init__(self) -> None:
        self.rng = random.Random(SEED + 1)
        self.high = terrain()
        self.rise = np.gradient(self.high, CELL)
        self.slope = np.maximum(np.hypot(*self.rise), 1e-6)
        self.shadow = -(0.8 * self.rise[0] + 0.6 * self.rise[1]) / self.slope
        self.free = np.ones((int(H / FINE) + 2, int(W / FINE) + 2), bool)
        self.step = 1 / PARAMS["levels"]
        self.ink: list[np.ndarray] = []
        self.red: list[np.ndarray] = []
        self.shores = [line for line in contours(self.high, 0.0) if length(line)[-1] > 5 * U]
        self.climb()
        marks = self.heights()
        self.relief()
        self.sea()
        self.ink += marks + self.frame()

    def clear(self, points: np.ndarray, radius: float) -> None:
        """Keep discs round these points free of what is drawn later."""
        span = np.arange(-int(radius / FINE) - 1, int(radius / FINE) + 2)
        dx, dy = np.meshgrid(span, span)
        disc = np.hypot(dx, dy) * FINE <= radius
        at = (points / FINE).astype(int)
        rows, cols = at[:, 1, None] + dy[disc], at[:, 0, None] + dx[disc]
        self.free[np.clip(rows, 0, self.free.shape[0] - 1), np.clip(cols, 0, self.free.shape[1] - 1)] = False

    def open(self, line: np.ndarray) -> np.ndarray:
        """Whether points lie on free paper within the margins."""
        col, row = np.clip((line / FINE).astype(int), 0, np.array(self.free.shape[::-1]) - 1).T
        inside = np.all((line > MARGIN) & (line < np.array([W, H]) - MARGIN), axis=1)
        return self.free[row, col] & inside

    def climb(self) -> None:
        """The easiest way from the southern shore to the summit, and the crossing to its landing."""
        top = np.array(np.unravel_index(self.high.argmax(), self.high.shape))
        shore = max(self.shores, key=len)
        shore = shore[shore[:, 0] < np.median(shore[:, 0])] if W <= H else shore
        landing = shore[np.argmax(shore[:, 1] - 0.25 * shore[:, 0])]
        start = tuple((landing[::-1] / CELL).round().astype(int).tolist())
        way = easiest(np.maximum(self.slope * 30 * U, 0.2), self.high, start, tuple(top.tolist()))
        path = even(CELL * way[:, ::-1].astype(float), 4.5 * U)
        path[0] = landing
        path = rounded(path, 3)
        summit, gap = path[-1], 1.5 * U
        sail = np.array([(MARGIN + 6 * U, min(landing[1] + 0.2 * H, H - MARGIN - 22 * U)), landing])
        bow = np.array([[0.0, 1.0], [0.35, 0.75], [0.7, 0.55], [1.0, 0.0]])
        route = sail[0] + (sail[1] - sail[0]) * np.c_[bow[:, 0], 1 - bow[:, 1]]
        route = even(rounded(route, 4), 0.5 * U)
        dash = (length(route) % (3.4 * U) < 2.1 * U) & (length(route)[-1] - length(route) > 2 * U)
        flag = summit + gap * np.array([(0, -1.25), (1.1, 0.7), (-1.1, 0.7), (0, -1.25)])
        self.red = [path[np.hypot(*(path - summit).T) > 2.2 * gap], flag, *kept(route, dash, U)]
        self.red += [ring(landing, 0.9 * U)]
        self.clear(even(path, 0.3 * U), 0.85 * U)
        self.clear(route, 0.9 * U)
        self.clear(np.array([summit]), 2.0 * gap)
        self.clear(np.array([landing]), 1.7 * U)

    def heights(self) -> list[np.ndarray]:
        """Each index contour gives way to its own figure where it runs gently."""
        marks: list[np.ndarray] = []
        for k in range(INDEX, PARAMS["levels"], INDEX):
            lines = [even(line, 0.5 * U) for line in contours(self.high, k * self.step)]
            line = max(lines, key=len, default=np.zeros((0, 2)))
            if len(line) < 50:
                continue
            room = self.step / sample(self.slope, line)
            free = np.convolve(self.open(line), np.ones(15) / 15, "same") > 0.99
            best = np.argmax(np.where(free, np.minimum(room, 2.5 * U) + 0.02 * np.abs(line[:, 0] - W / 2), -1))
            along = line[(best + 4) % len(line)] - line[best - 4]
            if free[best]:
                turn = (math.atan2(along[1], along[0]) + math.pi / 2) % math.pi - math.pi / 2
                marks += self.figure(str(50 * k), line[best], turn, 1.55 * U)
        return marks

    def figure(self, text: str, at: np.ndarray, turn: float, tall: float) -> list[np.ndarray]:
        """A number centred on a point, and free paper round it."""
        unit, wide = tall / 3, 2.9
        shift = np.array([-(wide * len(text) - 0.9) / 2, -1.5])
        spin = np.array([(math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))])
        lines = [(np.array(FIGURES[c]) + shift + (wide * k, 0)) * unit @ spin + at for k, c in enumerate(text)]
        for line in lines:
            self.clear(even(line, 0.4 * U), 0.75 * U)
        return lines

    def relief(self) -> None:
        """Contours; beyond the index ones each yields where the slope leaves it no room."""
        self.ink += [p for line in self.shores for p in self.cut(line, np.ones(len(line)))]
        for k in range(1, PARAMS["levels"]):
            for line in contours(self.high, k * self.step):
                room = self.step / sample(self.slope, line) / PEN_MM
                need, dark = 1.2 if k % INDEX == 0 else 1.8, sample(self.shadow, line)
                fall = np.c_[sample(self.rise[1], line), sample(self.rise[0], line)]
                fall /= np.maximum(np.hypot(*fall.T), 1e-6)[:, None]
                for extra in range(4):
                    keep = room > need + 1.1 * extra
                    if extra:
                        keep &= dark * (0.4 + PARAMS["shade"]) > 0.05 + 0.22 * extra
                    self.ink += self.cut(line - 0.9 * PEN_MM * extra * fall, keep)

    def cut(self, line: np.ndarray, keep: np.ndarray) -> list[np.ndarray]:
        """What is kept of a line and lies on free paper."""
        way = length(line)
        fine = even(line, 0.3 * U)
        wanted = np.interp(np.linspace(0, way[-1], len(fine)), way, keep) > 0.5
        return [thin(p) for p in kept(fine, wanted & self.open(fine), 2.2 * U)]

    def sea(self) -> None:
        """Waterlines follow the shore, part from one another and break up; then soundings; then nothing."""
        shore = np.concatenate([even(line, 0.8 * U) for line in self.shores])
        coarse = slice(None, None, 2)
        x, y = GX[coarse, coarse], GY[coarse, coarse]
        away = np.full(x.shape, np.inf)
        for part in np.array_split(shore, 12):
            apart = (x[..., None] - part[:, 0]) ** 2 + (y[..., None] - part[:, 1]) ** 2
            away = np.minimum(away, apart.min(axis=-1))
        rows, cols = np.arange(ROWS) / 2, np.arange(COLS) / 2
        away = np.sqrt(away)
        away = np.array([np.interp(cols, np.arange(away.shape[1]), row) for row in away])
        away = np.array([np.interp(rows, np.arange(away.shape[0]), col) for col in away.T]).T
        away = np.where(self.high > 0, -1.0, away)
        mood, gap = wander(self.rng, 34 * U, 9 * U), PARAMS["sea_gap_mm"] * U
        reaches = np.cumsum(gap * 1.24 ** np.arange(PARAMS["sea_lines"])).tolist()
        self.soundings(away, reaches[-1])
        for k, reach in enumerate(reaches):
            for line in contours(away, reach):
                self.ink += self.cut(line, sample(mood, line) > 1.5 * k / len(reaches) - 0.85)

    def soundings(self, away: np.ndarray, reach: float) -> None:
        """Depths in fathoms, fewer the deeper."""
        placed: list[list[float]] = []
        left, right = MARGIN + 3 * U, W - MARGIN - 3 * U
        tries = np.array([(self.rng.uniform(left, right), self.rng.uniform(0.1, 0.95) * H) for _ in range(900)])
        depth = sample(away, tries)
        sea = (depth > 3 * U) & (depth < reach + 14 * U) & (tries[:, 1] < H - MARGIN - 12 * U)
        for at, far in zip(tries[sea].tolist(), depth[sea].tolist(), strict=True):
            probe = at + U * 2.2 * np.array([(-1, 0), (0, 0), (1, 0), (0, 1), (0, -1)])
            if all(math.dist(at, p) > 9 * U + 0.6 * far for p in placed) and self.open(probe).all():
                placed.append(at)
                self.ink += self.figure(str(int(2 + 1.6 * far / U)), np.array(at), 0.0, 1.45 * U)

    def frame(self) -> list[np.ndarray]:
        """A scale and the north, small, at the foot of the empty sea."""
        x, y, mile, tall = MARGIN + 6 * U, H - MARGIN - 4 * U, 8 * U, 1.1 * U
        bar = [np.array([(x, y), (x + 4 * mile, y), (x + 4 * mile, y - tall), (x, y - tall), (x, y)])]
        for k in (0, 2):
            for row in np.arange(0.25, tall / U, 0.28) * U:
                bar.append(np.array([(x + k * mile, y - row), (x + (k + 1) * mile, y - row)]))
        bar += [np.array([(x + k * mile, y), (x + k * mile, y - tall)]) for k in (1, 2, 3)]
        at = np.array([W - MARGIN - 6 * U, y])
        needle = [at + U * np.array(p) for p in ([(0, 0), (0, -13), (-1.6, -8.5), (0, -9.3)], [(-2, -3.5), (2, -3.5)])]
        return bar + needle


def easiest(cost: np.ndarray, high: np.ndarray, start: tuple, goal: tuple) -> np.ndarray:
    """Cheapest way over land between two cells of the grid (Dijkstra); climbing straight is dear."""
    steps = [(r, c) for r in range(-2, 3) for c in range(-2, 3) if math.gcd(r, c) == 1]
    steps = [(r * COLS + c, math.hypot(r, c)) for r, c in steps]
    level, dear = (U * high / CELL).ravel().tolist(), (1 + 9 * cost).ravel().tolist()
    source, target = (row * COLS + col for row, col in (start, goal))
    best, came, heap = {source: 0.0}, {}, [(0.0, source)]
    while heap:
        spent, here = heapq.heappop(heap)
        if here == target:
            break
        if spent > best[here]:
            continue
        height = level[here]
        for step, far in steps:
            there = here + step
            if level[there] > 0.004 or there == target:
                rise = level[there] - height
                total = spent + far * dear[there] + 2600 * rise * rise / far
                if total < best.get(there, math.inf):
                    best[there], came[there] = total, here
                    heapq.heappush(heap, (total, there))
    way = [target]
    while way[-1] in came:
        way.append(came[way[-1]])
    return np.stack(np.divmod(way[::-1], COLS), axis=1)


def rounded(line: np.ndarray, times: int) -> np.ndarray:
    """Corners cut, again and again (Chaikin)."""
    for _ in range(times):
        near, far = 0.75 * line[:-1] + 0.25 * line[1:], 0.25 * line[:-1] + 0.75 * line[1:]
        line = np.vstack([line[:1], np.stack([near, far], 1).reshape(-1, 2), line[-1:]])
    return line


def thin(line: np.ndarray) -> np.ndarray:
    """Every second point is enough for the pen; the ends stay."""
    return np.vstack([line[:-1:2], line[-1:]])


def ring(at: np.ndarray, radius: float) -> np.ndarray:
    turn = np.linspace(0, math.tau, 20)
    return at + radius * np.c_[np.cos(turn), np.sin(turn)]


@cache
def chart() -> Chart:
    return Chart()


@primitive
def island_chart(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    """One pen's lines as Grafix wants them: a table of points, and where each line begins."""
    lines = chart().ink if pen == "ink" else chart().red
    coords = np.zeros((sum(map(len, lines)), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *map(len, lines)]).astype(np.int32)


def draw(t: float) -> list:
    colours = {"ink": (0.1, 0.14, 0.2), "vermilion": (0.82, 0.25, 0.13)}
    return [L(name=pen).layer(G.island_chart(pen=pen), color=colour, thickness=PEN) for pen, colour in colours.items()]
