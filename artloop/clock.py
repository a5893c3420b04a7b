"""The time, as this machine tells it."""

from __future__ import annotations

import asyncio
import time


class WallClock:
    """`ports.Clock` of this machine."""

    def now(self) -> float:
        """Seconds of a clock that never goes back."""
        return time.monotonic()

    def date(self) -> float:
        """Unix time."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
