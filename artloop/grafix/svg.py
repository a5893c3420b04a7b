"""Our own SVG: millimetres, one named Inkscape layer per pen, the same bytes for the same strokes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

STROKES_PER_PATH = 200
"""One path element a stroke is slow to rasterise; one for all strokes is slow to edit."""
MICRONS = 1000
"""Coordinates are written to 0.001 mm."""
_DECIMALS = np.array([f"{n / MICRONS:.3f}".rstrip("0").rstrip(".")[1:] for n in range(MICRONS)], object)
_LAYER = re.compile(
    r'<g [^>]*?inkscape:label="(\d+) ([^"]*)"[^>]*? stroke="([^"]*)" stroke-width="([^"]*)"[^>]*>(.*?)</g>', re.S
)
_SIZE = re.compile(r'<svg [^>]*?viewBox="0 0 (\S+) ([^"\s]+)"')

Points = NDArray[np.float64]
Offsets = NDArray[np.int64]


@dataclass(frozen=True)
class Pen:
    """All strokes of one pen: `coords` (N, 2) in mm, stroke i being rows `offsets[i]` to `offsets[i + 1]`."""

    name: str
    color: str
    """#rrggbb"""
    width_mm: float
    coords: Points
    offsets: Offsets
    number: int = 0
    """In the plotter, from 1; 0: its place in the drawing."""


@dataclass(frozen=True)
class Drawing:
    """A sheet and what each pen draws on it, in plotting order."""

    canvas: tuple[float, float]
    pens: tuple[Pen, ...]

    @property
    def strokes(self) -> tuple[Points, Offsets]:
        """All pens' strokes in one table."""
        return joined(self.pens)


def joined(pens: Iterable[Pen]) -> tuple[Points, Offsets]:
    """Several pens' coords and offsets in one table."""
    coords, offsets, start = [np.zeros((0, 2))], [np.zeros(1, np.int64)], 0
    for pen in pens:
        coords.append(pen.coords)
        offsets.append(pen.offsets[1:] + start)
        start += len(pen.coords)
    return np.concatenate(coords), np.concatenate(offsets)


def merged(layers: Iterable[Pen]) -> tuple[Pen, ...]:
    """Layers of the same name, colour and width are one pen; pens come in order of first appearance.

    Coordinates are rounded to what the file will hold, and strokes of fewer than two points are dropped, so that
    measures of a drawing and of its file agree.
    """
    groups: dict[tuple[str, str, float, int], list[Pen]] = {}
    for layer in layers:
        groups.setdefault((layer.name, layer.color, layer.width_mm, layer.number), []).append(layer)
    pens = []
    for (name, color, width, number), group in groups.items():
        coords, offsets = _without_points(*joined(group))
        if len(coords):
            pens.append(Pen(name, color, width, np.rint(coords * MICRONS) / MICRONS, offsets, number))
    return tuple(pens)


def write(drawing: Drawing) -> str:
    """The drawing as SVG text."""
    width, height = (_number(side) for side in drawing.canvas)
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" '
        f'width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}">'
    )
    return "\n".join([head, *(_layer(place, pen) for place, pen in enumerate(drawing.pens, 1)), "</svg>"]) + "\n"


def read(text: str) -> Drawing:
    """Read what `write` wrote; a ValueError says what is missing in another program's SVG."""
    size = _SIZE.search(text)
    if not size:
        raise ValueError("it has no viewBox that starts at 0 0")
    layers = [
        Pen(unescape(name), color, float(width), *_strokes(body), int(number) if int(number) != place else 0)
        for place, (number, name, color, width, body) in enumerate(_LAYER.findall(text), 1)
    ]
    if not layers and "<path" in text:
        raise ValueError("its paths are not in layers of this server")
    return Drawing((float(size[1]), float(size[2])), tuple(layers))


def _layer(place: int, pen: Pen) -> str:
    label = quoteattr(f"{pen.number or place} {pen.name}", {'"': "&quot;"})
    head = (
        f'<g inkscape:groupmode="layer" inkscape:label={label} stroke="{pen.color}" '
        f'stroke-width="{_number(pen.width_mm)}" fill="none" stroke-linecap="round" stroke-linejoin="round">'
    )
    return "\n".join([head, *_paths(pen), "</g>"])


def _paths(pen: Pen) -> Iterator[str]:
    words = _words(pen.coords)
    bounds = pen.offsets.tolist()
    strokes = [f"M{' '.join(words[a:b])}" for a, b in pairwise(bounds)]
    for start in range(0, len(strokes), STROKES_PER_PATH):
        yield f'<path d="{"".join(strokes[start : start + STROKES_PER_PATH])}"/>'


def _words(coords: Points) -> list[str]:
    """`x,y` of every point; joining from two tables is ten times faster than formatting floats."""
    microns = np.rint(coords * MICRONS).astype(np.int64)
    whole, rest = np.divmod(np.abs(microns), MICRONS)
    table = np.array([str(number) for number in range(int(whole.max(initial=0)) + 1)], object)
    numbers = table[whole] + _DECIMALS[rest]
    negative = microns < 0
    numbers[negative] = "-" + numbers[negative]
    words: list[str] = (numbers[:, 0] + "," + numbers[:, 1]).tolist()
    return words


def _strokes(body: str) -> tuple[Points, Offsets]:
    strokes = [stroke for path in re.findall(r' d="M([^"]*)"', body) for stroke in path.split("M")]
    values = np.array(" ".join(strokes).replace(",", " ").split(), np.float64)
    if len(values) % 2 or not np.isfinite(values).all():
        raise ValueError("its paths are not plain strokes")
    counts = [stroke.count(",") for stroke in strokes]
    if sum(counts) * 2 != len(values):
        raise ValueError("its paths are not plain strokes")
    return values.reshape(-1, 2), np.cumsum([0, *counts])


def _without_points(coords: Points, offsets: Offsets) -> tuple[Points, Offsets]:
    counts = np.diff(offsets)
    keep = counts >= 2
    return coords[np.repeat(keep, counts)], np.concatenate([[0], np.cumsum(counts[keep])]).astype(np.int64)


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
