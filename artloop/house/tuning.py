"""One parameter of a sketch moved within its range: which, which way and how far, from wishes and from history."""

from __future__ import annotations

import random

from artloop.house.repertoire import read_declared
from artloop.models import Metrics, Number, Params, Target, Value
from artloop.source import Declared

GAPS = ("spacing", "gap", "pitch", "hatch", "step", "air", "open", "core")
COUNTS = (
    *("count", "rings", "limbs", "lines", "rows", "columns", "levels", "density", "number", "steps"),
    *("stars", "figures", "milky_way", "reeds", "grass", "stems", "boats", "stones", "vessels"),
)
MOVEMENT = (
    *("swell", "wind", "eddy", "jitter", "lean", "slope", "drift", "disorder", "shift", "bend", "wave", "twist"),
    *("curl", "swirl", "noise", "chaos", "spread", "tilt", "wobble", "slip", "turn", "warp", "ripe", "break", "fall"),
)
STEP_LOW, STEP_HIGH = 0.18, 0.42
"""Share of the range that one move covers."""


Way = tuple[str, bool]
"""A parameter's name, and whether it grew."""


class Shift(Value):
    """A parameter's way from one value to another."""

    name: str
    before: Number
    after: Number

    @property
    def up(self) -> bool:
        """Whether it grew."""
        return self.after > self.before

    def __str__(self) -> str:
        return f"{self.name} {self.before:g} to {self.after:g}"


def shifted(known: Declared, name: str, amount: float) -> Shift | None:
    """The parameter moved by a share of its range, kept within it; None if it cannot move."""
    low, high = known.ranges[name]
    before = known.params[name]
    whole = isinstance(before, int) and not isinstance(before, bool)
    reach = amount * (high - low)
    if whole and abs(reach) < 1:
        reach = 1 if reach > 0 else -1
    after = min(high, max(low, before + reach))
    after = round(after) if whole else round(after, 3) + 0.0  # never minus zero
    return Shift(name=name, before=before, after=after) if after != before else None


def values(shifts: list[Shift]) -> Params:
    """Where the parameters have come to."""
    return {shift.name: shift.after for shift in shifts}


def wished(name: str, metrics: Metrics | None, targets: list[Target]) -> float:
    """Which way the critic's targets would have this parameter go: negative less, positive more, 0 no opinion."""
    opinion = 0.0
    for target in targets:
        now = getattr(metrics, target.metric, None)
        if not isinstance(now, int | float) or target.low <= now <= target.high:
            continue
        more = 1.0 if now < target.low else -1.0
        opinion += more * _effect(name, target.metric)
    return opinion


def _effect(name: str, metric: str) -> float:
    """Whether more of a parameter means more of a measure, as far as its name tells."""
    if metric in ("ink_coverage", "strokes", "density_entropy"):
        return -1.0 if _like(name, GAPS) else 1.0 if _like(name, COUNTS) else 0.4 if name.endswith("_mm") else 0.0
    if metric == "orientation_entropy":
        return 1.0 if _like(name, MOVEMENT) else 0.0
    if metric == "margin_min_mm":
        return -0.5 if name.endswith("_mm") and not _like(name, GAPS) else 0.0
    return 0.0


def is_movement(name: str) -> bool:
    """Whether the parameter's name speaks of movement rather than of size or number."""
    return _like(name, MOVEMENT)


def _like(name: str, known: tuple[str, ...]) -> bool:
    return any(word in name for word in known)


def options(
    source: str, metrics: Metrics | None, targets: list[Target], lessons: dict[Way, bool], rng: random.Random
) -> list[Shift]:
    """All single moves worth trying, best first: what the critic wants, what has helped before, then chance.

    `lessons` says of a way whether it helped; a way that did not, and the way back from one that did, are left out.
    """
    known = read_declared(source)
    ranked: list[tuple[float, Shift]] = []
    for name in known.movable:
        wish = wished(name, metrics, targets)
        for up in (True, False):
            sign = 1 if up else -1
            shift = shifted(known, name, sign * rng.uniform(STEP_LOW, STEP_HIGH))
            worth = 1.5 * wish * sign + rng.random() + 0.8 * lessons.get((name, up), False)
            if shift and lessons.get((name, up), True) and not lessons.get((name, not up), False):
                ranked.append((worth, shift))
    return [shift for _, shift in sorted(ranked, key=lambda pair: -pair[0])]


def way_between(old: str, new: str) -> Way | None:
    """The one parameter that differs between two sources, and whether it grew; None for no or several differences."""
    before, after = read_declared(old).params, read_declared(new).params
    changed = [name for name in before if name in after and before[name] != after[name]]
    if len(changed) != 1 or set(before) != set(after):
        return None
    return changed[0], after[changed[0]] > before[changed[0]]
