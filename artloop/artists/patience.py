"""How long to wait for a provider: pauses between tries, and a breaker that leaves one alone that is down."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Literal

from artloop.errors import ProviderError
from artloop.events import BreakerMoved
from artloop.ports import Clock
from artloop.settings import ModelChoice


def pause(choice: ModelChoice, tries: int, asked_s: float | None, chance: random.Random) -> float:
    """Seconds until the next try after `tries` in vain: doubling, with jitter, never less than the provider asks.

    Nobody waits longer than `max_backoff_s`, whatever the provider asks.
    """
    grown = choice.backoff_s * 2.0 ** (tries - 1) * chance.uniform(0.5, 1.0)
    wanted = grown if asked_s is None else asked_s + choice.backoff_s * chance.uniform(0.0, 0.5)
    return min(choice.max_backoff_s, wanted)


class Breaker:
    """Leaves a provider alone after failures in a row; then one call tries it while the others wait."""

    def __init__(
        self, provider: str, choice: ModelChoice, clock: Clock, tell: Callable[[BreakerMoved], None], session: int = 1
    ) -> None:
        self.provider, self.session = provider, session
        self._choice, self._clock, self._tell = choice, clock, tell
        self._state: Literal["open", "half_open", "closed"] = "closed"
        self._failures = self._moves = 0
        self._down_since = self._again_at = 0.0
        self._moved = asyncio.Event()

    async def let_pass(self) -> None:
        """Wait until a call may be sent. Raises a fatal `ProviderError` when the provider is down for too long."""
        while self._state != "closed":
            self._give_up_when_down_for_long()
            if self._state == "half_open":
                moved = self._moved
                await moved.wait()
            elif (left := self._again_at - self._clock.now()) > 0:
                await self._clock.sleep(left)
            else:
                self._move("half_open")
                return

    def answered(self) -> None:
        """The provider answered, be it that it refuses."""
        self._failures = 0
        if self._state != "closed":
            self._move("closed")

    def failed(self) -> None:
        """The provider was down."""
        self._failures += 1
        if self._failures == 1:
            self._down_since = self._clock.now()
        if self._state == "half_open" or (self._state == "closed" and self._failures >= self._choice.breaker_failures):
            self._again_at = self._clock.now() + self._pause_s()
            self._move("open")

    def let_go(self) -> None:
        """The call was cancelled: another one may try."""
        if self._state == "half_open":
            self._move("open")

    def _give_up_when_down_for_long(self) -> None:
        down_s = self._clock.now() - self._down_since
        if down_s >= self._choice.patience_s:
            raise ProviderError(
                f"{self.provider} has been down for {down_s:.0f} s; nothing is lost, resume when it is back", fatal=True
            )

    def _pause_s(self) -> float:
        doublings = self._failures - self._choice.breaker_failures
        return min(self._choice.max_backoff_s, self._choice.backoff_s * 4 * 2.0 ** min(doublings, 16))

    def _move(self, state: Literal["open", "half_open", "closed"]) -> None:
        self._state = state
        self._moves += 1
        self._moved.set()
        self._moved = asyncio.Event()
        pause_s = max(0.0, self._again_at - self._clock.now()) if state == "open" else 0.0
        self._tell(
            BreakerMoved(
                provider=self.provider,
                state=state,
                failures=self._failures,
                pause_s=round(pause_s, 1),
                session=self.session,
                number=self._moves,
            )
        )
