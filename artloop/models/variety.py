"""How different the concepts and drawings of a run are."""

from __future__ import annotations

from artloop.models.base import Ident, Value


class Nearness(Value):
    """What came of comparing a new concept or drawing with those of its siblings that were there by then."""

    nearest: str = ""
    """`v02/03` of a drawing, `v02` of a concept; empty: there was none."""
    distance: float | None = None
    """0 the same to 1 nothing in common."""
    too_close: bool = False


class Spread(Value):
    """How far apart the finished drawings of a run are, by their lines: 0 the same to 1 nothing in common."""

    mean: float
    """Of all pairs."""
    least: float
    pair: tuple[Ident, Ident]
    """The two that are least apart."""
