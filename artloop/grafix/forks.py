"""The server's end of the zygote: workers that are forked instead of started, and otherwise like any other child."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from artloop.errors import RenderServerError
from artloop.grafix.handle import Child, Children
from artloop.grafix.zygote import MESSAGE_MAX

MODULE = "artloop.grafix.zygote"
AVAILABLE = sys.platform == "linux" and hasattr(os, "pidfd_open")
"""macOS is left out: forking after its Accelerate framework was loaded is unsafe."""


End = asyncio.Future[int]
"""Where a worker's exit status will be."""


class ZygoteGoneError(RenderServerError):
    """The zygote died; a new one does as well."""


class Forked:
    """A forked worker as `handle.Running`."""

    def __init__(self, pid: int, ended: End, stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader) -> None:
        self.pid = pid
        self.stdin, self.stdout = stdin, stdout
        self._ended = ended

    @property
    def returncode(self) -> int | None:
        """Its exit status, once that is known."""
        over = self._ended.done() and self._ended.exception() is None
        return self._ended.result() if over else None

    async def wait(self) -> int:
        """Its exit status. Raises `ZygoteGoneError` when nobody is left to tell."""
        return await asyncio.shield(self._ended)

    def close(self) -> None:
        """Close both pipes; a grandchild may hold the other ends open."""
        self.stdin.close()
        if (transport := getattr(self.stdout, "_transport", None)) is not None:
            transport.close()


class Forks:
    """Keeps one zygote alive and asks it for workers."""

    def __init__(self, children: Children, kernels: Path) -> None:
        self._children = children
        self._kernels = kernels
        self._zygote: Child | None = None
        self._socket: socket.socket | None = None
        self._starting = asyncio.Lock()
        self._asked: dict[int, asyncio.Future[tuple[int, End]]] = {}
        self._ends: dict[int, End] = {}
        """Of every living worker, by process id."""
        self._number = 0

    async def ready(self) -> None:
        """Start the zygote if there is none. Raises `RenderServerError`."""
        async with self._starting:
            if self._socket is None:
                await self._start()

    async def worker(self) -> Child:
        """A new worker, forked; its warmth is the zygote's. Raises `RenderServerError`."""
        await self.ready()
        folder = Path(tempfile.mkdtemp(prefix="artloop-"))
        log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the child's `stop`
        ours_in, theirs_in = _pipe(writing=True)
        ours_out, theirs_out = _pipe(writing=False)
        try:
            pid, ended = await self._fork(str(folder), [theirs_in, theirs_out, log.fileno()])
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        child = Child(Forked(pid, ended, await _writer(ours_in), await _reader(ours_out)), log, folder)
        self._children.adopt(child)
        return child

    def close(self) -> None:
        """Let go of the zygote, which ends with its socket."""
        self._lost()

    async def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        try:
            self._zygote = await self._children.start(MODULE, self._kernels, stdin=theirs.fileno())
            await self._zygote.ready()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._socket = ours
        asyncio.get_running_loop().add_reader(ours.fileno(), self._hear)

    async def _fork(self, folder: str, descriptors: list[int]) -> tuple[int, End]:
        """Ask for a worker; its process id and its end."""
        assert self._socket is not None
        self._number += 1
        answer: asyncio.Future[tuple[int, End]] = asyncio.get_running_loop().create_future()
        self._asked[self._number] = answer
        try:
            socket.send_fds(self._socket, [json.dumps({"id": self._number, "folder": folder}).encode()], descriptors)
        except OSError:
            self._lost()
        return await answer

    def _hear(self) -> None:
        """One message of the zygote: a worker's birth or death, or its own end."""
        assert self._socket is not None
        try:
            message = self._socket.recv(MESSAGE_MAX)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if not message:
            self._lost()
            return
        said = json.loads(message)
        pid = int(said["pid"])
        if "status" in said:
            self._ends.pop(pid).set_result(said["status"])
            return
        self._ends[pid] = asyncio.get_running_loop().create_future()
        if not (asked := self._asked.pop(said["id"])).done():
            asked.set_result((pid, self._ends[pid]))

    def _lost(self) -> None:
        """Forget the zygote; whoever waits for it is told."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None
        if self._zygote is not None:
            self._children.stop(self._zygote)
            self._zygote = None
        waiting: list[asyncio.Future[Any]] = [*self._asked.values(), *self._ends.values()]
        self._asked.clear()
        self._ends.clear()
        for future in waiting:
            if not future.done():
                future.set_exception(ZygoteGoneError("the process that forks render workers died"))
                future.exception()  # seen: nobody may be waiting


@asynccontextmanager
async def forks(children: Children, kernels: Path) -> AsyncIterator[Forks]:
    """A zygote for the length of the block."""
    made = Forks(children, kernels)
    try:
        yield made
    finally:
        made.close()


def _pipe(*, writing: bool) -> tuple[int, int]:
    """(our end, the worker's end)."""
    reader, writer = os.pipe()
    return (writer, reader) if writing else (reader, writer)


async def _reader(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(descriptor, "rb", 0))
    return reader


async def _writer(descriptor: int) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader())
    transport, _ = await loop.connect_write_pipe(lambda: protocol, os.fdopen(descriptor, "wb", 0))
    return asyncio.StreamWriter(transport, protocol, None, loop)
