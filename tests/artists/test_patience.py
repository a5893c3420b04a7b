from __future__ import annotations

import asyncio
import random

import pytest

from artloop.artists.patience import Breaker, pause
from artloop.errors import ProviderError
from artloop.events import BreakerMoved
from artloop.settings import ModelChoice
from artloop.views.narration import plain
from tests.artists.desk import SoftClock

CHOICE = ModelChoice(breaker_failures=3, backoff_s=1.0, max_backoff_s=60.0, patience_s=300.0)


class Watched(Breaker):
    """A breaker with its clock and what it told."""

    def __init__(self) -> None:
        self.clock, self.told = SoftClock(), list[BreakerMoved]()
        super().__init__("127.0.0.1:1", CHOICE, self.clock, self.told.append)

    @property
    def states(self) -> list[str]:
        return [event.state for event in self.told]

    def down(self, times: int = 3) -> None:
        for _ in range(times):
            self.failed()


def test_pauses_double_with_jitter_up_to_the_longest() -> None:
    chance = random.Random(1)
    for tries, full in [(1, 1.0), (2, 2.0), (5, 16.0)]:
        drawn = {pause(CHOICE, tries, None, chance) for _ in range(50)}
        assert full / 2 <= min(drawn) < max(drawn) <= full
    assert pause(CHOICE, 20, None, chance) == 60


def test_a_pause_is_never_shorter_than_the_provider_asks_but_never_longer_than_the_longest() -> None:
    chance = random.Random(1)
    assert all(7 <= pause(CHOICE, 1, 7.0, chance) <= 7.5 for _ in range(50))
    assert pause(CHOICE, 1, 3600.0, chance) == 60


async def test_failures_in_a_row_open_the_breaker_and_others_in_between_do_not() -> None:
    breaker = Watched()
    breaker.down(2)
    breaker.answered()
    breaker.down(2)
    assert breaker.states == []
    breaker.down(1)
    assert breaker.states == ["open"]
    assert breaker.told[0].failures == 3
    assert breaker.told[0].pause_s == 4.0


async def test_an_open_breaker_lets_one_call_try_while_the_others_wait() -> None:
    breaker = Watched()
    breaker.down()
    passed: list[int] = []

    async def call(number: int) -> None:
        await breaker.let_pass()
        passed.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(call(number))
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(passed) == 1
        assert breaker.states == ["open", "half_open"]
        breaker.answered()
    assert sorted(passed) == [0, 1, 2, 3]
    assert breaker.states == ["open", "half_open", "closed"]
    assert breaker.clock.slept[0] == 4.0


async def test_a_try_in_vain_opens_it_again_for_longer() -> None:
    breaker = Watched()
    breaker.down()
    await breaker.let_pass()
    breaker.failed()
    assert breaker.states == ["open", "half_open", "open"]
    assert [event.pause_s for event in breaker.told] == [4.0, 0.0, 8.0]


async def test_a_try_that_was_cancelled_leaves_the_next_one_to_another_call() -> None:
    breaker = Watched()
    breaker.down()
    await breaker.let_pass()
    breaker.let_go()
    await asyncio.wait_for(breaker.let_pass(), 1)
    assert breaker.states == ["open", "half_open", "open", "half_open"]


async def test_a_provider_that_is_down_for_long_ends_the_session_and_says_how_to_go_on() -> None:
    breaker = Watched()
    breaker.down()

    async def storm() -> None:
        for _ in range(50):
            await breaker.let_pass()
            breaker.failed()

    with pytest.raises(ProviderError, match=r"down for 3\d\d s; nothing is lost, resume") as raised:
        await storm()
    assert raised.value.fatal
    assert breaker.clock.at - 1000.0 < 300 + 2 * 60


async def test_the_same_move_twice_is_two_events_and_each_is_told_in_words() -> None:
    breaker = Watched()
    breaker.down()
    await breaker.let_pass()
    breaker.let_go()
    assert len(set(breaker.told)) == 3
    assert plain(breaker.told[0]) == "127.0.0.1:1 is left alone for 4 s after 3 failures in a row"
    assert plain(breaker.told[1]) == "127.0.0.1:1 is tried again"
