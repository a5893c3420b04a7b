"""Sketches for tests, and a server to run them."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mcp import Client
from mcp_types import CallToolResult

from artloop.grafix.server import build_server
from artloop.models import Rendering
from artloop.settings import RenderLimits

HEXAGON = """from grafix import G, L
CANVAS = (100, 80)
SEED = 3
PEN_MM = 0.4
PARAMS = {"sides": 6, "size_mm": 50.0}
W, H = CANVAS
def draw(t):
    shape = G.polygon(n_sides=PARAMS["sides"], scale=PARAMS["size_mm"], center=(W / 2, H / 2, 0))
    return [L(name="ink").layer(shape, color=(0.2, 0.4, 0.6), thickness=2 * PEN_MM / min(W, H))]
"""


@asynccontextmanager
async def served(root: Path, cache_folder: Path, **limits: Any) -> AsyncIterator[Client]:
    """A client of an in-memory server, entered and left in one task whatever the fixture's tasks are."""
    ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def serve() -> None:
        async with Client(build_server(root, RenderLimits(**limits), cache_folder)) as client:
            ready.set_result(client)
            await done.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(serve())
        yield await ready
        done.set()


def rendering(result: CallToolResult) -> Rendering:
    """The structured result of `render`."""
    assert not result.is_error, result.content
    return Rendering.model_validate_json(json.dumps(result.structured_content))


def ended(pid: int) -> bool:
    """Whether a process is no more; a zombie that nobody has reaped is no more."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and ") Z " in stat.read_text()


async def until(true: Callable[[], bool]) -> None:
    """Wait for what other processes do, which announce it to nobody."""
    async with asyncio.timeout(120):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
