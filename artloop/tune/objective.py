"""How far a rendering is from what is wished: 0 when every target is met and every gate open."""

from __future__ import annotations

import difflib
import math

from artloop.errors import UsageError
from artloop.models import Gate, Metrics, Params, Rendering, Target, Trial

METRICS = tuple(name for name, field in Metrics.model_fields.items() if field.annotation in (int, float))
"""What a target can be set for: all metrics that are one number."""
NARROWEST = 0.1
"""A range narrower than this share of its larger end is scaled as if it were as wide."""
SMALLEST = 1e-6
GATE = 10.0
"""A gate that is closed weighs at least this much: more than a target some 20,000 times its range away."""
FAILED = 10_000.0
"""No drawing: worse than anything drawn."""


def check(targets: list[Target]) -> None:
    """Raise `UsageError` for a target that no drawing could be measured by."""
    for target in targets:
        if target.metric not in METRICS:
            near = difflib.get_close_matches(target.metric, METRICS, n=3, cutoff=0.4)
            guess = f"did you mean {' or '.join(near)}? " if near else ""
            raise UsageError(
                f"target {target.metric!r} is no metric of one number; {guess}There are: {', '.join(METRICS)}"
            )
        if target.low > target.high:
            raise UsageError(
                f"target {target.metric}={target.low:g}..{target.high:g} is empty; give the lower end first"
            )


def judged(params: Params, rendering: Rendering, targets: list[Target]) -> Trial:
    """The trial of a rendering."""
    if rendering.metrics is None:
        return Trial(params=params, loss=FAILED, failure=rendering.complaint or "it gave no drawing")
    measured = {target.metric: float(getattr(rendering.metrics, target.metric)) for target in targets}
    closed = [gate for gate in rendering.gates if not gate.ok]
    missed = sum(_missed(measured[target.metric], target) for target in targets)
    return Trial(
        params=params,
        loss=min(missed + sum(map(_shut, closed)), FAILED / 2),
        measured=measured,
        closed=[gate.name for gate in closed],
    )


def _missed(value: float, target: Target) -> float:
    """Log of the distance from the range in widths of it, so that one far target does not drown the others."""
    distance = max(target.low - value, value - target.high, 0.0)
    width = max(target.high - target.low, NARROWEST * max(abs(target.low), abs(target.high)), SMALLEST)
    return math.log1p(distance / width)


def _shut(gate: Gate) -> float:
    return GATE * (1 + math.log1p(abs(gate.measured - gate.limit) / max(abs(gate.limit), 1.0)))
