"""The server's end of a child process: started scrubbed and alone, spoken to in frames, killed as a group."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import IO, Protocol, Self

import artloop
from artloop.errors import RenderServerError
from artloop.grafix.sandbox import wire
from artloop.grafix.sandbox.walls import Wall

PACKAGE = Path(artloop.__file__).parent.parent
LOG_TAIL = 4000
START_SECONDS = 120.0
END_SECONDS = 2.0
NOWHERE = "/proc" if sys.platform == "linux" else "/"
"""Where children stand: not even root can make a file there, so that none has to be removed. Nor are settings there."""
OPEN = Wall(())
PIPE = asyncio.subprocess.PIPE
_SINGLE = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def environment(kernels: Path | None = None) -> dict[str, str]:
    """All that a child sees of the environment: no keys, no home, one thread, a fixed hash seed."""
    fixed = {
        "PATH": os.defpath,
        "HOME": "/nonexistent",  # else Python finds one, and Grafix the settings in it
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(PACKAGE),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore",
        "MALLOC_ARENA_MAX": "1",
        **dict.fromkeys(_SINGLE, "1"),
    }
    return {**fixed, "NUMBA_CACHE_DIR": str(kernels)} if kernels else fixed


class Running(Protocol):
    """A process and our ends of its pipes."""

    pid: int

    @property
    def stdin(self) -> asyncio.StreamWriter | None:
        """What it reads."""
        ...

    @property
    def stdout(self) -> asyncio.StreamReader | None:
        """What it answers."""
        ...

    @property
    def returncode(self) -> int | None:
        """Exit status, once that is known."""
        ...

    async def wait(self) -> int:
        """Exit status."""
        ...

    def kill(self) -> None:
        """End it and whatever it has started."""
        ...

    def close(self) -> None:
        """Close both pipes without waiting: a grandchild may hold the other ends open."""
        ...


class Spawned:
    """A process that asyncio started, as `Running`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    @property
    def stdin(self) -> asyncio.StreamWriter | None:
        """What it reads."""
        return self._process.stdin

    @property
    def stdout(self) -> asyncio.StreamReader | None:
        """What it answers."""
        return self._process.stdout

    @property
    def returncode(self) -> int | None:
        """Exit status, once that is known."""
        return self._process.returncode

    async def wait(self) -> int:
        """Exit status."""
        return await self._process.wait()

    def kill(self) -> None:
        """End its process group, and itself if it has left that."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Close both pipes."""
        transport = getattr(self._process, "_transport", None)
        for pipe in (0, 1):
            if transport is not None and (end := transport.get_pipe_transport(pipe)) is not None:
                end.close()


class Child:
    """One running child. Made and ended by `Children`."""

    def __init__(self, process: Running, log: IO[bytes]) -> None:
        self._process = process
        self._log = log

    @classmethod
    async def start(cls, module: str, kernels: Path | None = None, stdin: int = PIPE, wall: Wall = OPEN) -> Child:
        """Start `python -m module` behind a wall, as the leader of its own process group."""
        log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `stop`
        parent = 1 if wall.namespace else os.getpid()
        try:
            process = await asyncio.create_subprocess_exec(
                *(*wall.command, sys.executable, "-P", "-s", "-m", module, str(parent)),
                stdin=stdin,
                stdout=PIPE,
                stderr=log,
                cwd=NOWHERE,
                env=environment(kernels),
                start_new_session=True,
            )
        except BaseException as error:
            log.close()
            if isinstance(error, OSError):
                raise RenderServerError(f"a render process cannot be started: {error.strerror or error}") from error
            raise
        return cls(Spawned(process), log)

    async def ready(self) -> dict[str, object]:
        """What the child says when its imports are done. Raises `RenderServerError` if it says nothing."""
        try:
            async with asyncio.timeout(START_SECONDS):
                return (await self.receive(1 << 20))[0]
        except (wire.BrokenFrameError, TimeoutError) as error:
            last = self.log_tail().strip().splitlines()[-1:]
            raise RenderServerError(
                f"a render process did not start ({last[0] if last else error}); check with: artloop doctor"
            ) from error

    async def send(self, content: bytes) -> None:
        """Send one packed frame; a child that is gone shows at the next `receive`."""
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(content)
            await self._process.stdin.drain()

    async def receive(self, limit: int) -> wire.Frame:
        """The next frame, of at most `limit` bytes of blobs. Raises `wire.BrokenFrameError`."""
        assert self._process.stdout is not None
        return await wire.receive(self._process.stdout, limit)

    async def status(self) -> int | None:
        """Exit status of a child that has closed its pipe; None if it lives on all the same."""
        try:
            async with asyncio.timeout(1.0):
                return await self._process.wait()
        except TimeoutError:
            return None

    def log(self, limit: int) -> bytes:
        """What it wrote to stdout and stderr, the last `limit` bytes."""
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - limit))
        return self._log.read(limit)

    def log_tail(self) -> str:
        """The end of the log as text."""
        return self.log(LOG_TAIL).decode(errors="replace")

    def stop(self) -> None:
        """Kill the whole process group and let go of everything; safe to call from a cancelled task."""
        self._process.kill()
        self._process.close()
        self._log.close()

    @property
    def running(self) -> bool:
        """Whether its end has not been seen yet."""
        return self._process.returncode is None

    async def gone(self) -> None:
        """Wait until it has ended."""
        await self._process.wait()


class Children:
    """All children of a server: whatever way its block is left, none outlives it."""

    def __init__(self) -> None:
        self._alive: set[Child] = set()
        self._dying: set[Child] = set()

    async def start(self, module: str, kernels: Path | None = None, stdin: int = PIPE, wall: Wall = OPEN) -> Child:
        """Start a child. Raises `RenderServerError`."""
        child = await Child.start(module, kernels, stdin, wall)
        self.adopt(child)
        return child

    def adopt(self, child: Child) -> None:
        """End this child too, at the latest when the block is left."""
        self._alive.add(child)

    def stop(self, child: Child) -> None:
        """End a child, and forget those that are gone."""
        self._dying = {other for other in self._dying if other.running}
        if child in self._alive:
            self._alive.remove(child)
            self._dying.add(child)
            child.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for child in list(self._alive):
            self.stop(child)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await asyncio.gather(*(child.gone() for child in self._dying), return_exceptions=True)
