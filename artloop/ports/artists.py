"""The roles."""

from __future__ import annotations

from typing import Protocol

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
    ReimagineTask,
    RethinkTask,
    SteerTask,
    Verdict,
)
from artloop.ports.steps import Attempt


class Artists(Protocol):
    """The roles. Each answer may cost money, so each is asked for inside a step."""

    def fingerprint(self, part: Part) -> str:
        """Prompt text and model name of a part: what, besides the task, decides the answer."""
        ...

    async def imagine(self, task: ImagineTask, attempt: Attempt) -> Concepts:
        """N different concepts for the brief."""
        ...

    async def reimagine(self, task: ReimagineTask, attempt: Attempt) -> Concept:
        """A concept in the place of one that is too close to a sibling's."""
        ...

    async def rethink(self, task: RethinkTask, attempt: Attempt) -> Concept:
        """Another concept for a variant that gets no better."""
        ...

    async def cross(self, task: CrossTask, attempt: Attempt) -> Concept:
        """The idea of one concept, drawn with the marks of another."""
        ...

    async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
        """A sketch for the concept, or a better one, or a repaired one."""
        ...

    async def critique(self, task: CritiqueTask, attempt: Attempt) -> Critique:
        """What to keep and what to change; in the task's form."""
        ...

    async def steer(self, task: SteerTask, attempt: Attempt) -> Course:
        """What a variant does next, of the moves that are open."""
        ...

    async def describe(self, task: DescribeTask, attempt: Attempt) -> Description:
        """What the judge sees in one picture, alone."""
        ...

    async def pick(self, task: PickTask, attempt: Attempt) -> Pick:
        """Which of several pictures is the best answer to the brief, and what to fix in it."""
        ...

    async def choose(self, task: ChooseTask, attempt: Attempt) -> Verdict:
        """Which of two pictures is the better answer to the brief."""
        ...
