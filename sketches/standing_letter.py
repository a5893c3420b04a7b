"""Standing letter: a letter as tall as a house, told by no outline, and its shadow along the ground.

Ground is level lines; where the letter stands they stop and slanting ones begin, closer together.
The shadow is the same letter laid down; in it the ground's lines stand three times as close. The
second pen draws the sun that throws it.
"""

import numpy as np
from grafix import E, G, L, effect, primitive

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "letter": 0,
    "height": 0.5,
    "ground_mm": 1.9,
    "slant_deg": 62.0,
    "face_mm": 0.75,
    "fall": 0.55,
    "lean": 0.4,
    "horizon": 0.44,
}
RANGES = {
    "letter": (0, 11),
    "height": (0.4, 0.56),
    "ground_mm": (1.5, 2.6),
    "slant_deg": (48.0, 75.0),
    "face_mm": (0.6, 1.1),
    "fall": (0.35, 0.7),
    "lean": (0.15, 0.55),
    "horizon": (0.38, 0.5),
}
TAGS = (
    "letter", "type", "typography", "word", "alphabet", "monument", "shadow", "light", "language",
    "noon", "silence", "sign", "book", "name", "order", "hatching",
)  # fmt: skip

W, H = CANVAS
U = min(W, H) / 148
PEN = 2 * PEN_MM / min(W, H)
MARGIN = 13 * U
RNG = np.random.default_rng(SEED)
LETTER = "agSB?Ge258Jh"[PARAMS["letter"]]  # those whose outlines in the font do not overlap
SIDE = float(RNG.choice((-1, 1)))
HORIZON = PARAMS["horizon"] * H
FLOOR = H - MARGIN
FOOT = HORIZON + 0.36 * (FLOOR - HORIZON)
TALL = min(PARAMS["height"] * H, FOOT - MARGIN - 2 * U)
FONT = "GoogleSans-Bold.ttf"


@effect
def standing_letter_placed(
    g: tuple[np.ndarray, np.ndarray], *, flat: float = 0.0, lean: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """The letter with its feet on the ground; `flat` lays it towards us, `lean` shears what is laid."""
    coords, offsets = g
    box = coords.min(0), coords.max(0)
    wide, high = (box[1] - box[0])[:2]
    scale = min(TALL / high, 0.54 * (W - 2 * MARGIN) / wide)
    x = (coords[:, 0] - (box[0][0] + box[1][0]) / 2) * scale
    up = (box[1][1] - coords[:, 1]) * scale
    centre = W / 2 - SIDE * 0.03 * W
    out = np.zeros_like(coords)
    out[:, 0] = centre + x + SIDE * lean * up
    out[:, 1] = FOOT + flat * up if flat else FOOT - up
    return out.astype(np.float32), offsets


def letter() -> object:
    # Far from the sheet's edge, and large: it is measured and placed afterwards.
    return G.text(text=LETTER, font=FONT, quality=0.9, center=(100.0, 100.0, 0.0), scale=100.0)


def ground(between: bool) -> list[np.ndarray]:
    """Level lines that part towards us, or the ones halfway between them."""
    step, y, levels = PARAMS["ground_mm"] * U, HORIZON, []
    while y < FLOOR:
        levels.append(y)
        y += step * (0.5 + 1.0 * (y - HORIZON) / (FLOOR - HORIZON))
    levels = np.array(levels)
    if between:
        thirds = np.diff(levels)[:, None] * np.array([1, 2]) / 3
        levels = (levels[:-1, None] + thirds).ravel()
    return [np.array([(MARGIN, y), (W - MARGIN, y)]) for y in levels]


def face() -> list[np.ndarray]:
    """Slanting lines over the whole sheet, to be cut to the letter."""
    angle = np.radians(PARAMS["slant_deg"])
    way = np.array([np.cos(angle) * SIDE, -np.sin(angle)])
    normal = np.array([-way[1], way[0]])
    reach, centre = np.hypot(W, H) / 2, np.array([W / 2, H / 2])
    steps = np.arange(-reach, reach, PARAMS["face_mm"] * U)
    return [np.array([centre + s * normal - reach * way, centre + s * normal + reach * way]) for s in steps]


def sun() -> list[np.ndarray]:
    """A low disc of level strokes, on the side the shadow falls away from."""
    radius, x, y = 6.5 * U, W / 2 + SIDE * 0.38 * (W - 2 * MARGIN), MARGIN + 12 * U
    rows = np.arange(-radius + 0.3 * U, radius, 0.6 * U)
    return [np.array([(x - h, y + r), (x + h, y + r)]) for r in rows if (h := np.sqrt(radius**2 - r**2)) > 0.5 * U]


def join(lines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Grafix wants one table of points and the row at which each line begins."""
    sizes = [len(line) for line in lines]
    coords = np.zeros((sum(sizes), 3), np.float32)
    coords[:, :2] = np.concatenate(lines)
    return coords, np.cumsum([0, *sizes]).astype(np.int32)


PARTS = {"ground": ground(False), "between": ground(True), "face": face(), "sun": sun()}


@primitive
def standing_letter_lines(*, part: str = "ground") -> tuple[np.ndarray, np.ndarray]:
    return join(PARTS[part])


@primitive
def standing_letter_sheet() -> tuple[np.ndarray, np.ndarray]:
    """The part of the sheet that may carry a shadow."""
    corners = [(MARGIN, HORIZON), (W - MARGIN, HORIZON), (W - MARGIN, FLOOR), (MARGIN, FLOOR), (MARGIN, HORIZON)]
    return join([np.array(corners)])


def draw(t: float) -> list:
    up = E.standing_letter_placed()(letter())
    laid = E.standing_letter_placed(flat=PARAMS["fall"], lean=-PARAMS["lean"])(letter())
    ground_lines = E.clip(mode="outside")(G.standing_letter_lines(part="ground"), up)
    shade = E.clip(mode="inside")(G.standing_letter_lines(part="between"), laid)
    shade = E.clip(mode="outside")(E.clip(mode="inside")(shade, G.standing_letter_sheet()), up)
    face_lines = E.clip(mode="inside")(G.standing_letter_lines(part="face"), up)
    ink = E.drop(min_length=0.7)(ground_lines + shade + face_lines)
    return [
        L(name="ink").layer(ink, color=(0.1, 0.12, 0.17), thickness=PEN),
        L(name="vermilion").layer(G.standing_letter_lines(part="sun"), color=(0.82, 0.28, 0.14), thickness=PEN),
    ]
