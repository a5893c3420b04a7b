"""What of a sketch can be searched: its PARAMS within its RANGES, seen as a cube with sides of length 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from artloop.errors import UsageError
from artloop.models import Knob as Wish
from artloop.models import Number, Params, TuneTask
from artloop.source import Declared, declared

DIGITS = 4
"""A range is read this finely: found values are short enough to stand in a sketch."""


@dataclass(frozen=True)
class Knob:
    """One parameter and its range."""

    name: str
    low: float
    high: float
    whole: bool

    @property
    def step(self) -> float:
        """Share of the range from one value to the next; 0: any value."""
        return 1 / (self.high - self.low) if self.whole else 0.0

    @property
    def values(self) -> int | None:
        """How many values there are, if they can be counted."""
        return round(self.high - self.low) + 1 if self.whole else None

    def at(self, share: float) -> Number:
        """The value at a share of the range."""
        value = self.low + min(max(share, 0.0), 1.0) * (self.high - self.low)
        if self.whole:
            return round(value)
        digits = DIGITS - 1 - math.floor(math.log10(self.high - self.low))
        return min(max(round(value, digits), self.low), self.high) + 0.0  # never minus zero

    def share(self, value: Number) -> float:
        """The share of the range at which a value lies; one beyond is taken to its end."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


@dataclass(frozen=True)
class Space:
    """The knobs of a sketch and where they stand at first."""

    knobs: tuple[Knob, ...]
    start: Params
    """As the sketch is rendered now."""
    begin: Params
    """Where the search sets out from."""

    def params(self, point: Sequence[float]) -> Params:
        """The values at a point of the cube."""
        return {knob.name: knob.at(float(share)) for knob, share in zip(self.knobs, point, strict=True)}

    def point(self, params: Params) -> list[float]:
        """The point of the cube nearest to these values."""
        return [knob.share(params[knob.name]) for knob in self.knobs]


def space_of(task: TuneTask) -> Space:
    """What can be searched. Raises `UsageError` that says what to add to a sketch without any."""
    try:
        known = declared(task.request.source)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise UsageError(f"the sketch cannot be read: {error}; mend it first") from error
    params = {**known.params, **{k: v for k, v in task.request.params.items() if k in known.params}}
    knobs = [_knob(name, known) for name in known.params if name in known.ranges]
    found = tuple(knob for knob in knobs if knob.low < knob.high)
    if not found:
        raise UsageError(_what_to_add(known))
    wanted = {one.name: one for one in task.knobs}
    if named := [knob for knob in found if knob.name in wanted]:
        within = [(narrowed(knob, wanted[knob.name]), wanted[knob.name].start) for knob in named]
        begin = {knob.name: knob.at(knob.share(start)) for knob, start in within}
        return Space(tuple(knob for knob, _ in within), {name: params[name] for name in begin}, begin)
    start = {knob.name: params[knob.name] for knob in found}
    return Space(found, start, start)


def narrowed(knob: Knob, wish: Wish) -> Knob:
    """The knob within the bounds that are wished, as far as its range has them; the whole range if that is none."""
    low, high = (min(max(end, knob.low), knob.high) for end in sorted((wish.low, wish.high)))
    if knob.whole:
        low, high = math.ceil(low), math.floor(high)
    return Knob(knob.name, low, high, knob.whole) if low < high else knob


def _knob(name: str, known: Declared) -> Knob:
    low, high = sorted(known.ranges[name])
    whole = isinstance(known.params[name], int)
    return Knob(name, math.ceil(low) if whole else low, math.floor(high) if whole else high, whole)


def _what_to_add(known: Declared) -> str:
    if not known.params:
        return (
            "the sketch declares no PARAMS, so there is nothing to search; give it what should vary, such as "
            'PARAMS = {"rings": 24} and RANGES = {"rings": (6, 60)}, and read PARAMS["rings"] where it draws'
        )
    wide = {name: (min(value / 2, value * 2), max(value / 2, value * 2)) for name, value in known.params.items()}
    pairs = ", ".join(f'"{name}": ({low:g}, {high or 1:g})' for name, (low, high) in list(wide.items())[:4])
    return (
        f"the sketch declares no RANGES for its PARAMS, so there is nothing to search; add, with your own limits, "
        f"RANGES = {{{pairs}}}"
    )
