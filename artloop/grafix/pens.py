"""Layers and the pens there are: each is drawn with the pen it is named after, else with the nearest in colour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from artloop.grafix.svg import Pen
from artloop.models import PenSet, PlotterPen

NEAR = 12.0
"""Colours this close in CIELAB are taken for the same ink, on a screen and on paper."""


class Lent(NamedTuple):
    """Layers with pens of a set, and what is to be said of those that had no pen there."""

    layers: list[Pen]
    strange: list[str]


def lent(layers: Iterable[Pen], pens: PenSet) -> Lent:
    """Each layer with the name, colour, width and number of a pen of the set."""
    made, strange = [], []
    for layer in layers:
        pen, same = pen_for(layer, pens)
        if not same:
            strange.append(f"layer {layer.name!r} ({layer.color}) is drawn with the pen nearest in colour, {pen.name}")
        made.append(with_pen(layer, pen, pens))
    return Lent(made, list(dict.fromkeys(strange)))


def with_pen(layer: Pen, pen: PlotterPen, pens: PenSet) -> Pen:
    """The layer as that pen draws it."""
    return replace(layer, name=pen.name, color=pen.color, width_mm=pen.width_mm, number=pens.pens.index(pen) + 1)


def pen_for(layer: Pen, pens: PenSet) -> tuple[PlotterPen, bool]:
    """The pen for a layer, and whether it is the one that was meant: by its name, or nearly by its colour."""
    for pen in pens.pens:
        if pen.name.casefold() == layer.name.casefold():
            return pen, True
    nearest = min(pens.pens, key=lambda pen: apart(pen.color, layer.color))
    return nearest, apart(nearest.color, layer.color) <= NEAR


def apart(one: str, other: str) -> float:
    """How different two colours #rrggbb look: CIE 1976 distance in CIELAB, black to white being 100."""
    return float(sum((a - b) ** 2 for a, b in zip(_lab(one), _lab(other), strict=True)) ** 0.5)


def _lab(color: str) -> tuple[float, float, float]:
    """sRGB to CIELAB under D65: IEC 61966-2-1 and CIE 15."""
    red, green, blue = (_linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    x = _curve((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505)
    y = _curve(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = _curve((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _curve(value: float) -> float:
    return value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116
