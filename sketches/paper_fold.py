"""Paper fold: a sheet in Miura's fold, opening to one side, with a line drawn before it was folded.

Every facet is hatched as dark as it is turned from the light, along the direction the light
cannot climb. The red line is straight on the paper; only the folds make it stumble.
"""

import math
from functools import cache

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "columns": 13,
    "rows": 8,
    "open_deg": 14.0,
    "shut_deg": 62.0,
    "curl": 0.35,
    "turn_deg": 28.0,
    "dark_mm": 0.55,
    "light_height": 0.62,
}
RANGES = {
    "columns": (9, 17),
    "rows": (6, 11),
    "open_deg": (8.0, 30.0),
    "shut_deg": (50.0, 70.0),
    "curl": (0.0, 0.6),
    "turn_deg": (12.0, 38.0),
    "dark_mm": (0.5, 0.8),
    "light_height": (0.5, 0.85),
}
TAGS = (
    "paper", "fold", "origami", "sheet", "shadow", "light", "letter", "geometry", "facets",
    "order", "table", "silence", "hatching", "pattern", "opening", "memory",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN, CELL = 12 * U, 0.15 * U
SHAPE = int(H / CELL) + 2, int(W / CELL) + 2
COLUMNS, ROWS = PARAMS["columns"], PARAMS["rows"]
GAMMA, TILT = math.radians(62), math.radians(46)  # of the parallelograms; of the eye over the table
LIGHT = np.array([-0.72, 0.2, PARAMS["light_height"]])
LIGHT = LIGHT / np.linalg.norm(LIGHT)
Line = np.ndarray


def sheet() -> np.ndarray:
    """Corners of all facets (ROWS + 1, COLUMNS + 1, 3), in facets: x and y on the table, z up."""
    wobble = np.random.default_rng(SEED).normal(0, 1, COLUMNS + 1)
    ease = np.linspace(0, 1, COLUMNS + 1) ** 1.2
    ends = math.radians(PARAMS["open_deg"]), math.radians(PARAMS["shut_deg"])
    theta = ends[0] + (ends[1] - ends[0]) * ease + 0.05 * wobble * ease
    steep = np.cos(theta) * math.tan(GAMMA)
    across = np.cumsum(np.r_[0, (steep / np.sqrt(1 + steep**2))[1:]])
    ahead = (1 / np.sqrt(1 + steep**2)) * (np.arange(COLUMNS + 1) % 2)
    along = np.sqrt(1 - (np.sin(theta) * math.sin(GAMMA)) ** 2)
    high = np.sin(theta) * math.sin(GAMMA)
    i = np.arange(ROWS + 1)[:, None]
    lift = PARAMS["curl"] * COLUMNS * 0.35 * np.clip((ease - 0.35) / 0.65, 0, 1) ** 2
    x = across + 0 * i
    return np.stack([x, along * (i - ROWS / 2) + ahead, high * (i % 2) + lift], axis=2)


def turned(points: np.ndarray) -> np.ndarray:
    a = math.radians(PARAMS["turn_deg"])
    c, s = math.cos(a), math.sin(a)
    return points @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])


def seen(points: np.ndarray) -> np.ndarray:
    """Parallel projection to the page, before it is placed there."""
    up = points[..., 1] * math.sin(TILT) + points[..., 2] * math.cos(TILT)
    return np.stack([points[..., 0], -up], axis=-1)


def nearness(points: np.ndarray) -> np.ndarray:
    return points[..., 2] * math.sin(TILT) - points[..., 1] * math.cos(TILT)


def fallen(points: np.ndarray) -> np.ndarray:
    """Where the shadow of points lies on the table."""
    return points - LIGHT * (points[..., 2:] / LIGHT[2])


@cache
def placed() -> tuple[np.ndarray, float, np.ndarray]:
    """The corners, and the scale and shift that put sheet and shadow into the lower sheet."""
    corners = turned(sheet())
    all_seen = np.r_[seen(corners).reshape(-1, 2), seen(fallen(corners)).reshape(-1, 2)]
    low, high = all_seen.min(0), all_seen.max(0)
    scale = min((W - 2 * MARGIN - 4 * U) / (high - low)[0], 0.56 * H / (high - low)[1])
    target = np.array([W / 2, H - MARGIN - 4 * U - scale * (high - low)[1] / 2 - 0.06 * H])
    return corners, scale, target - scale * (low + high) / 2


def on_page(points: np.ndarray) -> np.ndarray:
    _, scale, shift = placed()
    return seen(points) * scale + shift


def facet(r: int, c: int, corners: np.ndarray) -> np.ndarray:
    return corners[[r, r, r + 1, r + 1], [c, c + 1, c + 1, c]]


def cells(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    index = np.clip((p / CELL).astype(int), 0, (SHAPE[1] - 1, SHAPE[0] - 1))
    return index[..., 1], index[..., 0]


def covering(shape: np.ndarray) -> tuple[slice, slice, np.ndarray]:
    """The block of cells around a triangle, and their weights (3, rows, columns) of its corners."""
    low, high = np.floor(shape.min(0) / CELL).astype(int), np.ceil(shape.max(0) / CELL).astype(int)
    x, y = ((np.arange(low[i], high[i] + 1) + 0.5) * CELL - shape[0, i] for i in (0, 1))
    (ax, ay), (bx, by) = shape[1:] - shape[0]
    twice = ax * by - ay * bx  # the area
    second = (x * by - y[:, None] * bx) / twice
    third = (y[:, None] * ax - x * ay) / twice
    weights = np.stack([1 - second - third, second, third])
    return slice(low[1], high[1] + 1), slice(low[0], high[0] + 1), weights


@cache
def visible() -> tuple[np.ndarray, np.ndarray]:
    """By cell: the number of the facet seen there, 0 for none; and whether shadow falls there."""
    corners, _, _ = placed()
    number, depth = np.zeros(SHAPE, int), np.full(SHAPE, -np.inf)
    dark = np.zeros(SHAPE, bool)
    for k in range(ROWS * COLUMNS):
        quad = facet(k // COLUMNS, k % COLUMNS, corners)
        for triangle in (quad[[0, 1, 2]], quad[[0, 2, 3]]):
            y, x, weights = covering(on_page(triangle))
            near = np.tensordot(nearness(triangle), weights, 1)
            nearer = (weights.min(0) > -1e-6) & (near > depth[y, x])
            number[y, x][nearer] = k + 1
            depth[y, x][nearer] = near[nearer]
            y, x, weights = covering(on_page(fallen(triangle)))
            dark[y, x] |= weights.min(0) > -1e-6
    return number, dark


def sampled(a: np.ndarray, b: np.ndarray) -> Line:
    n = int(math.dist(a, b) / (0.6 * CELL)) + 2
    return a + (b - a) * np.linspace(0, 1, n)[:, None]


def runs(lines: np.ndarray, keep: np.ndarray, shortest: float = 0.8) -> list[Line]:
    """The stretches of straight lines (N, points, 2) on which `keep` holds, without the tiny ones."""
    line, at = np.nonzero(np.diff(keep, axis=1, prepend=False, append=False))
    pieces = np.stack([lines[line[::2], at[::2]], lines[line[::2], at[1::2] - 1]], axis=1)
    return list(pieces[np.hypot(*(pieces[:, 1] - pieces[:, 0]).T) > shortest * U])


def hatch(k: int, quad: np.ndarray) -> list[Line]:
    """Parallel lines across a facet; facets that face the light stay white."""
    normal = np.cross(quad[2] - quad[0], quad[3] - quad[1])
    normal = normal / np.linalg.norm(normal) * np.sign(normal[2])
    light = float(normal @ LIGHT)
    if light > 0.8:
        return []
    spacing = PARAMS["dark_mm"] * U * (1 + 2.6 * max(light, 0) ** 1.6)
    along = seen(np.cross(normal, LIGHT))
    along = along / np.hypot(*along)
    side, shape = np.array([-along[1], along[0]]), on_page(quad)
    start, end = (shape @ side).min(), (shape @ side).max()
    reach, middle = np.ptp(shape @ along), along * (shape @ along).mean()
    across = middle + side * np.arange(start + 0.6 * spacing, end, spacing)[:, None]
    lines = across[:, None] + sampled(-along * reach, along * reach)
    return runs(lines, inset(lines, shape, 0.28 * U) & (visible()[0][cells(lines)] == k))


def inset(p: np.ndarray, shape: np.ndarray, room: float) -> np.ndarray:
    """Whether points lie in a convex shape and keep away from its edges."""
    edge = np.roll(shape, -1, axis=0) - shape
    normal = np.c_[edge[:, 1], -edge[:, 0]] / np.hypot(*edge.T)[:, None]
    normal *= np.sign(np.sum(normal * (shape - shape.mean(0))))
    return np.all(p @ normal.T < np.sum(normal * shape, axis=1) - room, axis=-1)


def creases() -> list[Line]:
    """Every edge once, where one of the facets beside it is seen."""
    corners = on_page(placed()[0])
    number, out = visible()[0], []
    for dr, dc in ((0, 1), (1, 0)):
        for r in range(ROWS + 1 - dr):
            for c in range(COLUMNS + 1 - dc):
                ends = corners[[r, r + dr], [c, c + dc]]
                line, shown = sampled(*ends), False
                for fr, fc in ((r, c), (r - dc, c - dr)):
                    if 0 <= fr < ROWS and 0 <= fc < COLUMNS:
                        inward = facet(fr, fc, corners).mean(0) - ends.mean(0)
                        inward /= math.hypot(*inward)
                        shown = shown | (number[cells(line + 0.3 * U * inward)] == fr * COLUMNS + fc + 1)
                out += runs(line[None], shown[None])
    return out


def drawn_line() -> list[Line]:
    """A band of lines, straight on the flat sheet, as the folds have carried them off."""
    corners, _, _ = placed()
    number, out = visible()[0], []
    lean = 0.5 / math.tan(GAMMA)
    for offset in np.linspace(-0.17, 0.17, 4):
        c = np.linspace(0, COLUMNS, COLUMNS * 120)
        step = np.minimum(c.astype(int), COLUMNS - 1)
        zigzag = np.abs((c + 1) % 2 - 1) * 2 * lean
        r = ROWS * (0.3 + 0.36 * c / COLUMNS) + offset - zigzag
        row, u = np.clip(r.astype(int), 0, ROWS - 1), (c - step)[:, None]
        v = (r - row)[:, None]
        top = corners[row, step] * (1 - u) + corners[row, step + 1] * u
        low = corners[row + 1, step] * (1 - u) + corners[row + 1, step + 1] * u
        line = on_page(top * (1 - v) + low * v)
        shown = number[cells(line)] == row * COLUMNS + step + 1
        out += bent_runs(line, shown)
    return out


def bent_runs(line: Line, keep: np.ndarray) -> list[Line]:
    ends = np.flatnonzero(np.diff(np.r_[0, keep.astype(int), 0]))
    pieces = [line[a:b] for a, b in zip(ends[::2], ends[1::2], strict=True) if b - a > 6]
    return [p for p in pieces if np.hypot(*np.diff(p, axis=0).T).sum() > 0.8 * U]


def shadow() -> list[Line]:
    """Level lines where the table is dark, with some air around the paper."""
    number, dark = visible()
    row = sampled(np.array([MARGIN, 0]), np.array([W - MARGIN, 0]))
    lines = row + np.arange(MARGIN, H - MARGIN, 0.72 * U)[:, None, None] * (0, 1)
    keep = dark[cells(lines)]
    air = 0.5 * U * np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])
    keep[keep] = np.all([number[cells(lines[keep] + step)] == 0 for step in air], axis=0)
    return runs(lines, keep, 1.2)


@cache
def picture() -> dict[str, list[Line]]:
    corners, _, _ = placed()
    ink = shadow() + creases()
    for k in range(ROWS * COLUMNS):
        ink += hatch(k + 1, facet(k // COLUMNS, k % COLUMNS, corners))
    return {"ink": ink, "vermilion": drawn_line()}


@primitive
def paper_fold(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    """One pen's lines as Grafix wants them: a table of points, and where each line begins."""
    lines = picture()[pen]
    xy = np.concatenate(lines)
    coords = np.c_[xy, np.zeros(len(xy))].astype(np.float32)
    return coords, np.cumsum([0, *map(len, lines)]).astype(np.int32)


def draw(t: float) -> list:
    ink, vermilion = (0.13, 0.14, 0.19), (0.82, 0.25, 0.14)
    return [
        L(name="ink").layer(G.paper_fold(pen="ink"), color=ink, thickness=PEN),
        L(name="vermilion").layer(G.paper_fold(pen="vermilion"), color=vermilion, thickness=PEN),
    ]
