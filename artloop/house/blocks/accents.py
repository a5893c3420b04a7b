"""Discs in which a drawing changes."""

from __future__ import annotations

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
