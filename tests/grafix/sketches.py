"""Sketches for tests, and a server to run them."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
from mcp import Client
from mcp.server import MCPServer
from mcp_types import CallToolResult

from artloop.grafix.sandbox.forks import AVAILABLE
from artloop.grafix.sandbox.handle import Children
from artloop.grafix.sandbox.kernels import Kernels, processors
from artloop.grafix.server import build_server
from artloop.models import Rendering
from artloop.settings import IsolationChoice, RenderLimits

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
DRAW = "\nfrom grafix import G\ndef draw(t): return G.grid(scale=50.0, center=(50.0, 50.0, 0.0))\n"


def confinable() -> bool:
    """Whether this machine can be expected to confine a sketch at all."""
    if not AVAILABLE:
        return False
    import landlockpy
    import seccompy

    return landlockpy.supported() and seccompy.supported()


async def compiled(children: Children, cache_folder: Path) -> Path:
    """The folder of Grafix's kernels, complete."""

    async def no_report(done: int, total: int) -> None:
        """Nobody watches."""

    kernels = Kernels(children, cache_folder, processors())
    await asyncio.gather(kernels.compile(), kernels.ready(no_report))
    return kernels.folder


@asynccontextmanager
async def served(
    root: Path, cache_folder: Path, allow_unsafe: bool = True, isolation: IsolationChoice = "auto", **limits: Any
) -> AsyncIterator[Client]:
    """A client of an in-memory render server."""
    async with client_of(build_server(root, RenderLimits(**limits), cache_folder, allow_unsafe, isolation)) as client:
        yield client


@asynccontextmanager
async def client_of(server: MCPServer[Any]) -> AsyncIterator[Client]:
    """A client of an in-memory server, entered and left in one task whatever the fixture's tasks are."""
    ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def serve() -> None:
        async with Client(server) as client:
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


def forked(process: psutil.Process) -> bool:
    """Whether a zygote has forked it to be a worker: it leads a process group."""
    parent = process.parent()
    zygote = parent is not None and "artloop.grafix.sandbox.zygote" in parent.cmdline()
    return zygote and os.getpgid(process.pid) == process.pid


def waiting(process: psutil.Process) -> bool:
    """Whether it is a worker that was forked ahead: it has no sketch, or it would be confined."""
    try:
        return forked(process) and "Seccomp:\t0" in Path(f"/proc/{process.pid}/status").read_text()
    except OSError:  # it has ended meanwhile
        return False


def below(pid: int | None = None) -> list[psutil.Process]:
    """The living processes below this or that one, and those below them, but for workers that wait."""
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.Error, OSError):
            found += [] if ended(child.pid) or waiting(child) else [child]
    return found


def offspring() -> set[int]:
    """The ids of the processes below this one, but for workers that wait."""
    return {child.pid for child in below()}


def workers(pid: int | None = None) -> list[psutil.Process]:
    """The render workers below this or that process that run a sketch."""
    found = []
    for child in below(pid):
        with contextlib.suppress(psutil.Error, OSError):
            found += [child] if forked(child) else []
    return found


async def until(true: Callable[[], bool], seconds: float = 120) -> None:
    """Wait for what other processes do, which announce it to nobody."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
