"""A search for parameters: what it is asked, tries and finds."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from artloop.models.base import Number, Params, Value
from artloop.models.critique import Target
from artloop.models.rendering import RenderRequest

TuneMethod = Literal["cma", "grid", "random"]


class Knob(Value):
    """A parameter to search, where to begin and within which bounds; its sketch's RANGES are never left."""

    name: str
    start: Number
    low: Number
    high: Number


class TuneTask(Value):
    """A sketch whose parameters are to be found, so that its drawing measures as wished."""

    request: RenderRequest
    """The sketch as it is rendered (seed, canvas, pen); its params are laid over the sketch's own as the start."""
    targets: list[Target]
    renders: int = Field(200, ge=2, le=10_000)
    """At most, the start included."""
    knobs: list[Knob] = []
    """The parameters to search; empty: all that the sketch gives RANGES for."""
    method: TuneMethod = "cma"
    seed: int = Field(0, ge=0, lt=2**32)
    """Of the search; the drawing's own stands in the request."""

    def of(self, source: str) -> RenderRequest:
        """How a sketch that was found is rendered: its literals are the parameters."""
        return self.request.model_copy(update={"source": source, "params": {}})


class Trial(Value):
    """One set of parameters, rendered and measured."""

    params: Params
    """Those that are searched."""
    loss: float
    """How far it is from what is wished; 0: every target and gate is met."""
    measured: dict[str, float] = {}
    """The metrics that have a target."""
    closed: list[str] = []
    """Names of the gates that are not open."""
    failure: str = ""
    """Why there is no drawing."""


class Tuned(Value):
    """What a search of a sketch's parameters came to."""

    source: str
    """The sketch with the best parameters as its literals; the sketch itself when nothing was better."""
    method: TuneMethod
    targets: list[Target]
    start: Trial
    best: Trial
    losses: list[float]
    """Of every render, the start first, in the order in which they were asked for."""
    ended: Literal["met", "renders", "exhausted"]
    """Exhausted: there is nothing left to try."""

    @property
    def met(self) -> bool:
        """Whether every target and gate is met."""
        return self.best.loss == 0

    @property
    def better(self) -> bool:
        """Whether it beats the start."""
        return self.best.loss < self.start.loss


class Search(Value):
    """What came of a tune step."""

    found: Tuned | None = None
    refused: str = ""
    """Why there was no search."""
