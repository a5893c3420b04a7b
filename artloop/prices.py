"""What models cost: the shipped list, the artist's own prices laid over it, and the price of a call."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from pydantic import Field

from artloop.models import Price, Usage, Value

LIST = Path(__file__).with_name("prices.toml")
DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")
"""A snapshot's name is its model's with a date after it."""


class Tariff(Value):
    """Prices by model name."""

    date: str = ""
    """When the shipped prices were looked up."""
    source: str = ""
    models: dict[str, Price] = Field({})
    own: frozenset[str] = frozenset()
    """Models whose price is the artist's, and not of that date."""

    def of(self, model: str) -> Price | None:
        """The price of a model, of its dated snapshots too; None: unknown."""
        name = model.removeprefix("litellm/").removeprefix("openai/")
        return self.models.get(model) or self.models.get(name) or self.models.get(DATED.sub("", name))

    def cost(self, model: str, usage: Usage) -> float | None:
        """USD of these tokens; None when no price is known."""
        price = self.of(model)
        if price is None:
            return None
        cached = price.input if price.cached_input is None else price.cached_input
        fresh = max(0, usage.input_tokens - usage.cached_tokens)
        return (fresh * price.input + usage.cached_tokens * cached + usage.output_tokens * price.output) / 1e6


def tariff(own: dict[str, Price]) -> Tariff:
    """The shipped prices with the artist's own over them."""
    shipped = Tariff.model_validate(tomllib.loads(LIST.read_text(encoding="utf-8")))
    return shipped.model_copy(update={"models": shipped.models | own, "own": frozenset(own)})
