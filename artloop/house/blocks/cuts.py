"""Cuts through the whole sheet."""

from __future__ import annotations

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
