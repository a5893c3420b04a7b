"""What the critic says."""

from __future__ import annotations

from typing import Literal

from artloop.models.base import Value


class Score(Value):
    """One criterion."""

    criterion: str
    value: float
    """0 (fails) to 10 (nothing to add)."""
    seen: str
    """What in the picture the value rests on."""


class Change(Value):
    """One thing to change, with a place and an amount."""

    place: str
    what: str
    amount: str


class Target(Value):
    """A measurable wish: a metric's name and the range it should fall in."""

    metric: str
    low: float
    high: float


class Critique(Value):
    """The critic's answer; it has seen the picture and the metrics, never the source."""

    first_seen: str
    """What a person would see first."""
    keep: str
    changes: list[Change]
    """At most three."""
    targets: list[Target]
    scores: list[Score]
    overall: float
    """0 to 10; orders the iterations of one variant, nothing else."""
    measured: bool
    """True when a heuristic wrote it, not an eye."""


Held = Literal["confirmed", "refuted", "unclear"]
Asks = Literal["amounts", "structure"]


class TestedCritique(Critique):
    """A critic's answer that also says whether what the drawing was meant to do came true."""

    __test__ = False
    hypothesis_held: Held


class GuidingCritique(TestedCritique):
    """A tested critique that also says whether a search for parameters could do what it asks."""

    asks: Asks
    """`amounts`: every change is more or less of what is there, and the targets measure it; `structure`: any other."""
