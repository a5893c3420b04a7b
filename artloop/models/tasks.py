"""What each part is told."""

from __future__ import annotations

from artloop.models.base import Ident, Value
from artloop.models.brief import Brief
from artloop.models.critique import Critique, GuidingCritique, Target, TestedCritique
from artloop.models.drawing import Concept, Drawing, Refusal
from artloop.models.rendering import Rendering
from artloop.models.tuning import Knob
from artloop.models.variant import Iteration, Move
from artloop.models.variety import Crossing


class ImagineTask(Value):
    """Everything the idea agent is told."""

    brief: Brief
    count: int


class DrawTask(Value):
    """Everything the implementer is told."""

    brief: Brief
    variant: Ident
    concept: Concept
    iteration: int
    history: list[Iteration] = []
    """Earlier iterations of this variant, oldest first."""
    incumbent: int | None = None
    """Number of the best of them."""
    broken: Drawing | None = None
    """The drawing to repair, in a repair turn."""
    complaint: str = ""
    """Why it must be repaired."""
    hint: str = ""
    refused: list[Refusal] = []
    """What the artist refused of this iteration, oldest first."""
    apart_from: str = ""
    """The sibling's drawing, as `v02/03`, that `broken` is too close to; empty: `broken` cannot be plotted."""
    lessons: list[str] = []
    """What critics said of an earlier concept of this variant, when its present one has no drawing yet."""
    marks: str = ""
    """Source of another variant's sketch whose marks the concept is to be drawn with; empty: it is no crossing."""
    memory: list[str] = []
    """What this variant has learned from its iterations, oldest first."""
    shared: list[str] = []
    """What the other variants have learned, oldest first."""
    notes: list[str] = []
    """What the artist said to this variant while the run went on, oldest first."""


class RethinkTask(Value):
    """What the idea agent is told about a variant that gets no better."""

    brief: Brief
    variant: Ident
    iteration: int
    concept: Concept
    """The one to leave."""
    history: list[Iteration]
    """The iterations made after it, oldest first."""
    siblings: list[Concept]
    """What the other variants began with."""
    notes: list[str] = []


class ReimagineTask(Value):
    """What the idea agent is told about a concept that is too close to another of the run."""

    brief: Brief
    variant: Ident
    concept: Concept
    near: Ident
    """The variant that has nearly the same one."""
    siblings: list[Concept]
    """The concepts of all others."""


class CrossTask(Value):
    """What the idea agent is told when a variant is to begin with the idea of one concept and the marks of another."""

    brief: Brief
    variant: Ident
    iteration: int
    crossing: Crossing
    siblings: list[Concept]
    """What the other variants began with."""
    notes: list[str] = []


class SteerTask(Value):
    """What the steer agent is told of a variant where the rules leave open what to do next."""

    brief: Brief
    variant: Ident
    iteration: int
    """The one to decide for."""
    concept: Concept
    history: list[Iteration]
    """The iterations of the present concept, oldest first."""
    incumbent: int | None
    """Number of the best of them."""
    moves: list[Move]
    """Those it may choose from."""
    wishes: list[Target] = []
    """What the critic would have the best measure and it does not."""
    knobs: list[Knob] = []
    """The parameters of the best that can be searched, as they stand, with their ranges."""
    notes: list[str] = []


class CritiqueTask(Value):
    """What the critic is told: picture and measures, neither source nor lineage."""

    brief: Brief
    variant: Ident
    concept: Concept
    iteration: int
    rendering: Rendering
    hypothesis: str = ""
    """What the drawing is meant to do, to be confirmed or refuted; empty: nothing is asked."""
    notes: list[str] = []
    """What the artist said to this variant while the run went on, oldest first."""

    @property
    def form(self) -> type[Critique]:
        """What the answer must say; a run that has no use for an answer does not ask for it."""
        if self.brief.tune_renders:
            return GuidingCritique
        return TestedCritique if self.hypothesis else Critique


class Candidate(Value):
    """A finished drawing that is up for choice."""

    variant: Ident
    iteration: int
    title: str
    rendering: Rendering
    score: float


class DescribeTask(Value):
    """One picture, alone."""

    brief: Brief
    candidate: Candidate


class PickTask(Value):
    """All finished pictures, to be seen together once."""

    brief: Brief
    candidates: list[Candidate]


class ChooseTask(Value):
    """Two pictures in one order."""

    brief: Brief
    first: Candidate
    second: Candidate
    first_alone: str = ""
    """What the judge said of the first when it saw it alone; empty: it did not."""
    second_alone: str = ""
