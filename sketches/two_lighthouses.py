"""Two lighthouses: their waves share one sea, and where neither yields a third figure appears.

The sea is cut into lanes by the difference of the two distances; one lane carries the waves
of the near light, the next those of the far one, and no front crosses another's. The second
pen draws the lamps and the single lane on which both waves arrive at the same moment.
"""

import random

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "wave_mm": 1.2,
    "rhythm": 1.6,
    "growth": 0.01,
    "lanes": 11,
    "horizon": 0.46,
    "tower_mm": 72.0,
    "distance": 0.42,
    "tilt": 0.42,
}
RANGES = {
    "wave_mm": (1.1, 2.0),
    "rhythm": (1.3, 2.2),
    "growth": (0.0, 0.02),
    "lanes": (7, 15),
    "horizon": (0.4, 0.52),
    "tower_mm": (48.0, 78.0),
    "distance": (0.3, 0.52),
    "tilt": (0.39, 0.55),
}
TAGS = (
    "lighthouse", "sea", "night", "waves", "interference", "moire", "horizon", "signal",
    "distance", "dialogue", "solitude", "guidance", "calm", "two",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN = 12 * U
RNG = random.Random(SEED)
HORIZON = PARAMS["horizon"] * H
SEA = H - MARGIN - HORIZON
SIDE = RNG.choice((-1, 1))
NEAR = np.array([W / 2 + SIDE * RNG.uniform(0.15, 0.21) * W, HORIZON + 0.11 * SEA])
FAR_X = NEAR[0] - SIDE * (PARAMS["distance"] * W + 6 * U)
FAR = np.array([np.clip(FAR_X, MARGIN + 7 * U, W - MARGIN - 7 * U), HORIZON + 0.025 * SEA])
SIZE = min(PARAMS["tower_mm"] * U, 0.85 * (NEAR[1] - MARGIN))
LIGHTS = ((NEAR, SIZE), (FAR, 0.24 * SIZE))
# Height above the foot and half width there, both in shares of the tower's height.
TOWER = np.array([
    (0.0, 0.096), (0.03, 0.091), (0.2, 0.078), (0.45, 0.064), (0.72, 0.055), (0.72, 0.082),
    (0.745, 0.082), (0.745, 0.046), (0.86, 0.046), (0.86, 0.06), (0.875, 0.056), (0.92, 0.03),
    (0.945, 0.008), (1.0, 0.004),
])  # fmt: skip


def to_plane(screen: np.ndarray) -> np.ndarray:
    """Where a point of the sheet lies on the water seen from above."""
    depth = np.maximum((screen[..., 1] - HORIZON) / SEA, 0) ** 0.8 * SEA / PARAMS["tilt"]
    return np.stack([screen[..., 0], depth], axis=-1)


def to_sheet(plane: np.ndarray) -> np.ndarray:
    """The water as seen from the shore: flatter, and flatter still towards the horizon."""
    share = np.maximum(plane[..., 1], 0) * PARAMS["tilt"] / SEA
    return np.stack([plane[..., 0], HORIZON + share**1.25 * SEA], axis=-1)


def half_width(height: np.ndarray) -> np.ndarray:
    return np.interp(height, *TOWER.T, left=0, right=0)


def hidden(points: np.ndarray, air: float) -> np.ndarray:
    """Which points lie behind a lighthouse or its rock."""
    out = np.zeros(len(points), bool)
    for foot, size in LIGHTS:
        x, y = (points - foot).T
        behind = np.abs(x) < half_width(-y / size) * size + air
        rock = rock_edge(size)
        on_rock = (y > np.interp(x, *rock.T, left=9e9, right=9e9) - air) & (y < 0.05 * size + air)
        out |= behind & (y < 0) | on_rock
    return out


def rock_edge(size: float) -> np.ndarray:
    """Upper edge of the rock around a foot at the origin."""
    x = np.array([-0.27, -0.21, -0.18, -0.13, -0.1, 0.1, 0.17, 0.21, 0.3, 0.35])
    y = np.array([0.05, 0.02, 0.022, 0.002, 0.0, 0.0, 0.014, 0.01, 0.034, 0.05])
    return np.c_[x, y] * size


def runs(points: np.ndarray, keep: np.ndarray, shortest: float) -> list[np.ndarray]:
    """The stretches of a line on which `keep` holds, without the tiny ones."""
    edges = np.flatnonzero(np.diff(np.r_[0, keep.astype(int), 0]))
    pieces = [points[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [p for p in pieces if np.hypot(*(p[-1] - p[0])) >= shortest]


def waves() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Fronts of both lights, each only on its own lanes; then those of the shared lane."""
    near, far = to_plane(NEAR), to_plane(FAR)
    lane = 2 * np.hypot(*(near - far)) / PARAMS["lanes"]
    reach = np.hypot(W, SEA / PARAMS["tilt"])
    plain, shared = [], []
    for own, other, turn in ((near, far, 0), (far, near, 1)):
        wave = PARAMS["wave_mm"] * U * PARAMS["rhythm"] ** turn
        radius, step = 5 * U, wave
        while radius < reach:
            angle = np.linspace(-0.3, np.pi + 0.3, int(radius * 4 / U) + 60)
            plane = own + radius * np.c_[np.cos(angle), np.sin(angle)]
            ahead = (radius - np.hypot(*(plane - other).T)) * (1 - 2 * turn)
            share = ahead / lane + 0.5
            points = to_sheet(plane)
            seen = on_sea(points) & (np.abs(share % 1 - 0.5) < 0.48)
            middle = np.floor(share) == 0
            mine = np.floor(share) % 2 == turn
            plain += runs(points, seen & mine & ~middle, 2.0 * U)
            if turn == 0:
                shared += runs(points, seen & middle, 1.2 * U)
            radius += step
            step += PARAMS["growth"] * wave
    return plain, shared


def on_sea(points: np.ndarray) -> np.ndarray:
    x, y = points.T
    inside = (x > MARGIN) & (x < W - MARGIN) & (y > HORIZON + 0.024 * SEA) & (y < H - MARGIN)
    return inside & ~hidden(points, 0.7 * U)


def horizon() -> list[np.ndarray]:
    x = np.arange(MARGIN, W - MARGIN, 0.2 * U)
    line = np.c_[x, np.full(len(x), HORIZON)]
    return runs(line, ~hidden(line, 0.7 * U), 1.0 * U)


def lighthouse(foot: np.ndarray, size: float) -> list[np.ndarray]:
    """Outline, rock and shade: upright strokes crowd on the side away from the light."""
    right = TOWER[:, ::-1] * (1, -1)
    outline = np.concatenate([right * (-1, 1), right[::-1]])
    lines = [outline, rock_edge(1.0)]
    for low, high in ((0.2, 0.34), (0.48, 0.6)):
        for h in np.arange(low, high, 0.6 * U / size):
            across = np.linspace(-0.97, 0.97, 17)
            lines.append(np.c_[across * half_width(h), -h + 0.012 * (1 - across**2)])
    if size > 30 * U:
        lines += shade(size)
    return [foot + line * size for line in lines]


def shade(size: float) -> list[np.ndarray]:
    """Upright strokes between the bands, and slanting ones on the rock."""
    lines = []
    for low, high in ((0.015, 0.185), (0.36, 0.47), (0.62, 0.71)):
        h = np.linspace(low, high, 6)
        u, step = 0.9, 0.55 * U / size / half_width(0.5 * (low + high))
        while u > 0.1:
            lines.append(np.c_[u * half_width(h), -h])
            u -= step
            step *= 1.25
    edge = rock_edge(1.0).T
    for x in np.arange(0.11, 0.34, 0.8 * U / size):
        top = np.interp(x, *edge) + 0.7 * U / size
        low = top + (0.05 - top) * (0.95 - 1.5 * (x - 0.11))
        if low - top > 0.7 * U / size:
            lines.append(np.array([(x, top), (x - 0.5 * (low - top), low)]))
    return lines


def lamp(foot: np.ndarray, size: float) -> list[np.ndarray]:
    """Level strokes of light inside the lantern."""
    wide, low, high = 0.034 * size, foot[1] - 0.845 * size, foot[1] - 0.76 * size
    count = max(int((high - low) / (0.5 * U)), 2)
    levels = np.linspace(low, high, count)
    return [np.array([(foot[0] - wide, y), (foot[0] + wide, y)]) for y in levels]


def join(lines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Grafix wants one table of points and the row at which each line begins."""
    sizes = [len(line) for line in lines]
    coords = np.zeros((sum(sizes), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *sizes]).astype(np.int32)


PLAIN, SHARED = waves()


@primitive
def two_lighthouses(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    if pen == "vermilion":
        return join(SHARED + [line for light in LIGHTS for line in lamp(*light)])
    return join(PLAIN + horizon() + [line for light in LIGHTS for line in lighthouse(*light)])


def draw(t: float) -> list:
    return [
        L(name="ink").layer(G.two_lighthouses(pen="ink"), color=(0.08, 0.13, 0.24), thickness=PEN),
        L(name="vermilion").layer(G.two_lighthouses(pen="vermilion"), color=(0.82, 0.28, 0.14), thickness=PEN),
    ]
