"""Song portrait: a record's groove, read outward as a song, with the silence of its label.

The groove is one spiral. It swings as loud as the song is, and a turn takes a whole number of
beats and a little more, so the beats of neighbouring turns stand in slow curves. One passage,
the loudest, is the second pen's. The needle rests where it ends.
"""

import math
from functools import cache
from itertools import pairwise

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "turns": 54,
    "beats": 14,
    "drift": 0.045,
    "loudness": 0.85,
    "label": 0.3,
    "chorus_at": 0.62,
    "centre_x": 0.3,
    "size": 0.555,
}
RANGES = {
    "turns": (40, 62),
    "beats": (9, 20),
    "drift": (-0.08, 0.08),
    "loudness": (0.4, 1.0),
    "label": (0.22, 0.44),
    "chorus_at": (0.35, 0.8),
    "centre_x": (0.22, 0.36),
    "size": (0.45, 0.59),
}
TAGS = (
    "song", "music", "record", "vinyl", "sound", "voice", "rhythm", "groove", "listening",
    "memory", "silence", "wave", "time", "circle", "night", "portrait",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
LEFT, TOP, RIGHT, BOTTOM = 12 * U, 12 * U, W - 12 * U, H - 12 * U
RADIUS = PARAMS["size"] * min(W, 0.8 * H)
CENTRE = np.array([PARAMS["centre_x"] * W, BOTTOM - 0.83 * RADIUS])
LABEL = PARAMS["label"] * RADIUS
PIVOT = np.array([RIGHT - 20 * U, TOP + 23 * U])
START, NEEDLE = 2.2, -0.85  # where on the page, in radians, the groove begins and the needle rests
POINTS = 1500  # to a turn
BASE = 10 * U
Line = np.ndarray


def bumps(x: np.ndarray, places: np.ndarray, widths: np.ndarray, heights: np.ndarray) -> np.ndarray:
    return np.sum(heights * np.exp(-(((x[:, None] - places) / widths) ** 2)), axis=1)


def chorus() -> tuple[float, float]:
    """The turns on which the loud passage begins and ends; its end is under the needle."""
    end = round(4 + PARAMS["chorus_at"] * (PARAMS["turns"] - 8)) + (START - NEEDLE) / math.tau
    return end - 3.3, end


def loudness(turn: np.ndarray) -> np.ndarray:
    """How loud the song is, from the first turn to the last: quiet verses, a chorus, an end."""
    rng, n = np.random.default_rng(SEED), PARAMS["turns"]
    verses = (np.arange(6) + rng.uniform(0.2, 0.8, 6)) / 6 * n
    loud = 0.05 + bumps(turn, verses, rng.uniform(0.9, 2.0, 6), rng.uniform(0.3, 0.7, 6))
    loud = loud + bumps(turn, np.array([sum(chorus()) / 2]), np.array([2.3]), np.array([1.0]))
    return np.minimum(loud, 1.1) * np.clip(turn / 2.5, 0, 1) * np.clip((n - turn) / 2, 0, 1)


def swing(turn: np.ndarray) -> np.ndarray:
    """The song itself: bursts on every beat, and a voice that comes and goes; between -1 and 1."""
    rng = np.random.default_rng(SEED + 1)
    beat = (PARAMS["beats"] + PARAMS["drift"]) * turn
    accent = 0.25 + 0.75 * (np.round(beat) % 4 != 3) * np.exp(-(((beat % 1 - 0.45) / 0.26) ** 2))
    voice = 0.5 + 0.5 * np.sin(turn * rng.uniform(0.5, 0.9) + rng.uniform(0, 6))
    tone = (1 - 0.4 * voice) * np.sin(4 * math.tau * beat) + 0.4 * voice * np.sin(math.tau * beat)
    return accent * tone


def groove() -> tuple[np.ndarray, Line]:
    """Turn by turn, and point by point, from the rim to the label; loud turns take more room."""
    turn = np.arange(PARAMS["turns"] * POINTS) / POINTS
    loud = loudness(turn)
    pitch = 0.5 + 1.1 * loud
    pitch *= (RADIUS - LABEL - 5.5 * U) / (pitch.sum() / POINTS)
    radius = RADIUS - 3 * U - np.cumsum(pitch) / POINTS
    radius += PARAMS["loudness"] * pitch * loud * swing(turn)
    rings = radius.reshape(-1, POINTS)
    for outer, inner in pairwise(rings):
        np.minimum(inner, outer - 1.35 * PEN_MM, out=inner)
    angle = START - math.tau * turn
    return turn, CENTRE + radius[:, None] * np.c_[np.cos(angle), np.sin(angle)]


def circle(centre: np.ndarray, radius: float) -> Line:
    a = np.linspace(0, math.tau, 720)
    return centre + radius * np.c_[np.cos(a), np.sin(a)]


def runs(line: Line, keep: np.ndarray, shortest: float = 1.0) -> list[Line]:
    """The stretches of a line on which `keep` holds, without the tiny ones."""
    ends = np.flatnonzero(np.diff(np.r_[0, keep.astype(int), 0]))
    pieces = [line[a:b] for a, b in zip(ends[::2], ends[1::2], strict=True) if b - a > 1]
    return [p for p in pieces if np.hypot(*np.diff(p, axis=0).T).sum() > shortest * U]


def box(along: tuple[float, float], half: float) -> Line:
    """A part of the arm: from and to along it, and half its breadth."""
    arm = needle() - PIVOT
    d = arm / math.hypot(*arm)
    corners = np.array([(along[0], -half), (along[1], -half), (along[1], half), (along[0], half)])
    return PIVOT + corners[:, :1] * d + corners[:, 1:] * np.array([-d[1], d[0]])


def needle() -> np.ndarray:
    turn, line = groove()
    return line[np.searchsorted(turn, chorus()[1])]


@cache
def arm() -> list[Line]:
    """Head, counterweight and tube; the needle is at the foot of the head."""
    long = math.dist(PIVOT, needle())
    head, weight = box((long - 12 * U, long), 2.6 * U), box((-18 * U, -11 * U), 3.6 * U)
    return [head, weight, box((-11 * U, long - 12 * U), 1.15 * U)]


def within(p: Line, corners: Line, room: float) -> np.ndarray:
    """Whether points lie in a convex shape or close to it."""
    edge = np.roll(corners, -1, axis=0) - corners
    normal = np.c_[edge[:, 1], -edge[:, 0]] / np.hypot(*edge.T)[:, None]
    normal *= np.sign(np.sum(normal * (corners - corners.mean(0))))
    keep = np.ones(len(p), bool)
    for corner, n in zip(corners, normal, strict=True):
        keep &= (p - corner) @ n < room
    return keep


def resampled(corners: Line, step: float) -> Line:
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(corners, axis=0).T))]
    at = np.unique(np.r_[np.arange(0, along[-1], step), along])
    return np.c_[np.interp(at, along, corners[:, 0]), np.interp(at, along, corners[:, 1])]


def ink_arm() -> list[Line]:
    """Outlines from the top down, each hidden by what lies above it; the head and weight hatched."""
    head, weight, tube = arm()
    bearing, base = circle(PIVOT, 4.4 * U), circle(PIVOT, BASE)
    out = [head, weight, bearing, circle(PIVOT, 1.1 * U)]
    out = [np.r_[shape, shape[:1]] for shape in out]
    for side in (tube[:2], tube[2:]):
        line = resampled(side, 0.1 * U)
        out += runs(line, np.hypot(*(line - PIVOT).T) > 4.4 * U)
    out += runs(base, ~within(base, tube, 0) & ~within(base, weight, 0))
    for shape, gap in ((head, 1.3 * U), (weight, 0.8 * U)):
        count = round(math.dist(shape[0], shape[1]) / gap)
        for k in np.arange(1, count) / count:
            a, b = shape[0] + (shape[1] - shape[0]) * k, shape[3] + (shape[2] - shape[3]) * k
            out.append(np.array([a + (b - a) * 0.1, b + (a - b) * 0.1]))
    return out


def on_record(line: Line) -> np.ndarray:
    """What the frame shows and the arm does not hide."""
    x, y = line.T
    gap = 0.5 * U
    shown = (x > LEFT + gap) & (x < RIGHT - gap) & (y > TOP + gap) & (y < BOTTOM - gap)
    shown &= np.hypot(*(line - PIVOT).T) > BASE + 0.7 * U
    for shape in arm():
        shown &= ~within(line, shape, 0.7 * U)
    return shown


@cache
def picture() -> dict[str, list[Line]]:
    turn, line = groove()
    shown, (begin, end) = on_record(line), chorus()
    loud = (turn >= begin) & (turn <= end)
    frame = np.array([(LEFT, TOP), (RIGHT, TOP), (RIGHT, BOTTOM), (LEFT, BOTTOM), (LEFT, TOP)])
    ink = [frame, *ink_arm(), circle(CENTRE, 1.7 * U)]
    for radius in (RADIUS, RADIUS - 0.9 * U, LABEL, LABEL - 1.1 * U):
        ink += runs(circle(CENTRE, radius), on_record(circle(CENTRE, radius)))
    ink += runs(line, shown & ~loud)
    return {"ink": ink, "vermilion": runs(line, shown & loud)}


@primitive
def song_portrait(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    """One pen's lines as Grafix wants them: a table of points, and where each line begins."""
    lines = picture()[pen]
    xy = np.concatenate(lines)
    coords = np.c_[xy, np.zeros(len(xy))].astype(np.float32)
    return coords, np.cumsum([0, *map(len, lines)]).astype(np.int32)


def draw(t: float) -> list:
    ink, vermilion = (0.1, 0.11, 0.15), (0.82, 0.25, 0.14)
    return [
        L(name="ink").layer(G.song_portrait(pen="ink"), color=ink, thickness=PEN),
        L(name="vermilion").layer(G.song_portrait(pen="vermilion"), color=vermilion, thickness=PEN),
    ]
