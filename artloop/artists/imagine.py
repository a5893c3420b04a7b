"""The idea agent: as many different concepts as there are variants, in one answer."""

from __future__ import annotations

from artloop.artists.llm import Desk, references
from artloop.errors import ModelMisbehaved
from artloop.models import Concept, Concepts, ImagineTask, RethinkTask
from artloop.ports import Attempt


async def imagine(desk: Desk, task: ImagineTask, studies: list[str], attempt: Attempt) -> Concepts:
    """N different concepts; each may name a study of the repertoire to start from."""
    shown = references(desk.folder, task.brief)
    return await desk.ask("imagine", task, Concepts, attempt, pictures=shown, studies=studies)


async def rethink(desk: Desk, task: RethinkTask, studies: list[str], attempt: Attempt) -> Concept:
    """One concept, like none that the run has; the idea agent knows what the critics said."""
    known = {one.title for one in [task.concept, *task.siblings]}

    def fits(said: Concept) -> None:
        if said.title in known:
            raise ModelMisbehaved(f"there is a concept {said.title!r} already; give another one")

    free = sorted(set(studies) - {one.study for one in [task.concept, *task.siblings]})
    return await desk.ask(
        "rethink",
        task,
        Concept,
        attempt,
        variant=task.variant,
        iteration=task.iteration,
        pictures=references(desk.folder, task.brief),
        fits=fits,
        studies=free,
    )
