"""The idea agent: as many different concepts as there are variants, in one answer."""

from __future__ import annotations

from artloop.artists.llm import Desk, references
from artloop.errors import ModelMisbehaved
from artloop.models import Concept, Concepts, CrossTask, ImagineTask, ReimagineTask, RethinkTask
from artloop.ports import Attempt


async def imagine(desk: Desk, task: ImagineTask, studies: list[str], attempt: Attempt) -> Concepts:
    """N different concepts; each may name a study of the repertoire to start from."""
    shown = references(desk.folder, task.brief)
    return await desk.ask("imagine", task, Concepts, attempt, pictures=shown, studies=studies)


async def rethink(desk: Desk, task: RethinkTask, studies: list[str], attempt: Attempt) -> Concept:
    """One concept, like none that the run has; the idea agent knows what the critics said."""
    others = [task.concept, *task.siblings]
    return await desk.ask(
        "rethink",
        task,
        Concept,
        attempt,
        variant=task.variant,
        iteration=task.iteration,
        pictures=references(desk.folder, task.brief),
        fits=lambda said: fresh(said, others),
        studies=free(studies, others),
    )


async def reimagine(desk: Desk, task: ReimagineTask, studies: list[str], attempt: Attempt) -> Concept:
    """One concept in the place of another, like none that the run has."""
    others = [task.concept, *task.siblings]
    return await desk.ask(
        "reimagine",
        task,
        Concept,
        attempt,
        variant=task.variant,
        pictures=references(desk.folder, task.brief),
        fits=lambda said: fresh(said, others),
        studies=free(studies, others),
    )


async def cross(desk: Desk, task: CrossTask, studies: list[str], attempt: Attempt) -> Concept:
    """The idea of one concept with the technique of another, under a title of its own."""
    crossing = task.crossing
    return await desk.ask(
        "cross",
        task,
        Concept,
        attempt,
        variant=task.variant,
        iteration=task.iteration,
        pictures=references(desk.folder, task.brief),
        fits=lambda said: fresh(said, [crossing.concept, crossing.marks, *task.siblings]),
        studies=sorted({crossing.marks.study} & set(studies)),
    )


def fresh(said: Concept, others: list[Concept]) -> None:
    """Raises `ModelMisbehaved` for a concept that the run has already."""
    if said.title in {one.title for one in others}:
        raise ModelMisbehaved(f"there is a concept {said.title!r} already; give another one")


def free(studies: list[str], others: list[Concept]) -> list[str]:
    """The studies that nobody begins from."""
    return sorted(set(studies) - {one.study for one in others})
