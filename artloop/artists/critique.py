"""The critic: sees the picture and its measures, knows neither the source nor the lineage."""

from __future__ import annotations

from artloop.artists.llm import Desk, picture, references
from artloop.errors import ModelMisbehaved
from artloop.models import Change, Critique, CritiqueTask, Metrics, Target
from artloop.ports import Attempt

MAX_CHANGES = 3


async def critique(desk: Desk, task: CritiqueTask, attempt: Attempt) -> Critique:
    """What to keep and at most three changes, each with a place and an amount."""
    answer = await desk.ask(
        "critique",
        task,
        task.form,
        attempt,
        variant=task.variant,
        iteration=task.iteration,
        # the drawing last: the house looks at that one
        pictures=[
            *references(desk.folder, task.brief),
            *picture(desk.folder, task.variant, task.rendering, "The drawing:"),
        ],
        fits=located,
    )
    return kept_to_form(answer, desk.models["critique"])


def kept_to_form(said: Critique, model: str) -> Critique:
    """A critique without what nobody could follow, and true about who wrote it."""
    return said.model_copy(
        update={
            "changes": [change for change in said.changes if has_place(change)][:MAX_CHANGES],
            "targets": [target for target in said.targets if measurable(target)][:MAX_CHANGES],
            "overall": min(10.0, max(0.0, said.overall)),
            "measured": model == "house",
        }
    )


def located(said: Critique) -> None:
    """Refuse changes that say nowhere where: such a critique fits any picture."""
    if said.changes and not any(has_place(change) for change in said.changes):
        raise ModelMisbehaved("no change says where in the picture; each needs a place and what to do there")


def has_place(change: Change) -> bool:
    """Whether it says where and what."""
    return bool(change.place.strip() and change.what.strip())


def measurable(target: Target) -> bool:
    """Whether it is a range of something that is measured."""
    return target.metric in Metrics.model_fields and target.low <= target.high
