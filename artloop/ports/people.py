"""The artist: what they ask of a run that goes on, and what they are asked."""

from __future__ import annotations

from typing import Protocol

from artloop.models import Answer, Ident, Rendering, Request, Value
from artloop.ports.steps import Step


class Hand(Protocol):
    """The artist's hand: what they ask of a run while it goes on."""

    def requests(self, before: Step) -> list[Request]:
        """Everything asked so far, oldest first; `before` is the step under which what takes effect is kept."""
        ...


class Question(Value):
    """A drawing the artist may be shown before it counts."""

    variant: Ident
    iteration: int
    attempt: int
    """Which drawing of the iteration, from 0."""
    source: str
    change: str
    hypothesis: str
    diff: str
    """Unified, of the source to its parent's."""
    rendering: Rendering
    final: bool
    """Whether the iteration ends with it, unless it is refused."""
    redraws: int
    """How often it can still be drawn again."""


class Confirm(Protocol):
    """The artist, who is asked before a drawing counts."""

    def wants(self, step: Step, question: Question) -> bool:
        """Whether they want to be asked about it; the answer is kept under `step`."""
        ...

    async def ask(self, step: Step, question: Question) -> Answer:
        """What they say, however long they take."""
        ...
