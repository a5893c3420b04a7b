"""Jobs over HTTP: one server, several sessions. Over a pipe: test_stdio.py."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from mcp import Client

from artloop.grafix.client import TOOLS
from artloop.grafix.server import build_server
from artloop.settings import RenderLimits

from .sketches import HEXAGON


@asynccontextmanager
async def listening(root: Path, cache_folder: Path) -> AsyncIterator[str]:
    """A server's address on this machine."""
    app = build_server(root, RenderLimits(timeout_s=60), cache_folder, allow_unsafe=True).streamable_http_app()
    with socket.create_server(("127.0.0.1", 0)) as port:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve(sockets=[port]))
            try:
                yield f"http://127.0.0.1:{port.getsockname()[1]}/mcp"
            finally:
                server.should_exit = True


async def job(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


async def test_another_session_finds_and_cancels_what_this_one_has_started(tmp_path: Path, cache_folder: Path) -> None:
    source = f"import time\ntime.sleep(60)\n{HEXAGON}"
    async with listening(tmp_path, cache_folder) as url:
        async with Client(url) as one:
            job_id = (await job(one, "start_render", source=source))["job_id"]
        async with Client(url) as other, Client(url) as third:
            assert (await job(other, "poll_job", job_id=job_id, wait_seconds=0))["state"] == "running"
            async with asyncio.TaskGroup() as group:
                waiting = group.create_task(job(third, "poll_job", job_id=job_id, wait_seconds=60))
                assert (await job(other, "cancel_job", job_id=job_id))["state"] == "cancelled"
            assert waiting.result()["state"] == "cancelled"


def test_no_agent_of_a_run_is_offered_jobs() -> None:
    assert not {"start_render", "start_tune", "poll_job", "cancel_job"} & frozenset().union(*TOOLS.values())
