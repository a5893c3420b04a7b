"""Everything artloop raises on purpose.

    ArtloopError
    ├── UsageError            2  the command line or a value given by the user
    │   ├── SettingsError     2  artloop.toml or the environment
    │   └── Refused           2  a result nobody waits for: late, double, or of another agent's task
    ├── StorageError          2  disk full, read-only, a folder in the way; the hub's store not reachable
    ├── RunNotFound           2  no such run under this root
    ├── RunLocked             2  another process drives the run
    ├── RunDamaged            2  a file of the run cannot be read; named, never overwritten
    ├── BudgetReached         4  time, tokens or money ended the run early
    ├── ProviderError         5  the model refused, is unreachable, or its quota is used up
    ├── RenderServerError     5  the Grafix server is down
    ├── MachineError          5  the plotter refused, is in alarm, or does not answer
    ├── ReplayDiffers         6  a replay asked for a call that is not on record
    ├── ModelMisbehaved       -  a model's own words broke a step: asked anew in the next generation
    ├── RequestChanged        -  a recorded call answers another question than the one asked now
    ├── StepParked            -  a step failed too often; `artloop retry` opens it again
    ├── WorkersDied           -  the processes that took a step died of it, one after the other: parked
    ├── LeaseLost             -  a worker was silent for too long; another one has the step, and this one's work is void
    ├── CutOff                -  the artist ended a variant while a step was in work, which then counts as not begun
    ├── Halted                -  artist or rules end a variant in good order
    └── NotYet                -  a step has not been made; ends the reading back of an unfinished run

A message says what happened, to what, and what to do next. A sketch that does not draw is none of these: it is a
`Rendering` with a `failure`.
"""

from __future__ import annotations

from typing import Literal

ERROR_KEY = "artloop/error"
"""In `_meta` of a tool's error result: the name of its class here."""


class ArtloopError(Exception):
    """Base of all errors that are shown as one line instead of a traceback."""

    exit_code = 2


class UsageError(ArtloopError):
    """A value the user gave cannot be used."""


class SettingsError(UsageError):
    """A settings file or environment variable cannot be used."""


class Refused(UsageError):
    """The task board does not take this result: it is late, comes twice, or the task is another agent's."""


class StorageError(ArtloopError):
    """The disk or the hub's store refused: full, read-only, damaged, not reachable, or something in the way."""


class RunNotFound(ArtloopError):
    """There is no run of this id here."""


class RunLocked(ArtloopError):
    """Another process drives this run at the moment."""


class RunDamaged(ArtloopError):
    """A file of the run cannot be read as what it should be."""


class BudgetReached(ArtloopError):
    """Time or money is used up; what was made so far is kept."""

    exit_code = 4


class ProviderError(ArtloopError):
    """The model's provider refused or cannot be reached. Fatal: asking again would not help (key, quota, model)."""

    exit_code = 5

    def __init__(self, message: str, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.fatal = fatal


class RenderServerError(ArtloopError):
    """The Grafix MCP server is down or broke the protocol."""

    exit_code = 5


class MachineError(ArtloopError):
    """The plotter refused a command, is in alarm, or does not answer; the strokes it has drawn are on record."""

    exit_code = 5


class ReplayDiffers(ArtloopError):
    """The replayed run asked for something that is not on record."""

    exit_code = 6


class ModelMisbehaved(ArtloopError):
    """The model's own answer broke the step, so that asking the same again makes sense.

    Repaired: it has had its repair turn, and the step is parked.
    """

    def __init__(self, message: str, *, repaired: bool = False) -> None:
        super().__init__(message)
        self.repaired = repaired


class RequestChanged(ArtloopError):
    """The call on record was made for another request; the step starts over in a new generation."""


class StepParked(ArtloopError):
    """The step failed too often and waits for `artloop retry`. Outage: the provider or the render server was down."""

    def __init__(self, message: str, *, outage: bool = False) -> None:
        super().__init__(message)
        self.outage = outage


class WorkersDied(ArtloopError):
    """Several workers died or froze while they did the step; it is parked."""


class LeaseLost(ArtloopError):
    """The step belongs to another worker by now."""


class CutOff(ArtloopError):
    """A step in work was given up because the artist ends its variant: it counts as not begun."""


class Halted(ArtloopError):
    """A variant ends here: dropped or stopped by the artist, or stalled by the rules."""

    def __init__(self, message: str, status: Literal["dropped", "stopped", "stalled"]) -> None:
        super().__init__(message)
        self.status = status


class NotYet(ArtloopError):
    """A run is read back from its journal, and this step is not in it."""


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error to show of a task group: the first of our own, else the first."""
    leaves: list[BaseException] = []
    for error in group.exceptions:
        leaves.append(first_of(error) if isinstance(error, BaseExceptionGroup) else error)
    return next((leaf for leaf in leaves if isinstance(leaf, ArtloopError)), leaves[0])
