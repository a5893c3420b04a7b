"""How many calls a minute each key may make: a bucket of tokens that fills as time passes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from artloop.hub.roles import Caller


class Bucket:
    """The calls that one key has left."""

    def __init__(self, calls_per_minute: int, now: float) -> None:
        self._most = float(calls_per_minute)
        self._left = self._most
        self._seen = now

    def wait_s(self, now: float) -> float:
        """Take a call, and 0.0; or the seconds until there is one to take."""
        self._left = min(self._most, self._left + (now - self._seen) * self._most / 60)
        self._seen = now
        if self._left < 1:
            return (1 - self._left) * 60 / self._most
        self._left -= 1
        return 0.0


class Paced:
    """Answers 429 in place of the application to a key that calls too often; a call that waits counts once.

    Whoever needs no key, on this machine, is not held up.
    """

    def __init__(self, app: ASGIApp, calls_per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._rate = calls_per_minute
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI; HTTP requests only."""
        caller = scope.get("user")
        wait_s = self._wait_s(caller) if isinstance(caller, Caller) and scope["method"] == "POST" else 0.0
        if not wait_s:
            await self._app(scope, receive, send)
            return
        said = f"{self._rate} calls a minute are what a key may make; wait, or raise hub.calls_per_minute\n"
        headers = {"Retry-After": str(math.ceil(wait_s))}
        await PlainTextResponse(said, 429, headers)(scope, receive, send)

    def _wait_s(self, caller: Caller) -> float:
        if not caller.name:
            return 0.0
        now = self._clock()
        return self._buckets.setdefault(caller.name, Bucket(self._rate, now)).wait_s(now)
