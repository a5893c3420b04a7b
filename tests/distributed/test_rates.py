"""A model's rate, shared by everybody at the same server."""

from __future__ import annotations

import asyncio
import time

import pytest

from artloop.distributed.rates import SharedRates
from artloop.distributed.store import Store
from artloop.models import Usage
from artloop.settings import Rate
from tests.valkey import Valkey


async def test_all_workers_together_keep_to_a_models_rate(server: Valkey, store: Store) -> None:
    other, limits = Store(server.url), {"shared": Rate(requests_per_minute=600)}
    purses = [SharedRates(store, limits), SharedRates(other, limits)]
    started = time.monotonic()
    await asyncio.gather(*(purses[number % 2].reserve("shared", 10, None) for number in range(11)))
    took = time.monotonic() - started
    await other.close()
    assert took >= 0.95, "eleven calls at ten a second"


async def test_a_long_question_takes_a_longer_share(store: Store) -> None:
    purse = SharedRates(store, {"long": Rate(tokens_per_minute=6000)})
    started = time.monotonic()
    await purse.reserve("long", 50, None)
    first = time.monotonic() - started
    await purse.reserve("long", 1, None)
    assert time.monotonic() - started >= 0.45, "fifty tokens at a hundred a second"
    assert first < 0.45


async def test_a_model_without_a_rate_waits_for_nobody(store: Store) -> None:
    purse = SharedRates(store, {"other": Rate(requests_per_minute=0.001)})
    async with asyncio.timeout(5):
        for _ in range(3):
            purse.settle(await purse.reserve("free", 1_000_000, None), Usage())


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        Rate(requests_per_minute=0)
