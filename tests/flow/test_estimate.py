from __future__ import annotations

import pytest

from artloop.flow.estimate import counts, estimated
from artloop.models import Brief, Estimate, Price, Role, Usage
from artloop.prices import Tariff
from tests.fakes import brief

PRICES = Tariff(date="2026-11-05", models={"m": Price(input=1.0, output=10.0)})
ROLES: dict[Role, str] = {"imagine": "m", "draw": "m", "critique": "m", "choose": "m"}
SIZES: dict[Role, int] = {"imagine": 1_000, "draw": 3_000, "critique": 1_000, "choose": 800}


def past(*tokens: int) -> dict[tuple[str, str], list[Usage]]:
    """Steps of every kind that took so many tokens."""
    steps = [Usage(requests=2, input_tokens=count, output_tokens=count) for count in tokens]
    return {(role, "m"): steps for role in ROLES}


def of(known: dict[tuple[str, str], list[Usage]], **values: int) -> Estimate:
    return estimated(brief(variants=4, iterations=5, **values), ROLES, PRICES, SIZES, known)


def test_without_past_runs_the_prompts_decide_and_it_is_said() -> None:
    found = of({})
    assert found.basis == "by prompt sizes, prices of 2026-11-05"
    assert found.calls == (1 + 2 * 20 + 20 + 16, 2 + 5 * 28 + 20 + 16)
    assert found.usd is not None
    assert 0 < found.usd[0] < found.usd[1]


def test_past_runs_give_a_narrower_range_from_their_steps() -> None:
    found = of(past(900, 1_000, 1_000, 1_100))
    assert found.basis == "by past runs, prices of 2026-11-05"
    assert found.tokens[0] >= 2 * 900 * (1 + 20 + 20 + 16)
    assert found.tokens[1] <= 2 * 1_100 * (1 + 28 + 20 + 16)
    assert found.usd == pytest.approx((57 * 0.011, 65 * 0.011), rel=0.1)


def test_too_few_past_steps_say_nothing() -> None:
    assert of(past(900, 900)).basis.startswith("by prompt sizes")


def test_an_unknown_price_leaves_the_tokens() -> None:
    found = estimated(brief(), {"draw": "other", "critique": "m"}, PRICES, SIZES, {})
    assert found.usd is None
    assert found.unpriced == ["other"]
    assert found.tokens[0] > 0
    assert "prices" not in found.basis


def test_the_artists_own_prices_bear_no_date() -> None:
    own = PRICES.model_copy(update={"own": frozenset({"m"})})
    assert estimated(brief(), ROLES, own, SIZES, {}).basis == "by prompt sizes"


def test_every_picture_is_described_and_every_pair_judged_in_both_orders() -> None:
    assert counts("choose", brief(variants=4)) == (4 + 12, 4 + 12)
    assert counts("choose", brief(variants=1)) == (0, 0)


def test_crossings_after_each_round_are_counted_as_ideas() -> None:
    assert counts("imagine", Brief(text="x", variants=6, iterations=4)) == (1, 1)
    assert counts("imagine", Brief(text="x", variants=6, iterations=4, survivors=2)) == (13, 13)


def test_where_a_judge_looks_each_drawing_is_described_and_all_but_the_first_compared_in_both_orders() -> None:
    asked = brief(variants=4, iterations=5)
    assert counts("choose", asked, challenged=True) == (12 + 20 + 32, 12 + 20 + 32)
    assert counts("draw", asked, challenged=True) == counts("draw", asked)
