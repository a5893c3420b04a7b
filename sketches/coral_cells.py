"""Coral cells: a soft body that ripens from spots to labyrinth and lets one bud go.

A Gray-Scott reaction runs inside the body; feed, kill and grain drift along its spine, so the
cells change their kind from tip to foot. Hatching gathers in them on the side away from light.
"""

import functools

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "cell_mm": 3.8,
    "body_mm": 44.0,
    "ripeness": 0.5,
    "curl": 0.5,
    "shade": 0.62,
    "hatch_mm": 0.6,
    "bud_mm": 10.5,
}
RANGES = {
    "cell_mm": (3.4, 5.5),
    "body_mm": (36.0, 48.0),
    "ripeness": (0.25, 0.75),
    "curl": (0.0, 0.9),
    "shade": (0.35, 0.8),
    "hatch_mm": (0.5, 0.9),
    "bud_mm": (7.0, 12.0),
}
TAGS = (
    "coral", "cells", "growth", "reef", "sea", "organic", "skin", "labyrinth", "spots",
    "birth", "biology", "body", "living", "tide", "pattern", "turing",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN = 16 * U
CELL = PARAMS["cell_mm"] * U
GRID = CELL / 7
LEVEL = 0.17  # of the second substance: a cell is where there is more of it
LIE = 0.75 if W > H else 0.0  # on a wide sheet the body lies down
STEPS, PACE = 1700, 1.5
LIGHT = np.array([0.5, 0.87])


def spine() -> np.ndarray:
    """Rows of x, y, radius: a heavy foot, a neck, a tip that looks back; the bud is last."""
    t = np.linspace(0, 1, 80)
    turn = LIE - 2.35 + (1.9 + 1.2 * PARAMS["curl"]) * t**1.5
    path = np.cumsum(np.c_[np.cos(turn), np.sin(turn)], axis=0) * 3.3 / len(t)
    radius = (0.85 * (1 - t) ** 1.15 + 0.17) * (1 - 0.06 * np.sin(10 * t))
    body = np.c_[path, radius] * PARAMS["body_mm"] * U
    bud = PARAMS["bud_mm"] * U
    past = turn[-1] + 0.5 * (1 - PARAMS["curl"])
    away = np.array([np.cos(past), np.sin(past)])
    return np.vstack([body, [*(body[-1, :2] + away * (2.4 * bud + body[-1, 2])), bud]])


def placed(discs: np.ndarray) -> np.ndarray:
    """Fit the discs to the sheet, the foot to the left of centre so that the air is one piece."""
    low = (discs[:, :2] - discs[:, 2:]).min(0)
    size = (discs[:, :2] + discs[:, 2:]).max(0) - low
    room = np.array([W, H]) - 2 * MARGIN
    scale = min(1.0, *(room / size))
    spare = room - size * scale
    out = discs * scale
    out[:, :2] += MARGIN - low * scale + spare * [0.3, 0.55]
    return out


DISCS = placed(spine())
CORNER = (DISCS[:, :2] - DISCS[:, 2:]).min(0) - 3 * GRID
SHAPE = tuple(np.ceil(((DISCS[:, :2] + DISCS[:, 2:]).max(0) - CORNER) / GRID + 3).astype(int)[::-1])


def measure() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per grid point: depth inside the body, age (0 tip, 1 foot), and how far it faces dark."""
    x, y = (np.arange(n) * GRID + low for n, low in zip(SHAPE[::-1], CORNER, strict=True))
    depth, disc = np.full(SHAPE, -1e9), np.zeros(SHAPE, int)
    for i, (cx, cy, radius) in enumerate(DISCS):
        inside = radius - np.sqrt((x - cx) ** 2 + (y[:, None] - cy) ** 2)
        disc[inside > depth] = i
        np.maximum(depth, inside, out=depth)
    cx, cy, radius = DISCS[disc].transpose(2, 0, 1)
    dark = ((x - cx) * LIGHT[0] + (y[:, None] - cy) * LIGHT[1]) / radius
    dark[disc == len(DISCS) - 1] = 1  # the bud is all shadow
    return depth, 1 - disc / len(DISCS), dark


def react(depth: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Gray-Scott with a graded recipe; beyond the skin the kill rate ends every cell."""
    ripe = np.clip(1.3 * (age - 0.5) + PARAMS["ripeness"], 0, 1)
    feed = 0.026 + 0.012 * ripe
    kill = 0.0615 - 0.0012 * ripe + 0.03 * np.clip((0.45 * CELL - depth) / (2 * GRID), 0, 1)
    grain = 0.034 + 0.036 * ripe
    recipe = np.float32(PACE * np.array([[2 * grain, grain], [feed, feed + kill]]))
    recipe[..., [0, -1]] = recipe[..., [0, -1], :] = 0  # on the rim nothing happens
    spores = np.random.default_rng(SEED).random((SHAPE[0] // 2 + 1, SHAPE[1] // 2 + 1)) < 0.06
    v = np.kron(spores, np.ones((2, 2)))[: SHAPE[0], : SHAPE[1]] * (depth > 0)
    uv = np.float32([1 - v, v]).reshape(2, -1)  # row behind row: a neighbour is so many steps away
    row, end = SHAPE[1], v.size - SHAPE[1]
    above, left, core, right, below = (uv[:, row + k : end + k] for k in (-row, -1, 0, 1, row))
    spread, loss = recipe.reshape(2, 2, -1)[:, :, row:end]
    flow, part, eaten = np.empty_like(core), np.empty_like(core), np.empty_like(core[0])
    for _ in range(STEPS):
        np.add(above, below, out=flow)
        flow += left
        flow += right
        flow -= np.multiply(core, 4, out=part)
        flow *= spread
        np.multiply(*core, out=eaten)
        eaten *= core[1]
        eaten *= np.float32(PACE)
        flow[0] -= eaten
        flow[0] += loss[0]
        flow[1] += eaten
        flow -= np.multiply(loss, core, out=part)
        core += flow
    return uv[1].reshape(SHAPE)


# marching squares: per corner pattern the directed edges, 0 top, 1 right, 2 bottom, 3 left
TURNS = {
    1: ((3, 0),), 2: ((0, 1),), 3: ((3, 1),), 4: ((1, 2),), 5: ((3, 0), (1, 2)),
    6: ((0, 2),), 7: ((3, 2),), 8: ((2, 3),), 9: ((2, 0),), 10: ((0, 1), (2, 3)),
    11: ((2, 1),), 12: ((1, 3),), 13: ((1, 0),), 14: ((0, 3),),
}  # fmt: skip


def contours(v: np.ndarray) -> list[np.ndarray]:
    """Closed level lines of the field, joined edge to edge, in millimetres."""
    wide = SHAPE[1]
    bit = (v > LEVEL).astype(int)
    case = bit[:-1, :-1] + 2 * bit[:-1, 1:] + 4 * bit[1:, 1:] + 8 * bit[1:, :-1]
    follow = {}
    for i, j in np.argwhere((case > 0) & (case < 15)).tolist():
        first = 2 * (i * wide + j)
        edges = (first, first + 3, first + 2 * wide, first + 1)
        for start, end in TURNS[int(case[i, j])]:
            follow[edges[start]] = edges[end]
    loops = []
    while follow:
        start, at = follow.popitem()
        chain = [start]
        while at != start:
            chain.append(at)
            at = follow.pop(at)
        loops.append(on_edges(v, np.array(chain)))
    return loops


def on_edges(v: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Where the level crosses each grid edge, softened once, closed."""
    i, j = np.divmod(edges // 2, SHAPE[1])
    down = edges % 2
    a, b = v[i, j], v[i + down, j + 1 - down]
    s = (LEVEL - a) / (b - a)
    p = np.c_[j + s * (1 - down), i + s * down] * GRID + CORNER
    p = (np.roll(p, 1, 0) + 2 * p + np.roll(p, -1, 0)) / 4
    return np.vstack([p, p[:1]])


def sample(field: np.ndarray, xy: np.ndarray) -> np.ndarray:
    col, row = ((xy - CORNER) / GRID).T
    j, i = (np.clip(k, 0, n - 2).astype(int) for k, n in ((col, SHAPE[1]), (row, SHAPE[0])))
    fx, fy = np.clip(col - j, 0, 1), np.clip(row - i, 0, 1)
    top = field[i, j] * (1 - fx) + field[i, j + 1] * fx
    low = field[i + 1, j] * (1 - fx) + field[i + 1, j + 1] * fx
    return top * (1 - fy) + low * fy


def hatch(v: np.ndarray, dark: np.ndarray) -> list[np.ndarray]:
    """Slanted lines in the cells: every fourth enters the half-light, all of them the shadow."""
    along, across = np.array([0.82, -0.57]), np.array([0.57, 0.82])
    box = GRID * (np.array(SHAPE[::-1]) - 1)
    span = np.arange(-0.57 * box[1], 0.82 * box[0], 0.2)[:, None] * along
    offsets = np.arange(1.0, box @ across - 1, PARAMS["hatch_mm"])
    lines = [offset * across + span for offset in offsets]
    lines = [line[((line > 0) & (line < box)).all(1)] + CORNER for line in lines]
    need = (1 - 2 * PARAMS["shade"]) + np.resize((0.0, 0.5, 0.25, 0.5), len(lines))
    sizes, points = [len(line) for line in lines], np.concatenate(lines)
    keep = (sample(v, points) > LEVEL + 0.06) & (sample(dark, points) > np.repeat(need, sizes))
    # a stretch ends where a cell or the shadow does, and with its line
    ends = np.union1d(np.flatnonzero(np.diff(keep)) + 1, np.cumsum([0, *sizes]))
    first, last = ends[:-1], ends[1:] - 1
    drawn = keep[first] & (last - first > 4)
    return list(points[np.stack([first[drawn], last[drawn]], axis=1)])


@functools.cache
def pieces() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """All strokes, parted between the ink and the bud's own pen."""
    depth, age, dark = measure()
    v = react(depth, age)
    v[[0, -1]] = v[:, [0, -1]] = 0
    strokes = [s for s in contours(v) if len(s) > 9] + hatch(v, dark)
    x, y, radius = DISCS[-1]
    bud = [np.hypot(*(s.mean(0) - (x, y))) < 1.1 * radius for s in strokes]
    return tuple([s for s, b in zip(strokes, bud, strict=True) if b == pen] for pen in (False, True))


@primitive
def coral_cells_strokes(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    strokes = pieces()[pen == "coral"]
    coords = np.zeros((sum(map(len, strokes)), 3), np.float32)
    coords[:, :2] = np.concatenate([np.zeros((0, 2)), *strokes])  # a pen may have nothing to draw
    return coords, np.cumsum([0, *map(len, strokes)]).astype(np.int32)


def draw(t: float) -> list:
    colours = {"ink": (0.07, 0.14, 0.2), "coral": (0.87, 0.36, 0.26)}
    return [
        L(name=pen).layer(G.coral_cells_strokes(pen=pen), color=colour, thickness=PEN)
        for pen, colour in colours.items()
    ]
