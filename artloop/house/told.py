"""What a task tells the house: where it stands, whose strategy it follows, on which sheet it is drawn."""

from __future__ import annotations

from typing import Any

from artloop.house import strategies
from artloop.house.strategies import Strategy
from artloop.house.words import chance, subject
from artloop.models import DrawTask, Iteration
from artloop.source import replaced


def incumbent(task: DrawTask) -> Iteration | None:
    """The best iteration so far."""
    return next((one for one in task.history if one.number == task.incumbent), None)


def on_sheet(task: DrawTask, source: str) -> str:
    """The source with the brief's sheet and pen."""
    return with_literals(source, CANVAS=task.brief.canvas.size, PEN_MM=task.brief.pen_mm)


def with_literals(source: str, **values: Any) -> str:
    """The source with other literals; one that is no Python stays as it is, for the render to say so."""
    try:
        return replaced(source, **values)
    except (SyntaxError, ValueError):
        return source


def word(task: DrawTask) -> str:
    """What a drawing may have written below it: a brief that is short enough to be a title, and nothing else."""
    word = subject(task.brief.text)
    return word if word.casefold() == " ".join(task.brief.text.split()).strip(" .,;:!?").casefold() else ""


def strategy(task: DrawTask) -> Strategy:
    """The concept's strategy; words of another idea agent are dealt one by chance."""
    named = strategies.BY_NAME.get(task.concept.strategy)
    return named or chance(task.concept.strategy, task.variant).choice(strategies.STRATEGIES)


def attempt(task: DrawTask) -> int:
    """How many drawings of the concept there are already, known or not: a try for itself knows of no other."""
    before = task.iteration - 1 if task.brief.strategy == "best-of-n" else len(task.history)
    return before + len(task.refused)


def number(task: DrawTask) -> int:
    """3 of `v03`; 1 of a name without a number."""
    digits = "".join(letter for letter in task.variant if letter.isdigit())
    return int(digits) if digits else 1
