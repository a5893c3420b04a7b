"""A plot in several files: one for each pen, or for as much as a pen draws before it needs ink."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from artloop.errors import UsageError
from artloop.grafix.svg import Drawing, Pen, Points

PARTS_MAX = 500


@dataclass(frozen=True)
class Part:
    """What goes into one file."""

    drawing: Drawing
    pen: Pen | None = None
    """None: it has all of them."""
    number: int = 0
    """Among those of its pen, from 1; 0: it is the only one."""


def by_pen(drawing: Drawing) -> list[Part]:
    """A part for each pen, which keeps its number."""
    return [Part(replace(drawing, pens=(pen,)), pen) for pen in _numbered(drawing)]


def by_ink(drawing: Drawing, ink_mm: float) -> list[Part]:
    """Parts of one pen each that draw no more than that; strokes keep their order and are cut only if longer.

    Raises `UsageError` when that makes too many.
    """
    parts = [
        Part(replace(drawing, pens=(_of(pen, strokes),)), pen, number)
        for pen in _numbered(drawing)
        for number, strokes in enumerate(_portions(pen, ink_mm), 1)
    ]
    if len(parts) > PARTS_MAX:
        raise UsageError(f"{ink_mm / 1000:g} m of ink a file makes {len(parts)} files; {PARTS_MAX} is the limit")
    return parts


def _numbered(drawing: Drawing) -> list[Pen]:
    return [replace(pen, number=pen.number or place) for place, pen in enumerate(drawing.pens, 1)]


def _portions(pen: Pen, ink_mm: float) -> Iterator[list[Points]]:
    portion, used = list[Points](), 0.0
    for start, end in pairwise(pen.offsets.tolist()):
        for piece in _cut(pen.coords[start:end], ink_mm):
            length = _length(piece)
            if portion and used + length > ink_mm:
                yield portion
                portion, used = [], 0.0
            portion.append(piece)
            used += length
    yield portion


def _cut(points: Points, most_mm: float) -> Iterator[Points]:
    """A stroke in pieces of at most that length, each beginning where the last one ended."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    pieces = max(1, int(np.ceil(along[-1] / most_mm - 1e-9)))
    bounds = np.linspace(0.0, along[-1], pieces + 1)
    if pieces == 1:
        yield points
        return
    for low, high in pairwise(bounds.tolist()):
        inside = points[(along > low) & (along < high)]
        yield np.concatenate([[_at(points, along, low)], inside, [_at(points, along, high)]])


def _at(points: Points, along: Points, mm: float) -> Points:
    return np.array([np.interp(mm, along, points[:, 0]), np.interp(mm, along, points[:, 1])])


def _length(points: Points) -> float:
    return float(np.hypot(*np.diff(points, axis=0).T).sum())


def _of(pen: Pen, strokes: list[Points]) -> Pen:
    offsets = np.cumsum([0, *map(len, strokes)]).astype(np.int64)
    return replace(pen, coords=np.concatenate(strokes), offsets=offsets)
