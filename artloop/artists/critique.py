"""The critic: sees the picture and its measures, knows neither the source nor the lineage."""

from __future__ import annotations

from artloop.artists.llm import Desk, picture
from artloop.models import Critique
from artloop.ports import Attempt, CritiqueTask

MAX_CHANGES = 3


async def critique(desk: Desk, task: CritiqueTask, attempt: Attempt) -> Critique:
    """What to keep and at most three changes, each with a place and an amount."""
    answer = await desk.ask(
        "critique",
        task,
        Critique,
        attempt,
        variant=task.variant,
        iteration=task.iteration,
        pictures=picture(desk.folder, task.variant, task.rendering, "The drawing:"),
    )
    return answer.model_copy(
        update={
            "changes": answer.changes[:MAX_CHANGES],
            "overall": min(10.0, max(0.0, answer.overall)),
            "measured": desk.models["critique"] == "house",
        }
    )
