"""Compiles Grafix's Numba kernels once per machine, in several processes, into a folder of our own."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import platform
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import artloop
from artloop.errors import RenderServerError, StorageError
from artloop.grafix.sandbox import wire
from artloop.grafix.sandbox.handle import Child, Children

MODULE = "artloop.grafix.sandbox.warm"
COMPLETE = "complete"
OWN = Path(artloop.__file__).parent / "grafix" / "plotter"
"""Where the kernels are that are not Grafix's."""
POLL_SECONDS = 0.5
OPERATION_SECONDS = 300.0
LONGEST = (
    "plotting",
    "E.isocontour",
    "E.clip",
    "E.fill",
    "E.subdivide",
    "E.displace",
    "E.growth",
    "E.weave",
    "E.lowpass",
)
"""Compiled first, so that no process is left with a long one at the end."""

Report = Callable[[int, int], Awaitable[None]]


@cache
def versions() -> dict[str, str]:
    """Of everything that decides how a drawing comes out."""
    packages = {name: version(name) for name in ("grafix", "numpy", "numba", "llvmlite", "resvg-py")}
    return {**packages, "python": platform.python_version()}


def kernels_folder(cache_folder: Path) -> Path:
    """The folder of the kernels for this installation of Grafix on this sort of processor."""
    key = [*versions().values(), *_installation(), sys.platform, platform.machine(), _processor()]
    return cache_folder / f"numba-{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}"


def marker(folder: Path) -> Path:
    """The file which says that all is compiled, our own kernels as they are now: those of an update are not yet."""
    files = [(str(path), path.stat().st_mtime_ns) for path in sorted(OWN.glob("*.py"))]
    return folder / f"{COMPLETE}-{hashlib.sha256(repr(files).encode()).hexdigest()[:16]}"


class Kernels:
    """The state of the compilation. `compile` runs once in the background; renders wait in `ready`."""

    def __init__(self, children: Children, cache_folder: Path, processes: int) -> None:
        self._children = children
        self.folder = kernels_folder(cache_folder)
        self._processes = processes
        self._done, self._total = 0, 0
        self._finished = asyncio.Event()
        self._error: RenderServerError | StorageError | None = None

    async def compile(self) -> None:
        """Compile what is missing; another server on this machine that does so already is waited for."""
        try:
            complete = marker(self.folder)
            if not complete.exists():
                async with _locked(self.folder):
                    if not complete.exists():
                        await self._compile_all()
                        complete.touch()
        except OSError as error:
            self._error = StorageError(f"cannot write compiled kernels to {self.folder}: {error.strerror or error}")
        except RenderServerError as error:
            self._error = error
        self._finished.set()

    async def ready(self, report: Report) -> None:
        """Wait for the kernels and tell `report` (done, total), the end too. Raises what made the compilation fail."""
        waited = not self._finished.is_set()
        while not self._finished.is_set():
            await report(self._done, self._total)
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._finished.wait()
        if self._error:
            raise self._error
        if waited and self._total:
            await report(self._total, self._total)

    async def _compile_all(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        waiting: deque[str] = deque()
        async with _all_or_none() as group:
            first = await self._started()
            waiting.extend(sorted(first.operations, key=lambda name: (name not in LONGEST, name)))
            self._total = len(waiting)
            group.create_task(self._work(first, waiting))
            for _ in range(self._processes - 1):
                group.create_task(self._work(None, waiting))

    async def _work(self, worker: _Worker | None, waiting: deque[str]) -> None:
        worker = worker or await self._started()
        try:
            while waiting:
                async with asyncio.timeout(OPERATION_SECONDS):
                    await worker.child.send(wire.pack({"operation": waiting.popleft()}))
                    await worker.child.receive(0)
                self._done += 1
        except (wire.BrokenFrameError, TimeoutError) as error:
            last = worker.child.log_tail().strip().splitlines()[-1:]
            raise RenderServerError(
                f"compiling Grafix's kernels failed ({last[0] if last else error}); start again to continue it"
            ) from error
        finally:
            self._children.stop(worker.child)

    async def _started(self) -> _Worker:
        child = await self._children.start(MODULE, self.folder)
        try:
            operations = (await child.ready())["operations"]
        except BaseException:
            self._children.stop(child)
            raise
        return _Worker(child, [str(name) for name in operations] if isinstance(operations, list) else [])


class _Worker:
    def __init__(self, child: Child, operations: list[str]) -> None:
        self.child = child
        self.operations = operations


@asynccontextmanager
async def _all_or_none() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group that raises the first error instead of a group of them."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


@asynccontextmanager
async def _locked(folder: Path) -> AsyncIterator[None]:
    """Hold the machine-wide lock of a kernels folder; it falls with its holder."""
    with _lock_file(folder) as file:
        while not _try_lock(file):  # noqa: ASYNC110 - a file lock has no event
            await asyncio.sleep(POLL_SECONDS)
        yield


def _lock_file(folder: Path) -> IO[str]:
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / "lock").open("w")


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _installation() -> tuple[str, int]:
    """Where Grafix lies and since when: Numba finds a kernel again only for the same file of the same age."""
    spec = find_spec("grafix")
    if spec is None or spec.origin is None:
        raise RenderServerError("Grafix is not installed here; install it with: pip install grafix==0.0.6")
    return spec.origin, Path(spec.origin).stat().st_mtime_ns


def _processor() -> str:
    """The processor's model where the system tells it cheaply; Numba checks its cache against the real one anyway."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("model name", "CPU part")):
                return line.partition(":")[2].strip()
    return platform.processor()


def processors() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
