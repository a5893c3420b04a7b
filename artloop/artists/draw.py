"""The implementer: writes, improves or repairs the sketch, and tries it with the render tool."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from artloop.artists.llm import Desk, picture
from artloop.artists.patching import DoesNotApply, patched
from artloop.artists.providers import HOUSE
from artloop.errors import ModelMisbehaved
from artloop.models import Drawing, Edit, Iteration
from artloop.ports import Attempt, DrawTask


async def draw(desk: Desk, task: DrawTask, study: str | None, attempt: Attempt) -> Drawing:
    """A whole sketch. The implementer sees its last picture and, if that is another one, its best."""
    last = task.history[-1] if task.history else None
    best = next((one for one in task.history if one.number == task.incumbent), None)
    shown = [("Your last drawing:", last), ("Your best drawing so far:", best if best is not last else None)]
    told: dict[str, Any] = {
        "variant": task.variant,
        "iteration": task.iteration,
        "pictures": [pair for caption, one in shown for pair in pictured(desk, task.variant, one, caption)],
        "last": last,
        "best": best,
        "study": study,
    }
    if desk.models["draw"] == HOUSE:  # it works on syntax trees and has no use for patches
        return await desk.ask("draw", task, Drawing, attempt, **told)
    base = shown_sketch(task, best, study)
    edit = await desk.ask("draw", task, Edit, attempt, fits=lambda said: whole(said, *base), **told)
    return Drawing(source=whole(edit, *base), change=edit.change, hypothesis=edit.hypothesis)


def shown_sketch(task: DrawTask, best: Iteration | None, study: str | None) -> tuple[str, str]:
    """(name, source) of the one sketch in the prompt: a patch can be for no other."""
    if task.broken:
        return "broken", task.broken.source
    if best:
        return "best", best.drawing.source
    return ("study", study) if study else ("none", "")


def whole(edit: Edit, name: str, base: str) -> str:
    """The sketch that an answer means. Raises `ModelMisbehaved` with the reason when it is none."""
    if bool(edit.source.strip()) == bool(edit.patch.strip()):
        raise ModelMisbehaved("give either a source or a patch, and leave the other empty")
    if edit.source.strip():
        return tidy(edit.source)
    if edit.base != name or not base:
        wanted = f"is for {name!r}" if base else "has no sketch to begin from: give a source"
        raise ModelMisbehaved(f"the patch names the base {edit.base!r}, but this task {wanted}")
    try:
        return tidy(patched(base, edit.patch))
    except DoesNotApply as error:
        raise ModelMisbehaved(f"the patch does not apply: {error}") from error


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
