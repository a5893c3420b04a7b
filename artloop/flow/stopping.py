"""When a variant makes no further iteration. A stopper looks at a variant and gives the reason to end it, or None."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from artloop.models import Brief, Variant, VariantStatus


class End(NamedTuple):
    """Why a variant ends."""

    status: VariantStatus
    reason: str


Stopper = Callable[[Variant], End | None]


def after_iterations(limit: int) -> Stopper:
    """End a variant that has made all its iterations; one that was bred makes fewer."""

    def stop(variant: Variant) -> End | None:
        most = limit if variant.turns is None else variant.turns
        made = "its one iteration made" if most == 1 else f"all {most} iterations made"
        return End("finished", made) if len(variant.iterations) >= most else None

    return stop


def when_met(score: float | None) -> Stopper:
    """End a variant once its best drawing has the score that was asked for."""

    def stop(variant: Variant) -> End | None:
        best = variant.incumbent
        if score is None or best is None or best.score is None or best.score < score:
            return None
        return End("finished", f"its best drawing has {best.score:.1f} of 10, {score:g} were asked for")

    return stop


def by_rule(brief: Brief) -> Stopper:
    """What ends each variant of a brief in good order."""
    return first_of(after_iterations(brief.iterations), when_met(brief.target_score))


def after_round(made: int) -> Stopper:
    """Let a variant that has made so many iterations wait for the others: it ends nothing."""

    def stop(variant: Variant) -> End | None:
        return End("running", "waits for the others") if len(variant.iterations) >= made else None

    return stop


def when_time_is_up(minutes: float | None, clock: Callable[[], float] = time.monotonic) -> Stopper:
    """End every variant once `minutes` have passed since now; work in flight is finished and kept."""
    deadline = None if minutes is None else clock() + 60 * minutes

    def stop(variant: Variant) -> End | None:
        late = deadline is not None and clock() >= deadline
        return End("timed_out", f"the {minutes:g} minutes of --max-minutes are over") if late else None

    return stop


def first_of(*stoppers: Stopper) -> Stopper:
    """The first reason any of them gives."""

    def stop(variant: Variant) -> End | None:
        return next((end for stopper in stoppers if (end := stopper(variant))), None)

    return stop
