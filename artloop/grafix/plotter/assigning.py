"""Which pen draws which layer, where people say so: by a number of the plotter or a name of their set of pens."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import NamedTuple

from artloop.errors import UsageError
from artloop.grafix.pens import lent, with_pen
from artloop.grafix.svg import Drawing, Pen, joined
from artloop.models import PenSet, PlotterPen, Value

NUMBER_MAX = 99


class Assignment(Value):
    """A layer, by its name or number, and its pen, by its name or number."""

    layer: str
    pen: str

    @classmethod
    def parse(cls, text: str) -> Assignment:
        """Read `shade=2`. A ValueError says what is wrong."""
        layer, equals, pen = (part.strip() for part in text.rpartition("="))
        if not (layer and equals and pen):
            raise ValueError(f"{text!r} is not like LAYER=PEN, as in shade=2 or shade=blue")
        return cls(layer=layer, pen=pen)


class Assigned(NamedTuple):
    """A drawing whose layers have their pens, and what is to be said of some."""

    drawing: Drawing
    warnings: list[str]


def assigned(drawing: Drawing, assignments: tuple[Assignment, ...], pens: PenSet | None) -> Assigned:
    """Layers with the pens people said; others with the set's, where there is a set. One pen's layers become one.

    Raises `UsageError` for a layer or pen that is not there.
    """
    wanted = {_place(drawing, one.layer): one.pen for one in assignments}
    layers, warnings = [], list[str]()
    for place, layer in enumerate(drawing.pens):
        if place in wanted:
            layers.append(_given(layer, wanted[place], pens))
        elif pens:
            loan = lent([layer], pens)
            layers += loan.layers
            warnings += loan.strange
        else:
            layers.append(layer)
    if assignments or pens:
        layers = _grouped(_numbered(layers))
    return Assigned(replace(drawing, pens=tuple(layers)), warnings)


def layer_named(drawing: Drawing, name: str) -> list[int]:
    """Places of the layers of that name, or of that number. Raises `UsageError` when there are none."""
    found = [place for place, pen in enumerate(drawing.pens) if pen.name.casefold() == name.casefold()]
    if not found and name.isdecimal() and 1 <= int(name) <= len(drawing.pens):
        found = [int(name) - 1]
    if not found:
        known = ", ".join(f"{place} {pen.name}" for place, pen in enumerate(drawing.pens, 1))
        raise UsageError(f"the drawing has no layer {name!r}; it has {known}")
    return found


def _place(drawing: Drawing, name: str) -> int:
    found = layer_named(drawing, name)
    if len(found) > 1:
        numbers = ", ".join(str(place + 1) for place in found)
        raise UsageError(f"{len(found)} layers are called {name!r}; give a number: {numbers}")
    return found[0]


def _given(layer: Pen, pen: str, pens: PenSet | None) -> Pen:
    if pen.isdecimal():
        number = int(pen)
        if not 1 <= number <= NUMBER_MAX:
            raise UsageError(
                f"pen {pen} of layer {layer.name!r} is impossible; pens have numbers from 1 to {NUMBER_MAX}"
            )
        return (
            with_pen(layer, pens.pens[number - 1], pens)
            if pens and number <= len(pens.pens)
            else replace(layer, number=number)
        )
    return with_pen(layer, _of_set(pen, pens), pens) if pens else replace(layer, name=pen)


def _of_set(name: str, pens: PenSet) -> PlotterPen:
    for pen in pens.pens:
        if pen.name.casefold() == name.casefold():
            return pen
    names = [pen.name for pen in pens.pens]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0)[0]
    raise UsageError(f"the pens {pens.name} have no {name!r}; they are {', '.join(names)} (did you mean {near}?)")


def _numbered(layers: list[Pen]) -> list[Pen]:
    """Those without a number get the lowest that nobody has; layers of one name, colour and width the same one."""
    taken = {layer.number for layer in layers if layer.number}
    known: dict[tuple[str, str, float], int] = {}
    made = []
    for layer in layers:
        key = (layer.name, layer.color, layer.width_mm)
        if not layer.number and key not in known:
            known[key] = next(number for number in range(1, len(taken) + 2) if number not in taken)
            taken.add(known[key])
        made.append(replace(layer, number=layer.number or known[key]))
    return made


def _grouped(layers: list[Pen]) -> list[Pen]:
    """One layer a number, in the order of their first appearance, called after all that are in it."""
    groups: dict[int, list[Pen]] = {}
    for layer in layers:
        groups.setdefault(layer.number, []).append(layer)
    made = []
    for group in groups.values():
        coords, offsets = joined(group)
        name = ", ".join(dict.fromkeys(layer.name for layer in group))
        made.append(replace(group[0], name=name, coords=coords, offsets=offsets))
    return made
