"""Seated figure: somebody holding their knees, told by nothing but sections around the body.

The body is spheres swept along a few bones and blended, seen from the side as a height towards us.
Level sections of it, tilted, become the lines; they crowd where the body turns away, and where the
light falls every other one is left out. The second pen draws the floor.
"""

import itertools

import numpy as np
from grafix import G, L, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "spacing_mm": 1.25,
    "tilt": 0.62,
    "size": 0.9,
    "bow": 0.5,
    "blend": 0.045,
    "light_deg": 215.0,
    "lit": 0.5,
    "rings": 4,
}
RANGES = {
    "spacing_mm": (1.0, 1.7),
    "tilt": (0.4, 0.8),
    "size": (0.72, 0.95),
    "bow": (0.1, 0.9),
    "blend": (0.025, 0.06),
    "light_deg": (190.0, 250.0),
    "lit": (0.3, 0.7),
    "rings": (2, 7),
}
TAGS = (
    "figure", "body", "human", "person", "solitude", "rest", "waiting", "sleep", "grief", "tender",
    "quiet", "silence", "sculpture", "memory", "calm", "nude",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
RNG = np.random.default_rng(SEED)
SIZE = PARAMS["size"] * min(W - 24 * U, 0.82 * (H - 24 * U)) * 1.12
MIRROR = RNG.choice((-1, 1))
GROUND = H - 30 * U - 0.02 * H
# On a wide sheet the figure sits behind the middle and looks across the empty part.
CENTRE = W / 2 + MIRROR * (RNG.uniform(-0.02, 0.02) * W - 0.18 * max(0, W - H))
CELL = 0.5 * U
STEEPEST = 3.2
BOW = PARAMS["bow"]


def bones() -> list[tuple[np.ndarray, np.ndarray, float, float]]:
    """From, to (x, up, towards us) and the radii at both ends, in shares of the figure's size."""
    hip, chest = np.array((-0.3, 0.15, 0.0)), np.array((-0.27 + 0.12 * BOW, 0.56 - 0.03 * BOW, 0.0))
    neck = chest + (0.05 + 0.05 * BOW, 0.12 - 0.03 * BOW, 0.0)
    head = neck + (0.055 + 0.06 * BOW, 0.115 - 0.09 * BOW, 0.0)
    out = [(hip, chest, 0.15, 0.125), (chest, neck, 0.115, 0.05), (neck, head, 0.055, 0.088)]
    out.append((head + (0.01, 0.035, 0), head + (0.035, -0.035, 0), 0.085, 0.062))
    for z, lean in ((-0.11, 0.03), (0.11, 0.0)):
        knee, ankle = np.array((0.19 + lean, 0.46, z)), np.array((0.16 + lean, 0.06, z))
        out += [
            (np.array((-0.27, 0.125, z)), knee, 0.12, 0.07),
            (knee, ankle, 0.068, 0.036),
            (ankle, ankle + (0.14, -0.025, 0.0), 0.036, 0.024),
        ]
        shoulder, elbow = chest + (0.02, 0.045, 1.3 * z), np.array((-0.02 + 0.05 * BOW, 0.3, 1.75 * z))
        hand = np.array((0.235, 0.27, 0.55 * z))
        out += [(shoulder, elbow, 0.062, 0.045), (elbow, hand, 0.044, 0.03)]
    return out


def grid() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Cells of the sheet around the figure, and the same places as shares of its size."""
    xs = np.arange(CENTRE - 0.62 * SIZE, CENTRE + 0.62 * SIZE, CELL)
    ys = np.arange(GROUND - 0.95 * SIZE, GROUND + 0.05 * SIZE, CELL)
    px, py = np.meshgrid(MIRROR * (xs - CENTRE) / SIZE, (GROUND - ys) / SIZE)
    return xs, ys, px, py


def heights(px: np.ndarray, py: np.ndarray) -> np.ndarray:
    """How far towards us the body comes at each place, bones blended smoothly; nan beside it."""
    total, k = np.zeros_like(px), PARAMS["blend"]
    for start, end, r0, r1 in bones():
        for share in np.linspace(0, 1, 22):
            x, y, z = start + share * (end - start)
            radius = r0 + share * (r1 - r0)
            # Only the square of cells around the sphere is looked at.
            rows, columns = np.abs(py[:, 0] - y) < radius, np.abs(px[0] - x) < radius
            square = np.ix_(rows, columns)
            bulge = radius**2 - (px[square] - x) ** 2 - (py[square] - y) ** 2
            near = z + np.sqrt(np.maximum(bulge, 0))
            total[square] += np.where(bulge > 0, np.exp(near / k), 0)
    with np.errstate(divide="ignore"):
        return np.where(total > 0, k * np.log(total), np.nan)


def light(z: np.ndarray) -> np.ndarray:
    """How much light each place gets, -1 to 1, from the slope towards it."""
    angle = np.radians(PARAMS["light_deg"])
    dy, dx = np.gradient(z, CELL / SIZE)
    facing = (MIRROR * dx * np.cos(angle) - dy * np.sin(angle)) + 0.6
    return facing / np.sqrt(dx**2 + dy**2 + 1)


def smooth(z: np.ndarray) -> np.ndarray:
    """Where the surface goes on to the next row; a jump is an edge in front of something else."""
    return np.abs(np.diff(z, axis=0)) < STEEPEST * CELL / SIZE


def crossings(field: np.ndarray, z: np.ndarray, whole: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Column and row (a fraction) of each place where the field passes the level; its height."""
    above = field > level
    rows, columns = np.divmod(np.flatnonzero((above[:-1] != above[1:]) & whole), field.shape[1])
    a, b = field[rows, columns], field[rows + 1, columns]
    return np.c_[columns, rows + (level - a) / (b - a)], z[rows, columns]


def chained(points: np.ndarray, z: np.ndarray) -> list[np.ndarray]:
    """Crossings of neighbouring columns joined into strokes where the surface goes on."""
    order = np.lexsort((points[:, 1], points[:, 0]))
    points, z = points[order], z[order]
    columns = np.arange(points[0, 0], points[-1, 0] + 2)
    starts = np.searchsorted(points[:, 0], columns)
    rows, depths = points[:, 1].tolist(), z.tolist()
    ends: list[list[int]] = []
    done: list[list[int]] = []
    for low, high in itertools.pairwise(starts.tolist()):
        free, following = list(range(low, high)), []
        for stroke in ends:
            row, depth = rows[stroke[-1]], depths[stroke[-1]]
            near = [i for i in free if abs(rows[i] - row) < 4 and abs(depths[i] - depth) < 0.03]
            if near:
                stroke.append(min(near, key=lambda i, row=row: abs(rows[i] - row)))
                free.remove(stroke[-1])
                following.append(stroke)
            else:
                done.append(stroke)
        ends = following + [[i] for i in free]
    return [points[stroke] for stroke in done + ends if len(stroke) > 4]


def sections() -> list[np.ndarray]:
    """The lines: places where height up the sheet plus tilted relief is a round number."""
    xs, ys, px, py = grid()
    z = heights(px, py)
    field, shine, whole = py - PARAMS["tilt"] * z, light(z), smooth(z)
    pitch, lines = PARAMS["spacing_mm"] * U / SIZE, []
    for number, level in enumerate(np.arange(-0.5, 1.0, pitch / 2)):
        points, depth = crossings(field, z, whole, level)
        if not len(points):
            continue
        for stroke in chained(points, depth):
            rows = np.clip(stroke[:, 1].round().astype(int), 0, len(ys) - 1)
            bright = shine[rows, stroke[:, 0].astype(int)]
            keep = tone(number, bright)
            at = np.c_[xs[0] + stroke[:, 0] * CELL, ys[0] + stroke[:, 1] * CELL]
            lines += runs(at, keep)
    return lines


def tone(number: int, bright: np.ndarray) -> np.ndarray:
    """Every fourth line always, its neighbours by and by where it is darker."""
    limit = {0: 2.0, 2: 1.25 * PARAMS["lit"] + 0.1}.get(number % 4, PARAMS["lit"] - 0.55)
    return np.nan_to_num(bright, nan=1.0) < limit


def runs(points: np.ndarray, keep: np.ndarray) -> list[np.ndarray]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], keep, [False]])))
    pieces = [points[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [piece for piece in pieces if len(piece) > 4]


def join(lines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Grafix wants one table of points and the row at which each line begins."""
    sizes = [len(line) for line in lines]
    coords = np.zeros((sum(sizes), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *sizes]).astype(np.int32)


def ground() -> list[np.ndarray]:
    """The floor: level strokes, shorter and farther apart downwards."""
    lines = []
    for ring in range(PARAMS["rings"]):
        y = GROUND + (1.6 + 1.5 * ring + 0.35 * ring**2) * U
        half = 0.43 * SIZE * (1 - 0.16 * ring)
        shift = MIRROR * 0.05 * SIZE * ring
        lines.append(np.array([(CENTRE + shift - half, y), (CENTRE + shift + half, y)]))
    return lines


@primitive
def seated_figure_lines(*, pen: str = "ink") -> tuple[np.ndarray, np.ndarray]:
    return join(sections() if pen == "ink" else ground())


def draw(t: float) -> list:
    colours = {"ink": (0.13, 0.11, 0.16), "vermilion": (0.8, 0.28, 0.17)}
    return [
        L(name=pen).layer(G.seated_figure_lines(pen=pen), color=colour, thickness=PEN)
        for pen, colour in colours.items()
    ]
