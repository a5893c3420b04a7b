"""Openings through which a drawing is seen."""

from __future__ import annotations

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
