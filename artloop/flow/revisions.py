"""Revisions of a sketch: which drawing each was made from, and what of its source changed."""

from __future__ import annotations

from difflib import unified_diff

from artloop.models import Drawing, DrawTask

NOTHING = "/dev/null"
"""What a sketch was made from that was made from nothing: as `diff` and `git` say it."""


def revision_path(iteration: int, attempt: int) -> str:
    """Where a revision's source is kept, relative to the variant's folder; attempts are counted from 0."""
    return f"iterations/{iteration:02d}/revisions/{attempt + 1}/sketch.py"


def change(task: DrawTask, drawing: Drawing, attempt: int) -> str:
    """The unified diff of a drawing's source to its parent's; empty when nothing changed."""
    name, before = parent(task, attempt)
    return unified(before, drawing.source, name, revision_path(task.iteration, attempt))


def parent(task: DrawTask, attempt: int) -> tuple[str, str]:
    """(name, source) of what a drawing was made from: what it repairs, the incumbent, the sketch given, or nothing."""
    if task.broken:
        return revision_path(task.iteration, attempt - 1), task.broken.source
    for one in task.history:
        if one.number == task.incumbent:
            return f"iterations/{one.number:02d}/sketch.py", one.drawing.source
    return ("given.py", task.brief.sketch) if task.brief.sketch is not None else (NOTHING, "")


def unified(before: str, after: str, before_name: str, after_name: str) -> str:
    """A unified diff that `patch` and `git apply` take, whatever line ends the sources have."""
    found = unified_diff(_lines(before), _lines(after), before_name, after_name)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in found)


def _lines(text: str) -> list[str]:
    """The lines as `diff` counts them: at newlines alone, not at the other breaks that Python knows."""
    *whole, rest = text.split("\n")
    return [f"{line}\n" for line in whole] + ([rest] if rest else [])
