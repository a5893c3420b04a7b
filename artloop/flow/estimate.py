"""What a run will probably come to, before it starts: from past runs of the workspace, else from the prompts' sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from artloop.flow.ranking import descriptions, verdicts
from artloop.models import Brief, Estimate, Role, Usage
from artloop.prices import Tariff

ENOUGH = 3
"""Steps of a kind by the same model that must be on record to go by them."""
CALLS: dict[Role, tuple[int, int]] = {
    "imagine": (1, 2),
    "draw": (2, 5),
    "critique": (1, 1),
    "choose": (1, 1),
    "steer": (1, 1),
}
"""Calls a step takes; a draw step tries its sketch out."""
ANSWER_TOKENS: dict[Role, tuple[int, int]] = {
    "imagine": (400, 4_000),
    "draw": (1_500, 8_000),
    "critique": (300, 3_000),
    "choose": (200, 2_000),
    "steer": (100, 2_000),
}
"""Output of one call; models that reason need the upper end."""
PICTURES: dict[Role, int] = {"imagine": 0, "draw": 2, "critique": 1, "choose": 2, "steer": 2}
PICTURE_TOKENS = (300, 2_500)
REPAIRS = 1.4
"""At most about this many draw steps an iteration."""

Steps = Mapping[tuple[str, str], list[Usage]]
"""(kind of step, model) -> what each such step of past runs came to."""


class Bill(NamedTuple):
    """What a step comes to."""

    calls: float
    tokens: float
    usd: float


def estimated(
    brief: Brief,
    models: Mapping[Role, str],
    tariff: Tariff,
    sizes: Mapping[Role, int],
    past: Steps,
    *,
    challenged: bool = False,
) -> Estimate:
    """The range of a whole run. `models` are those that cost, `sizes` the tokens of their prompts."""
    total = [Bill(0, 0, 0), Bill(0, 0, 0)]
    by_record = 0
    for role, model in models.items():
        known = past.get((role, model), [])
        by_record += len(known) >= ENOUGH
        span = _recorded(model, known, tariff) if len(known) >= ENOUGH else _guessed(role, model, sizes[role], tariff)
        for end, (bill, count) in enumerate(zip(span, counts(role, brief, challenged), strict=True)):
            total[end] = Bill(*(sum_ + count * part for sum_, part in zip(total[end], bill, strict=True)))
    low, high = total
    unpriced = sorted({model for model in models.values() if tariff.of(model) is None})
    return Estimate(
        calls=(round(low.calls), round(high.calls)),
        tokens=(round(low.tokens), round(high.tokens)),
        usd=None if unpriced else (round(low.usd, 4), round(high.usd, 4)),
        basis=_basis(by_record, models, tariff, bool(unpriced)),
        unpriced=unpriced,
    )


def counts(role: Role, brief: Brief, challenged: bool = False) -> tuple[float, float]:
    """How many steps of a role a run makes, at least if nothing fails, and at most about.

    `challenged`: every drawing but a variant's first is compared with its best, in both orders.
    """
    if brief.strategy == "quick":
        return quick_counts(role, brief)
    turns = brief.variants * brief.iterations
    match role:
        case "imagine":
            crossed = max(0, brief.variants - brief.survivors) * (brief.iterations - 1) if brief.survivors else 0
            return 1 + crossed, 1 + crossed
        case "draw":
            return turns, turns * REPAIRS
        case "critique":
            return turns, turns
        case "steer":
            return 0, turns - brief.variants
        case _:
            # a description is counted as if it were a verdict: a little too much
            drawn = turns if challenged else descriptions(brief.variants)
            judged = verdicts(brief.variants) + drawn + 2 * (turns - brief.variants) * challenged
            return judged, judged


def quick_counts(role: Role, brief: Brief) -> tuple[float, float]:
    """The same of a run that makes one sketch a variant, compares once and fixes the winner at most once."""
    match role:
        case "draw":
            return brief.variants, (brief.variants + (brief.iterations > 1)) * REPAIRS
        case "critique" | "steer":
            return 0, 0
        case _:
            return 1, 1


def _recorded(model: str, known: list[Usage], tariff: Tariff) -> tuple[Bill, Bill]:
    """The lower and the upper quartile of past steps; their mean if that lies outside."""
    bills = [
        Bill(step.requests, step.input_tokens + step.output_tokens, tariff.cost(model, step) or 0.0) for step in known
    ]
    ends = []
    for share, pick in ((0.25, min), (0.75, max)):
        columns = [sorted(column) for column in zip(*bills, strict=True)]
        ends.append(Bill(*(pick(c[round(share * (len(c) - 1))], sum(c) / len(c)) for c in columns)))
    return ends[0], ends[1]


def _guessed(role: Role, model: str, size: int, tariff: Tariff) -> tuple[Bill, Bill]:
    """Each call sends the prompt and everything that was said before it."""
    ends = []
    for end in (0, 1):
        calls, answer = CALLS[role][end], ANSWER_TOKENS[role][end]
        asked = size + PICTURES[role] * PICTURE_TOKENS[end]
        before = calls * (calls - 1) // 2 * (answer + PICTURE_TOKENS[end])
        usage = Usage(input_tokens=calls * asked + before, output_tokens=calls * answer)
        tokens = usage.input_tokens + usage.output_tokens
        ends.append(Bill(calls, tokens, tariff.cost(model, usage) or 0.0))
    return ends[0], ends[1]


def _basis(by_record: int, models: Mapping[Role, str], tariff: Tariff, unpriced: bool) -> str:
    said = "by past runs and prompt sizes" if by_record else "by prompt sizes"
    said = "by past runs" if by_record == len(models) else said
    shipped = set(models.values()) - tariff.own
    return said if unpriced or not shipped else f"{said}, prices of {tariff.date}"
