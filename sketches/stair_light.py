"""Stair light: a door is open above a dark stair, and somebody stands in the light it lets down.

True perspective: treads are level strokes, risers upright ones, and both stop where the light from
behind the door falls, so the light is paper. The figure's shadow comes down the steps towards us.
"""

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "steps": 11,
    "rise_m": 0.17,
    "lamp_m": 4.2,
    "door_m": 1.25,
    "aside": 0.2,
    "hatch_mm": 0.85,
    "wall_m": 2.3,
    "eye_m": 1.1,
}
RANGES = {
    "steps": (7, 15),
    "rise_m": (0.13, 0.2),
    "lamp_m": (2.6, 7.0),
    "door_m": (1.0, 1.6),
    "aside": (0.0, 0.28),
    "hatch_mm": (0.7, 1.3),
    "wall_m": (1.2, 3.2),
    "eye_m": (0.7, 1.5),
}
TAGS = (
    "stairs", "light", "door", "figure", "night", "shadow", "waiting", "home", "return", "threshold",
    "architecture", "hope", "solitude", "silence", "perspective", "memory",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
K = min(W / 148, H / 210)
PEN = 2 * PEN_MM / min(W, H)
MARGIN = 13 * U
RNG = np.random.default_rng(SEED)
TREAD, NEAR, LANDING = 0.36, 5.6, 1.3
TOP = PARAMS["steps"] * PARAMS["rise_m"]
BACK = NEAR + PARAMS["steps"] * TREAD + LANDING
EYE = TOP + PARAMS["eye_m"]
DOOR_HIGH, TALL = 2.35, 1.72
# The scale is such that stair and wall fill the height that is left below the empty part.
FOCUS = min(152 * K, 0.62 * (H - 2 * MARGIN) / (EYE / NEAR + (DOOR_HIGH - PARAMS["eye_m"]) / BACK))
HORIZON = H - MARGIN - EYE * FOCUS / NEAR
HALF = 0.5 * (W - 2 * MARGIN) * NEAR / FOCUS
DOOR_X = RNG.choice((-1, 1)) * PARAMS["aside"] * 2 * HALF * 0.8
LAMP_X, LAMP_Z = DOOR_X + RNG.uniform(-0.12, 0.12), BACK + PARAMS["lamp_m"]
STAND_X, STAND_Z = DOOR_X + RNG.uniform(-0.12, 0.12), BACK - 0.35


def seen(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Points of the world (metres: aside, up, away) on the sheet."""
    x, y, z = np.broadcast_arrays(np.asarray(x, float), y, z)
    return np.stack([W / 2 + x * FOCUS / z, HORIZON - (y - EYE) * FOCUS / z], axis=-1)


def rays(low: float, high: float, z_from: float, z: float) -> tuple[float, float]:
    """Where light past two edges at z_from falls at z, nearer to us."""
    share = (LAMP_Z - z) / (LAMP_Z - z_from)
    return LAMP_X + (low - LAMP_X) * share, LAMP_X + (high - LAMP_X) * share


def dark(z: float) -> list[tuple[float, float]]:
    """Spans of a level line at z that no light reaches: both sides, and the figure's shadow."""
    half = 0.5 * PARAMS["door_m"]
    left, right = rays(DOOR_X - half, DOOR_X + half, BACK, z)
    spans = [(-HALF, left), (right, HALF)]
    if z < STAND_Z:
        spans.append(rays(STAND_X - 0.21, STAND_X + 0.21, STAND_Z, z))
    return [(max(a, -HALF), min(b, HALF)) for a, b in spans if min(b, HALF) - max(a, -HALF) > 0.02]


def levels(near: float, far: float, y: float) -> list[np.ndarray]:
    """Level strokes of a tread, evenly spaced on the sheet."""
    top, low = seen(0, y, far)[1], seen(0, y, near)[1]
    count = int((low - top) / (0.72 * PARAMS["hatch_mm"] * U))
    lines = []
    for share in (np.arange(count) + 0.5) / max(count, 1):
        z = (y - EYE) * FOCUS / (HORIZON - (low + (top - low) * share))
        lines += [seen(np.array(span), y, z) for span in dark(z)]
    return lines


def uprights(z: float, low: float, high: float) -> list[np.ndarray]:
    """Upright strokes of a riser; farther ones stand closer, down to a pen's width of air."""
    step = 0.8 * PARAMS["hatch_mm"] * U * z / FOCUS
    gap = 0.35 * U * z / FOCUS
    lines = []
    for a, b in dark(z):
        for x in np.arange(np.ceil((a + gap / 3) / step) * step, b - gap / 3, step):
            lines.append(seen(x, np.array((low + gap, high - gap)), z))
    return lines


def stair() -> list[np.ndarray]:
    """Every step: nosing right across, tread and riser hatched where it is dark."""
    lines = []
    for step in range(PARAMS["steps"]):
        z, y = NEAR + step * TREAD, step * PARAMS["rise_m"]
        up = y + PARAMS["rise_m"]
        lines.append(seen(np.array((-HALF, HALF)), up, z))
        if step:
            lines.append(seen(np.array((-HALF, HALF)), y, z))
        lines += uprights(z, y, up)
        lines += levels(z, z + TREAD if step < PARAMS["steps"] - 1 else BACK, up)
    return lines + [seen(np.array((-HALF, HALF)), 0, NEAR)] + sides()


def sides() -> list[np.ndarray]:
    """The zigzag of the steps' ends at both sides."""
    corners = []
    for step in range(PARAMS["steps"]):
        z, y = NEAR + step * TREAD, step * PARAMS["rise_m"]
        corners += [(y, z), (y + PARAMS["rise_m"], z)]
    y, z = np.array([*corners, (TOP, BACK)]).T
    return [seen(side * HALF, y, z) for side in (-1, 1)]


def wall() -> list[np.ndarray]:
    """Upright strokes, highest beside the door, that let go towards the sides."""
    half, step = 0.5 * PARAMS["door_m"], 0.75 * PARAMS["hatch_mm"] * U * BACK / FOCUS
    air = 0.5 * U * BACK / FOCUS
    lines = []
    for number, x in enumerate(np.arange(-HALF + step, HALF, step)):
        away = max(abs(x - DOOR_X) - half, 0) / HALF
        high = TOP + DOOR_HIGH + PARAMS["wall_m"] * np.exp(-((away / 0.8) ** 2))
        high -= (0.0, 0.9, 0.35, 1.3)[number % 4] * (0.5 + away) + RNG.uniform(0, 0.22)
        low = TOP + air
        if abs(x - DOOR_X) < half + air:
            low = TOP + DOOR_HIGH + air
        if high - low > 0.15:
            lines.append(seen(x, np.array((low, high)), BACK))
    frame = np.array([(-half, 0), (-half, DOOR_HIGH), (half, DOOR_HIGH), (half, 0)])
    lines.append(seen(DOOR_X + frame[:, 0], TOP + frame[:, 1], BACK))
    left, right = DOOR_X - half, DOOR_X + half
    return lines + [seen(np.array(s), TOP, BACK) for s in ((-HALF, left), (right, HALF))]


def figure() -> list[np.ndarray]:
    """Head, coat and legs as level strokes: (height, from, to) in shares of the stature."""
    body = np.array([
        (0.0, 0.028, 0.115), (0.04, 0.03, 0.1), (0.24, 0.022, 0.112), (0.3, 0.0, 0.155),
        (0.52, 0.0, 0.135), (0.62, 0.0, 0.15), (0.76, 0.0, 0.145), (0.81, 0.0, 0.12),
        (0.835, 0.0, 0.05), (0.86, 0.0, 0.038),
    ])  # fmt: skip
    lines = []
    for high in np.arange(0.012, 1.0, 0.42 * U * STAND_Z / FOCUS / TALL):
        gap, wide = (np.interp(high, body[:, 0], body[:, k]) for k in (1, 2))
        if high > 0.86:
            gap, wide = 0, 0.068 * np.sqrt(max(1 - ((high - 0.925) / 0.072) ** 2, 0))
        parts = ((-wide, -gap), (gap, wide)) if gap > 0.008 else ((-wide, wide),)
        for a, b in parts:
            if (b - a) * TALL * FOCUS / STAND_Z > 0.3 * U:
                lines.append(seen(STAND_X + TALL * np.array((a, b)), TOP + TALL * high, STAND_Z))
    return lines


def join(lines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Grafix wants one table of points and the row at which each line begins."""
    sizes = [len(line) for line in lines]
    coords = np.zeros((sum(sizes), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *sizes]).astype(np.int32)


PLAIN = stair() + wall()
FIGURE = figure()


@primitive
def stair_light_strokes(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    return join(PLAIN if pen == "ink" else FIGURE)


def draw(t: float) -> list:
    colours = {"ink": (0.1, 0.11, 0.17), "vermilion": (0.82, 0.26, 0.14)}
    return [
        L(name=pen).layer(G.stair_light_strokes(pen=pen), color=colour, thickness=PEN)
        for pen, colour in colours.items()
    ]
