"""The steer agent: asked what a variant does next where the rules leave it open."""

from __future__ import annotations

from artloop.artists.draw import pictured
from artloop.artists.llm import Desk
from artloop.errors import ModelMisbehaved
from artloop.models import Course, SteerTask
from artloop.ports import Attempt


async def steer(desk: Desk, task: SteerTask, attempt: Attempt) -> Course:
    """One of the open moves, with a reason; for a search the parameters, their bounds and where to begin."""

    def fits(said: Course) -> None:
        if said.move not in task.moves:
            raise ModelMisbehaved(f"{said.move!r} is not open here; choose one of: {', '.join(task.moves)}")
        if not said.reason.strip():
            raise ModelMisbehaved("give the reason for the move in one sentence")

    last = task.history[-1] if task.history else None
    best = next((one for one in task.history if one.number == task.incumbent), None)
    shown = [("The last drawing:", last), ("The best drawing so far:", best if best is not last else None)]
    return await desk.ask(
        "steer",
        task,
        Course,
        attempt,
        variant=task.variant,
        iteration=task.iteration,
        pictures=[pair for caption, one in shown for pair in pictured(desk, task.variant, one, caption)],
        fits=fits,
    )
