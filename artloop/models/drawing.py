"""What is imagined and drawn: concepts, sketches and edits of them."""

from __future__ import annotations

from typing import Literal

from artloop.models.base import Value


class Concept(Value):
    """One idea for a drawing."""

    title: str
    idea: str
    """What one sees, in two or three sentences."""
    focus: str
    """Where the eye should land."""
    technique: str
    """How lines make it: the drawing method."""
    pens: list[str]
    """Pen names, the main one first; one to three."""
    strategy: str
    """The creative strategy that sets this concept apart from its siblings."""
    study: str
    """Name of a sketch of the repertoire to start from; empty: start from nothing."""


class Concepts(Value):
    """The idea agent's answer: as many concepts as there are variants, all different."""

    concepts: list[Concept]


class Drawing(Value):
    """The implementer's answer: a whole sketch."""

    source: str
    """A complete Grafix program with `draw(t)`."""
    change: str
    """What was changed against the sketch before, in one sentence."""
    hypothesis: str
    """What the change should do to the picture; the next critique confirms or refutes it."""


class Answer(Value):
    """What the artist said of a drawing they were shown before it counts."""

    accepted: bool
    note: str = ""
    """What to do otherwise, if it is refused."""


class Refusal(Value):
    """A drawing that the artist refused."""

    drawing: Drawing
    note: str


class Edit(Value):
    """A model's answer as implementer: a whole sketch, or a patch of the one it was shown."""

    source: str
    """A complete Grafix program with `draw(t)`; empty when there is a patch."""
    patch: str
    """Hunks in the V4A form; empty when there is a source."""
    base: Literal["none", "best", "broken", "study"]
    """The sketch the patch is for; `none` when there is a source. What was refused counts as `broken`."""
    change: str
    hypothesis: str
