"""What the flow works with, put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from artloop.events import Emit
from artloop.models import Concept, Critique, Place, Selection, Variant
from artloop.ports.artists import Artists
from artloop.ports.people import Confirm, Hand
from artloop.ports.renders import Distances, Render, SearchFor
from artloop.ports.steps import Recall, Steps, unknown


class Clock(Protocol):
    """Time, so that tests need not wait for it."""

    def now(self) -> float:
        """Seconds of a clock that never goes back."""
        ...

    def date(self) -> float:
        """Unix time."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Board(Protocol):
    """A hub's task board, as those who ask see it."""

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What a tool of the hub answers. Raises `ProviderError` when the hub is away, `UsageError` when it refuses."""
        ...


class Blobs(Protocol):
    """Files by the sha256 of their content, where every machine of a run finds them."""

    def put(self, content: bytes) -> str:
        """Keep a content unless it is there; returns its hash. Raises `StorageError`."""
        ...

    def get(self, name: str) -> bytes:
        """The content of that hash. Raises `StorageError` when it is not there, or is another."""
        ...


class Shelf(Protocol):
    """Puts what people want to read into the run's folder."""

    def place(self, variant: str, iteration: int) -> Place:
        """Where the renders of an iteration go."""
        ...

    async def keep_concept(self, variant: str, concept: Concept) -> None:
        """`variants/vNN/concept.json`."""
        ...

    async def keep_revision(self, variant: str, iteration: int, attempt: int, source: str, diff: str) -> None:
        """A drawing's source and its diff to its parent's, in a folder of its own in the iteration's."""
        ...

    async def keep_variant(self, variant: Variant) -> None:
        """`variants/vNN/variant.json`: which of its iterations began with what crossing, and of whom."""
        ...

    async def keep_critique(self, variant: str, iteration: int, critique: Critique) -> None:
        """`critique.json` beside the picture it speaks of."""
        ...

    async def keep_selection(self, selection: Selection) -> None:
        """`selection.json`, and the winner's files in `final/`."""
        ...


@dataclass(frozen=True)
class Workshop:
    """The hands and the limits the flow works with; wiring fills it."""

    artists: Artists
    render: Render
    steps: Steps
    shelf: Shelf
    emit: Emit
    hand: Hand
    search: SearchFor
    distances: Distances
    near: float = 0.0
    """Drawings closer than this are near-duplicates."""
    recall: Recall = unknown
    confirm: Confirm | None = None
    """None: every drawing counts."""
    in_order: bool = False
    """Whether a drawing is compared with those of the variants before it only, and waits for them."""
    common: int = 0
    """How many iterations all variants share, those taken over by a fork: nobody is to keep apart from them."""
    max_repairs: int = 2
    challenges: bool = False
    """Whether the judge is asked if a drawing takes the place of its variant's best."""
    describes: bool = False
    """Whether the judge describes each picture alone before it compares."""
    steers: bool = False
    """Whether an agent decides where the rules leave open what to do next."""
    session: int = 1
    """How many drivers this run has had, this one included."""
