"""What happens on the board by itself: leases run out, retries come due, and agents that wait are given work."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TypeVar

from artloop.beside import beside
from artloop.errors import StorageError
from artloop.ports import Clock
from artloop.settings import HubSettings
from artloop.taskboard import agents, leases, outcomes, shared
from artloop.taskboard.store import Store, Transaction
from artloop.taskboard.turn import DUE, Turn
from artloop.taskboard.waiting import Waiting

T = TypeVar("T")
AT_ONCE = 100
"""Things that are due, or agents that wait, in one transaction; tasks of one poll."""
LONGEST_SLEEP_S = 10.0
"""However far off the next thing is: the machine may sleep meanwhile, its clock be set, another hub be gone."""
STORE_DOWN_S = 1.0
"""Until the store is tried again by nobody's wish."""


class Clockwork:
    """Commits what rules decide, and is awake when they say so."""

    def __init__(self, store: Store, settings: HubSettings, clock: Clock, chance: random.Random) -> None:
        self._store, self._settings, self._clock, self._chance = store, settings, clock, chance
        self._wakes_at = 0.0
        self.waiting = Waiting()
        """Who waits for work, for an end or for news; served while `running`."""

    def date(self) -> float:
        """Unix time."""
        return self._clock.date()

    async def do(self, rule: Callable[[Turn], Awaitable[T]]) -> T:
        """Commit what a rule decides, and be awake when it says so."""
        plans: list[float] = []

        async def work(tx: Transaction) -> T:
            turn = Turn(tx, self._clock.date(), self._settings, self._chance)
            result = await rule(turn)
            plans[:] = turn.plans
            return result

        result = await self._store.transact(work)
        if plans and min(plans) < self._wakes_at:
            self._wakes_at = min(plans)
            self.waiting.alarm.set()
        return result

    async def next_due(self) -> float | None:
        """The Unix time at which something is to happen by itself; None: never."""
        return await self.do(_next_due)

    async def tick(self) -> float | None:
        """Do what is due by now; when the next thing is."""

        async def rule(turn: Turn) -> float | None:
            for member, _ in await turn.tx.least(DUE, AT_ONCE, upto=turn.now):
                turn.tx.unrank(DUE, member)
                what, _, id = member.partition(":")
                await HAPPENS[what](turn, id)
            return await _next_due(turn)

        while (next := await self.do(rule)) is not None and next <= self._clock.date():
            pass
        return next

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """What falls due happens and who waits is served, until the block ends."""
        with self._store.listening(self.waiting.told):
            async with beside(self._serve()):
                yield

    async def _serve(self) -> None:
        """Let things happen when they are due, and give work to who waits for it."""
        while True:
            self.waiting.alarm.clear()
            try:
                if self._clock.date() >= self._wakes_at:
                    # Set before looking: what is planned meanwhile must not be forgotten.
                    self._wakes_at = self._clock.date() + LONGEST_SLEEP_S
                    self._wakes_at = min(self._wakes_at, await self.tick() or self._wakes_at)
                await self._feed()
            except StorageError:
                # Whoever calls the board is told; here it is enough to try again.
                await asyncio.sleep(STORE_DOWN_S)
                self.waiting.wake_all()
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self._wakes_at - self._clock.date())):
                    await self.waiting.alarm.wait()

    async def _feed(self) -> None:
        """Give work to agents that wait, many in one transaction, and take back what came too late for them."""
        asks = self.waiting.asking(AT_ONCE)
        if asks:
            given = await self.do(lambda turn: leases.feed(turn, asks))
            for ask, assignments in zip(asks, given, strict=True):
                self.waiting.answer(ask, assignments)
        for agent_id, assignments in self.waiting.unwanted():
            await self.do(partial(leases.take_back, agent_id=agent_id, given=assignments))


HAPPENS: dict[str, Callable[[Turn, str], Awaitable[None]]] = {
    "lease": outcomes.fall_silent,
    "retry": outcomes.time_is_over,
    "keep": outcomes.time_is_over,
    "rest": agents.wake,
    "ttl": shared.expire,
}
"""What is done when its time comes; see `turn.DUE`."""


async def _next_due(turn: Turn) -> float | None:
    first = await turn.tx.least(DUE, 1)
    return first[0][1] if first else None
