"""The roles, played by agents of the OpenAI Agents SDK over the Grafix tools: the port `Artists`."""

from __future__ import annotations

from artloop.artists.choose import choose, describe, pick
from artloop.artists.critique import critique
from artloop.artists.draw import draw
from artloop.artists.imagine import cross, imagine, reimagine, rethink
from artloop.artists.llm import Desk
from artloop.artists.steer import steer
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
from artloop.ports import Attempt


class AgentArtists:
    """`ports.Artists` by agents. `studies` maps a name of the repertoire to its source."""

    def __init__(self, desk: Desk, studies: dict[str, str]) -> None:
        self.desk, self.studies = desk, studies

    def fingerprint(self, part: Part) -> str:
        """Prompt text and model name of a part."""
        return self.desk.fingerprint(part)

    async def imagine(self, task: ImagineTask, attempt: Attempt) -> Concepts:
        """N different concepts for the brief."""
        return await imagine(self.desk, task, sorted(self.studies), attempt)

    async def reimagine(self, task: ReimagineTask, attempt: Attempt) -> Concept:
        """A concept in the place of one that is too close to a sibling's."""
        return await reimagine(self.desk, task, sorted(self.studies), attempt)

    async def rethink(self, task: RethinkTask, attempt: Attempt) -> Concept:
        """Another concept for a variant that gets no better."""
        return await rethink(self.desk, task, sorted(self.studies), attempt)

    async def cross(self, task: CrossTask, attempt: Attempt) -> Concept:
        """The idea of one concept, drawn with the marks of another."""
        return await cross(self.desk, task, sorted(self.studies), attempt)

    async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
        """A sketch for the concept, or a better one, or a repaired one."""
        return await draw(self.desk, task, self.study(task), attempt)

    def study(self, task: DrawTask) -> str | None:
        """The sketch to begin from, if there is one."""
        return task.marks or task.brief.sketch or self.studies.get(task.concept.study)

    async def critique(self, task: CritiqueTask, attempt: Attempt) -> Critique:
        """What to keep and what to change."""
        return await critique(self.desk, task, attempt)

    async def steer(self, task: SteerTask, attempt: Attempt) -> Course:
        """What a variant does next, of the moves that are open."""
        return await steer(self.desk, task, attempt)

    async def describe(self, task: DescribeTask, attempt: Attempt) -> Description:
        """What the judge sees in one picture, alone."""
        return await describe(self.desk, task, attempt)

    async def pick(self, task: PickTask, attempt: Attempt) -> Pick:
        """Which of several pictures is the best answer to the brief, and what to fix in it."""
        return await pick(self.desk, task, attempt)

    async def choose(self, task: ChooseTask, attempt: Attempt) -> Verdict:
        """Which of two pictures is the better answer to the brief."""
        return await choose(self.desk, task, attempt)
