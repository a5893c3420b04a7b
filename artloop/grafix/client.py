"""Our side of the server: for agents an MCP server of the SDK, for the flow the port `Render`."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from agents import RunContextWrapper
from agents.agent import AgentBase
from agents.mcp import MCPServerStdio, MCPToolMetaContext
from mcp import ClientSession, MCPError, stdio_client
from mcp_types import CONNECTION_CLOSED, REQUEST_TIMEOUT, CallToolResult, TextContent, Tool

from artloop import telemetry
from artloop.errors import ERROR_KEY, ArtloopError, RenderServerError, StorageError, UsageError
from artloop.grafix.places import META_KEY
from artloop.grafix.plotter.layout import Exported
from artloop.grafix.sandbox.handle import PACKAGE
from artloop.models import Place, Rendering, RenderRequest
from artloop.ports import ToolServer
from artloop.settings import RenderLimits
from artloop.workspace import log_file

TOOLS: dict[str, frozenset[str]] = {
    "imagine": frozenset({"describe_api"}),
    "draw": frozenset({"render", "metrics", "describe_api", "get_artifact", "list_artifacts"}),
    "critique": frozenset({"metrics", "get_artifact"}),
    "choose": frozenset({"metrics", "get_artifact"}),
}
"""What each agent, by its name, may call."""
COMPILE_SECONDS = 900.0
BUSY_TRIES = 200
NOWHERE = Place()
"""Of a call that writes nothing."""
Progress = Callable[[int, int], None]


class GrafixStdio(MCPServerStdio):
    """The Grafix server as a child process, shared by all agents of a run.

    `on_progress` is told (done, total) while kernels compile. Calls wait here for a free render slot; a server that has
    died is started once more. Raises `RenderServerError` from `connect` and `call_tool`.
    """

    def __init__(
        self,
        root: Path,
        limits: RenderLimits,
        cache_folder: Path,
        log_file: Path,
        on_progress: Progress | None = None,
    ) -> None:
        start = tool_server(root, limits, cache_folder)
        super().__init__(
            params={"command": start.command, "args": start.args, "env": start.env},
            name="grafix",
            cache_tools_list=True,
            client_session_timeout_seconds=COMPILE_SECONDS + 3 * limits.timeout_s,
            tool_meta_resolver=located,
            failure_error_function=told,
        )
        self._offered: list[Tool] = []
        self._log_file = log_file
        self._on_progress = on_progress
        self._slots = asyncio.Semaphore(limits.max_concurrency)
        self._reconnecting = asyncio.Lock()

    def create_streams(self) -> AbstractAsyncContextManager[Any]:
        """stdio, with the server's stderr in the log file."""
        return self._logged_streams()

    async def connect(self) -> None:
        """Start the server and shake hands."""
        try:
            await super().connect()  # type: ignore[no-untyped-call]
        except (MCPError, OSError, ExceptionGroup) as error:
            raise RenderServerError(f"the Grafix server did not start: {self._last_words() or error}") from error

    async def list_tools(
        self, run_context: RunContextWrapper[Any] | None = None, agent: AgentBase | None = None
    ) -> list[Tool]:
        """What an agent may call, by its name.

        With a filter of the SDK's, all tools would be copied twice a turn, which takes longer than all else in it.
        """
        if not self._offered:
            self._offered = await super().list_tools(run_context, agent)
        may = TOOLS.get(agent.name, frozenset()) if agent else {tool.name for tool in self._offered}
        return [tool.model_copy(deep=True) for tool in self._offered if tool.name in may]

    async def call_tool(
        self, tool_name: str, arguments: dict[str, Any] | None, meta: dict[str, Any] | None = None
    ) -> CallToolResult:
        """Call a tool; a render waits for a slot, and again when strangers have taken it.

        One that only measures is let wait by the server, and takes no slot from the others here.
        """
        self._validate_required_parameters(tool_name=tool_name, arguments=arguments)
        if tool_name != "render" or (arguments or {}).get("output_formats") == []:
            return await self._sent(tool_name, arguments, meta)
        async with self._slots:
            for _ in range(BUSY_TRIES):
                result = await self._sent(tool_name, arguments, meta)
                if (wait_ms := (result.meta or {}).get("retry_after_ms")) is None:
                    return result
                await asyncio.sleep(random.uniform(0.5, 1.5) * float(wait_ms) / 1000)
        raise RenderServerError("the Grafix server stays busy with other clients; raise render.max_concurrency")

    async def _sent(
        self, tool_name: str, arguments: dict[str, Any] | None, meta: dict[str, Any] | None
    ) -> CallToolResult:
        session = self.session
        try:
            return await self._asked(session, tool_name, arguments, meta)
        except ConnectionError:
            await self._reconnected(session)
        try:
            return await self._asked(self.session, tool_name, arguments, meta)
        except ConnectionError as error:
            raise RenderServerError(f"the Grafix server died twice: {self._last_words() or error}") from error

    async def _asked(
        self, session: ClientSession | None, tool_name: str, arguments: dict[str, Any] | None, meta: Any
    ) -> CallToolResult:
        """One call; ConnectionError when the server is gone."""
        if session is None:
            raise ConnectionError("it is not connected")
        try:
            result = await session.call_tool(tool_name, arguments, progress_callback=self._progress, meta=meta)
        except (anyio.ClosedResourceError, anyio.BrokenResourceError) as error:
            raise ConnectionError("its connection is closed") from error
        except MCPError as error:
            if error.error.code == CONNECTION_CLOSED:
                raise ConnectionError(error.error.message) from error
            if error.error.code == REQUEST_TIMEOUT:
                raise RenderServerError("the Grafix server does not answer; stop the run and resume it") from error
            raise
        if telemetry.collecting():
            from artloop.telemetry.relay import forwarded

            forwarded(result.meta, "artloop-grafix")
        return result

    async def _reconnected(self, broken: ClientSession | None) -> None:
        """Start the server again, once for all calls that lost it."""
        async with self._reconnecting:
            if self.session is broken:
                await self.cleanup()  # type: ignore[no-untyped-call]
                await self.connect()

    async def _progress(self, progress: float, total: float | None, message: str | None) -> None:
        if self._on_progress and message == "compiling kernels":
            self._on_progress(int(progress), int(total or 0))

    @asynccontextmanager
    async def _logged_streams(self) -> AsyncIterator[Any]:
        with log_file(self._log_file) as log:
            async with stdio_client(self.params, errlog=log) as streams:
                yield streams

    def _last_words(self) -> str:
        try:
            lines = self._log_file.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        except OSError:
            return ""
        return f"{lines[-1]} (more in {self._log_file})" if lines else ""


class RenderClient:
    """`ports.Render`, and with `measure` `ports.Measure`, over a connected `GrafixStdio`."""

    def __init__(self, server: GrafixStdio) -> None:
        self._server = server

    async def __call__(self, request: RenderRequest, place: Place) -> Rendering:
        """Render into `place`. Raises `RenderServerError`, and `StorageError` when the disk refuses."""
        arguments = request.model_dump(mode="json", exclude_none=True)
        return Rendering.model_validate_json(await self._told("render", arguments, place))

    async def measure(self, request: RenderRequest) -> Rendering:
        """Measure what a sketch draws, and leave no file. Raises `RenderServerError`."""
        return await self(request.model_copy(update={"output_formats": ()}), NOWHERE)

    async def export(self, place: Place, path: str, profile: str = "zaxis") -> Exported:
        """Write `plot.gcode` beside the drawing at `path`, relative to the variant's folder.

        Raises `UsageError` when it cannot be plotted (off the paper, empty), `RenderServerError` and `StorageError`.
        """
        return Exported.model_validate_json(await self._told("export_gcode", {"path": path, "profile": profile}, place))

    async def _told(self, tool: str, arguments: dict[str, Any], place: Place) -> str:
        """A tool's result as JSON; its refusals as the errors they were."""
        result = await self._server.call_tool(tool, arguments, {META_KEY: place.model_dump(mode="json")})
        if result.is_error:
            text = " ".join(part.text for part in result.content if isinstance(part, TextContent))
            known: dict[str, type[ArtloopError]] = {"StorageError": StorageError, "UsageError": UsageError}
            raise known.get(str((result.meta or {}).get(ERROR_KEY)), RenderServerError)(text)
        return json.dumps(result.structured_content)


def tool_server(root: Path, limits: RenderLimits, cache_folder: Path, place: Place | None = None) -> ToolServer:
    """How to start the server from anywhere; with a `place`, for an implementer that cannot say where it draws."""
    folders = ("--root", str(root.absolute()), "--cache", str(cache_folder.absolute()))
    bound = ("--place", place.model_dump_json()) if place else ()
    traced = ("--spans",) if telemetry.collecting() else ()
    return ToolServer(
        command=sys.executable,
        args=["-P", "-m", "artloop.grafix", *folders, "--limits", limits.model_dump_json(), *bound, *traced],
        env={"PYTHONPATH": str(PACKAGE), "PYTHONHASHSEED": "0"},
        tools=sorted(TOOLS["draw"]),
    )


def located(context: MCPToolMetaContext) -> dict[str, Any] | None:
    """The place of the run context, as request metadata that no model can forge."""
    place = getattr(context.run_context.context, "place", None)
    return {META_KEY: place.model_dump(mode="json")} if isinstance(place, Place) else None


def told(context: RunContextWrapper[Any], error: Exception) -> str:
    """What a model reads when a tool call failed; a dead server is no business of a model's and ends the step."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, RenderServerError):
            raise cause
        cause = cause.__cause__
    return str(error)
