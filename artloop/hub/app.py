"""A hub put together: its state, its tools, and every path it answers, which is the one place to add another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp.server import MCPServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from artloop.clock import WallClock
from artloop.errors import StorageError
from artloop.grafix.http import application, no_hosts
from artloop.grafix.server import build_server as grafix_server
from artloop.hub import server
from artloop.hub.audit import Audit
from artloop.hub.calls import Hub
from artloop.hub.gate import gate
from artloop.hub.keys import Keys
from artloop.hub.pace import Paced
from artloop.hub.places import AUDIT, folder_of, warned
from artloop.hub.rendering import Rendering
from artloop.hub.runs import Configured, Runs
from artloop.hub.sketches import Sketches
from artloop.taskboard.board import Board
from artloop.taskboard.opening import opened_store
from artloop.taskboard.store import Store
from artloop.tune.kept import tuned_in
from artloop.workspace import resource_folders

MCP, GRAFIX, HEALTH = "/mcp", "/grafix/mcp", "/healthz"
PUBLIC = frozenset({HEALTH})
"""Paths that need no key."""
LARGEST_BODY = 10_000_000
"""Bytes; a larger request is answered 413."""


@dataclass(frozen=True)
class Open:
    """A hub that is open, to be served."""

    hub: Hub
    keys: Keys
    app: ASGIApp


def routes(hub: Hub, tools: MCPServer[Any], rendering: Rendering) -> list[BaseRoute]:
    """Every path that the hub answers."""

    async def healthy(_: Request) -> PlainTextResponse:
        try:
            await hub.board.next_due()
        except StorageError:
            return PlainTextResponse("the store cannot be used; the hub's log says why\n", 503)
        return PlainTextResponse("ok\n")

    return [
        Route(HEALTH, healthy),
        Route(MCP, application(tools, MCP, max_request_body_size=LARGEST_BODY)),
        Route(GRAFIX, rendering),
    ]


@asynccontextmanager
async def opened(configured: Configured, config: Path | None, *, allow_unsafe: bool = False) -> AsyncIterator[Open]:
    """Open a hub: its board, its tools and the Grafix tools, until the body ends."""
    settings = configured()
    async with AsyncExitStack() as stack:
        store: Store = await stack.enter_async_context(opened_store(settings.hub, folder_of(settings), warned))
        board = await stack.enter_async_context(Board(store, settings.hub, WallClock()))
        audit = Audit(folder_of(settings) / AUDIT)
        stack.callback(audit.close)
        own = settings.root / "sketches"
        folders = list(dict.fromkeys([own, *resource_folders(settings.root, "sketches")]))
        hub = Hub(board, Runs(configured, config), Sketches(folders, own))
        tools = server.build_server(hub, audit)
        grafix = grafix_server(settings.root, settings.render, settings.cache_folder, allow_unsafe, tune=tuned_in)
        grafix.middleware.extend([gate(audit), no_hosts])
        rendering = Rendering(grafix, GRAFIX, max_request_body_size=LARGEST_BODY)
        paths = routes(hub, tools, rendering)
        await stack.enter_async_context(rendering.served())
        await stack.enter_async_context(tools.session_manager.run())
        yield Open(hub, Keys(store), Paced(Starlette(routes=paths), settings.hub.calls_per_minute))
