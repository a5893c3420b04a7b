"""Mended cloth: a field of running stitches, torn in one place and darned by another hand.

Each row and column of stitches starts on or off by one binary word, and that is the whole
pattern. The tear ends it; red threads cross the gap and are woven, and the needle still waits.
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
    "stitch_mm": 3.6,
    "rhythm": 0.42,
    "tear_mm": 15.0,
    "mended": 0.68,
    "darn_mm": 1.5,
    "fold_mm": 24.0,
    "tilt_deg": -4.0,
}
RANGES = {
    "stitch_mm": (3.0, 5.0),
    "rhythm": (0.26, 0.74),
    "tear_mm": (9.0, 18.0),
    "mended": (0.4, 1.0),
    "darn_mm": (1.2, 2.0),
    "fold_mm": (14.0, 32.0),
    "tilt_deg": (-8.0, 4.0),
}
TAGS = (
    "cloth", "fabric", "textile", "stitch", "mend", "repair", "sashiko", "thread", "needle",
    "care", "wound", "healing", "memory", "pattern", "hand", "patience",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
PITCH, TEAR, DARN = PARAMS["stitch_mm"] * U, PARAMS["tear_mm"] * U, PARAMS["darn_mm"] * U
COLUMNS, ROWS = int(0.62 * W / PITCH), int(0.6 * H / PITCH)
HEM = 0.75 * PITCH
WIDE, TALL = COLUMNS * PITCH + 2 * HEM, ROWS * PITCH + 2 * HEM
HOLE = np.array([0.55 * WIDE, 0.58 * TALL]) + np.random.default_rng(SEED).uniform(-1, 1, 2) * (
    0.1 * WIDE,
    0.07 * TALL,
)
SLANT = math.radians(24)  # of the darn against the cloth
EYE = np.array([0.72 * W, 0.865 * H])
Line = np.ndarray


def draped(line: Line) -> Line:
    """From the cloth, measured from its upper left corner, to the page: turned, a little uneasy."""
    x, y = line[..., 0], line[..., 1]
    x = x + 0.8 * U * np.sin(y / (23 * U)) + 0.35 * U * np.sin(x / (9 * U) + y / (31 * U))
    y = y + 1.0 * U * np.sin(x / (27 * U) + 1) + 0.3 * U * np.sin(y / (11 * U))
    a = math.radians(PARAMS["tilt_deg"])
    turn = np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])
    middle = np.array([0.44 * W, 0.435 * H])
    return (np.stack([x, y], axis=-1) - (WIDE / 2, TALL / 2)) @ turn + middle


def word(rng: random.Random, length: int) -> list[int]:
    """A binary word as even as its rhythm allows, begun anywhere."""
    beat, start = PARAMS["rhythm"], rng.random()
    return [math.floor((k + 1) * beat + start) - math.floor(k * beat + start) for k in range(length)]


def stitches(rng: random.Random) -> np.ndarray:
    """Every stitch of the whole cloth (N, 5, 2), from just after one crossing to just before the next."""
    across, down = word(rng, ROWS + 1), word(rng, COLUMNS + 1)
    span, out = np.linspace(0.12, 0.88, 5), []
    for r, bit in enumerate(across):
        out += [np.c_[c + span, np.full(5, r)] for c in range(bit, COLUMNS, 2)]
    for c, bit in enumerate(down):
        out += [np.c_[np.full(5, c), r + span] for r in range(bit, ROWS, 2)]
    return np.array(out) * PITCH + HEM


def tear_radius(angle: np.ndarray, phase: float) -> np.ndarray:
    """A tear is longer along one thread, and its rim is uneven."""
    wave = 0.16 * np.cos(2 * angle - 0.8) + 0.07 * np.sin(3 * angle + phase)
    return TEAR * (1 + wave + 0.05 * np.sin(7 * angle + 2 * phase) + 0.03 * np.sin(11 * angle - phase))


def from_rim(p: np.ndarray, phase: float) -> np.ndarray:
    """How far points lie outside the tear; negative within it."""
    x, y = p[..., 0] - HOLE[0], p[..., 1] - HOLE[1]
    return np.hypot(x, y) - tear_radius(np.arctan2(y, x), phase)


def fold() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The two ends of the fold, and where the corner of the cloth has come to lie."""
    size = PARAMS["fold_mm"] * U
    a, b, corner = np.array([WIDE - size, 0]), np.array([WIDE, 0.72 * size]), np.array([WIDE, 0])
    along = (b - a) / math.dist(a, b)
    foot = a + along * ((corner - a) @ along)
    return a, b, 2 * foot - corner


def beyond(p: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Distance of points to the left of the line from a to b, as seen on the page."""
    d = (b - a) / math.dist(a, b)
    return d[1] * (p[..., 0] - a[0]) - d[0] * (p[..., 1] - a[1])


def covered(p: np.ndarray) -> np.ndarray:
    """Whether the cloth is folded away or hidden by the fold there, or about to be."""
    a, b, tip = fold()
    gone = beyond(p, a, b) > -0.7 * U
    under = (beyond(p, b, tip) < 0.7 * U) & (beyond(p, tip, a) < 0.7 * U)
    return gone | under


def underside() -> list[Line]:
    """The folded corner: its outline, its hem, and hatch that thins out away from the fold."""
    a, b, tip = fold()
    side, out = np.linspace(0, 1, 30)[:, None], []
    out.append(np.r_[a + (b - a) * side, b + (tip - b) * side, tip + (a - tip) * side])
    at, gap = 0.045, 0.5 * U / math.dist(tip, (a + b) / 2)
    while at < 0.93:
        p, q = a + (tip - a) * at, b + (tip - b) * at
        inset = 0.45 * U * (q - p) / math.dist(p, q)
        out.append(p + inset + (q - p - 2 * inset) * side)
        at, gap = at + gap, 1.12 * gap
    return out


def edges() -> list[Line]:
    """The hem: the cut edge, and the same a thread's breadth further in."""
    a, b, _ = fold()
    out = []
    for inset in (0.0, 0.28 * HEM):
        x, y = WIDE - inset, TALL - inset
        corners = np.array([(a[0], inset), (inset, inset), (inset, y), (x, y), (x, b[1])])
        line = resampled(corners, 0.5 * U)
        out += runs(line, ~covered(line) | (inset == 0))
    return out


def shadow() -> list[Line]:
    """Short slanting lines right of the cloth and below it."""
    out, deep = [], np.linspace(0, 1, 4)[:, None] * (1.9 * U, 1.9 * U) + (0.5 * U, 0.5 * U)
    _, b, _ = fold()
    for x in np.arange(2.5 * U, WIDE - 1.0 * U, 0.8 * U):
        out.append(deep * (0.4, 1) + (x, TALL))
    for y in np.arange(b[1] + 2.5 * U, TALL, 0.8 * U):
        out.append(deep * (1, 0.4) + (WIDE, y))
    return out


def resampled(corners: np.ndarray, step: float) -> Line:
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(corners, axis=0).T))]
    at = np.unique(np.r_[np.arange(0, along[-1], step), along])
    return np.c_[np.interp(at, along, corners[:, 0]), np.interp(at, along, corners[:, 1])]


def runs(line: Line, keep: np.ndarray, shortest: float = 0.8) -> list[Line]:
    """The stretches of a line on which `keep` holds, without the tiny ones."""
    ends = np.flatnonzero(np.diff(np.r_[0, keep.astype(int), 0]))
    pieces = [line[a:b] for a, b in zip(ends[::2], ends[1::2], strict=True) if b - a > 1]
    return [p for p in pieces if np.hypot(*np.diff(p, axis=0).T).sum() > shortest * U]


def frayed(rng: random.Random, phase: float) -> list[Line]:
    """The rim of the tear, and the threads that hang from it."""
    angle = np.linspace(0, math.tau, 240)
    rim = tear_radius(angle, phase)[:, None] * np.c_[np.cos(angle), np.sin(angle)] + HOLE
    out = [rim]
    for k in range(0, 240, 5):
        inward = (HOLE - rim[k]) / math.dist(HOLE, rim[k])
        curl = np.array([-inward[1], inward[0]]) * rng.uniform(-0.7, 0.7)
        s = np.linspace(0.12, 1, 6)[:, None] * rng.uniform(0.8, 2.6) * U
        out.append(rim[k] + inward * s + curl * s**2 / (2 * U))
    return out


def bold(line: Line, width: float) -> Line:
    """There and back beside itself: a thread thicker than the pen."""
    d = np.gradient(line, axis=-2)
    aside = d[..., ::-1] * (-1, 1) / np.hypot(d[..., :1], d[..., 1:]) * width / 2
    return np.concatenate([line + aside, (line - aside)[..., ::-1, :]], axis=-2)


def darn(rng: random.Random, phase: float) -> tuple[list[Line], np.ndarray]:
    """Threads laid across the tear, others woven through them as far as the work has come.

    Returns the visible parts of all threads, and where the last one leaves the cloth.
    """
    down = np.array([math.sin(-SLANT), math.cos(SLANT)])
    across = np.array([down[1], -down[0]])
    n = math.ceil(1.5 * TEAR / DARN)
    reach = np.arange(-2 * TEAR, 2 * TEAR, 0.1 * U)
    last = -n + 2 * n * (0.12 + 0.76 * PARAMS["mended"])
    out, end = [], HOLE
    for way, (along, aside) in enumerate(((down, across), (across, down))):
        for i in range(-n, n + 1):
            if way and i > last:
                break
            line = HOLE + along * reach[:, None] + aside * (i * DARN)
            held = (1.5 if (i + way) % 2 else 3.2) * U + rng.uniform(0, 1) * U
            rim = from_rim(line, phase)
            if rim.min() > -0.5 * U:
                continue
            other = np.round(reach / DARN)
            far = np.abs(reach / DARN - other) > 0.27
            over = (i + other) % 2 == way
            bare = (other > last) if not way else np.zeros(len(reach), bool)
            pieces = runs(line, (rim < held) & (far | over | bare), 0.7)
            out += pieces
            end = pieces[-1][-1] if way and pieces else end
    return out, end


def thread(start: np.ndarray) -> Line:
    """From the last stitch over the edge of the cloth, in one slack loop, to the needle's eye."""
    knots = np.array([
        start, start + (0.06 * W, 0.012 * H), (0.86 * W, start[1] / 2 + 0.33 * H),
        (0.78 * W, 0.775 * H), (0.55 * W, 0.80 * H), (0.45 * W, 0.875 * H), EYE,
    ])  # fmt: skip
    knots = np.r_[2 * knots[:1] - knots[1:2], knots, knots[-1:] + (6 * U, -3 * U)]
    t, out = np.linspace(0, 1, 40, endpoint=False)[:, None], []
    for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        curve = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
        out.append((curve + (3 * b - a - 3 * c + d) * t**3) / 2)
    return np.concatenate([*out, EYE[None]])


def needle() -> list[Line]:
    """Two sides that meet in the point, and the eye."""
    long, s = 27 * U, np.linspace(0, 1, 40)
    half = 0.85 * U * np.minimum(1, 1.5 * (1 - s)) * np.minimum(1, 0.3 + 9 * s) ** 0.5
    turn = np.array([[math.cos(-0.42), math.sin(-0.42)], [-math.sin(-0.42), math.cos(-0.42)]])
    body = np.r_[np.c_[s * long, half], np.c_[s * long, -half][::-1]]
    angle = np.linspace(0, math.tau, 24)
    eye = np.c_[2.6 * U + 1.5 * U * np.cos(angle), 0.38 * U * np.sin(angle)]
    shade = np.c_[np.linspace(5.5 * U, 20 * U, 8), np.full(8, 0.18 * U)]
    body = np.r_[body, body[:1]]
    return [part @ turn + EYE - (2.6 * U * math.cos(-0.42), 2.6 * U * math.sin(-0.42)) for part in (body, eye, shade)]


def clear(line: Line, path: Line) -> np.ndarray:
    """Where a line leaves room for the thread that lies on top."""
    x, y = line[..., :1] - path[:, 0], line[..., 1:] - path[:, 1]
    return (x**2 + y**2).min(axis=-1) > (0.6 * U) ** 2


@cache
def picture() -> dict[str, list[Line]]:
    rng = random.Random(SEED)
    phase = rng.uniform(0, math.tau)
    sewn = stitches(rng)
    sewn = sewn[~covered(sewn).any(axis=1) & (from_rim(sewn, phase).min(axis=1) > 4.4 * U)]
    woven, end = darn(rng, phase)
    loose = thread(draped(end[None])[0])
    thick = bold(draped(sewn), 0.9 * PEN_MM)
    ink = list(thick[clear(thick, loose[::2]).all(axis=1)])
    for line in map(draped, edges() + frayed(rng, phase) + shadow() + underside()):
        ink += runs(line, clear(line, loose[::2]))
    return {"indigo": ink + needle(), "vermilion": [draped(line) for line in woven] + [loose]}


@primitive
def mended_cloth(*, pen: str = "indigo") -> tuple[np.ndarray, np.ndarray]:
    """One pen's lines as Grafix wants them: a table of points, and where each line begins."""
    lines = picture()[pen]
    xy = np.concatenate(lines)
    coords = np.c_[xy, np.zeros(len(xy))].astype(np.float32)
    return coords, np.cumsum([0, *map(len, lines)]).astype(np.int32)


def draw(t: float) -> list:
    indigo, vermilion = (0.11, 0.16, 0.33), (0.82, 0.24, 0.14)
    return [
        L(name="indigo").layer(G.mended_cloth(pen="indigo"), color=indigo, thickness=PEN),
        L(name="vermilion").layer(G.mended_cloth(pen="vermilion"), color=vermilion, thickness=PEN),
    ]
