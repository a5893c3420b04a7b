"""The implementer: writes, improves or repairs the sketch, and tries it with the render tool."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from artloop.artists.llm import Desk, picture
from artloop.errors import ModelMisbehaved
from artloop.models import Drawing, Iteration
from artloop.ports import Attempt, DrawTask


async def draw(desk: Desk, task: DrawTask, study: str | None, attempt: Attempt) -> Drawing:
    """A whole sketch. The implementer sees its last picture and, if that is another one, its best."""
    values, pictures = shown(desk, task, study)
    drawing = await desk.ask(
        "draw",
        task,
        Drawing,
        attempt,
        variant=task.variant,
        iteration=task.iteration,
        pictures=pictures,
        **values,
    )
    return tidied(drawing)


def shown(desk: Desk, task: DrawTask, study: str | None) -> tuple[dict[str, Any], list[tuple[str, Path]]]:
    """What an implementer is shown besides its task: the prompt's values, and pictures with their captions."""
    last = task.history[-1] if task.history else None
    best = next((one for one in task.history if one.number == task.incumbent), None)
    pictures = [("Your last drawing:", last), ("Your best drawing so far:", best if best is not last else None)]
    pairs = [pair for caption, one in pictures for pair in pictured(desk, task.variant, one, caption)]
    return {"last": last, "best": best, "study": study}, pairs


def tidied(drawing: Drawing) -> Drawing:
    """The drawing with a clean source. Raises `ModelMisbehaved` when there is none."""
    if not drawing.source.strip():
        raise ModelMisbehaved("the implementer answered with an empty sketch")
    return drawing.model_copy(update={"source": tidy(drawing.source)})


def pictured(desk: Desk, variant: str, iteration: Iteration | None, caption: str) -> list[tuple[str, Path]]:
    """The picture of an iteration, if there is one."""
    return picture(desk.folder, variant, iteration.rendering, caption) if iteration else []


def tidy(source: str) -> str:
    """The program inside a Markdown fence, should the model have added one; one newline at the end."""
    stripped = source.strip()
    if stripped.startswith("```") and stripped.endswith("```"):
        inner = stripped.partition("\n")[2].rpartition("```")[0]
        try:
            ast.parse(inner)
        except SyntaxError:
            return stripped + "\n"
        return inner.strip() + "\n"
    return stripped + "\n"
