from datetime import date

import pytest

from artloop.models import Price, Usage
from artloop.prices import Tariff, tariff

MILLION = Usage(input_tokens=1_000_000, output_tokens=1_000_000)


def test_the_shipped_prices_are_dated_and_say_where_they_are_from() -> None:
    shipped = tariff({})
    assert date.fromisoformat(shipped.date) <= date.today()
    assert shipped.source.startswith("https://")
    assert shipped.cost("gpt-5", MILLION) == pytest.approx(11.25)


def test_the_artists_own_prices_win() -> None:
    own = tariff({"gpt-5": Price(input=1, output=1), "llama": Price(input=0, output=0)})
    assert own.cost("gpt-5", MILLION) == 2
    assert own.cost("llama", MILLION) == 0
    assert own.cost("gpt-5-mini", MILLION) == tariff({}).cost("gpt-5-mini", MILLION)


@pytest.mark.parametrize("name", ["gpt-5-2025-08-07", "litellm/gpt-5", "litellm/openai/gpt-5"])
def test_a_model_costs_the_same_by_its_other_names(name: str) -> None:
    assert tariff({}).of(name) == tariff({}).of("gpt-5")


def test_a_model_of_another_name_has_no_price() -> None:
    assert tariff({}).cost("gpt-5-turbo-max", MILLION) is None


def test_cached_input_is_cheaper_only_where_a_price_says_so() -> None:
    prices = Tariff(models={"a": Price(input=10, output=0), "b": Price(input=10, cached_input=1, output=0)})
    usage = Usage(input_tokens=1_000_000, cached_tokens=500_000)
    assert prices.cost("a", usage) == 10
    assert prices.cost("b", usage) == pytest.approx(5.5)
