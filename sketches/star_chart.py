"""Star chart: an invented sky about an off-centre pole, cut by a graduated rim.

A pale pen rules hours and parallels, ink sets the stars and joins some of them; the Milky Way
is only a crowding of short strokes. The last pen keeps one path: the ecliptic, and its sun.
"""

import functools
import math
from collections import defaultdict
from collections.abc import Callable

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "pole_deg": 34.0,
    "turn_deg": 215.0,
    "field_deg": 64.0,
    "stars": 150,
    "figures": 8,
    "milky_way": 0.85,
    "band_deg": 10.0,
    "sun_along": 0.35,
}
RANGES = {
    "pole_deg": (22.0, 46.0),
    "turn_deg": (0.0, 360.0),
    "field_deg": (56.0, 76.0),
    "stars": (90, 220),
    "figures": (5, 12),
    "milky_way": (0.4, 1.0),
    "band_deg": (7.0, 14.0),
    "sun_along": (-0.75, 0.75),
}
TAGS = (
    "stars", "star chart", "night", "sky", "astronomy", "map", "navigation", "order", "silence",
    "constellation", "milky way", "time", "memory", "compass", "moon", "winter",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN, RIM = 11 * U, 8 * U
TALL, WIDE = H > 1.2 * W, W > 1.2 * H
R = (0.5 if TALL or WIDE else 0.41) * min(W, H) - RIM - (MARGIN if TALL or WIDE else 0)
CENTRE = np.array([W / 2 if TALL else MARGIN + RIM + R, H / 2 if WIDE else MARGIN + RIM + R])
TILT = 23.4  # of the ecliptic to the equator
SCALE = R / math.tan(math.radians(PARAMS["field_deg"]) / 2)
# share of all stars up to here, radius in mm: the brightest are few
MAGNITUDES = ((0.045, 2.3), (0.14, 1.5), (0.34, 1.15), (0.62, 0.7), (1.0, 0.28))

Strokes = list[np.ndarray]


def unit(degrees: np.ndarray | float) -> np.ndarray:
    a = np.radians(degrees)
    return np.stack([np.cos(a), np.sin(a)], -1)


def on_sphere(lon: np.ndarray | float, lat: np.ndarray | float) -> np.ndarray:
    lon, lat = np.broadcast_arrays(np.radians(lon), np.radians(lat))
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], -1)


def tipped(points: np.ndarray, degrees: float) -> np.ndarray:
    c, s = unit(degrees)
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([c * x - s * z, y, s * x + c * z], -1)


def paper(points: np.ndarray) -> np.ndarray:
    """Stereographic, the pole pushed off the centre; far points are held near the frame."""
    x, y, z = np.moveaxis(tipped(points, PARAMS["pole_deg"]), -1, 0)
    flat = SCALE * np.stack([x, y], -1) / np.maximum(1 + z, 1e-6)[..., None]
    reach = np.hypot(flat[..., 0], flat[..., 1])
    c, s = unit(PARAMS["turn_deg"])
    held = flat * np.minimum(1, 1.2 * R / np.maximum(reach, 1e-9))[..., None]
    return CENTRE + held @ np.array([[c, s], [-s, c]])


def galactic_latitude(xy: np.ndarray) -> np.ndarray:
    """Degrees from the Milky Way's middle, for points on the paper."""
    flat = (xy - CENTRE) / SCALE
    square = (flat**2).sum(-1, keepdims=True)
    point = np.concatenate([2 * flat, 1 - square], -1) / (1 + square)
    pole = np.array([*(0.95 * unit(PARAMS["turn_deg"] + 118)), 0.31])
    return np.degrees(np.arcsin(np.clip(point @ pole, -1, 1)))


def scattered(
    rng: np.random.Generator, tries: int, apart: float, chance: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Points in the frame, none nearer to another than `apart`, thinned by a chance."""
    xy = CENTRE + (R - 3 * U) * np.sqrt(rng.random((tries, 1))) * unit(rng.uniform(0, 360, tries))
    xy = xy[rng.random(tries) < chance(xy)]
    cells, kept = defaultdict(list), []
    for x, y in xy.tolist():
        i, j = int(x // apart), int(y // apart)
        around = [q for a in (i - 1, i, i + 1) for b in (j - 1, j, j + 1) for q in cells.get((a, b), ())]
        if all(math.dist(q, (x, y)) > apart for q in around):
            cells[i, j].append((x, y))
            kept.append((x, y))
    return np.array(kept)


def stars(rng: np.random.Generator) -> np.ndarray:
    """Rows of x, y, radius, the brightest first; the sun is no star and keeps its distance."""

    def chance(xy: np.ndarray) -> np.ndarray:
        return np.hypot(*(xy - sun()).T) > 8 * U

    bright = scattered(rng, 4000, 7 * U, chance)[: int(0.62 * PARAMS["stars"])]
    faint = scattered(rng, 4000, 4 * U, chance)
    gap = np.hypot(*(faint[:, None] - bright).transpose(2, 0, 1)).min(1)
    xy = np.vstack([bright, faint[gap > 3.5 * U]])[: PARAMS["stars"]]
    share = np.arange(len(xy)) / PARAMS["stars"]
    radius = np.select([share < s for s, _ in MAGNITUDES], [r * U for _, r in MAGNITUDES])
    return np.c_[xy, radius]


def figures(sky: np.ndarray) -> Strokes:
    """From a bright star on to near ones, never over a line that is there already."""
    free = list(range(int((sky[:, 2] > 0.5 * U).sum())))
    lines: Strokes = []
    for _ in range(PARAMS["figures"]):
        group = free[:1]
        for _ in range(7):
            free = [j for j in free if j not in group]
            steps = [(math.dist(sky[i, :2], sky[j, :2]), i, j) for i in group[-2:] for j in free]
            for far, i, j in sorted(steps):
                line = sky[[i, j], :2]
                if 7 * U < far < 20 * U and not any(crosses(line, other) for other in lines):
                    lines.append(line)
                    group.append(j)
                    break
        free = [j for j in free if min(math.dist(sky[j, :2], sky[i, :2]) for i in group) > 8 * U]
    return lines


def crosses(a: np.ndarray, b: np.ndarray) -> bool:
    def side(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(*a, b[0]) * side(*a, b[1]) < 0 and side(*b, a[0]) * side(*b, a[1]) < 0


def clearance(xy: np.ndarray, holes: np.ndarray) -> np.ndarray:
    """From each point to the edge of the nearest hole (x, y, radius)."""
    (x, y), (hole_x, hole_y, radius) = xy.T[..., None], holes.T
    return (np.sqrt((x - hole_x) ** 2 + (y - hole_y) ** 2) - radius).min(axis=1)


def open_parts(line: np.ndarray, holes: np.ndarray, gap: float = 0.8, step: int = 4) -> Strokes:
    """The parts of a line inside the frame that keep clear of every hole (x, y, radius)."""
    s = np.r_[0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
    at = np.linspace(0, s[-1], max(2, int(s[-1] / 0.2)))
    line = np.c_[np.interp(at, s, line[:, 0]), np.interp(at, s, line[:, 1])]
    keep = np.hypot(*(line - CENTRE).T) < R
    keep[keep] = clearance(line[keep], holes) > gap * U
    cuts = np.flatnonzero(np.diff(keep)) + 1
    parts = zip(np.split(line, cuts), np.split(keep, cuts), strict=True)
    return [np.vstack([p[:-1:step], p[-1:]]) for p, kept in parts if kept[0] and len(p) > 10]


def graticule(holes: np.ndarray) -> Strokes:
    lat, lon = np.linspace(-75, 80, 200), np.linspace(0, 360, 500)
    lines = [on_sphere(15 * h, lat if h % 2 == 0 else lat[lat < 60]) for h in range(24)]
    lines += [on_sphere(lon, d) for d in (80, 60, 40, 20, -20, -40)]
    lines += [on_sphere(lon, d) for d in (-0.5, 0.5)]  # the equator is a double line
    return [part for line in lines for part in open_parts(paper(line), holes)]


def disc(x: float, y: float, r: float, pitch: float = 0.45) -> Strokes:
    """A circle and its hatching, leaning like handwriting."""
    lean, across = unit(-50), unit(40)
    strokes = [(x, y) + r * unit(np.linspace(0, 360, 49))]
    for s in np.arange(-r + pitch, r - pitch / 2, pitch):
        half = math.sqrt(r * r - s * s) - 0.2
        if half > 0.2:
            strokes.append((x, y) + s * across + np.outer((-half, half), lean))
    return strokes


def star(x: float, y: float, r: float) -> Strokes:
    """By magnitude: a rayed disc, a disc, an asterisk, a cross, a point."""
    if r > 1.3 * U:
        rays = np.arange(0, 360, 45) if r > 2 * U else ()
        ends = r + 0.8 * U, r + 1.8 * U
        return disc(x, y, r) + [(x, y) + np.outer(ends, unit(a)) for a in rays]
    if r < 0.5 * U:
        return [(x, y) + r * unit(np.linspace(0, 360, 9))]
    turns = (10, 70, 130) if r > U else (45, 135)
    return [(x, y) + np.outer((-r, r), unit(a)) for a in turns]


def milky_way(rng: np.random.Generator, holes: np.ndarray) -> Strokes:
    phase = rng.uniform(0, 6.28, 4)

    def chance(xy: np.ndarray) -> np.ndarray:
        u, v = ((xy - CENTRE) / R).T
        cloud = np.sin(5 * u + 3 * v + phase[0]) + np.sin(6 * v - 4 * u + phase[1])
        cloud += np.sin(9 * u - 7 * v + phase[2])
        b = galactic_latitude(xy) + 2 * cloud
        rift = np.exp(-(((b - 2) / 2) ** 2)) * (np.sin(3 * u - 2 * v + phase[3]) > -0.4)
        band = np.exp(-((b / PARAMS["band_deg"]) ** 2)) * (1 - 0.95 * rift)
        return band * np.clip(1 + 0.4 * cloud, 0, 1) - 0.06

    xy = scattered(rng, int(26000 * PARAMS["milky_way"]), 0.85 * U, chance)
    xy = xy[clearance(xy, holes) > 1.2 * U]
    rise = [galactic_latitude(xy + d) - galactic_latitude(xy - d) for d in np.eye(2)]
    along = np.c_[-rise[1], rise[0]] / np.hypot(*rise)[:, None]
    half = rng.uniform(0.3, 0.55, (len(xy), 1)) * U * along
    return list(np.stack([xy - half, xy + half], 1))


def rim() -> Strokes:
    """Two circles, five-degree blocks between them, and ticks that grow with their number."""
    strokes = [CENTRE + (R + d * U) * unit(np.linspace(0, 360, 361)) for d in (0.9, 2.7)]
    for k in range(0, 360, 10):
        block = unit(np.linspace(k, k + 5, 9))
        strokes += [CENTRE + (R + d * U) * block for d in (1.35, 1.8, 2.25)]
    for k in range(0, 360, 2):
        long = 2.4 if k % 30 == 0 else 1.6 if k % 10 == 0 else 0.8
        strokes.append(CENTRE + np.outer((R + 3.4 * U, R + (3.4 + long) * U), unit(k)))
    return strokes


def ecliptic_point(lon: np.ndarray | float, lat: np.ndarray | float = 0.0) -> np.ndarray:
    return paper(tipped(on_sphere(lon, lat), TILT))


def sun() -> np.ndarray:
    """A place on the stretch of the ecliptic that the frame shows, -1 and 1 being its ends."""
    away = math.cos(math.radians(90 - TILT - PARAMS["pole_deg"]))
    half = math.degrees(math.acos(math.cos(math.radians(PARAMS["field_deg"])) / away))
    return ecliptic_point(PARAMS["sun_along"] * half)


def ecliptic(holes: np.ndarray) -> Strokes:
    strokes = open_parts(ecliptic_point(np.linspace(-180, 180, 700)), holes)
    for k in range(-180, 180, 5):
        long = 3.2 if k % 30 == 0 else 1.6
        foot, head = ecliptic_point(np.array([k, k]), np.array([0.0, long]))
        gap = np.hypot(*(holes[:, :2] - foot).T) - holes[:, 2]
        if math.dist(head, CENTRE) < R - U and gap.min() > 1.6 * U:
            strokes.append(np.array([foot, head]))
    return strokes + disc(*sun(), 3.2 * U, 0.5)


def moon(rng: np.random.Generator) -> Strokes:
    """The counter-form: one phase, its dark side ruled."""
    r, phase = 9 * U, rng.uniform(0.15, 0.7)
    at = np.array([W, H]) - MARGIN - 2.2 * U - r
    strokes = [at + r * unit(np.linspace(0, 360, 121))]
    for y in np.arange(-r + 0.6, r - 0.3, 0.6):
        half = math.sqrt(r * r - y * y)
        strokes.append(at + np.array([(-half + 0.2, y), (phase * half, y)]))
    return strokes


def key() -> Strokes:
    """The five magnitudes as the chart's legend: a row at the foot, or a column at the side."""
    if TALL:
        at, step = np.array([MARGIN + 6.3 * U, H - MARGIN - 11.2 * U]), np.array([9 * U, 0])
    else:
        at, step = np.array([W - MARGIN - 6.3 * U, MARGIN + 6.3 * U]), np.array([0, 8 * U])
    return [s for k, (_, r) in enumerate(MAGNITUDES) for s in star(*(at + k * step), r * U)]


@functools.cache
def chart() -> dict[str, Strokes]:
    rng = np.random.default_rng(SEED)
    sky = stars(rng)
    marked = np.vstack([sky[sky[:, 2] > 0.5 * U], [*sun(), 3.2 * U]])
    marked[:-1, 2] += np.where(marked[:-1, 2] > 2 * U, 1.4 * U, 0)  # room for the rays
    joins = [s[[0, -1]] for line in figures(sky) for s in open_parts(line, marked)]
    marks = [s for row in sky for s in star(*row)]
    path = ecliptic(np.vstack([sky, marked]))
    lines = np.vstack(path + [np.linspace(*join, int(math.dist(*join) / U) + 2) for join in joins])
    holes = np.vstack([sky, marked, np.c_[lines, np.full(len(lines), -0.3 * U)]])
    ink = rim() + milky_way(rng, holes) + joins + marks + key() + moon(rng)
    return {"ink": ink, "slate": graticule(marked), "vermilion": path}


@primitive
def star_chart_strokes(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    strokes = chart()[pen]
    coords = np.zeros((sum(map(len, strokes)), 3), np.float32)
    coords[:, :2] = np.concatenate(strokes)
    return coords, np.cumsum([0, *map(len, strokes)]).astype(np.int32)


def draw(t: float) -> list:
    colours = {
        "slate": (0.5, 0.57, 0.66),
        "ink": (0.08, 0.11, 0.22),
        "vermilion": (0.84, 0.28, 0.13),
    }
    return [
        L(name=pen).layer(G.star_chart_strokes(pen=pen), color=colour, thickness=PEN) for pen, colour in colours.items()
    ]
