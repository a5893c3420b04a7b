from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artloop.errors import BudgetReached, UsageError
from artloop.flow.budget import OUTPUT_TOKENS, Amount, Budget, Priced, Reserved, affordable
from artloop.models import Caps, Price, Usage
from artloop.ports import Asked, CallRecord
from artloop.prices import Tariff
from tests.fakes import MemoryCalls, MemoryLedger

TARIFF = Tariff(models={"m": Price(input=1.0, cached_input=0.1, output=10.0), "big": Price(input=20.0, output=90.0)})


def budget(usd: float | None = None, tokens: int | None = None, ledger: MemoryLedger | None = None) -> Budget:
    return Budget(Caps(usd=usd, tokens=tokens), TARIFF, ledger or MemoryLedger(), free=frozenset({"house"}))


def asked(model: str, request: int, limit: int | None) -> Asked:
    return Asked(step="s", generation=0, turn=0, model=model, request_tokens=request, max_output_tokens=limit)


@dataclass(frozen=True)
class Call:
    """A call as a driver makes it: how much is asked for, how much of it is used, and when it ends."""

    model: str
    request: int
    limit: int | None
    share: float
    ending: str
    yields: int


calls = st.builds(
    Call,
    model=st.sampled_from(["m", "big", "house", "unpriced"]),
    request=st.integers(0, 50_000),
    limit=st.none() | st.integers(1, 20_000),
    share=st.floats(0, 1),
    ending=st.sampled_from(["settle", "lost", "unpaid"]),
    yields=st.integers(0, 5),
)


@settings(max_examples=200)
@given(
    todo=st.lists(calls, max_size=24),
    usd=st.none() | st.floats(0.001, 5),
    tokens=st.none() | st.integers(1, 400_000),
    earlier=st.integers(0, 30_000),
)
def test_whatever_happens_in_whatever_order_no_cap_is_ever_passed(
    todo: list[Call], usd: float | None, tokens: int | None, earlier: int
) -> None:
    """Settled, lost and outstanding together, at every moment, with up to 24 calls in flight."""

    async def driven() -> None:
        ledger = MemoryLedger()
        purse = budget(usd, tokens, ledger)
        start = purse.spent

        def check() -> None:
            total = purse.spent.plus(purse.outstanding)
            assert total == start or total.usd <= (usd or 1e9) * (1 + 1e-9)
            assert total == start or total.tokens <= (tokens or 10**12)

        async def one(call: Call) -> None:
            try:
                receipt = await purse.reserve(call.model, call.request, call.limit)
            except BudgetReached:
                check()
                return
            check()
            for _ in range(call.yields):
                await asyncio.sleep(0)
            end(call, receipt)
            check()

        def end(call: Call, receipt: Reserved) -> None:
            most = receipt.most
            if call.ending == "lost":
                purse.lost(receipt)
                if most.requests:
                    ledger.sent.append(asked(call.model, call.request, call.limit))
            elif call.ending == "unpaid":
                purse.settle(receipt, Usage())
            else:
                taken = {
                    "input_tokens": int(most.input_tokens * call.share),
                    "output_tokens": int(most.output_tokens * call.share),
                }
                usage = Usage(requests=1, **taken)
                ledger.answers.append((call.model, usage))
                purse.settle(receipt, usage)

        async with asyncio.timeout(10):
            await asyncio.gather(*(one(call) for call in todo))
        assert purse.outstanding == Amount()
        again = budget(usd, tokens, ledger).spent
        assert again.tokens == purse.spent.tokens
        assert again.usd == pytest.approx(purse.spent.usd)

    asyncio.run(driven())


async def test_a_call_waits_for_what_those_in_flight_give_back() -> None:
    purse = budget(tokens=3_000)
    first = await purse.reserve("m", 1_000, 1_000)
    second = asyncio.create_task(purse.reserve("m", 1_000, 1_000))
    await asyncio.sleep(0)
    assert not second.done()
    purse.settle(first, Usage(requests=1, input_tokens=900, output_tokens=100))
    assert (await second).most.output_tokens == 1_000


async def test_a_call_that_waited_is_refused_when_nothing_is_given_back() -> None:
    purse = budget(tokens=3_000)
    first = await purse.reserve("m", 1_000, 1_000)
    second = asyncio.create_task(purse.reserve("m", 1_000, 1_000))
    await asyncio.sleep(0)
    purse.lost(first)
    with pytest.raises(BudgetReached, match=r"--max-tokens 3000 is reached: 2000 spent.*2000"):
        await second


async def test_what_can_never_fit_is_refused_at_once_although_calls_are_in_flight() -> None:
    purse = budget(usd=0.05)
    await purse.reserve("m", 1_000, 1_000)
    with pytest.raises(BudgetReached, match=r"--budget-usd 0\.05 is reached: \$0\.0000 spent.*\$0\.1001"):
        await purse.reserve("m", 100, 10_000)


async def test_a_call_without_a_limit_is_reserved_as_if_it_answered_at_full_length() -> None:
    receipt = await budget(usd=1.0).reserve("m", 0, None)
    assert receipt.most.output_tokens == OUTPUT_TOKENS


async def test_the_house_costs_nothing() -> None:
    purse = budget(usd=0.001, tokens=1)
    receipt = await purse.reserve("house", 10**9, 10**9)
    assert purse.outstanding == Amount()
    purse.lost(receipt)
    assert purse.spent == Amount()


async def test_a_lost_call_of_an_earlier_session_counts_as_paid() -> None:
    ledger = MemoryLedger()
    ledger.sent.append(asked("m", 3_000, 1_000))
    with pytest.raises(BudgetReached):
        await budget(tokens=5_000, ledger=ledger).reserve("m", 500, 1_000)


def test_each_call_is_kept_with_what_it_cost() -> None:
    usage = Usage(requests=1, input_tokens=1_000, cached_tokens=600, output_tokens=100)
    priced = Priced(MemoryCalls(), TARIFF)
    call = CallRecord(step="s", generation=0, turn=0, request_sha256="", response="", model="m", usage=usage)
    sent = asked("m", 1_000, 100)
    priced.asking(sent)
    kept = priced.commit(call)
    assert kept.usage.cost_usd == pytest.approx((400 + 60 + 1_000) / 1e6)
    assert priced.find("s", 0, 0) == kept
    priced.asking(sent.model_copy(update={"turn": 1}))
    assert priced.commit(call.model_copy(update={"turn": 1, "model": "?"})).usage.cost_usd is None


def test_a_cap_in_money_for_an_unknown_price_says_how_to_add_it() -> None:
    with pytest.raises(UsageError, match=r'price of other; add to artloop.toml.*\[prices."other"\]'):
        affordable(Caps(usd=1.0), {"m", "other"}, TARIFF)
    affordable(Caps(tokens=1), {"other"}, TARIFF)
    affordable(Caps(usd=1.0), {"m"}, TARIFF)
