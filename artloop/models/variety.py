"""How different the concepts and drawings of a run are, and how new ones are bred from them."""

from __future__ import annotations

from artloop.models.base import Ident, Value
from artloop.models.drawing import Concept


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


class Lineage(Value):
    """Whose the parts of a crossing are."""

    concept_of: Ident
    marks_of: Ident
    iteration: int | None = None
    """Of the drawing the marks are taken from; None: it had none."""

    def __str__(self) -> str:
        """`concept of v01, marks of v03/02`."""
        return f"concept of {self.concept_of}, marks of {self.marks_of}" + (
            f"/{self.iteration:02d}" if self.iteration is not None else ""
        )


class Crossing(Value):
    """What a variant is to begin with: the concept of one, drawn with the marks of another."""

    lineage: Lineage
    concept: Concept
    """The one to keep the idea of."""
    marks: Concept
    """The one to take technique, study and pens of."""
    source: str = ""
    """The best sketch that was drawn after `marks`; empty: none was."""


class Bred(Value):
    """A variant that the artist bred while the run went on."""

    variant: Ident
    crossing: Crossing
    turns: int
    """How many iterations it makes."""


class Shared(Value):
    """What the variants learned in a round."""

    lessons: list[tuple[Ident, str]]
    """(variant, lesson), in the variants' order."""


class Restart(Value):
    """A variant that gives up its concept for a crossing of stronger ones."""

    variant: Ident
    crossing: Crossing


class Survival(Value):
    """What a round led to."""

    survivors: list[Ident] = []
    """The strongest, best first."""
    restarts: list[Restart] = []
