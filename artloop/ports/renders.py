"""The render server and the search over a sketch's parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from artloop.models import Params, Place, Rendering, RenderRequest, Trial, Tuned, TuneTask, Value


class Render(Protocol):
    """Runs a sketch and measures the drawing."""

    async def __call__(self, request: RenderRequest, place: Place) -> Rendering:
        """Render into `place`. A sketch that does not draw is a `Rendering` with a failure, not an exception."""
        ...


class Distances(Protocol):
    """Compares drawings of a run by their lines."""

    async def __call__(self, one: Place, others: Sequence[Place]) -> list[float]:
        """From one drawing to each of the others: 0 the same to 1 nothing in common."""
        ...


class Measure(Protocol):
    """Runs a sketch and measures the drawing, without leaving a file; gives way to whoever renders for keeps."""

    async def __call__(self, request: RenderRequest) -> Rendering:
        """Measure. A sketch that does not draw is a `Rendering` with a failure, not an exception."""
        ...


class Trials(Protocol):
    """The trials of one search on record, found by their parameters."""

    def find(self, params: Params) -> Trial | None:
        """The trial of these parameters, if it was made before."""
        ...

    def keep(self, trial: Trial) -> None:
        """Keep a trial before anybody acts on it."""
        ...


class Searched(Protocol):
    """Is told after every render of a search how far it is."""

    def __call__(self, done: int, total: int, best: float) -> None:
        """`best`: the least loss so far."""
        ...


class Tune(Protocol):
    """Searches a sketch's parameters, with its files in a folder; one that was begun there is taken up."""

    async def __call__(self, where: Callable[[], Path], task: TuneTask, measure: Measure, told: Searched) -> Tuned:
        """What the search came to. `where` is asked once there is something to write.

        Raises `UsageError` for a wish or a sketch that cannot be searched.
        """
        ...


class SearchFor(Protocol):
    """Searches parameters for one iteration of a run, by the run's own renderer."""

    async def __call__(self, task: TuneTask, place: Place, told: Searched) -> Tuned:
        """What the search came to; its files lie in `place`, and one that was begun there is taken up.

        Raises `UsageError` for a wish or a sketch that cannot be searched, `RenderServerError` and `StorageError`.
        """
        ...


class ToolServer(Value):
    """How an MCP server is started over stdio, and which of its tools are for whom it is started for."""

    command: str
    args: list[str]
    env: dict[str, str]
    tools: list[str]
