"""A concept and everything that was made of it."""

from __future__ import annotations

from typing import Literal

from artloop.models.base import Ident, Value
from artloop.models.brief import Heeded
from artloop.models.choosing import Challenge
from artloop.models.critique import Critique, GuidingCritique, Held, TestedCritique
from artloop.models.drawing import Answer, Concept, Drawing
from artloop.models.rendering import Rendering
from artloop.models.tuning import Knob
from artloop.models.variety import Crossing

Move = Literal["draw", "tune", "rethink", "stop"]
"""`draw`: revise the best; `tune`: search its parameters; `rethink`: begin again with a new concept; `stop`: enough."""


class Decision(Value):
    """What a variant does next, and why."""

    move: Move | Literal["cross"]
    """`cross`: begin again with a crossed concept, which rounds and the artist decide."""
    reason: str
    knobs: list[Knob] = []
    """What to tune and how; empty: as the sketch declares."""


class Course(Value):
    """The steer agent's answer."""

    move: Move
    reason: str
    """In one sentence."""
    knobs: list[Knob]
    """For `tune`, the parameters to search; empty: all of them, as the sketch declares."""


class Iteration(Value):
    """One turn of the loop, as it ended."""

    number: int
    drawing: Drawing
    rendering: Rendering
    critique: GuidingCritique | TestedCritique | Critique | None = None
    repairs: int = 0
    decision: Decision | None = None
    """What led to it."""
    concept: Concept | None = None
    """The new concept it began with, if the variant was rethought or crossed."""
    crossing: Crossing | None = None
    """What it was crossed from, if it was."""
    apart_from: str = ""
    """The sibling's drawing that its first try was too close to; it was sent back for that."""
    lessons: list[str] = []
    """What it taught, in a sentence or two."""
    answers: list[Answer] = []
    """What the artist said of its drawings, if they were asked, in their order."""
    challenge: Challenge | None = None
    """Whether a judge put it in the place of the best until then; None: the critic's scores say which is the best."""

    @property
    def refused(self) -> bool:
        """Whether the artist did not want what it ended with; no critic is shown that."""
        return bool(self.answers) and not self.answers[-1].accepted

    @property
    def held(self) -> Held | None:
        """Whether its hypothesis came true, if the critic was asked."""
        told = bool(self.drawing.hypothesis)
        return self.critique.hypothesis_held if told and isinstance(self.critique, TestedCritique) else None

    @property
    def score(self) -> float | None:
        """The critic's overall value, if it was shown to the critic."""
        return self.critique.overall if self.critique else None

    def beats(self, best: Iteration) -> bool:
        """Whether it takes the place of the best: as the judge said if it was asked about these two, else by score."""
        told = self.challenge
        if told and (told.won or told.against == best.number):
            return told.won
        return (self.score or 0.0) > (best.score or 0.0)


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
    crossing: Crossing | None = None
    """What its next iteration begins with, if it is to be crossed."""
    turns: int | None = None
    """How many iterations it makes; None: as many as the brief says."""
    heeded: list[Heeded] = []
    """What the artist asked of it, in the order in which it took effect."""

    @property
    def pinned(self) -> bool:
        """Whether the artist wants it: it does not stall, and only what is pinned can win."""
        return any(one.request.what == "pin" for one in self.heeded)

    @property
    def incumbent(self) -> Iteration | None:
        """The best iteration so far: a later one must beat it to take its place.

        Where no critic was asked at all, it is the last one that can be plotted.
        """
        best: Iteration | None = None
        for one in self.iterations:
            if one.score is not None and (best is None or one.beats(best)):
                best = one
        drawn = (one for one in reversed(self.iterations) if one.rendering.plottable and not one.refused)
        return best or next(drawn, None)

    @property
    def chapter(self) -> list[Iteration]:
        """The iterations since it was last rethought: those of its present concept."""
        begins = [place for place, one in enumerate(self.iterations) if one.concept]
        return self.iterations[begins[-1] :] if begins else self.iterations

    @property
    def title(self) -> str:
        """Of the concept its best drawing was made after, else of the first."""
        return self.concept_of(best.number).title if (best := self.incumbent) else self.concept.title

    @property
    def crossed(self) -> Crossing | None:
        """What its present concept was crossed from, if it was."""
        return self.chapter[0].crossing if self.chapter else None

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
