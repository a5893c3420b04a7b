"""Night city: blocks under an empty sky, one tower above them, and somebody still awake here and there.

Every building hides what stands behind it. Walls are value only: upright or level lines, close
on the side turned from the moon; a lit window is a place where they stop.
"""

import math
import random
from functools import cache
from typing import NamedTuple

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "block_mm": 11.5,
    "street_mm": 1.9,
    "avenue_mm": 7.0,
    "tower_mm": 100.0,
    "downtown": 0.5,
    "hatch_mm": 0.4,
    "lit": 120,
}
RANGES = {
    "block_mm": (9.0, 16.0),
    "street_mm": (1.2, 3.5),
    "avenue_mm": (4.0, 10.0),
    "tower_mm": (60.0, 110.0),
    "downtown": (0.2, 0.8),
    "hatch_mm": (0.37, 0.7),
    "lit": (20, 240),
}
TAGS = (
    "city", "night", "building", "window", "architecture", "street", "tower", "isometric", "skyline",
    "light", "insomnia", "solitude", "order", "hatching", "urban", "silence",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN = 12 * U
BLOCK, STREET, AVENUE = PARAMS["block_mm"] * U, PARAMS["street_mm"] * U, PARAMS["avenue_mm"] * U
TOWER = min(PARAMS["tower_mm"] * U, 0.49 * H)
FLAT = math.cos(math.radians(30))
# A point (x, y, z) is seen at a = x - z, b = y - z; the sheet's axes are their difference and mean.
ORIGIN = np.array([0.5 * W, H - MARGIN])
FORMS = np.array([(1, 0), (0, 1), (1, -1)])  # what bounds a box as it is seen: a, b and a - b
HALO = 0.3 * U


class Box(NamedTuple):
    """A building, or a part that stands on another one."""

    x0: float
    x1: float
    y0: float
    y1: float
    z0: float
    z1: float

    def bounds(self, grow: float) -> tuple[np.ndarray, np.ndarray]:
        """Least and greatest of each form over its outline."""
        low = np.array([self.x0 - self.z1, self.y0 - self.z1, self.x0 - self.y1])
        high = np.array([self.x1 - self.z0, self.y1 - self.z0, self.x1 - self.y0])
        return low - grow, high + grow


def seen(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    return np.stack(np.broadcast_arrays(x - z, y - z), axis=-1)


def sheet(points: np.ndarray) -> np.ndarray:
    """Seen points in mm."""
    a, b = points[..., 0], points[..., 1]
    return ORIGIN + np.stack([(a - b) * FLAT, (a + b) / 2], axis=-1)


def outside(lines: np.ndarray, lows: np.ndarray, highs: np.ndarray) -> np.ndarray:
    """What is left of straight lines (N, 2, 2) when all spaces between bounds (K, 3) are taken out."""
    span = lines[:, 1] - lines[:, 0]
    start, way = (lines[:, None, 0] @ FORMS.T), (span[:, None] @ FORMS.T)
    level = np.abs(way) < 1e-9
    one, other = ((bounds - start) / np.where(level, 1.0, way) for bounds in (lows, highs))
    always = np.where((start > lows) & (start < highs), np.inf, -np.inf)
    near = np.where(level, -always, np.minimum(one, other)).max(axis=2).clip(0, 1)
    far = np.where(level, always, np.maximum(one, other)).min(axis=2).clip(0, 1)
    near, far = (np.where(far > near + 1e-9, part, 0.0) for part in (near, far))
    order = np.argsort(near, axis=1)
    near, far = (np.take_along_axis(part, order, axis=1) for part in (near, far))
    ends = np.zeros((len(lines), 1))
    begin = np.maximum.accumulate(np.concatenate([ends, far], axis=1), axis=1)
    end = np.concatenate([near, ends + 1], axis=1)
    line, gap = np.nonzero(end > begin)
    shares = np.stack([begin[line, gap], end[line, gap]], axis=1)[..., None]
    return lines[line, :1] + span[line, None] * shares


class City:
    """The plan, front to back, and the strokes of both pens."""

    def __init__(self) -> None:
        self.rng = random.Random(SEED)
        self.centre = np.array([-0.36, -0.52 + self.rng.uniform(-0.05, 0.05)]) * 0.62 * H
        self.boxes: list[Box] = []
        self.flights: list[np.ndarray] = []
        self.mast = np.zeros((0, 2, 2))
        self.build()
        self.lows, self.highs = (np.array(part) for part in zip(*(box.bounds(HALO) for box in self.boxes), strict=True))
        self.windows = self.lights()
        self.ink, self.amber = [], []
        for number, box in enumerate(self.boxes):
            self.ink += list(self.visible(self.drawn(number, box), number))
            for window in self.windows.get(number, ()):
                self.amber += list(self.visible(glow(box, *window), number))
        self.ink += list(sheet(self.mast))
        self.amber += list(self.visible(np.array(self.flights).reshape(-1, 2, 2), -1))
        across = np.concatenate(self.ink)[:, 0]
        middle = np.array([(W - across.min() - across.max()) / 2, 0.0])
        self.ink = [line + middle for line in self.ink]
        self.amber = [
            line + middle for line in self.amber if np.abs(line[:, 0] + middle[0] - W / 2).max() < W / 2 - MARGIN
        ]

    def build(self) -> None:
        """Blocks from the back to the front, so that what is listed later hides what is listed earlier."""
        count = int(1.3 * max(W, H) / BLOCK)
        wide = -int(self.rng.uniform(2.2, 3.2))
        at = [k * (BLOCK + STREET) - (0 if k > wide else AVENUE) for k in range(-count, 1)]
        self.avenue = (at[wide + count] + BLOCK, at[wide + count + 1])
        for x in at:
            for k in range(-count, 1):
                y = k * (BLOCK + STREET)
                if self.holds(x, y):
                    self.lots(x, x + BLOCK, y, y + BLOCK)
                    self.traffic(x, y)

    def holds(self, x: float, y: float) -> bool:
        """Whether a block lies on the sheet, within the edge of the town."""
        corners = sheet(
            seen(np.array([x, x + BLOCK, x, x + BLOCK]), np.array([y, y, y + BLOCK, y + BLOCK]), np.zeros(4))
        )
        inside = corners[:, 0].min() > MARGIN and corners[:, 0].max() < W - MARGIN
        edge = 0.47 * H + 0.05 * H * math.sin(corners[0, 0] / (0.09 * W) + SEED)
        return bool(inside and corners[:, 1].min() > edge and corners[:, 1].max() < H - MARGIN + 0.01)

    def lots(self, x0: float, x1: float, y0: float, y1: float, depth: int = 0) -> None:
        """Halve a block while its lots are too large, then build on each."""
        long, least = max(x1 - x0, y1 - y0), 0.42 * BLOCK
        near = math.hypot((x0 + x1) / 2 - self.centre[0], (y0 + y1) / 2 - self.centre[1]) / (BLOCK + STREET)
        if long > 1.5 * least and depth < 3 and self.rng.random() < (0.95 if near > 1 else 0.25) - 0.2 * depth:
            share = self.rng.uniform(0.4, 0.6)
            if x1 - x0 > y1 - y0 or (x1 - x0 == y1 - y0 and self.rng.random() < 0.5):
                middle = x0 + share * (x1 - x0)
                parts = [(x0, middle, y0, y1), (middle, x1, y0, y1)]
            else:
                middle = y0 + share * (y1 - y0)
                parts = [(x0, x1, y0, middle), (x0, x1, middle, y1)]
            for part in parts:
                self.lots(*part, depth + 1)
            return
        spread = 1.2 + 3.2 * PARAMS["downtown"]
        tall = (0.05 + 0.36 * math.exp(-((near / spread) ** 2))) * TOWER * self.rng.uniform(0.55, 1.25)
        tall *= 0.45 if 0 <= x0 - self.avenue[1] < BLOCK else 1.0  # the avenue stays open to the eye
        tower = near < 0.62 and not any(box.z1 > 0.7 * TOWER for box in self.boxes)
        self.raise_up(Box(x0, x1, y0, y1, 0, TOWER if tower else tall), tower)

    def raise_up(self, box: Box, tower: bool) -> None:
        """One box, or two or three that step back."""
        tall, steps = box.z1, 3 if tower else self.rng.choice((0, 0, 1)) + (box.z1 > 0.25 * TOWER)
        z, share = 0.0, 0.58 if tower else self.rng.uniform(0.6, 0.85)
        for k in range(steps + 1):
            top = tall if k == steps else z + (tall - z) * share
            self.boxes.append(box._replace(z0=z, z1=top))
            inset = 0.17 * min(box.x1 - box.x0, box.y1 - box.y0)
            box = Box(box.x0 + inset, box.x1 - inset, box.y0 + inset, box.y1 - inset, 0, 0)
            z = top
        if tower:
            x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
            self.mast = np.stack([seen(np.float64(x), np.float64(y), z + up) for up in (0.0, 9 * U)])[None]

    def traffic(self, x: float, y: float) -> None:
        """Lamps of cars beside a block on the avenue."""
        if abs(x + BLOCK - self.avenue[0]) < 0.01:
            for lane in (0.34, 0.66):
                across = self.avenue[0] + lane * (self.avenue[1] - self.avenue[0])
                for start in np.arange(0.1, 1, 0.3):
                    if self.rng.random() < 0.7:
                        along = y + (start + self.rng.uniform(0, 0.15)) * BLOCK
                        ends = np.array([along, along + 1.3 * U])
                        self.flights.append(seen(np.full(2, across), ends, np.zeros(2)))

    def lights(self) -> dict[int, list[tuple[bool, float, float]]]:
        """Which building has a lit window, on which face and where on it."""
        chosen: dict[int, list[tuple[bool, float, float]]] = {}
        for _ in range(PARAMS["lit"]):
            number = self.rng.choices(range(len(self.boxes)), [box.z1 - box.z0 for box in self.boxes])[0]
            box, right = self.boxes[number], self.rng.random() < 0.4
            wide, high = (box.y1 - box.y0 if right else box.x1 - box.x0), box.z1 - box.z0
            cols, rows = int(wide / (1.9 * U)), int(high / (2.6 * U))
            if cols and rows:
                col, row = self.rng.randrange(cols), self.rng.randrange(rows)
                at = (right, (col + 0.5) / cols * wide, box.z0 + (row + 0.5) / rows * high)
                if at not in chosen.setdefault(number, []):
                    chosen[number].append(at)
        return chosen

    def drawn(self, number: int, box: Box) -> np.ndarray:
        """Edges and walls of one building, as if it stood alone."""
        far = np.clip(-(box.x1 + box.y1) / (1.3 * H), 0, 1)
        tone, rng = PARAMS["hatch_mm"] / FLAT * U * (1 + 0.6 * far), random.Random(f"{SEED} {number}")
        style = rng.choice(("upright", "upright", "level", "storeys"))
        dark, light = tone * rng.choice((0.85, 1, 1.15, 1.5)), tone * rng.choice((1.8, 2.6, 3.6, 30))
        walls = np.concatenate([wall(box, False, dark, style), wall(box, True, light, style)])
        if number in self.windows:
            panes = [pane(box, right, u, z, 0.2 * U) for right, u, z in self.windows[number]]
            walls = outside(walls, *map(np.array, zip(*panes, strict=True)))
        return np.concatenate([edges(box), walls])

    def visible(self, lines: np.ndarray, number: int) -> np.ndarray:
        """What nothing later in the list hides, on the sheet."""
        if not len(lines):
            return lines
        first = number + 1
        ends = lines.reshape(-1, 2) @ FORMS.T
        near = ((self.lows < ends.max(axis=0)) & (self.highs > ends.min(axis=0)))[first:].all(axis=1)
        lines = sheet(outside(lines, self.lows[first:][near], self.highs[first:][near]))
        return lines[np.hypot(*(lines[:, 1] - lines[:, 0]).T) > 0.5 * U]


def edges(box: Box) -> np.ndarray:
    """The nine edges that can be seen."""
    x0, x1, y0, y1, z0, z1 = box
    path = np.array([
        [(x0, y0, z1), (x1, y0, z1)], [(x0, y0, z1), (x0, y1, z1)], [(x1, y0, z1), (x1, y1, z1)],
        [(x0, y1, z1), (x1, y1, z1)], [(x0, y1, z0), (x0, y1, z1)], [(x1, y1, z0), (x1, y1, z1)],
        [(x1, y0, z0), (x1, y0, z1)], [(x0, y1, z0), (x1, y1, z0)], [(x1, y0, z0), (x1, y1, z0)],
    ])  # fmt: skip
    return seen(*np.moveaxis(path, -1, 0))


def inner(low: float, high: float, pitch: float) -> np.ndarray:
    """Places between two edges, evenly spaced."""
    count = max(1, round((high - low) / pitch))
    return low + (high - low) * np.arange(1, count) / count


def wall(box: Box, right: bool, pitch: float, style: str) -> np.ndarray:
    """Hatching of one face: upright lines, level ones, or uprights broken at each storey."""
    low, high = (box.y0, box.y1) if right else (box.x0, box.x1)
    if style == "level":
        z = inner(box.z0, box.z1, pitch)
        ends = np.array([low, high])[None, :] + np.zeros((len(z), 1))
        heights = z[:, None] + np.zeros((1, 2))
    else:
        u = inner(low, high, pitch)
        storey, gap = (box.z1 - box.z0, 0.0) if style == "upright" else (2.6 * U, 0.7 * U)
        floors = max(1, round((box.z1 - box.z0) / storey))
        foot = box.z0 + (box.z1 - box.z0) * np.arange(floors) / floors
        foot, u = (part.ravel() for part in np.meshgrid(foot, u))
        ends = np.stack([u, u], axis=-1)
        heights = np.stack([foot, foot + (box.z1 - box.z0) / floors - gap], axis=-1)
    other = np.full(ends.shape, box.x1 if right else box.y1)
    return seen(other, ends, heights) if right else seen(ends, other, heights)


def pane(box: Box, right: bool, u: float, z: float, grow: float) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of a window as it is seen, for taking it out of the hatching."""
    wide, tall = 0.6 * U + grow, 0.85 * U + grow
    if right:
        a, across = box.x1 - z, box.x1 - box.y0 - u
        return np.array([a - tall, -np.inf, across - wide]), np.array([a + tall, np.inf, across + wide])
    b, across = box.y1 - z, box.x0 + u - box.y1
    return np.array([-np.inf, b - tall, across - wide]), np.array([np.inf, b + tall, across + wide])


def glow(box: Box, right: bool, u: float, z: float) -> np.ndarray:
    """A window in upright strokes of the second pen."""
    across = np.linspace(-0.42, 0.42, 4) * U + u
    ends = np.stack([across, across], axis=-1)
    heights = np.broadcast_to(z + np.array([-0.8, 0.8]) * U, ends.shape)
    if right:
        return seen(np.full(ends.shape, box.x1), box.y0 + ends, heights)
    return seen(box.x0 + ends, np.full(ends.shape, box.y1), heights)


@cache
def city() -> City:
    return City()


@primitive
def night_city(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    """One pen's lines as Grafix wants them: a table of points, and where each line begins."""
    lines = city().ink if pen == "ink" else city().amber
    coords = np.zeros((2 * len(lines), 3), np.float32)
    coords[:, :2] = np.concatenate(lines) if lines else 0
    return coords, np.arange(0, 2 * len(lines) + 1, 2).astype(np.int32)


def draw(t: float) -> list:
    colours = {"ink": (0.1, 0.12, 0.2), "amber": (0.88, 0.52, 0.08)}
    return [L(name=pen).layer(G.night_city(pen=pen), color=colour, thickness=PEN) for pen, colour in colours.items()]
