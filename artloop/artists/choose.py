"""The judge: two pictures, each described alone before they are compared."""

from __future__ import annotations

from artloop.artists.llm import Desk, picture
from artloop.models import Verdict
from artloop.ports import Attempt, ChooseTask


async def choose(desk: Desk, task: ChooseTask, attempt: Attempt) -> Verdict:
    """Which of two drawings is the better answer to the brief, in the order given."""
    first, second = task.first, task.second
    return await desk.ask(
        "choose",
        task,
        Verdict,
        attempt,
        pictures=[
            *picture(desk.folder, first.variant, first.rendering, "The first drawing:"),
            *picture(desk.folder, second.variant, second.rendering, "The second drawing:"),
        ],
    )
