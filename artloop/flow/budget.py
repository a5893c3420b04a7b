"""What a run may spend: sets aside before each model call what it may cost at most, so that no cap is ever passed."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from artloop.errors import BudgetReached, UsageError
from artloop.models import Caps, Usage, Value
from artloop.ports import Asked, CallRecord, Calls, Ledger, Receipt
from artloop.prices import Tariff

OUTPUT_TOKENS = 16_384
"""Longest answer of a call under a cap, unless another limit is set: without one no call could be bounded."""


class Amount(NamedTuple):
    """Money and tokens."""

    usd: float = 0.0
    tokens: int = 0

    def plus(self, other: Amount) -> Amount:
        """Both together."""
        return Amount(self.usd + other.usd, self.tokens + other.tokens)

    def within(self, caps: Caps) -> bool:
        """Whether no cap is passed."""
        return (caps.usd is None or self.usd <= caps.usd) and (caps.tokens is None or self.tokens <= caps.tokens)


class Reserved(Value):
    """A receipt: what was set aside for one call."""

    number: int
    model: str
    most: Usage
    """What the call comes to at most."""


class Budget:
    """`ports.Purse` of one run. What earlier sessions paid, lost calls included, counts from the start."""

    def __init__(self, caps: Caps, tariff: Tariff, ledger: Ledger, free: frozenset[str] = frozenset()) -> None:
        self.caps, self.tariff, self.free = caps, tariff, free
        lost = [(asked.model, longest(asked.request_tokens, asked.max_output_tokens)) for asked in ledger.unanswered()]
        self.spent = Amount()
        for model, usage in (*ledger.paid(), *lost):
            self.spent = self.spent.plus(self._amount(model, usage))
        self._set_aside: dict[int, Amount] = {}
        self._reserved = 0
        self._freed = asyncio.Event()

    @property
    def outstanding(self) -> Amount:
        """What is set aside for calls in flight."""
        total = Amount()
        for amount in self._set_aside.values():
            total = total.plus(amount)
        return total

    async def reserve(self, model: str, request_tokens: int, max_output_tokens: int | None) -> Reserved:
        """Set aside what the call may come to; waits only while calls in flight may give enough back."""
        most = Usage() if model in self.free else longest(request_tokens, max_output_tokens)
        asked = self._amount(model, most)
        while not self.spent.plus(self.outstanding).plus(asked).within(self.caps):
            if not self.spent.plus(asked).within(self.caps):
                raise BudgetReached(self._refusal(asked))
            self._freed.clear()
            await self._freed.wait()
        self._reserved += 1
        self._set_aside[self._reserved] = asked
        return Reserved(number=self._reserved, model=model, most=most)

    def settle(self, receipt: Receipt, usage: Usage) -> None:
        """Give back what the call did not need."""
        self._close(receipt, usage)

    def lost(self, receipt: Receipt) -> None:
        """Keep all that was set aside for it: it may have been paid."""
        self._close(receipt, None)

    def _close(self, receipt: Receipt, usage: Usage | None) -> None:
        assert isinstance(receipt, Reserved)
        if self._set_aside.pop(receipt.number, None) is not None:
            came_to = self._amount(receipt.model, receipt.most if usage is None else usage)
            self.spent = self.spent.plus(came_to)
            self._freed.set()

    def _amount(self, model: str, usage: Usage) -> Amount:
        usd = usage.cost_usd if usage.cost_usd is not None else self.tariff.cost(model, usage)
        return Amount(usd or 0.0, usage.input_tokens + usage.output_tokens)

    def _refusal(self, asked: Amount) -> str:
        usd, tokens = self.caps.usd, self.caps.tokens
        if usd is not None and self.spent.usd + asked.usd > usd:
            return (
                f"--budget-usd {usd:g} is reached: ${self.spent.usd:.4f} spent, "
                f"and the next call may cost ${asked.usd:.4f}; resume with a higher --budget-usd"
            )
        return (
            f"--max-tokens {tokens} is reached: {self.spent.tokens} spent, "
            f"and the next call may take {asked.tokens}; resume with a higher --max-tokens"
        )


def longest(request_tokens: int, max_output_tokens: int | None) -> Usage:
    """What a call comes to when the answer is as long as it may be."""
    return Usage(requests=1, input_tokens=request_tokens, output_tokens=max_output_tokens or OUTPUT_TOKENS)


class Priced:
    """`ports.Calls` in which each call stands with what it cost."""

    def __init__(self, calls: Calls, tariff: Tariff) -> None:
        self.calls, self.tariff = calls, tariff

    def find(self, step: str, generation: int, turn: int) -> CallRecord | None:
        """The recorded call, if it was answered before."""
        return self.calls.find(step, generation, turn)

    def asking(self, asked: Asked) -> None:
        """Keep that a call is about to be sent."""
        self.calls.asking(asked)

    def refused(self, asked: Asked) -> None:
        """The call about to be sent was turned away."""
        self.calls.refused(asked)

    def commit(self, call: CallRecord) -> CallRecord:
        """Keep an answered call with its cost; None where no price is known."""
        usage = call.usage.model_copy(update={"cost_usd": self.tariff.cost(call.model, call.usage)})
        return self.calls.commit(call.model_copy(update={"usage": usage}))

    async def kept(self) -> None:
        """Wait until it is on record."""
        await self.calls.kept()


def affordable(caps: Caps, models: set[str], tariff: Tariff) -> None:
    """Refuse a cap in money for a model whose price is not known."""
    unknown = [model for model in sorted(models) if tariff.of(model) is None]
    if caps.usd is not None and unknown:
        raise UsageError(
            f"--budget-usd needs the price of {unknown[0]}; add to artloop.toml, in USD per million tokens:"
            f' [prices."{unknown[0]}"] with input = ..., output = ...; or use --max-tokens'
        )
