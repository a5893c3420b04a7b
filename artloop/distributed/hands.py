"""`ports.Artists`, `Render` and `Measure` as seen from a run's driver: each call is one errand."""

from __future__ import annotations

from typing import TypeVar

from artloop.canonical import digest
from artloop.distributed.cutting import Scissors
from artloop.distributed.errand import Work
from artloop.distributed.sender import Sender
from artloop.models import (
    ChooseTask,
    Concept,
    Concepts,
    Course,
    Critique,
    CritiqueTask,
    CrossTask,
    DescribeTask,
    Description,
    Drawing,
    DrawTask,
    ImagineTask,
    Part,
    Pick,
    PickTask,
    Place,
    ReimagineTask,
    Rendering,
    RenderRequest,
    RethinkTask,
    SteerTask,
    Value,
    Verdict,
)
from artloop.ports import Artists, Attempt

T = TypeVar("T", bound=Value)


class RemoteArtists:
    """`ports.Artists`: whoever takes the errand. Fingerprints are those of this machine's artists."""

    def __init__(self, sender: Sender, here: Artists, scissors: Scissors) -> None:
        self._sender, self._here, self._scissors = sender, here, scissors

    def fingerprint(self, part: Part) -> str:
        """Prompt text and model name of a part."""
        return self._here.fingerprint(part)

    async def imagine(self, task: ImagineTask, attempt: Attempt) -> Concepts:
        """N different concepts for the brief."""
        return await self._asked("imagine", task, Concepts, attempt)

    async def reimagine(self, task: ReimagineTask, attempt: Attempt) -> Concept:
        """A concept in the place of one that is too close to a sibling's."""
        return await self._asked("reimagine", task, Concept, attempt)

    async def rethink(self, task: RethinkTask, attempt: Attempt) -> Concept:
        """Another concept for a variant that gets no better."""
        return await self._scissors.around(attempt, self._asked("rethink", task, Concept, attempt))

    async def cross(self, task: CrossTask, attempt: Attempt) -> Concept:
        """The idea of one concept, drawn with the marks of another."""
        return await self._scissors.around(attempt, self._asked("cross", task, Concept, attempt))

    async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
        """A sketch for the concept, or a better one, or a repaired one."""
        return await self._scissors.around(attempt, self._asked("draw", task, Drawing, attempt))

    async def critique(self, task: CritiqueTask, attempt: Attempt) -> Critique:
        """What to keep and what to change; in the task's form."""
        return await self._scissors.around(attempt, self._asked("critique", task, task.form, attempt))

    async def steer(self, task: SteerTask, attempt: Attempt) -> Course:
        """What a variant does next, of the moves that are open."""
        return await self._scissors.around(attempt, self._asked("steer", task, Course, attempt))

    async def describe(self, task: DescribeTask, attempt: Attempt) -> Description:
        """What the judge sees in one picture, alone."""
        return await self._asked("describe", task, Description, attempt)

    async def pick(self, task: PickTask, attempt: Attempt) -> Pick:
        """Which of several pictures is the best answer to the brief, and what to fix in it."""
        return await self._asked("pick", task, Pick, attempt)

    async def choose(self, task: ChooseTask, attempt: Attempt) -> Verdict:
        """Which of two pictures is the better answer to the brief."""
        return await self._asked("choose", task, Verdict, attempt)

    async def _asked(self, work: Work, task: Value, answer: type[T], attempt: Attempt) -> T:
        return await self._sender.ask(work, task, answer, attempt)


class RemoteRender:
    """`ports.Render`, and with `measure` `ports.Measure`: named by what is asked, so the same is never made twice."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def __call__(self, request: RenderRequest, place: Place) -> Rendering:
        """Render into `place`, here as at the worker."""
        step = f"{place.variant}/{place.iteration:02d}/render/{digest(request)[:12]}"
        return await self._rendered("render", request, step, place)

    async def measure(self, request: RenderRequest) -> Rendering:
        """Measure what a sketch draws, and leave no file."""
        return await self._rendered("measure", request, f"run/00/measure/{digest(request)[:12]}", None)

    async def _rendered(self, work: Work, request: RenderRequest, step: str, place: Place | None) -> Rendering:
        return await self._sender.ask(work, request, Rendering, Attempt(step=step), place)
