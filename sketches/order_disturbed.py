"""Order disturbed: a floor of folded lines comes loose at one corner, and one square stays.

Every plate is a single line: a meander, turned by the checkerboard rule, or a square spiral.
Towards one corner plates turn, slip over each other and are missing; only the accent holds
the place the rule gave it, among the marks of the plates that have gone.
"""

import functools
import math
import random
from typing import NamedTuple

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "columns": 10,
    "order": 0.38,
    "turn_deg": 38.0,
    "slip": 0.55,
    "loss": 0.9,
    "line_mm": 0.63,
    "gap_mm": 1.3,
}
RANGES = {
    "columns": (7, 13),
    "order": (0.28, 0.5),
    "turn_deg": (15.0, 60.0),
    "slip": (0.2, 0.9),
    "loss": (0.65, 1.0),
    "line_mm": (0.6, 1.1),
    "gap_mm": (0.9, 2.0),
}
TAGS = (
    "order", "disorder", "chance", "decay", "square", "grid", "tiles", "memory", "loss",
    "molnar", "nees", "pavement", "geometry", "chaos", "fall", "calm",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN = 15 * U
MODULE = (W - 2 * MARGIN) / max(PARAMS["columns"], round(PARAMS["columns"] * W / H))
COLUMNS, ROWS = round((W - 2 * MARGIN) / MODULE), int((H - 2 * MARGIN) / MODULE)
TOP = (H - ROWS * MODULE) / 2
GAP, LINE = PARAMS["gap_mm"], PARAMS["line_mm"]


class Plate(NamedTuple):
    x: float
    y: float
    half: float
    angle: float = 0.0
    loose: float = 0.0
    kind: str = "spiral"


def looseness(x: float, y: float) -> float:
    """0 where the rule holds, rising to 1 in the lower right corner of the field."""
    along = 0.42 * (x - MARGIN) / (W - 2 * MARGIN) + 0.58 * (y - TOP) / (H - 2 * TOP)
    return max(0.0, (along - PARAMS["order"]) / (0.96 - PARAMS["order"]))


def blocks(rng: random.Random) -> list[tuple[int, int, int]]:
    """Row, column and size of every plate: one large, a few middle, the rest single."""
    large = round(0.38 * min(ROWS, COLUMNS))
    middle = [(2, rng.randrange(ROWS), rng.randrange(COLUMNS)) for _ in range(5)]
    single = [(1, r, c) for r in range(ROWS) for c in range(COLUMNS)]
    taken, out = set(), []
    for n, r, c in [(large, rng.choice((1, 2)), 1), *middle, *single]:
        cells = {(r + i, c + j) for i in range(n) for j in range(n)}
        if r + n <= ROWS and c + n <= COLUMNS and not cells & taken:
            taken |= cells
            out.append((r, c, n))
    return out


def lay() -> tuple[Plate, list[Plate], list[tuple[float, float]]]:
    """The plate that stays, the plates that are left, and the places of those that are gone."""
    rng = random.Random(SEED)
    floor = []
    for r, c, n in blocks(rng):
        kind = "spiral" if n > 1 else ("rows", "columns")[(r + c) % 2]
        centre = MARGIN + (c + n / 2) * MODULE, TOP + (r + n / 2) * MODULE
        floor.append(Plate(*centre, (n * MODULE - GAP) / 2, kind=kind))
    wish = W * rng.uniform(0.68, 0.8), H * rng.uniform(0.66, 0.76)
    singles = (p for p in floor if p.half < MODULE / 2)
    stays = min(singles, key=lambda p: math.dist(p[:2], wish))
    left, gone = [], []
    for p in (p for p in floor if p is not stays):
        loose = looseness(p.x, p.y)
        if rng.random() < PARAMS["loss"] * (loose - 0.2) / 0.4:
            gone.append((p.x, p.y))
        else:
            left.append(disturbed(p, loose, rng))
    return stays._replace(kind="spiral"), left, gone


def disturbed(p: Plate, loose: float, rng: random.Random) -> Plate:
    spin, aside, down = (rng.gauss(0, 1) for _ in range(3))
    if not loose:
        return p
    slip = PARAMS["slip"] * MODULE * loose
    edge = 0.85 * MARGIN + 1.42 * p.half
    x = min(max(p.x + aside * slip, edge), W - edge)
    y = min(p.y + (1 + abs(down)) * slip, H - edge)
    return p._replace(x=x, y=y, angle=math.radians(PARAMS["turn_deg"]) * spin * loose, loose=loose)


def meander(half: float, pitch: float) -> np.ndarray:
    n = round(2 * half / pitch)
    side = np.resize([-half, half, half, -half], 2 * (n + 1))
    return np.c_[side, np.repeat(np.linspace(-half, half, n + 1), 2)]


def spiral(half: float, pitch: float) -> np.ndarray:
    turns = int(half / pitch)
    step = half / (turns + 0.5)
    rings = half - step * np.arange(turns)
    loop = [[(r, -r), (r, r), (-r, r), (-r, step - r)] for r in rings]
    return np.vstack([[(-half, -half)], *loop])


def turned(angle: float) -> np.ndarray:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, s], [-s, c]])


def folded_line(p: Plate) -> np.ndarray:
    """The plate's one line as segments; loose plates are folded more widely, so paler."""
    pitch = LINE * (1 + 0.8 * p.loose)
    xy = spiral(p.half, pitch) if p.kind == "spiral" else meander(p.half, pitch)
    xy = (xy[:, ::-1] if p.kind == "columns" else xy) @ turned(p.angle) + (p.x, p.y)
    return np.stack([xy[:-1], xy[1:]], 1)


def hide(segments: np.ndarray, p: Plate) -> np.ndarray:
    """Cut away what lies under a plate and the narrow gap around it."""
    back = turned(-p.angle)
    start = (segments[:, 0] - (p.x, p.y)) @ back
    run = (segments[:, 1] - (p.x, p.y)) @ back - start
    run = np.where(np.abs(run) < 1e-9, 1e-9, run)
    reach = p.half + 2 * PEN_MM
    t = np.sort([(-reach - start) / run, (reach - start) / run], axis=0)
    t_in, t_out = np.clip(t[0].max(1), 0, 1), np.clip(t[1].min(1), 0, 1)
    hit = t_in < t_out
    a, b = segments[:, 0], segments[:, 1]
    ahead = (b - a) * t_in[:, None]
    behind = (b - a) * t_out[:, None]
    before = np.stack([a, np.where(hit[:, None], a + ahead, b)], 1)
    after = np.stack([a + behind, b], 1)
    keep = np.stack([~hit | (t_in > 0), hit & (t_out < 1)], 1)
    return np.stack([before, after], 1)[keep]


def joined(segments: np.ndarray) -> list[np.ndarray]:
    """Segments that follow on from each other, as long strokes; crumbs are dropped."""
    if not len(segments):
        return []
    breaks = np.flatnonzero(np.abs(segments[1:, 0] - segments[:-1, 1]).max(1) > 1e-6) + 1
    chains = [np.vstack([run[:1, 0], run[:, 1]]) for run in np.split(segments, breaks)]
    return [c for c in chains if np.hypot(*np.diff(c, axis=0).T).sum() > 2]


def near(p: Plate, q: Plate) -> bool:
    return math.dist(p[:2], q[:2]) < 1.45 * (p.half + q.half) + 1


@functools.cache
def pieces() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """All strokes of the ink and of the second pen; the loosest plates lie on top."""
    stays, left, gone = lay()
    pile = [stays, *sorted(left, key=lambda p: -p.loose)]
    ink = []
    for i, p in enumerate(pile[1:], 1):
        line = folded_line(p)
        for above in filter(functools.partial(near, p), pile[:i]):
            line = hide(line, above)
        ink += joined(line)
    arm = 0.07 * MODULE
    for x, y in gone:
        if not any(near(Plate(x, y, arm), p) for p in pile):
            ink += [np.array([(x - arm, y), (x + arm, y)]), np.array([(x, y - arm), (x, y + arm)])]
    return ink, joined(folded_line(stays))


@primitive
def order_disturbed_strokes(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    strokes = pieces()[pen != "ink"]
    coords = np.zeros((sum(map(len, strokes)), 3), np.float32)
    coords[:, :2] = np.concatenate(strokes)
    return coords, np.cumsum([0, *map(len, strokes)]).astype(np.int32)


def draw(t: float) -> list:
    colours = {"ink": (0.1, 0.1, 0.12), "vermilion": (0.84, 0.22, 0.12)}
    return [
        L(name=pen).layer(G.order_disturbed_strokes(pen=pen), color=colour, thickness=PEN)
        for pen, colour in colours.items()
    ]
