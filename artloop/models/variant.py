"""A concept and everything that was made of it."""

from __future__ import annotations

from typing import Literal

from artloop.models.base import Ident, Value
from artloop.models.brief import Heeded
from artloop.models.critique import Critique, Held, TestedCritique
from artloop.models.drawing import Answer, Concept, Drawing
from artloop.models.rendering import Rendering


class Decision(Value):
    """What a variant does next, and why."""

    move: Literal["draw", "rethink", "stop"]
    """`draw`: revise the best; `rethink`: begin again with a new concept; `stop`: make no more."""
    reason: str


class Iteration(Value):
    """One turn of the loop, as it ended."""

    number: int
    drawing: Drawing
    rendering: Rendering
    critique: TestedCritique | Critique | None = None
    repairs: int = 0
    decision: Decision | None = None
    """What led to it."""
    concept: Concept | None = None
    """The new concept it began with, if the variant was rethought."""
    answers: list[Answer] = []
    """What the artist said of its drawings, if they were asked, in their order."""

    @property
    def refused(self) -> bool:
        """Whether the artist did not want what it ended with; no critic is shown that."""
        return bool(self.answers) and not self.answers[-1].accepted

    @property
    def held(self) -> Held | None:
        """Whether its hypothesis came true, if the critic was asked."""
        return self.critique.hypothesis_held if isinstance(self.critique, TestedCritique) else None

    @property
    def score(self) -> float | None:
        """The critic's overall value, if it was shown to the critic."""
        return self.critique.overall if self.critique else None


VariantStatus = Literal[
    "running", "finished", "stalled", "dropped", "stopped", "failed", "interrupted", "timed_out", "budget"
]


class Variant(Value):
    """One concept and everything that was made of it."""

    id: Ident
    concept: Concept
    """The one it began with."""
    iterations: list[Iteration] = []
    status: VariantStatus = "running"
    failure: str | None = None
    outage: bool = False
    """True when it failed because the provider or the render server was down."""
    heeded: list[Heeded] = []
    """What the artist asked of it, in the order in which it took effect."""

    @property
    def pinned(self) -> bool:
        """Whether the artist wants it: it does not stall, and only what is pinned can win."""
        return any(one.request.what == "pin" for one in self.heeded)

    @property
    def incumbent(self) -> Iteration | None:
        """The best iteration so far: a later one must score more to take its place.

        Where no critic was asked at all, it is the last one that can be plotted.
        """
        seen = [iteration for iteration in self.iterations if iteration.score is not None]
        if seen:
            return max(seen, key=lambda iteration: (iteration.score, -iteration.number))
        return next((one for one in reversed(self.iterations) if one.rendering.plottable), None)

    @property
    def chapter(self) -> list[Iteration]:
        """The iterations since it was last rethought: those of its present concept."""
        begins = [place for place, one in enumerate(self.iterations) if one.concept]
        return self.iterations[begins[-1] :] if begins else self.iterations

    @property
    def stalled_for(self) -> int:
        """How many iterations of its present concept came after the incumbent."""
        best = self.incumbent
        after = len(self.iterations) if best is None else self.iterations[-1].number - best.number
        return min(after, len(self.chapter))

    def concept_of(self, number: int) -> Concept:
        """The concept an iteration was made after."""
        later = [one.concept for one in self.iterations if one.concept and one.number <= number]
        return later[-1] if later else self.concept
