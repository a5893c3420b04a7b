"""What travels between a run's driver and its workers: errands one way, outcomes the other. All of it is plain JSON."""

from __future__ import annotations

from typing import Any, Literal

from artloop import errors
from artloop.errors import ArtloopError, ModelMisbehaved, ProviderError
from artloop.events import Event
from artloop.models import (
    ChooseTask,
    CritiqueTask,
    CrossTask,
    DescribeTask,
    DrawTask,
    ImagineTask,
    Part,
    PickTask,
    Place,
    ReimagineTask,
    RenderRequest,
    RethinkTask,
    RunRecord,
    SteerTask,
    Value,
)
from artloop.ports import Asked, Attempt, CallRecord

Work = Part | Literal["render", "measure"]
"""What may be sent out."""
TASKS: dict[Work, type[Value]] = {
    "imagine": ImagineTask,
    "reimagine": ReimagineTask,
    "rethink": RethinkTask,
    "cross": CrossTask,
    "draw": DrawTask,
    "critique": CritiqueTask,
    "steer": SteerTask,
    "describe": DescribeTask,
    "pick": PickTask,
    "choose": ChooseTask,
    "render": RenderRequest,
    "measure": RenderRequest,
}


class Errand(Value):
    """One piece of work. It holds no key: a worker has its own."""

    name: str
    """`run/step/generation`; the same work has the same name, so that a resumed driver finds what it had sent."""
    run: RunRecord
    workspace: str
    work: Work
    task: str
    """JSON of one of `TASKS`."""
    attempt: Attempt
    place: Place | None = None
    """Where a render goes."""
    inputs: dict[str, str] = {}
    """Files of the run that the work may look at: path in its folder to sha256."""
    calls: list[CallRecord] = []
    """Model calls of this execution that the driver has on record."""
    alike: dict[str, str] = {}
    """What must be the same at the worker, or its work would be another: versions, limits, prompts."""
    trace: str = ""
    """W3C traceparent of the step it is sent for."""
    max_deaths: int = 3
    """As many workers may die of it."""

    @property
    def told(self) -> Value:
        """The task."""
        return TASKS[self.work].model_validate_json(self.task)

    @property
    def iteration(self) -> tuple[str, int] | None:
        """(variant, number) of the iteration whose folder it writes into; None: the run's own."""
        if self.work == "measure":
            return None
        at: Any = self.place or self.told
        variant = getattr(at, "variant", None)
        return (variant, getattr(at, "iteration", 0)) if variant else None


class Entry(Value):
    """One line in the trail of an errand: exactly one of the three. In this order they are said to `ports.Calls`."""

    asked: Asked | None = None
    refused: Asked | None = None
    answered: CallRecord | None = None


class Fault(Value):
    """An error of ours, in words that can be sent."""

    kind: str
    """The name of its class."""
    message: str
    flag: bool = False
    """`repaired` or `fatal`, where it has such a thing."""


class Outcome(Value):
    """What came of an errand."""

    worker: str
    seconds: float
    result: str = ""
    """JSON of the answer, if there is no fault."""
    fault: Fault | None = None
    artifacts: dict[str, str] = {}
    """Files that were made: path in the run's folder to sha256."""
    trail: list[Entry] = []
    """What was said to providers, by whoever had the errand."""
    events: list[Event] = []
    """What the worker has to say about its providers."""


def fault_of(error: ArtloopError) -> Fault:
    """The error as it is sent."""
    flag = getattr(error, "repaired", False) or getattr(error, "fatal", False)
    return Fault(kind=type(error).__name__, message=str(error), flag=flag)


def error_of(fault: Fault) -> ArtloopError:
    """The error as it was raised."""
    kind = getattr(errors, fault.kind, ArtloopError)
    if kind is ModelMisbehaved:
        return ModelMisbehaved(fault.message, repaired=fault.flag)
    if kind is ProviderError:
        return ProviderError(fault.message, fatal=fault.flag)
    found: ArtloopError = kind(fault.message)
    return found
