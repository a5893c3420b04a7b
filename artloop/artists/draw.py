"""The implementer: writes, improves or repairs the sketch, and tries it with the render tool."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from artloop.artists.llm import Desk, picture
from artloop.artists.patching import DoesNotApply, patched
from artloop.artists.providers import HOUSE
from artloop.errors import ModelMisbehaved
from artloop.models import Drawing, DrawTask, Edit, Iteration
from artloop.ports import Attempt


async def draw(desk: Desk, task: DrawTask, study: str | None, attempt: Attempt) -> Drawing:
    """A whole sketch. The implementer sees its last picture and, if that is another one, its best."""
    values, pictures = shown(desk, task, study)
    told: dict[str, Any] = {"variant": task.variant, "iteration": task.iteration, "pictures": pictures, **values}
    if desk.models["draw"] == HOUSE:  # it works on syntax trees and has no use for patches
        return await desk.ask("draw", task, Drawing, attempt, **told)
    base = shown_sketch(task, study)
    edit = await desk.ask("draw", task, Edit, attempt, fits=lambda said: whole(said, *base), **told)
    return drawn(edit, base)


def shown(desk: Desk, task: DrawTask, study: str | None) -> tuple[dict[str, Any], list[tuple[str, Path]]]:
    """What an implementer is shown besides its task: the prompt's values, and pictures with their captions."""
    last, best = task.history[-1] if task.history else None, best_of(task)
    pictures = [("Your last drawing:", last), ("Your best drawing so far:", best if best is not last else None)]
    pairs = [pair for caption, one in pictures for pair in pictured(desk, task.variant, one, caption)]
    return {"last": last, "best": best, "study": study}, pairs


def best_of(task: DrawTask) -> Iteration | None:
    """The variant's incumbent."""
    return next((one for one in task.history if one.number == task.incumbent), None)


def shown_sketch(task: DrawTask, study: str | None) -> tuple[str, str]:
    """(name, source) of the one sketch in the prompt: a patch can be for no other."""
    if task.broken:
        return "broken", task.broken.source
    if task.refused:
        return "broken", task.refused[-1].drawing.source
    if best := best_of(task):
        return "best", best.drawing.source
    return ("study", study) if study else ("none", "")


def drawn(edit: Edit, base: tuple[str, str]) -> Drawing:
    """The drawing that an answer means. Raises `ModelMisbehaved` with the reason when it is none."""
    return Drawing(source=whole(edit, *base), change=edit.change, hypothesis=edit.hypothesis)


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
