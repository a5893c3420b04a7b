"""The Grafix tools of a hub, for those who draw. Their processes start with the first request: most hubs need none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp.server import MCPServer
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from artloop.grafix.http import application
from artloop.hub.roles import RENDERING, caller_of


class Rendering:
    """An ASGI application at `path`, while it is `served`."""

    def __init__(self, server: MCPServer[Any], path: str, **options: Any) -> None:
        self._server = server
        self._path = path
        self._app: ASGIApp = application(server, path, **options)
        self._wanted, self._ready = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI; HTTP requests only. Answers 403 to those who do not draw."""
        if caller_of(Request(scope)).role not in RENDERING:
            said = f"{self._path} is for keys of the role {' or '.join(sorted(RENDERING))}\n"
            await PlainTextResponse(said, 403)(scope, receive, send)
            return
        self._wanted.set()
        await self._ready.wait()
        await self._app(scope, receive, send)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """Start the server when it is wanted; end it with the body."""
        async with asyncio.TaskGroup() as group:
            running = group.create_task(self._run())
            try:
                yield
            finally:
                running.cancel()

    async def _run(self) -> None:
        await self._wanted.wait()
        async with self._server.session_manager.run():
            self._ready.set()
            await asyncio.Event().wait()
