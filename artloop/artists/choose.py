"""The judge: each picture described alone in a call of its own, then two of them compared."""

from __future__ import annotations

from artloop.artists.llm import Desk, picture
from artloop.models import ChooseTask, DescribeTask, Description, Verdict
from artloop.ports import Attempt


async def describe(desk: Desk, task: DescribeTask, attempt: Attempt) -> Description:
    """What is there in one picture; the judge knows of no other yet."""
    one = task.candidate
    shown = picture(desk.folder, one.variant, one.rendering, "The drawing:")
    return await desk.ask("describe", task, Description, attempt, pictures=shown)


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
