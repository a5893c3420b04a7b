"""HTTP exchanges that end early: the client has hung up, or the server closes.

A session of a 2025 client outlives its connections, and the SDK lets what it asked for go on. Nothing keeps the answer
for later, so here it is cancelled.
"""

from __future__ import annotations

import json
from typing import Any

import anyio
from pydantic_core import from_json
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SESSION = "mcp-session-id"


class Exchange:
    """One request and its answer, watched as they pass."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self.body = b""
        self.hung_up = False
        self.started = False
        self._complete = False
        self._receive = receive
        self._send = send

    async def receive(self) -> Message:
        """ASGI receive."""
        message = await self._receive()
        self.body += message.get("body", b"")
        self.hung_up |= message["type"] == "http.disconnect" and not self._complete
        return message

    async def send(self, message: Message) -> None:
        """ASGI send."""
        self.started = True
        self._complete |= message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)


class Exchanges:
    """The exchanges in progress around an MCP application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open: set[anyio.CancelScope] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI; HTTP requests only."""
        exchange, asked = Exchange(receive, send), dict(scope)
        with anyio.CancelScope() as progress:
            self._open.add(progress)
            try:
                await self._app(scope, exchange.receive, exchange.send)
            finally:
                self._open.discard(progress)
        if progress.cancelled_caught:
            await _closed(scope, receive, exchange)
        if progress.cancelled_caught or exchange.hung_up:
            await self._cancel(asked, exchange.body)

    def close(self) -> None:
        """End all exchanges, above all the streams that would never end by themselves."""
        for progress in list(self._open):
            progress.cancel()

    async def _cancel(self, scope: Scope, body: bytes) -> None:
        """Tell the session that nobody waits for this request any more, in the client's own words."""
        asked = _request(body)
        headers = MutableHeaders(raw=list(scope["headers"]))
        if asked is None or SESSION not in headers:
            return
        params = {"requestId": asked["id"], "reason": "the client hung up"}
        cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}
        content = json.dumps(cancelled).encode()
        headers["content-length"] = str(len(content))

        async def receive() -> Message:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(_: Message) -> None:
            """Nobody listens."""

        await self._app({**scope, "headers": headers.raw}, receive, send)


def _request(body: bytes) -> dict[str, Any] | None:
    try:
        found = from_json(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "id" in found and "method" in found else None


async def _closed(scope: Scope, receive: Receive, exchange: Exchange) -> None:
    """Finish an answer that was cut off."""
    if exchange.started:
        await exchange.send({"type": "http.response.body", "body": b"", "more_body": False})
    else:
        await PlainTextResponse("the server is closing\n", 503)(scope, receive, exchange.send)
