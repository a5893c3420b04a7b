"""Lost feather: one feather on a table, barbs parted by the wind, and the thin shadow it lies on.

Barbs leave the shaft in locks whose tips lean together; between two locks the vane opens. Dark
bars are a second set of barbs between the first. The second pen draws the eye near the tip.
"""

import numpy as np
from grafix import E, G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "barb_mm": 0.75,
    "width": 0.2,
    "bend": 0.16,
    "parting": 0.55,
    "lean_deg": 34.0,
    "bars": 7,
    "shadow_mm": 5.0,
}
RANGES = {
    "barb_mm": (0.7, 1.1),
    "width": (0.13, 0.24),
    "bend": (0.04, 0.2),
    "parting": (0.25, 0.8),
    "lean_deg": (26.0, 44.0),
    "bars": (4, 10),
    "shadow_mm": (3.0, 8.0),
}
TAGS = (
    "feather", "bird", "flight", "light", "lightness", "wind", "loss", "nature", "soft", "fragile",
    "memory", "calm", "quiet", "fall", "shadow", "wing",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN = 14 * U
RNG = np.random.default_rng(SEED)
LENGTH = 0.86 * np.hypot(W - 2 * MARGIN, H - 2 * MARGIN)
TURN = np.arctan2(H, W) if H > W else np.arctan2(H, W) * 0.9
ALONG = np.array([np.cos(TURN), -np.sin(TURN)])
ACROSS = np.array([-ALONG[1], ALONG[0]])
FOOT = np.array([W / 2, H / 2]) - 0.5 * LENGTH * ALONG - 0.35 * PARAMS["bend"] * LENGTH * ACROSS
VANE = 0.2  # the quill is bare below
SIDES = (1, -1)
BARB_POINTS = 40


def shaft(s: np.ndarray) -> np.ndarray:
    """Points of the shaft, s from the quill's point (0) to the tip (1)."""
    s = np.asarray(s, float)
    swing = PARAMS["bend"] * LENGTH * (1.6 * s * (1 - s) + 0.22 * s**3)
    return FOOT + np.multiply.outer(s * LENGTH, ALONG) + np.multiply.outer(swing, ACROSS)


def heading(s: np.ndarray) -> np.ndarray:
    """Direction of the shaft as an angle."""
    step = shaft(np.asarray(s) + 1e-3) - shaft(np.asarray(s) - 1e-3)
    return np.arctan2(step[..., 1], step[..., 0])


def reach(s: np.ndarray, side: int) -> np.ndarray:
    """Length of the barb that leaves at s: the leading vane is narrower."""
    u = np.clip((s - VANE) / (1 - VANE), 0, 1)
    full = np.minimum(1, (u / 0.16) ** 0.7) * (1 - u**3.2) ** 0.7 * (0.86 + 0.14 * np.sin(2.6 * u))
    wide = PARAMS["width"] * LENGTH * (0.62 if side > 0 else 1.0)
    return 0.9 * U + wide * full


def locks(side: int) -> list[tuple[float, float, float]]:
    """Stretches of the shaft whose barbs cling together, and how much."""
    s, out = VANE, []
    while s < 0.995:
        end = min(s + RNG.uniform(0.018, 0.075) * (1.2 if side < 0 else 1), 1.0)
        out.append((s, end, PARAMS["parting"] * RNG.uniform(0.1, 1) ** 1.5))
        s = end
    return out


def barb(s: float, side: int, lock: tuple[float, float, float], count: int = BARB_POINTS) -> np.ndarray:
    """A barb: leaves at an angle, curves towards the tip, and its end leans to its lock's middle."""
    low, high, cling = lock
    root = s + cling * 0.5 * (0.5 * (low + high) - s)
    u = np.linspace(0, 1, count)
    lean = np.radians(PARAMS["lean_deg"]) * (1.15 - 0.5 * u + 0.25 * (1 - s))
    lean = lean * np.clip((1 - s) / 0.1, 0.15, 1)
    angle = heading(np.array(s)) + side * lean
    length = float(reach(np.array(s), side)) * (1 - 0.1 * cling * abs(2 * (s - low) / (high - low) - 1))
    steps = np.stack([np.cos(angle), np.sin(angle)], axis=1) * length / (count - 1)
    foot, moved = shaft(np.array([s, root]))
    line = foot + np.concatenate([[(0, 0)], np.cumsum(steps[:-1], axis=0)])
    return line + np.multiply.outer(u**1.5, moved - foot)


def barbs() -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """Barbs of the first set with the bars between them, the eye's strokes, and the outline."""
    ink, eye, edges = [], [], []
    step = PARAMS["barb_mm"] * U / LENGTH / np.sin(np.radians(PARAMS["lean_deg"])) ** 0.6
    for side in SIDES:
        tips = []
        for lock in locks(side):
            count = max(int((lock[1] - lock[0]) / step), 2)
            for k, s in enumerate(np.linspace(*lock[:2], 2 * count, endpoint=False)):
                line = barb(float(s), side, lock)
                free = np.hypot(*(line - line[0]).T) > 1.1 * U * (1.25 - s)
                out = from_eye(line)
                if k % 2 == 0:
                    tips.append(line[-1])
                    ink += pieces(line, free & (out >= 1.12**2))
                    eye += pieces(line, free & (out < 1))
                else:
                    ink += pieces(line, free & barred(float(s), side) & (out >= 1.12**2))
                    eye += pieces(line, free & (out < 0.55**2))
        edges.append(np.array(tips))
    return ink, eye, np.vstack([shaft(np.array([VANE])), edges[0], shaft(np.array([1.0])), edges[1][::-1]])


def barred(s: float, side: int) -> np.ndarray:
    """Where along a barb a dark bar crosses it: bars run outwards and back towards the quill."""
    u = np.linspace(0, 1, BARB_POINTS)
    wave = np.sin(2 * np.pi * PARAMS["bars"] * (s + 0.035 * u - 0.02 * u**2 + 0.01 * side))
    return (wave > 0.25 - 0.5 * s) & (u < 0.93)


EYE_CENTRE, EYE_TILT = shaft(np.array(0.8)), float(heading(np.array(0.8)))


def from_eye(line: np.ndarray) -> np.ndarray:
    """1 on the edge of the eye, an oval on the shaft; the square of how much larger the oval through a point is."""
    (x, y), c, s = (line - EYE_CENTRE).T, np.cos(EYE_TILT), np.sin(EYE_TILT)
    along, across = x * c + y * s, y * c - x * s
    return (along / (0.075 * LENGTH)) ** 2 + (across / (0.3 * PARAMS["width"] * LENGTH)) ** 2


def pieces(line: np.ndarray, keep: np.ndarray) -> list[np.ndarray]:
    """The stretches of a line on which `keep` holds, without the tiny ones."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], keep, [False]])))
    runs = [line[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [run for run in runs if len(run) > 1 and np.hypot(*(run[-1] - run[0])) > 0.8 * U]


def quill() -> list[np.ndarray]:
    """The shaft as two lines that meet at the tip, and the bare quill cut slantwise."""
    s = np.linspace(0, 0.985, 120)
    normal = heading(s) + np.pi / 2
    half = np.interp(s, (0, 0.04, VANE, 1), (0.35, 1.0, 0.85, 0.18)) * U
    away = np.c_[np.cos(normal), np.sin(normal)] * half[:, None]
    return [np.vstack([(shaft(s) + away)[::-1], shaft(s) - away])]


def down() -> list[np.ndarray]:
    """Loose curled strands where the vane begins."""
    lines = []
    for side in SIDES:
        for s in np.linspace(VANE - 0.045, VANE + 0.03, 13):
            length = RNG.uniform(0.05, 0.1) * LENGTH * (0.7 if side > 0 else 1)
            u = np.linspace(0, 1, 26)
            turn = side * (1.25 - 0.7 * u + RNG.uniform(0.25, 0.6) * np.sin(RNG.uniform(3, 7) * u))
            angle = heading(np.full(26, s)) + turn
            steps = np.c_[np.cos(angle), np.sin(angle)] * length / 25
            lines.append(shaft(np.array(s)) + np.cumsum(steps, axis=0))
    return lines


def hatch() -> list[np.ndarray]:
    levels = np.arange(MARGIN, H - MARGIN, 0.9 * U)
    return [np.array([(MARGIN, y), (W - MARGIN, y)]) for y in levels]


def join(lines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Grafix wants one table of points and the row at which each line begins."""
    sizes = [len(line) for line in lines]
    coords = np.zeros((sum(sizes), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *sizes]).astype(np.int32)


INK, EYE, OUTLINE = barbs()
INK += quill() + down()
SHADOW = OUTLINE + np.array([0.55, 1.0]) * PARAMS["shadow_mm"] * U
PARTS = {"ink": INK, "eye": EYE, "outline": [OUTLINE], "shadow": [SHADOW], "hatch": hatch()}


@primitive
def lost_feather_part(*, part: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    lines = PARTS[part]
    return join([np.vstack([lines[0], lines[0][:1]])] if part in ("outline", "shadow") else lines)


def draw(t: float) -> list:
    under = E.clip(mode="inside")(G.lost_feather_part(part="hatch"), G.lost_feather_part(part="shadow"))
    shadow = E.clip(mode="outside")(under, G.lost_feather_part(part="outline"))
    ink = E.drop(min_length=0.9)(shadow) + G.lost_feather_part(part="ink")
    return [
        L(name="ink").layer(ink, color=(0.11, 0.13, 0.19), thickness=PEN),
        L(name="teal").layer(G.lost_feather_part(part="eye"), color=(0.05, 0.42, 0.48), thickness=PEN),
    ]
