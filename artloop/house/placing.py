"""Which structural moves a drawing can take, and where on it they belong: judged by looking at its picture."""

from __future__ import annotations

import random

import numpy as np

from artloop.house import moves
from artloop.house.look import Bools, Floats, Sight
from artloop.house.moves import Move
from artloop.house.repertoire import read_declared
from artloop.house.words import Meaning, stem, tokens
from artloop.models import Canvas, Metrics, Params

GOLDEN = ((0.382, 0.382), (0.618, 0.382), (0.382, 0.618), (0.618, 0.618))
FIELD = 0.62
"""A drawing that covers more of its frame than this is a field, less a figure."""
QUIET_VOICE = 0.05
"""Coloured share of the ink below which a second pen is free for more."""
FIGURE_AIR = 0.06
"""How much of a disc beside a figure may be drawn on."""


def suits(move: Move, source: str, sight: Sight | None, metrics: Metrics | None) -> bool:
    """Whether the drawing has what the move needs, leaving its place aside."""
    known = read_declared(source)
    tags = {stem(word) for tag in known.tags for word in tokens(tag)}
    if not moves.allowed(source, move) or tags & set(map(stem, move.not_for)):
        return False
    if metrics and metrics.spacing_p05_mm < move.min_spacing_mm:
        return False
    if sight is None:
        return not move.field and move.placement == "none"
    if move.one_voice and sight.accent > QUIET_VOICE:
        return False
    return sight.fill >= FIELD or not move.field


def settings(move: Move, sight: Sight | None, canvas: Canvas, about: Meaning, rng: random.Random) -> Params | None:
    """Values for the move's parameters; None when the drawing offers no place for it."""
    values = {name: _varied(value, move.ranges[name], rng) for name, value in move.params.items()}
    if "sun_phase" in values:
        values["sun_phase"] = 0.62 if "night" in about.ideas else 0.0
    if move.placement == "none" or sight is None:
        return values
    radius = float(values[f"{move.name}_mm"]) * min(canvas.size) / 148
    spot = place(move, sight, canvas, radius)
    if spot is None:
        return None
    x, y = spot
    return {**values, f"{move.name}_x": round(x, 3), f"{move.name}_y": round(y, 3)}


def place(move: Move, sight: Sight, canvas: Canvas, radius: float) -> tuple[float, float] | None:
    """Where a disc of that radius belongs, as shares of the sheet."""
    covered = sight.within(sight.drawn.astype(float), radius)
    darkness = sight.within(sight.ink, radius)
    rows, columns = covered.shape
    y, x = np.mgrid[0:rows, 0:columns]
    u, v = (x + 0.5) / columns, (y + 0.5) / rows
    golden = np.min([np.hypot(u - a, (v - b) * 0.8) for a, b in GOLDEN], axis=0)
    middle = np.hypot(u - 0.5, v - 0.5)
    dark = darkness / (darkness.max() + 1e-9)
    voices = sight.within(sight.colour, radius)
    apart = voices / (voices.max() + 1e-9)
    if move.placement == "centre":
        fits, worth = covered >= move.fill, covered - 2.0 * middle
    elif move.placement == "dark":
        fits, worth = covered >= move.fill, dark - 1.2 * golden - 0.4 * apart
    elif sight.fill < FIELD and move.fill == 0.0:
        fits, worth = covered <= FIGURE_AIR, -2.0 * golden - 0.6 * v - 0.5 * dark
    else:
        fits, worth = covered >= max(move.fill, 0.75), covered - 1.5 * golden + 0.3 * middle - 0.5 * apart
    fits &= _on_sheet(u, v, move, canvas, radius)
    if not fits.any():
        return None
    row, column = np.unravel_index(int(np.argmax(np.where(fits, worth, -np.inf))), worth.shape)
    return float(u[row, column]), float(v[row, column])


def _on_sheet(u: Floats, v: Floats, move: Move, canvas: Canvas, radius: float) -> Bools:
    """Within the move's own range and with a margin of a twelfth of the short side."""
    reach = radius + min(canvas.size) / 12
    inside = (u * canvas.width_mm > reach) & ((1 - u) * canvas.width_mm > reach)
    inside &= (v * canvas.height_mm > reach) & ((1 - v) * canvas.height_mm > reach)
    for axis, share in (("x", u), ("y", v)):
        low, high = move.ranges[f"{move.name}_{axis}"]
        inside &= (share >= low) & (share <= high)
    return np.asarray(inside)


def _varied(value: float, span: tuple[float, float], rng: random.Random) -> float:
    """A value near the move's own; a small choice is drawn freely, and what has two signs gets either."""
    low, high = span
    if isinstance(value, int):
        free = high - low <= 1 or high - low > 9
        return rng.randint(int(low), int(high)) if free else min(int(high), max(int(low), value + rng.randint(-1, 1)))
    if low == -high and rng.random() < 0.5:
        value = -value
    return round(min(high, max(low, value + rng.uniform(-0.18, 0.18) * (high - low))), 2)
