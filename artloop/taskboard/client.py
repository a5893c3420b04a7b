"""A hub's tools, called over HTTP; a hub that was away is reached again by the next call."""

from __future__ import annotations

import asyncio
import math
from types import TracebackType
from typing import Any

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp_types import (
    CONNECTION_CLOSED,
    REQUEST_TIMEOUT,
    CallToolResult,
    ErrorData,
    JSONRPCError,
    TextContent,
)

from artloop import errors
from artloop.errors import ERROR_KEY, ArtloopError, ProviderError, UsageError

PROTOCOL = "2026-07-28"
"""Of this version each call is a request of its own: there is no session that a restart of the hub would end."""
TIMEOUT = httpx2.Timeout(10, read=60)
"""Seconds. However long a call waits, a hub that lives says something every 15."""
TRIES = 5
"""How often a call is sent that the hub puts off, before it is given up."""
REFUSED = -32091
"""JSON-RPC code that stands for what HTTP said in place of the hub's tools."""
AWAY = frozenset({CONNECTION_CLOSED, REQUEST_TIMEOUT})


class HubClient:
    """One hub, as an async context manager; calls may run side by side."""

    def __init__(self, url: str, key: str | None = None) -> None:
        self.url = url
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client: Client | None = None
        self._closing = asyncio.Event()
        self._host: asyncio.Task[None] | None = None

    async def __aenter__(self) -> HubClient:
        """Nothing is sent yet. Raises `UsageError` for what is no URL."""
        if not self.url.startswith(("http://", "https://")):
            raise UsageError(f"{self.url!r} is no URL of a hub; give one as http://127.0.0.1:8424/mcp")
        opened: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        # The SDK's scopes must be left by the task that entered them, and not while a group of the caller's fails.
        self._host = asyncio.create_task(self._hosting(opened))
        either: set[asyncio.Future[Any]] = {self._host, opened}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self._host.cancel()
            raise
        if self._host.done():
            self._host.result()
        self._client = opened.result()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Calls still out are given up."""
        self._client = None
        self._closing.set()
        if self._host is not None:
            await asyncio.wait({self._host})
            self._host.result()

    async def _hosting(self, opened: asyncio.Future[Client]) -> None:
        transport = Spoken(httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_connections=None)))
        async with httpx2.AsyncClient(headers=self._headers, timeout=TIMEOUT, transport=transport) as http:
            streams = streamable_http_client(self.url, http_client=http, max_sse_event_size=None)
            async with Client(streams, mode=PROTOCOL) as client:
                opened.set_result(client)
                await self._closing.wait()

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What a tool answers.

        Raises what the hub raised, by its name, `UsageError` for other refusals, and `ProviderError` when it is away:
        nobody knows then whether it heard the call. A call that the hub puts off is sent again when it says.
        """
        for _ in range(TRIES):
            try:
                return _told(await self._sent(tool, arguments))
            except MCPError as error:
                if (wait_s := _put_off(error)) is None:
                    raise self._explained(error) from error
            await asyncio.sleep(wait_s)
        raise ProviderError(f"the hub at {self.url} puts {tool} off again and again; raise hub.calls_per_minute there")

    async def _sent(self, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        if self._client is None:
            raise UsageError("this hub client is closed; call it within its `async with`")
        return await self._client.call_tool(tool, arguments)

    def _explained(self, error: MCPError) -> ArtloopError:
        said = error.error.message
        if error.error.code in AWAY:
            return ProviderError(f"the hub at {self.url} is away ({said}); start it with: artloop hub serve")
        return UsageError(f"the hub at {self.url} refuses: {said}")


class Spoken(httpx2.AsyncBaseTransport):
    """HTTP for an MCP client: what goes wrong below MCP is told as an error of the one call that it happened to.

    The SDK ends the whole connection, with all calls in flight, when a request cannot be sent, and keeps an answer
    other than 200 to itself.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, read to its end unless it is a stream of events."""
        try:
            response = await self._inner.handle_async_request(request)
            if response.headers.get("content-type", "").startswith("text/event-stream"):
                return response
            content = await response.aread()
            await response.aclose()
        except httpx2.TransportError as error:
            return _as_error(503, CONNECTION_CLOSED, str(error) or type(error).__name__)
        if response.status_code < 400 or response.headers.get("content-type", "").startswith("application/json"):
            return httpx2.Response(response.status_code, headers=_plain(response.headers), content=content)
        wait_s = response.headers.get("retry-after", "")
        data = {"retry_after_s": float(wait_s)} if response.status_code == 429 and wait_s.isdecimal() else None
        text = " ".join(content.decode(errors="replace").split())[:500]
        return _as_error(response.status_code, REFUSED, text or f"HTTP status {response.status_code}", data)

    async def aclose(self) -> None:
        """Its connections too."""
        await self._inner.aclose()


def _as_error(status: int, code: int, message: str, data: Any = None) -> httpx2.Response:
    error = JSONRPCError(jsonrpc="2.0", id=None, error=ErrorData(code=code, message=message, data=data))
    return httpx2.Response(status, headers={"Content-Type": "application/json"}, content=error.model_dump_json())


def _plain(headers: httpx2.Headers) -> list[tuple[str, str]]:
    """Without those that speak of how the content came, which has been read and decoded."""
    gone = ("content-encoding", "content-length", "transfer-encoding")
    return [(name, text) for name, text in headers.multi_items() if name.lower() not in gone]


def _put_off(error: MCPError) -> float | None:
    """Seconds until the call may be sent again; None for one that was not put off."""
    data = error.error.data
    wait_s = data.get("retry_after_s") if error.error.code == REFUSED and isinstance(data, dict) else None
    return wait_s if isinstance(wait_s, float) and math.isfinite(wait_s) else None


def _told(answer: CallToolResult) -> dict[str, Any]:
    """A tool's structured answer; its refusal as the error it was."""
    if not answer.is_error:
        return dict(answer.structured_content or {})
    text = " ".join(part.text for part in answer.content if isinstance(part, TextContent))
    kind = getattr(errors, str((answer.meta or {}).get(ERROR_KEY)), UsageError)
    known = isinstance(kind, type) and issubclass(kind, ArtloopError)
    raise (kind if known else UsageError)(text)
