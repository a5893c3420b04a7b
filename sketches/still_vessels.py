"""Still vessels: bottles and bowls close together at a table's edge, and a wall left empty.

Every vessel is glass with a hatch direction of its own, so what stands behind shows through
as crossing lines. Hatch lines give way one by one towards the light, which comes from the left.
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
    "vessels": 6,
    "tallest": 0.47,
    "overlap": 0.4,
    "hatch_mm": 0.85,
    "light": 0.5,
    "table_y": 0.74,
}
RANGES = {
    "vessels": (4, 7),
    "tallest": (0.36, 0.52),
    "overlap": (0.2, 0.55),
    "hatch_mm": (0.7, 1.3),
    "light": (0.2, 0.8),
    "table_y": (0.68, 0.78),
}
TAGS = (
    "still", "life", "vessel", "bottle", "bowl", "glass", "table", "silence", "morandi",
    "quiet", "home", "light", "hatching", "transparency", "patience", "calm",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN, STEP = 12 * U, 0.16 * U
TILT = 0.17  # how round a rim looks from a little above
BACK, FRONT, SLAB = PARAMS["table_y"] * H, (PARAMS["table_y"] + 0.125) * H, 5.5 * U
CORNER = np.array([0.83 * W, BACK]), np.array([0.885 * W, FRONT])
SHADOW = np.array([0.62, 0.035])  # where a shadow falls, in heights of what casts it
HATCH = PARAMS["hatch_mm"] * U
# Of each kind: height in tallest vessels, radius in heights, and the radii from foot to lip.
KINDS = {
    "bottle": (1.0, 0.16, "0:.92 .02:1 .5:1 .58:.95 .66:.6 .72:.3 .9:.27 .94:.34 1:.4"),
    "carafe": (0.8, 0.25, "0:.62 .1:.9 .25:1 .38:.88 .5:.52 .62:.29 .86:.25 1:.42"),
    "jar": (0.5, 0.35, "0:.8 .08:.94 .45:1 .74:.95 .86:.74 .9:.68 1:.78"),
    "vase": (0.68, 0.2, "0:.78 .05:.8 .16:.62 .32:.72 .58:1 .76:.88 .9:.58 1:.8"),
    "flask": (0.9, 0.13, "0:1 .62:1 .7:.9 .76:.46 .97:.42 1:.52"),
    "cup": (0.27, 0.42, "0:.68 .1:.74 .5:.88 1:1"),
    "bowl": (0.21, 0.88, "0:.42 .1:.4 .2:.55 .4:.76 .65:.9 1:1"),
}
ANGLES = {"bottle": 62, "carafe": 118, "jar": 28, "vase": 152, "flask": 90, "cup": 80, "bowl": 0}
# How far apart its lines are: dark glass and clear.
GLASS = {
    "bottle": 0.78,
    "carafe": 1.15,
    "jar": 0.95,
    "vase": 1.2,
    "flask": 1,
    "cup": 1,
    "bowl": 0.8,
}


class Vessel(NamedTuple):
    kind: str
    x: float
    foot: float
    height: float
    radius: np.ndarray  # at equal steps from foot to lip

    def radius_at(self, y: np.ndarray) -> np.ndarray:
        up = np.clip((self.foot - y) / self.height, 0, 1)
        return np.interp(up, np.linspace(0, 1, len(self.radius)), self.radius)

    def holds(self, p: np.ndarray) -> np.ndarray:
        """Whether points lie on the vessel, its foot and its mouth included."""
        dx, y = np.abs(p[..., 0] - self.x), p[..., 1]
        wall = (dx < self.radius_at(y)) & (y < self.foot) & (y > self.foot - self.height)
        return wall | self.disc(p, 0) | self.disc(p, -1)

    def disc(self, p: np.ndarray, end: int) -> np.ndarray:
        r, y = self.radius[end], self.foot + end * self.height
        return ((p[..., 0] - self.x) / r) ** 2 + ((p[..., 1] - y) / (TILT * r)) ** 2 < 1


def turn(kind: str, x: float, foot: float, tallest: float) -> Vessel:
    """A vessel as from the wheel: the profile's corners are rounded a little."""
    share, wide, text = KINDS[kind]
    knots = np.array([pair.split(":") for pair in text.split()], float)
    radius = np.interp(np.linspace(-0.09, 1.09, 237), *knots.T)
    radius = np.convolve(radius, np.hanning(39)[1:-1] / np.hanning(39).sum(), "valid")
    return Vessel(kind, x, foot, share * tallest, radius * wide * share * tallest)


def half_width(kind: str) -> float:
    return KINDS[kind][0] * KINDS[kind][1]


def arrange() -> list[Vessel]:
    """Tall vessels shoulder to shoulder behind, the bowl and the cup before them."""
    rng = random.Random(SEED)
    behind = ["jar", "bottle", "carafe", "vase", "flask"][: PARAMS["vessels"] - 2]
    rng.shuffle(behind)
    if behind[0] == "flask":
        behind.reverse()
    at, places = 0.0, []
    for left, kind in zip([None, *behind], behind, strict=False):
        near = half_width(left) + half_width(kind) if left else 0.0
        at += near * (1 - PARAMS["overlap"] * rng.uniform(0.8, 1.2))
        places.append((kind, at, rng.uniform(0.3, 0.5)))
    places.append(("bowl", at * rng.uniform(0.6, 0.8), 0.7))
    places.append(("cup", at * rng.uniform(0.08, 0.22) - 0.06, 0.58))
    left = min(x - half_width(kind) for kind, x, _ in places)
    right = max(x + half_width(kind) for kind, x, _ in places)
    tallest = min(PARAMS["tallest"] * H, 0.62 * W / (right - left))
    start = 0.47 * W - tallest * (left + right) / 2
    return [turn(kind, start + x * tallest, BACK + depth * (FRONT - BACK), tallest) for kind, x, depth in places]


def samples(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Points close together from a to b."""
    n = int(math.dist(a, b) / STEP) + 2
    return a + (b - a) * np.linspace(0, 1, n)[:, None]


def runs(line: np.ndarray, keep: np.ndarray, shortest: float = 1.0) -> list[np.ndarray]:
    """The stretches of a line on which `keep` holds; straight ones need only their ends."""
    edges = np.flatnonzero(np.diff(np.r_[0, keep.astype(int), 0]))
    pieces = [line[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 2]
    long = [p for p in pieces if np.hypot(*np.diff(p, axis=0).T).sum() > shortest * U]
    return [p[[0, -1]] if is_straight(p) else np.r_[p[:-1:3], p[-1:]] for p in long]


def is_straight(p: np.ndarray) -> bool:
    d, e = p[-1] - p[0], p[len(p) // 2] - p[0]
    return bool(abs(d[0] * e[1] - d[1] * e[0]) < 1e-6 * (1 + d @ d))


def arc(v: Vessel, end: int, start: float, stop: float, grow: float = 1.0) -> np.ndarray:
    """Part of the rim (end -1) or of the foot (end 0)."""
    r = grow * v.radius[end]
    angle = np.linspace(start, stop, int(abs(stop - start) * r / STEP) + 8)
    y = v.foot + end * v.height
    return np.c_[v.x + r * np.cos(angle), y + TILT * r * np.sin(angle)]


def outline(v: Vessel) -> list[np.ndarray]:
    """Both walls and the foot in one stroke, and the rim."""
    y = np.linspace(v.foot - v.height, v.foot, 200)
    left = np.c_[v.x - v.radius_at(y), y]
    right = np.c_[v.x + v.radius_at(y), y][::-1]
    return [np.r_[left, arc(v, 0, math.pi, 0), right], arc(v, -1, 0, math.tau)]


def hatch(v: Vessel) -> list[np.ndarray]:
    """Parallel lines that begin, one after the other, ever further from the light."""
    angle = math.radians(ANGLES[v.kind])
    along, across = np.array([(math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))])
    centre = np.array([v.x, v.foot - v.height / 2])
    reach = 0.6 * v.height + 1.2 * v.radius.max()
    pitch = HATCH * GLASS[v.kind]
    begin = np.array([-0.84, 0.35, -0.3, 0.66]) + 0.5 * (PARAMS["light"] - 0.5)
    offsets = np.arange(-reach, reach, pitch)[:, None]
    steps = np.linspace(-reach, reach, int(2 * reach / STEP) + 2)[:, None]
    grid = centre + across * offsets[..., None] + along * steps
    radius = v.radius_at(grid[..., 1])
    side = (grid[..., 0] - v.x) / radius  # -1 at the lit edge, 1 at the far one
    dark = side > np.resize(begin, len(offsets))[:, None]
    inner = (np.abs(side) < 1 - 0.6 * PEN_MM / radius) & v.holds(grid) & ~v.disc(grid, -1)
    return [piece for line, keep in zip(grid, inner & dark, strict=True) for piece in runs(line, keep)]


def mouth(v: Vessel) -> list[np.ndarray]:
    """The inside of the far wall is dark on the side towards the light."""
    r, y0, lines = v.radius[-1], v.foot - v.height, []
    for y in np.arange(-TILT * r + 0.55 * U, TILT * r - 0.4 * U, 0.6 * U):
        line = samples(np.array([v.x - r, y0 + y]), np.array([v.x + r, y0 + y]))
        edge = np.hypot((line[:, 0] - v.x) / r, (line[:, 1] - y0) / (TILT * r))
        dark = (line[:, 0] - v.x) / r < 0.1 - 0.9 * (y / (TILT * r) + 0.2)
        lines += runs(line, (edge < 1 - 0.5 * PEN_MM / (TILT * r)) & dark, 0.7)
    return lines


def thrown(vessels: list[Vessel]) -> np.ndarray:
    """Middles and radii of the discs, one above the other in a vessel, that shade the table."""
    up = np.linspace(0, 1, 45)
    middles = [(v.x, v.foot) + SHADOW * up[:, None] * v.height for v in vessels]
    radii = [v.radius[np.rint(up * (len(v.radius) - 1)).astype(int)] for v in vessels]
    return np.c_[np.concatenate(middles), np.concatenate(radii)]


def shaded(x: np.ndarray, y: float, discs: np.ndarray) -> np.ndarray:
    """Which points of a row across the table lie on one of the discs."""
    middle, off, r = discs.T
    half = r**2 - ((y - off) / TILT) ** 2
    here = half > 0
    return np.any(np.abs(x[:, None] - middle[here]) < np.sqrt(half[here]), axis=1)


def table(vessels: list[Vessel]) -> list[np.ndarray]:
    """Back edge, end and front of the table, and the one shadow that all vessels throw."""
    lines, discs, (far, near) = [], thrown(vessels), CORNER
    rows = np.arange(BACK + 0.8 * U, FRONT - 0.6 * U, 0.8 * HATCH)
    for y in rows:
        end = far + (near - far) * (y - BACK) / (FRONT - BACK)
        line = samples(np.array([MARGIN, y]), np.array([end[0] - 0.8 * U, y]))
        lines.append((line, shaded(line[:, 0], y, discs)))
    for a, b in ((np.array([MARGIN, BACK]), far), (far, near)):
        line = samples(a, b)
        lines.append((line, np.full(len(line), True)))
    free = [(line, keep & ~np.any([v.holds(line) for v in vessels], axis=0)) for line, keep in lines]
    front = [runs(line, keep) for line, keep in free]
    slab = [np.array([(MARGIN, y), (near[0], y)]) for y in np.linspace(FRONT, FRONT + SLAB, round(SLAB / (0.62 * U)))]
    return [piece for pieces in front for piece in pieces] + slab


@cache
def picture() -> dict[str, list[np.ndarray]]:
    vessels = arrange()
    pens: dict[str, list[np.ndarray]] = {"ink": table(vessels), "terracotta": []}
    for v in vessels:
        pens["terracotta" if v.kind == "bowl" else "ink"] += outline(v) + hatch(v) + mouth(v)
    return pens


@primitive
def still_vessels(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    """One pen's lines as Grafix wants them: a table of points, and where each line begins."""
    lines = picture()[pen]
    xy = np.concatenate(lines)
    coords = np.c_[xy, np.zeros(len(xy))].astype(np.float32)
    return coords, np.cumsum([0, *map(len, lines)]).astype(np.int32)


def draw(t: float) -> list:
    ink, terracotta = (0.12, 0.13, 0.17), (0.76, 0.32, 0.18)
    return [
        L(name="ink").layer(G.still_vessels(pen="ink"), color=ink, thickness=PEN),
        L(name="terracotta").layer(G.still_vessels(pen="terracotta"), color=terracotta, thickness=PEN),
    ]
