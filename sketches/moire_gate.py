"""Moire gate: a doorway nobody drew, held open in a field of level lines, and a sun inside it.

The jambs are only a shift of the ink lines. Inside, a second pen draws almost the same lines;
where the two fall in and out of step, rings appear around a point that no stroke marks.
"""

import random

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "pitch_mm": 1.15,
    "shift_mm": 2.3,
    "edge_mm": 5.0,
    "gate_width_mm": 60.0,
    "gate_x": 0.6,
    "ring_mm": 19.0,
    "sun_height": 0.36,
    "ebb": 1.16,
}
RANGES = {
    "pitch_mm": (1.05, 1.6),
    "shift_mm": (1.2, 2.6),
    "edge_mm": (4.5, 9.0),
    "gate_width_mm": (40.0, 64.0),
    "gate_x": (0.36, 0.64),
    "ring_mm": (16.0, 30.0),
    "sun_height": (0.25, 0.65),
    "ebb": (1.1, 1.3),
}
TAGS = (
    "moire", "gate", "door", "threshold", "sun", "optical", "rhythm", "vibration",
    "lines", "calm", "sea", "passage", "illusion", "order", "ripple", "dusk",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
LEFT, RIGHT, TOP, BOTTOM = 14 * U, W - 14 * U, 16 * U, H - 20 * U
SILL = TOP + 0.66 * (BOTTOM - TOP)
CROWN = TOP + 0.1 * (BOTTOM - TOP)
HALF = min(PARAMS["gate_width_mm"] * U / 2, 0.4 * (SILL - CROWN))
GATE_X = LEFT + PARAMS["gate_x"] * (RIGHT - LEFT)
ASIDE = random.Random(SEED).uniform(0.1, 0.5) * HALF
SUN_X = GATE_X - ASIDE if PARAMS["gate_x"] > 0.5 else GATE_X + ASIDE
SUN_Y = SILL - PARAMS["sun_height"] * (SILL - CROWN)
PITCH, SHIFT, EDGE = PARAMS["pitch_mm"], PARAMS["shift_mm"] * U, PARAMS["edge_mm"] * U


def outside_gate(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Signed distance to a round-headed doorway: negative inside, endless downwards."""
    above = np.minimum(y - (CROWN + HALF), 0)
    return np.hypot(x - GATE_X, above) - HALF


def smoothstep(value: np.ndarray) -> np.ndarray:
    u = np.clip(value, 0, 1)
    return u * u * (3 - 2 * u)


def sag(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How far the doorway pushes a level line down; the push fades out below the sill."""
    inside = smoothstep(0.5 - outside_gate(x, y) / EDGE)
    return SHIFT * inside * (1 - smoothstep((y - SILL) / (BOTTOM - SILL)))


def wall_levels() -> np.ndarray:
    return np.arange(TOP, SILL, PITCH)


def beach_levels() -> np.ndarray:
    """Below the sill the lines part like low water, the last one on the bottom margin."""
    start = wall_levels()[-1]
    gaps = PITCH * PARAMS["ebb"] ** np.arange(1, 200)
    reach = np.cumsum(gaps)
    reach = reach[: max(3, int(np.searchsorted(reach, BOTTOM - start)))]
    return start + reach * (BOTTOM - start) / reach[-1]


def field() -> list[np.ndarray]:
    x = np.linspace(LEFT, RIGHT, 240)
    levels = [*wall_levels(), *beach_levels()]
    return [np.c_[x, y + sag(x, np.full_like(x, y))] for y in levels]


def beat() -> list[np.ndarray]:
    """The second voice: the same lines again, one pitch later for every ring from the sun."""
    x = np.linspace(GATE_X - HALF, GATE_X + HALF, 240)
    tightest = np.sqrt(2 * PITCH * (SILL - SUN_Y) / (1 - 0.8 / PITCH))
    ring = max(PARAMS["ring_mm"] * U, tightest)  # keeps this pen's own lines 0.8 mm apart
    strokes = []
    for y in np.arange(TOP, BOTTOM, PITCH):
        lag = (np.hypot(x - SUN_X, y - SUN_Y) / ring) ** 2
        strokes += in_doorway(np.c_[x, y + SHIFT - PITCH * lag])
    return strokes


def in_doorway(line: np.ndarray) -> list[np.ndarray]:
    keep = (outside_gate(*line.T) < -EDGE / 2) & (line[:, 1] < SILL + SHIFT - PITCH / 2)
    cuts = np.flatnonzero(np.diff(keep)) + 1
    runs = zip(np.split(line, cuts), np.split(keep, cuts), strict=True)
    return [run for run, kept in runs if kept[0] and np.ptp(run[:, 0]) > 9]


def glitter() -> list[np.ndarray]:
    """The sun's path over the beach: one stroke in each gap, shorter as it comes nearer."""
    levels = beach_levels()
    strokes = []
    for i, y in enumerate((levels[:-1] + levels[1:]) / 2):
        reach = 0.85 * (HALF - ASIDE) * 0.8**i
        if reach > 1:
            y_in = y + sag(np.array([SUN_X]), np.array([y]))[0]
            strokes.append(np.array([(SUN_X - reach, y_in), (SUN_X + reach, y_in)]))
    return strokes


@primitive
def moire_gate_strokes(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    strokes = field() if pen == "ink" else beat() + glitter()
    coords = np.zeros((sum(map(len, strokes)), 3), np.float32)
    coords[:, :2] = np.concatenate(strokes)
    return coords, np.cumsum([0, *map(len, strokes)]).astype(np.int32)


def draw(t: float) -> list:
    colours = {"ink": (0.09, 0.11, 0.19), "vermilion": (0.83, 0.27, 0.14)}
    return [
        L(name=pen).layer(G.moire_gate_strokes(pen=pen), color=colour, thickness=PEN) for pen, colour in colours.items()
    ]
