"""A web server that ends in good order, with streams open or not."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from artloop.errors import ArtloopError, first_of
from artloop.web.door import Door, Policy
from artloop.web.exchanges import Exchanges

GRACE_S = 1
"""What is still being sent when the server closes may take this long."""


async def serve(app: ASGIApp, listener: socket.socket, policy: Policy, announce: Callable[[], None]) -> int:
    """Serve until a signal ends it; gives the exit code. `announce` is called once it listens."""
    exchanges = Exchanges(app)
    config = uvicorn.Config(
        Door(exchanges, policy),
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    web = Web(config, exchanges, announce)
    await web.serve([listener])
    return 128 + web.signalled


def run(work: Coroutine[Any, Any, int]) -> int:
    """What the work gives; of errors that come in a group the first one of ours is raised alone."""
    try:
        return asyncio.run(work)
    except ExceptionGroup as group:
        if isinstance(error := first_of(group), ArtloopError):
            raise error from None
        raise


class Web(uvicorn.Server):
    """uvicorn that tells when it listens, lets go of streams at its end, and returns instead of signalling again."""

    def __init__(self, config: uvicorn.Config, exchanges: Exchanges, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self.signalled = 0
        self._exchanges = exchanges
        self._announce = announce

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM end the server in good order."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._end, number)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening and close every connection."""
        self._exchanges.close()
        await super().shutdown(sockets)

    def _end(self, number: int) -> None:
        self.signalled = number
        self.should_exit = True
