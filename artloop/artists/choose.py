"""The judge: each picture described alone in a call of its own, then two of them compared; or all of them at once."""

from __future__ import annotations

from artloop.artists.critique import kept_to_form, located
from artloop.artists.llm import Desk, picture
from artloop.errors import ModelMisbehaved
from artloop.models import ChooseTask, DescribeTask, Description, Pick, PickTask, Verdict
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


async def pick(desk: Desk, task: PickTask, attempt: Attempt) -> Pick:
    """Which of several drawings is the best answer to the brief, and what to fix in it."""
    names = [one.variant for one in task.candidates]

    def fits(said: Pick) -> None:
        if said.winner not in names:
            raise ModelMisbehaved(f"{said.winner!r} is none of the drawings; they are {', '.join(names)}")
        located(said.critique)

    shown = [
        one
        for entry in task.candidates
        for one in picture(desk.folder, entry.variant, entry.rendering, f"Drawing {entry.variant}:")
    ]
    said = await desk.ask("pick", task, Pick, attempt, pictures=shown, fits=fits)
    return said.model_copy(update={"critique": kept_to_form(said.critique, desk.models["choose"])})
