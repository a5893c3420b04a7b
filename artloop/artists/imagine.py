"""The idea agent: as many different concepts as there are variants, in one answer."""

from __future__ import annotations

from artloop.artists.llm import Desk, references
from artloop.models import Concepts
from artloop.ports import Attempt, ImagineTask


async def imagine(desk: Desk, task: ImagineTask, studies: list[str], attempt: Attempt) -> Concepts:
    """N different concepts; each may name a study of the repertoire to start from."""
    shown = references(desk.folder, task.brief)
    return await desk.ask("imagine", task, Concepts, attempt, pictures=shown, studies=studies)
