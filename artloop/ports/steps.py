"""What a run is made of: steps, each performed once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Protocol, TypeVar

from artloop.models import Ident, Value

T = TypeVar("T", bound=Value)


class Step(Value):
    """A unit of work that costs money or time. Its key is unique within a run; its input is hashed."""

    variant: Ident
    iteration: int
    kind: str
    ordinal: int = 0
    input_sha256: str
    """Hash of the canonical JSON of the input, the prompt's text and the model's name."""

    @cached_property
    def key(self) -> str:
        """`variant/iteration/kind/ordinal`."""
        return f"{self.variant}/{self.iteration:02d}/{self.kind}/{self.ordinal}"


class Attempt(Value):
    """One execution of a step. The generation rises only when the model's own words broke the step."""

    step: str
    generation: int = 0


class Steps(Protocol):
    """Performs each step at most once to its end."""

    async def perform(self, step: Step, result: type[T], work: Callable[[Attempt], Awaitable[T]]) -> T:
        """Return the committed result, or run `work` and commit what it returns.

        Raises `StepParked` when the step has failed `max_failures` times.
        """
        ...

    def begun(self, step: Step) -> bool:
        """Whether the step was ever started."""
        ...


class Recall(Protocol):
    """What a step came to in the run that is performed again, if its result depended on the moment."""

    def __call__(self, key: str, result: type[T]) -> T | None:
        """None: nothing is performed again, or it is not on record."""
        ...


def unknown(key: str, result: type[T]) -> T | None:
    """`Recall` of a run that happens for the first time."""
    return None
