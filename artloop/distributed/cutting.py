"""Calls back a step in work when the artist ends its variant, instead of waiting for a model on another machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from artloop.errors import CutOff
from artloop.models import Request
from artloop.ports import Attempt, Step

T = TypeVar("T")
LOOK_S = 0.3
ENDING = ("stop", "drop")


class Scissors:
    """Cuts off what is in work for variants that are stopped or dropped.

    A step is left alone when something has taken effect at its boundary already: only there can the end be on record.
    """

    def __init__(self, requests: Callable[[], Sequence[Request]], begun: Callable[[Step], bool]) -> None:
        self._requests, self._begun = requests, begun
        self._limits: dict[asyncio.Timeout, str] = {}

    async def around(self, attempt: Attempt, work: Awaitable[T]) -> T:
        """Await it. Raises `CutOff`."""
        variant, iteration, kind, ordinal = attempt.step.split("/")
        boundary = Step(
            variant=variant, iteration=int(iteration), kind=f"before-{kind}", ordinal=int(ordinal), input_sha256=""
        )
        if self._begun(boundary):
            return await work
        limit = asyncio.timeout(None)
        try:
            async with limit:
                self._limits[limit] = variant
                return await work
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise CutOff(f"step {attempt.step} was called back") from error
        finally:
            self._limits.pop(limit, None)

    async def watch(self) -> None:
        """Look for what the artist asked, as long as it is let."""
        while True:
            await asyncio.sleep(LOOK_S)
            if self._limits:
                ends = [one for one in await asyncio.to_thread(self._requests) if one.what in ENDING]
                for limit, variant in list(self._limits.items()):
                    if any(one.concerns(variant) for one in ends):
                        del self._limits[limit]
                        limit.reschedule(asyncio.get_running_loop().time())
