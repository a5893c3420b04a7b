"""The house judge: drawings compared criterion by criterion, by measures alone, whichever comes first."""

from __future__ import annotations

from typing import Literal

from artloop.errors import UsageError
from artloop.house import eye
from artloop.house.critique import criticised
from artloop.house.look import Sight
from artloop.models import Candidate, Canvas, ChooseTask, Pick, PickTask, Score, Verdict

TOO_CLOSE = 0.05
"""Overall values nearer than this are a tie."""


def choose(task: ChooseTask, first: Sight | None = None, second: Sight | None = None) -> Verdict:
    """The drawing with the higher overall value; which of the two came first makes no difference."""
    canvas = task.brief.canvas
    # one of them seen and the other not would be no comparison
    sights = (first, second) if first and second else (None, None)
    scores = [judged(one, canvas, sight) for one, sight in zip((task.first, task.second), sights, strict=True)]
    values = [eye.overall(found) if found else 0.0 for found in scores]
    winner: Literal["first", "second", "tie"] = "tie"
    if abs(values[0] - values[1]) >= TOO_CLOSE:
        winner = "first" if values[0] > values[1] else "second"
    return Verdict(
        first_alone=_alone(task.first, scores[0]),
        second_alone=_alone(task.second, scores[1]),
        winner=winner,
        reason=_reason(task, scores, values, winner),
    )


def pick(task: PickTask, sights: list[Sight | None]) -> Pick:
    """The drawing of the highest overall value, the first of equals, and what would make it better."""
    measured = [
        (one, found, sight)
        for one, sight in zip(task.candidates, sights, strict=True)
        if (found := one.rendering.metrics)
    ]
    if not measured:
        raise UsageError("the house judge can only pick among drawings that were measured; render them first")
    said = [criticised(task.brief, found, sight) for _, found, sight in measured]
    best = max(range(len(said)), key=lambda number: (said[number].overall, -number))
    others = ", ".join(f"{one.overall:.2f}" for number, one in enumerate(said) if number != best)
    reason = f"Measured: {said[best].overall:.2f} of 10" + (f"; the others {others}." if others else ".")
    return Pick(winner=measured[best][0].variant, reason=reason, critique=said[best])


def judged(candidate: Candidate, canvas: Canvas, sight: Sight | None) -> list[Score]:
    """Its criteria; none if it was never measured."""
    metrics = candidate.rendering.metrics
    return eye.scores(metrics, canvas, sight) if metrics else []


def _alone(candidate: Candidate, found: list[Score]) -> str:
    if not found:
        return f"{candidate.title}: not measured."
    best, worst = max(found, key=lambda one: one.value), min(found, key=lambda one: one.value)
    return (
        f"{candidate.title}: strongest in {best.criterion} ({best.seen}), weakest in {worst.criterion} ({worst.seen})."
    )


def _reason(task: ChooseTask, scores: list[list[Score]], values: list[float], winner: str) -> str:
    """Why, naming the drawings by their titles so that it reads the same in either order."""
    if not all(scores):
        return "Measured: only a drawing with measures can win."
    if winner == "tie":
        return f"Measured: too close to call ({max(values):.2f} and {min(values):.2f} of 10)."
    ahead, behind = (0, 1) if winner == "first" else (1, 0)
    gains = [
        (eye.WEIGHTS[one.criterion] * (one.value - other.value), one, other)
        for one, other in zip(scores[ahead], scores[behind], strict=True)
    ]
    _, one, other = max(gains, key=lambda gain: gain[0])
    name = (task.first, task.second)[ahead].title
    return (
        f"Measured: {name} is ahead ({values[ahead]:.2f} to {values[behind]:.2f} of 10), "
        f"most of all in {one.criterion}: {one.seen} against {other.seen}."
    )
