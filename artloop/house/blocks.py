"""What structural moves append to a sketch: plain Grafix code that wraps the `draw` above it. Text, never run here."""

from __future__ import annotations

TOOLS = '''

# house: tools
import dataclasses

import grafix
import numpy as np

HOUSE_ACCENT = (0.8, 0.27, 0.14)


def house_layers(scene):
    """All layers of a scene in drawing order."""
    if isinstance(scene, (list, tuple)):
        return [layer for item in scene for layer in house_layers(item)]
    return [scene] if hasattr(scene, "geometry") else grafix.L(name="ink").layer(scene)


def house_with(layer, part, geometry, pen=None):
    """The layer with other lines, and drawn with the pen of another layer if one is given."""
    kept = {"geometry": geometry, "site_id": f"{layer.site_id}/{part}"}
    style = {} if pen is None else {"color": pen.color, "name": pen.name, "thickness": pen.thickness}
    return dataclasses.replace(layer, **kept, **style)


def house_second_pen(layers):
    """The sketch's own second pen, or vermilion if it has but one."""
    others = [layer for layer in layers if layer.color != layers[0].color]
    return others[-1] if others else dataclasses.replace(layers[0], color=HOUSE_ACCENT, name="vermilion")


def house_u():
    """Millimetres on A5, scaled to this sheet."""
    return min(CANVAS) / 148


def house_distance(kind, box, x, y):
    """Signed distance to a shape around (box[0], box[1]), negative inside; box[2:] are its half sizes."""
    u, v = x - box[0], y - box[1]
    if kind == "disc":
        return np.hypot(u, v) - box[2]
    if kind == "side":
        return u * box[2] + v * box[3]
    if kind == "arch":
        head = np.minimum(v + box[3] - box[2], 0)
        return np.maximum(np.hypot(u, head) - box[2], v - box[3])
    return np.maximum(np.abs(u) - box[2], np.abs(v) - box[3])


def house_fine(line, step):
    """The line with points at most `step` apart, and which of them are its own."""
    lengths = np.hypot(*np.diff(line, axis=0).T)
    counts = np.maximum(1, np.ceil(lengths / step)).astype(int)
    start = np.repeat(np.arange(len(counts)), counts)
    share = (np.arange(len(start)) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[start]
    points = line[start] + share[:, None] * np.diff(line, axis=0)[start]
    return np.r_[points, line[-1:]], np.r_[share == 0, True]


def house_pieces(line, depth):
    """The stretches of a line on which the signed distance `depth(x, y)` is negative."""
    points, own = house_fine(line, 0.4)
    away = depth(*points.T)
    keep = away < 0
    if keep.all() or not keep.any():
        return [line] if keep.all() else []
    flips = np.flatnonzero(keep[1:] != keep[:-1])
    share = away[flips] / (away[flips] - away[flips + 1])
    cuts = points[flips] + share[:, None] * (points[flips + 1] - points[flips])
    bounds, pieces = [0, *(flips + 1), len(points)], []
    for i, (a, b) in enumerate(zip(bounds[:-1], bounds[1:])):
        if keep[a]:
            inner = points[a:b][own[a:b]]
            pieces.append(np.r_[cuts[i - 1 : i] if i else cuts[:0], inner, cuts[i : i + 1]])
    if len(pieces) > 1 and keep[0] and keep[-1] and np.allclose(line[0], line[-1], atol=1e-3):
        pieces = [np.r_[pieces[-1], pieces[0][1:]], *pieces[1:-1]]
    return pieces


def house_apart(coords, offsets, kind, box):
    """Which lines lie clear of a shape's bounding box; none do of a half plane."""
    if kind == "side" or not len(coords):
        return np.zeros(len(offsets) - 1, bool)
    away = np.abs(coords[:, :2] - np.array(box[:2])) - np.array(box[2:])
    gap = np.array([away[a:b].min(axis=0) if b > a else (1, 1) for a, b in zip(offsets[:-1], offsets[1:])])
    side = np.sign(coords[:, :2] - np.array(box[:2]))
    same = np.array([(side[a:b] == side[a]).all(axis=0) for a, b in zip(offsets[:-1], offsets[1:])])
    return ((gap > 0) & same).any(axis=1)


@grafix.effect
def house_cut(g, *, kind="disc", box=(0.0, 0.0, 1.0, 1.0), inside=True, least=1.2):
    """Lines inside a shape, or outside of it, without stubs shorter than `least` at its edge."""
    coords, offsets = g
    sign, kept, apart = (1 if inside else -1), [], house_apart(coords, offsets, kind, box)
    for a, b, clear in zip(offsets[:-1], offsets[1:], apart):
        line = np.asarray(coords[a:b, :2], float)
        if len(line) < 2 or (clear and inside):
            continue
        pieces = [line] if clear else house_pieces(line, lambda x, y: sign * house_distance(kind, box, x, y))
        whole = len(pieces) == 1 and pieces[0] is line
        kept += [p for p in pieces if whole or np.hypot(*np.diff(p, axis=0).T).sum() >= least]
    out = np.zeros((sum(map(len, kept)), 3), np.float32)
    if kept:
        out[:, :2] = np.concatenate(kept)
    return out, np.cumsum([0, *map(len, kept)]).astype(np.int32)


def house_part(geometry, kind, box, inside=True):
    """`house_cut` on plain numbers."""
    box = tuple(float(value) for value in box)
    return grafix.E.house_cut(kind=kind, box=box, inside=inside, least=1.2 * house_u())(geometry)


def house_around(name, grow=0.0):
    """Centre and radius in mm of the disc that PARAMS describe under this name."""
    x, y = PARAMS[f"{name}_x"] * CANVAS[0], PARAMS[f"{name}_y"] * CANVAS[1]
    radius = PARAMS[f"{name}_mm"] * house_u() + grow * house_u()
    return (x, y, radius, radius)
'''

TURN = '''

# house: turn
def draw(t, before=draw):
    """A disc of the drawing is turned: the one place where its rule breaks."""
    layers, parts = house_layers(before(t)), []
    pivot = (*(float(value) for value in house_around("turn")[:2]), 0.0)
    turn = grafix.E.rotate(
        auto_center=False, pivot=pivot, rotation=(0.0, 0.0, float(PARAMS["turn_deg"]))
    )
    for layer in layers:
        rest = house_part(layer.geometry, "disc", house_around("turn", 0.7), inside=False)
        disc = turn(house_part(layer.geometry, "disc", house_around("turn", -0.7)))
        parts += [house_with(layer, "rest", rest), house_with(layer, "turned", disc)]
    return parts
'''

VOICE = '''

# house: voice
def draw(t, before=draw):
    """Within a disc the same lines are drawn with the second pen."""
    layers = house_layers(before(t))
    pen, ink, parts = house_second_pen(layers), layers[0].color, []
    for layer in layers:
        if layer.color != ink:
            parts.append(layer)
            continue
        rest = house_part(layer.geometry, "disc", house_around("voice", 0.4), inside=False)
        disc = house_part(layer.geometry, "disc", house_around("voice", -0.4))
        parts += [house_with(layer, "rest", rest), house_with(layer, "voice", disc, pen)]
    return parts
'''

SUN = '''

# house: sun
@grafix.primitive
def house_disc(*, x=0.0, y=0.0, radius=10.0, gap=0.7):
    """A disc of level lines that lie closer towards its foot."""
    rows = [radius - 0.35 * gap]
    while rows[-1] > -radius + gap:
        rows.append(rows[-1] - gap * (1.25 - 0.5 * rows[-1] / radius))
    half = np.sqrt(np.maximum(radius**2 - np.array(rows[:-1]) ** 2, 0))
    ends = np.stack([x - half, x + half], axis=1)
    ends[1::2] = ends[1::2, ::-1]
    coords = np.zeros((ends.size, 3), np.float32)
    coords[:, 0], coords[:, 1] = ends.ravel(), y + np.repeat(rows[:-1], 2)
    return coords, np.arange(0, len(coords) + 1, 2).astype(np.int32)


def draw(t, before=draw):
    """A disc in the second pen; the drawing keeps its distance from it."""
    layers = house_layers(before(t))
    x, y, radius, _ = (float(value) for value in house_around("sun"))
    disc = grafix.G.house_disc(x=x, y=y, radius=radius, gap=float(PARAMS["sun_gap_mm"] * house_u()))
    if PARAMS["sun_phase"] > 0:
        shade = radius * (2 - 2 * PARAMS["sun_phase"])
        disc = house_part(disc, "disc", (x - 0.8 * shade, y - 0.6 * shade, radius, radius), inside=False)
    air = house_around("sun", PARAMS["sun_air_mm"])
    parts = [house_with(layer, "rest", house_part(layer.geometry, "disc", air, False)) for layer in layers]
    return [*parts, house_with(layers[0], "sun", disc, house_second_pen(layers))]
'''

WINDOW = '''

# house: window
def draw(t, before=draw):
    """The drawing is seen through an opening with air around it."""
    u, head = house_u(), PARAMS["window_head"]
    half_width = CANVAS[0] / 2 - PARAMS["window_side_mm"] * u
    half_height = min(CANVAS[1] / 2 - PARAMS["window_side_mm"] * u, PARAMS["window_tall"] * half_width)
    middle = CANVAS[1] / 2 - head * (CANVAS[1] / 2 - half_height - 12 * u)
    box = (CANVAS[0] / 2, middle, half_width, half_height)
    kind = "arch" if PARAMS["window_round"] else "box"
    layers = house_layers(before(t))
    return [house_with(layer, "seen", house_part(layer.geometry, kind, box)) for layer in layers]
'''

MEDALLION = '''

# house: medallion
def draw(t, before=draw):
    """Only a disc of the drawing is left."""
    layers = house_layers(before(t))
    box = house_around("medallion")
    return [house_with(layer, "seen", house_part(layer.geometry, "disc", box)) for layer in layers]
'''

PANES = '''

# house: panes
def house_panes():
    """The panes of a window: (x, y, half width, half height) of each, row by row."""
    u, columns, rows = house_u(), int(PARAMS["panes_columns"]), int(PARAMS["panes_rows"])
    edge, gap = 13 * u, PARAMS["panes_gap_mm"] * u
    width = (CANVAS[0] - 2 * edge - gap * (columns - 1)) / columns
    height = (CANVAS[1] - 2 * edge - gap * (rows - 1)) / rows
    return [
        (edge + (c + 0.5) * width + c * gap, edge + (r + 0.5) * height + r * gap, width / 2, height / 2)
        for r in range(rows)
        for c in range(columns)
    ]


def draw(t, before=draw):
    """The drawing behind the panes of a window, one of them turned upside down."""
    layers, panes = house_layers(before(t)), house_panes()
    odd, parts = int(PARAMS["panes_odd"]) % len(panes), []
    for layer in layers:
        for number, pane in enumerate(panes):
            part = house_part(layer.geometry, "box", pane)
            if number == odd:
                pivot = (float(pane[0]), float(pane[1]), 0.0)
                part = grafix.E.rotate(auto_center=False, pivot=pivot, rotation=(0.0, 0.0, 180.0))(part)
            parts.append(house_with(layer, f"pane {number}", part))
    return parts
'''

SLIP = '''

# house: slip
def draw(t, before=draw):
    """The sheet is broken along a line, and one side has slipped."""
    layers, u = house_layers(before(t)), house_u()
    lean = np.deg2rad(PARAMS["slip_deg"])
    along, across = (np.cos(lean), np.sin(lean)), (-np.sin(lean), np.cos(lean))
    x, y = CANVAS[0] / 2, PARAMS["slip_y"] * CANVAS[1]
    sheet = (CANVAS[0] / 2, CANVAS[1] / 2, CANVAS[0] / 2 - 9 * u, CANVAS[1] / 2 - 9 * u)
    parts = []
    for layer in layers:
        for side in (-1, 1):
            edge = (x + side * 0.8 * u * across[0], y + side * 0.8 * u * across[1])
            half = house_part(layer.geometry, "side", (*edge, -side * across[0], -side * across[1]))
            shift = side * PARAMS["slip_mm"] * u / 2
            delta = (float(shift * along[0]), float(shift * along[1]), 0.0)
            moved = house_part(grafix.E.translate(delta=delta)(half), "box", sheet)
            parts.append(house_with(layer, f"side {side}", moved))
    return parts
'''

ECHO = '''

# house: echo
def draw(t, before=draw):
    """Within a disc the lines are heard twice, the second time turned a little and in the second pen."""
    layers = house_layers(before(t))
    pen, ink, parts = house_second_pen(layers), layers[0].color, []
    pivot = (*(float(value) for value in house_around("echo")[:2]), 0.0)
    turn = grafix.E.rotate(auto_center=False, pivot=pivot, rotation=(0.0, 0.0, float(PARAMS["echo_deg"])))
    for layer in layers:
        parts.append(layer)
        if layer.color == ink:
            again = house_part(turn(layer.geometry), "disc", house_around("echo"))
            parts.append(house_with(layer, "echo", again, pen))
    return parts
'''

CARD = '''

# house: card
def draw(t, before=draw):
    """Like a playing card: what lies above a slanting line is seen again below it, turned half round."""
    layers, u, parts = house_layers(before(t)), house_u(), []
    lean = np.deg2rad(PARAMS["card_deg"])
    across = (-np.sin(lean), np.cos(lean))
    x, y = CANVAS[0] / 2, CANVAS[1] / 2
    edge = (x - u * across[0], y - u * across[1], *across)
    pivot = (float(x), float(y), 0.0)
    turn = grafix.E.rotate(auto_center=False, pivot=pivot, rotation=(0.0, 0.0, 180.0))
    away = (0.0, float(-PARAMS["card_drop"] * CANVAS[1]), 0.0)
    for layer in layers:
        half = house_part(grafix.E.translate(delta=away)(layer.geometry), "side", edge)
        parts += [house_with(layer, "upper", half), house_with(layer, "lower", turn(half))]
    sheet = (x, y, x - 9 * u, y - 9 * u)
    return [house_with(part, "kept", house_part(part.geometry, "box", sheet)) for part in parts]
'''

SLATS = '''

# house: slats
def draw(t, before=draw):
    """Cut into upright slats that slip out of line, a little more with every slat."""
    layers, u, parts = house_layers(before(t)), house_u(), []
    count, edge = int(PARAMS["slats_count"]), 9 * u
    width = (CANVAS[0] - 2 * edge) / count
    sheet = (CANVAS[0] / 2, CANVAS[1] / 2, CANVAS[0] / 2 - edge, CANVAS[1] / 2 - edge)
    for layer in layers:
        for number in range(count):
            strip = (edge + (number + 0.5) * width, CANVAS[1] / 2, width / 2 - 0.5 * u, CANVAS[1])
            part = house_part(layer.geometry, "box", strip)
            order = number if PARAMS["slats_end"] > 0 else count - 1 - number
            slip = PARAMS["slats_mm"] * u * (order / (count - 1)) ** 1.5 * (-1) ** number
            moved = grafix.E.translate(delta=(0.0, float(slip), 0.0))(part)
            parts.append(house_with(layer, f"slat {number}", house_part(moved, "box", sheet)))
    return parts
'''

GLASS = '''

# house: glass
def draw(t, before=draw):
    """Within a disc the drawing is seen the other way round, as in a looking glass."""
    layers, parts = house_layers(before(t)), []
    pivot = (*(float(value) for value in house_around("glass")[:2]), 0.0)
    flip = grafix.E.scale(auto_center=False, pivot=pivot, scale=(-1.0, 1.0, 1.0))
    for layer in layers:
        rest = house_part(layer.geometry, "disc", house_around("glass", 0.7), inside=False)
        disc = house_part(flip(layer.geometry), "disc", house_around("glass", -0.7))
        parts += [house_with(layer, "rest", rest), house_with(layer, "glass", disc)]
    return parts
'''
