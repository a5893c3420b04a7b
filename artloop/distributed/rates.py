"""How many calls and tokens a model may be asked for in a minute by all workers together: buckets in Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from artloop.distributed.store import Store, patiently
from artloop.models import Usage, Value
from artloop.ports import Receipt
from artloop.settings import Rate

PATIENCE_S = 60.0
TAKE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1e6
local wait = 0
for each = 1, #KEYS do
    local per_second, cost = ARGV[2 * each - 1] / 60, tonumber(ARGV[2 * each])
    local from = math.max(tonumber(redis.call('GET', KEYS[each]) or 0), now)
    redis.call('SET', KEYS[each], string.format('%.6f', from + cost / per_second), 'EX', 3600)
    wait = math.max(wait, from - now)
end
return tostring(wait)
"""
"""Each bucket holds the moment until which it is sold. Who takes more than there is, is told how long to wait: first
come, first served, and nobody asks twice."""


class Taken(Value):
    """A receipt: what was taken is not given back."""


class SharedRates:
    """`ports.Purse` that knows no caps and lets calls wait until their model's rate has room for them."""

    def __init__(self, store: Store, rates: Mapping[str, Rate]) -> None:
        self._store, self._rates = store, rates
        self._take = store.redis.register_script(TAKE)

    async def reserve(self, model: str, request_tokens: int, max_output_tokens: int | None) -> Receipt:
        """Wait for the model's turn. Raises `StorageError` when Redis is away for too long."""
        if wanted := limits(self._rates.get(model), request_tokens):
            keys = [f"artloop:rate:{{{model}}}:{what}" for what, _, _ in wanted]
            amounts: list[Any] = [number for _, per_minute, cost in wanted for number in (per_minute, cost)]
            wait = await patiently(lambda: self._take(keys=keys, args=amounts), PATIENCE_S, self._store.shown)
            await asyncio.sleep(max(0.0, float(wait)))
        return Taken()

    def settle(self, receipt: Receipt, usage: Usage) -> None:
        """Nothing is given back."""

    def lost(self, receipt: Receipt) -> None:
        """Nothing is given back."""


def limits(rate: Rate | None, tokens: int) -> list[tuple[str, float, int]]:
    """(what, how much a minute, how much this call takes) of each limit there is."""
    if rate is None:
        return []
    both = [("requests", rate.requests_per_minute, 1), ("tokens", rate.tokens_per_minute, tokens)]
    return [(what, per_minute, cost) for what, per_minute, cost in both if per_minute is not None]
