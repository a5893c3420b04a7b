"""The server over stdio, one JSON-RPC message a line.

What is no message is answered here: the SDK drops it without a word, and its sender would wait for ever.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
from mcp.server import MCPServer
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp_types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError, jsonrpc_message_adapter
from pydantic import ValidationError
from pydantic_core import from_json

from artloop.errors import UsageError

LINE_MAX = 16 * 2**20
"""Bytes of one message: a sketch is a few thousand."""
CHUNK = 2**16
ID_MAX = 2**53
"""Beyond it many a client's numbers are not whole any more."""
Refuse = Callable[[JSONRPCError], Awaitable[None]]


def serve(server: MCPServer[Any]) -> int:
    """Serve until stdin closes, or Ctrl-C; gives the exit code. Raises `UsageError` when there is no stdin."""
    source = _stdin()  # before the event loop takes descriptor 0, should it be free
    try:
        anyio.run(_serve, server, source)
    except KeyboardInterrupt:
        return 130
    return 0


def refusal(line: bytes) -> JSONRPCError | None:
    """The answer to what is no JSON-RPC message; None for one."""
    try:
        found = from_json(line)
    except ValueError as error:
        return _error(PARSE_ERROR, f"this line is no JSON: {error}")
    if not isinstance(found, dict):
        return _error(INVALID_REQUEST, "one JSON-RPC object a line is served, no batch")
    if "id" in found and not _is_id(found["id"]) and ("method" in found or "error" not in found):
        return _error(INVALID_REQUEST, "an id is a text or a whole number")
    if "method" in found and not found.keys().isdisjoint(("result", "error")):
        return _error(INVALID_REQUEST, "a request holds no result or error", found.get("id"))
    try:
        jsonrpc_message_adapter.validate_python(found, by_name=False)
    except ValidationError:
        asked = found.get("id") if "method" in found else None  # an answer is not answered
        return _error(INVALID_REQUEST, "this is no JSON-RPC 2.0 request, notification or answer", asked)
    return None


async def _serve(server: MCPServer[Any], source: int) -> None:
    async def refuse(answer: JSONRPCError) -> None:
        await write.send(SessionMessage(answer))

    messages: Any = _messages(source, refuse)
    async with stdio_server(stdin=messages) as (read, write):
        inner = server._lowlevel_server  # run_stdio_async is this and leaves no room for a stdin of ours
        await inner.run(read, write, inner.create_initialization_options())


def _stdin() -> int:
    """A descriptor for standard input, which nothing else in this process or below it can read any more."""
    try:
        private = os.dup(0)
    except OSError as error:
        raise UsageError("there is no standard input; an MCP client starts this command and talks to it") from error
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return private


async def _messages(source: int, refuse: Refuse) -> AsyncIterator[str]:
    """The lines that are messages; the others are refused."""
    async for line in _lines(source):
        if len(line) > LINE_MAX:
            await refuse(_error(INVALID_REQUEST, f"a message has {LINE_MAX} bytes at most"))
        elif line.strip():
            answer = refusal(line)
            if answer is None:
                yield line.decode()
            else:
                await refuse(answer)


async def _lines(source: int) -> AsyncIterator[bytes]:
    """Lines without their end; one that is too long is cut somewhere beyond `LINE_MAX`."""
    parts: list[bytes] = []
    size = 0
    while chunk := await _read(source):
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            yield b"".join([*parts, end])
            parts, size = [], 0
        if size <= LINE_MAX:
            parts.append(rest)
            size += len(rest)
    yield b"".join(parts)


async def _read(source: int) -> bytes:
    """What has come; empty at the end. No thread waits for it: it could not be called off."""
    with suppress(OSError):  # a file, and the null device, are always ready
        await anyio.wait_readable(source)
    return os.read(source, CHUNK)


def _error(code: int, message: str, about: object = None) -> JSONRPCError:
    known = about if isinstance(about, str | int) and _is_id(about) else None
    return JSONRPCError(jsonrpc="2.0", id=known, error=ErrorData(code=code, message=message))


def _is_id(found: object) -> bool:
    if isinstance(found, str):
        return True
    return isinstance(found, int) and not isinstance(found, bool) and abs(found) <= ID_MAX
