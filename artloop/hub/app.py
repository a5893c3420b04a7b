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

from artloop import telemetry
from artloop.clock import WallClock
from artloop.errors import StorageError
from artloop.grafix.http import application, no_hosts
from artloop.grafix.server import build_server as grafix_server
from artloop.hub import server
from artloop.hub.audit import Audit
from artloop.hub.calls import Hub
from artloop.hub.dashboard import Dashboard
from artloop.hub.gate import gate
from artloop.hub.keys import Keys
from artloop.hub.live import Live
from artloop.hub.login import LOGIN, Sessions
from artloop.hub.observing import logged, meters_for, metrics_route, observed
from artloop.hub.pace import Paced
from artloop.hub.places import AUDIT, folder_of, warned
from artloop.hub.rendering import Rendering
from artloop.hub.roles import MAY
from artloop.hub.runs import Configured, Runs
from artloop.hub.sketches import Sketches
from artloop.prompts import Prompts
from artloop.taskboard.board import Board
from artloop.taskboard.opening import opened_store
from artloop.taskboard.store import Store
from artloop.tune.kept import tuned_in
from artloop.web.door import Pages
from artloop.workspace import Workspace, resource_folders

MCP, GRAFIX, HEALTH = "/mcp", "/grafix/mcp", "/healthz"
PUBLIC = frozenset({HEALTH, LOGIN})
"""Paths that need no key."""
LARGEST_BODY = 10_000_000
"""Bytes; a larger request is answered 413."""


@dataclass(frozen=True)
class Open:
    """A hub that is open, to be served."""

    hub: Hub
    keys: Keys
    pages: Pages
    app: ASGIApp


def routes(hub: Hub, tools: MCPServer[Any], rendering: Rendering) -> list[BaseRoute]:
    """The paths for programs."""

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
async def opened(
    configured: Configured, config: Path | None, url: str | None = None, *, allow_unsafe: bool = False
) -> AsyncIterator[Open]:
    """Open a hub that will be found at `url`: its board, its tools and the Grafix tools, until the body ends."""
    settings = configured()
    async with AsyncExitStack() as stack:
        stack.enter_context(telemetry.exported("artloop-hub", settings.traces.otel))
        store: Store = await stack.enter_async_context(opened_store(settings.hub, folder_of(settings), warned))
        board = await stack.enter_async_context(Board(store, settings.hub, WallClock()))
        grafix = grafix_server(settings.root, settings.render, settings.cache_folder, allow_unsafe, tune=tuned_in)
        meters = meters_for([*MAY, *(tool.name for tool in await grafix.list_tools())])
        audit = Audit(folder_of(settings) / AUDIT, heard=meters.tool_call if meters else None)
        stack.callback(audit.close)
        own = settings.root / "sketches"
        folders = list(dict.fromkeys([own, *resource_folders(settings.root, "sketches")]))
        hub = Hub(board, Runs(configured, config, url), Sketches(folders, own))
        tools = server.build_server(hub, audit)
        grafix.middleware.extend([gate(audit), no_hosts, *([meters.rendering] if meters else [])])
        rendering = Rendering(grafix, GRAFIX, max_request_body_size=LARGEST_BODY)
        workspace = Workspace(settings.root, settings.workspace)
        live = Live(workspace, meters.run_event) if meters else Live(workspace)
        keys, sessions = Keys(store), Sessions()
        dashboard = Dashboard(hub, live, keys, sessions, audit, Prompts(resource_folders(settings.root, "prompts")))
        paths = [*routes(hub, tools, rendering), *dashboard.routes(), metrics_route(board, live, meters)]
        await stack.enter_async_context(live.followed())
        await stack.enter_async_context(observed(board, logged, *([meters.board_event] if meters else [])))
        await stack.enter_async_context(rendering.served())
        await stack.enter_async_context(tools.session_manager.run())
        yield Open(hub, keys, sessions.pages, Paced(Starlette(routes=paths), settings.hub.calls_per_minute))
