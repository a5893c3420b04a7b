"""Comparisons of drawings and the ranking they lead to."""

from __future__ import annotations

from typing import Literal

from artloop.models.base import Ident, Value
from artloop.models.critique import Critique
from artloop.models.variety import Spread


class Description(Value):
    """What the judge sees in one picture, before it knows of any other."""

    text: str


class Verdict(Value):
    """The judge's answer on two pictures."""

    first_alone: str
    """The first picture described by itself."""
    second_alone: str
    winner: Literal["first", "second", "tie"]
    reason: str


class Pick(Value):
    """The judge's answer on several pictures, seen together once."""

    winner: str
    """The variant whose picture it is."""
    reason: str
    critique: Critique
    """Of the winner: what to keep, and what to fix."""


class Comparison(Value):
    """A pair judged in both orders; two different winners are a tie."""

    left: Ident
    right: Ident
    winner: Ident | None
    reasons: list[str]
    agreed: bool
    """Whether both orders said the same."""


class Challenge(Value):
    """Whether a drawing took the place of its variant's best until then."""

    against: int
    """The iteration that was the best."""
    won: bool
    comparison: Comparison | None = None
    """What the judge said in both orders; None: it gave no verdict, and the critic's score decided."""
    reason: str


class Standing(Value):
    """A variant's place in the ranking."""

    variant: Ident
    iteration: int
    points: float
    """A won pair counts 1, a tie 0.5."""
    score: float
    strength: float | None = None
    """Log-odds against an average candidate: Bradley and Terry's model, fitted to the pairs. None: nothing judged."""
    low: float | None = None
    """Where the 90 % bootstrap interval of `strength` begins."""
    high: float | None = None
    first: float | None = None
    """Share of the bootstrap's refits in which it is ahead of all others."""


class Selection(Value):
    """The winner and how it was found."""

    winner: Ident | None
    ranking: list[Standing] = []
    comparisons: list[Comparison] = []
    judge: str = ""
    measured: bool = True
    """True when a heuristic judged, not an eye."""
    unpaid: bool = False
    """True when the budget did not reach for the judge: ranked by the critic's scores."""
    rounds: int = 0
    """1: every pair was judged; more: Swiss rounds between neighbours in the ranking; 0: not recorded."""
    calls: int = 0
    """Answers the judge was asked for: two verdicts a pair, and a description a picture where an eye judges."""
    reason: str = ""
    """Why, where all pictures were seen together once; empty: they were compared in pairs."""
    flip_rate: float | None = None
    """Share of the pairs in which the two orders said different things; None: nothing judged, or not recorded."""
    spread: Spread | None = None
    """How far apart the finished drawings are; None: fewer than two, or not recorded."""
