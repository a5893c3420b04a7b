"""The server's end of the zygote: workers that are forked instead of started, and otherwise like any other child."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from artloop.errors import RenderServerError
from artloop.grafix.sandbox.handle import OPEN, Child, Children
from artloop.grafix.sandbox.walls import Wall
from artloop.grafix.sandbox.zygote import MESSAGE_MAX

MODULE = "artloop.grafix.sandbox.zygote"
AVAILABLE = sys.platform == "linux" and hasattr(os, "pidfd_open")
"""macOS is left out: forking after its Accelerate framework was loaded is unsafe."""
RECYCLE_AFTER = 500
"""Workers of one zygote, about."""
End = asyncio.Future[int]
"""Where a worker's exit status will be."""


class ZygoteGoneError(RenderServerError):
    """The zygote died; a new one does as well."""


class Forked:
    """A forked worker as `handle.Running`."""

    def __init__(
        self, parent: Parent, pid: int, ended: End, stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader
    ) -> None:
        self.pid = pid
        self._parent = parent
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

    def kill(self) -> None:
        """End its process group; its zygote ends it a second time when it has seen the worker's end."""
        if self.returncode is None:
            self._parent.kill(self.pid)

    def close(self) -> None:
        """Close both pipes; a grandchild may hold the other ends open."""
        _close(self.stdin, self.stdout)


class Parent:
    """One zygote and our end of its socket."""

    def __init__(self, zygote: Child, ours: socket.socket, children: Children, namespace: bool) -> None:
        self.forked = 0
        self._namespace = namespace
        self._zygote = zygote
        self._socket: socket.socket | None = ours
        self._children = children
        self._asked: dict[int, asyncio.Future[tuple[int, End]]] = {}
        self._ends: dict[int, End] = {}
        """Of every living worker, by process id."""
        self._retired = False
        asyncio.get_running_loop().add_reader(ours.fileno(), self._hear)

    @classmethod
    async def start(cls, children: Children, kernels: Path, wall: Wall = OPEN) -> Parent:
        """A zygote that is ready. Raises `RenderServerError`."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with ExitStack() as undo:
            undo.callback(ours.close)
            with theirs:
                zygote = await children.start(MODULE, kernels, theirs.fileno(), wall)
            undo.callback(children.stop, zygote)
            await zygote.ready()
            undo.pop_all()
        return cls(zygote, ours, children, wall.namespace)

    @property
    def alive(self) -> bool:
        """Whether its socket is open."""
        return self._socket is not None

    async def fork(self, descriptors: list[int]) -> tuple[int, End]:
        """Ask for a worker; its process id and its end. Raises `ZygoteGoneError`."""
        answer: asyncio.Future[tuple[int, End]] = asyncio.get_running_loop().create_future()
        self.forked += 1
        self._asked[self.forked] = answer
        self._ask({"id": self.forked}, descriptors)
        return await answer

    def kill(self, pid: int) -> None:
        """End a worker's process group. In a namespace its id is its zygote's, who has to do it."""
        if self._namespace:
            self._ask({"kill": pid}, [])
        else:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)

    def retire(self) -> None:
        """Close after the end of the last worker."""
        self._retired = True
        self._rest()

    def close(self) -> None:
        """Let go of the zygote, which ends with its socket and ends its workers; whoever waits for one is told."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None
            self._children.stop(self._zygote)
        waiting: list[asyncio.Future[Any]] = [*self._asked.values(), *self._ends.values()]
        self._asked.clear()
        self._ends.clear()
        for future in waiting:
            if not future.done():
                future.set_exception(ZygoteGoneError("the process that forks render workers died"))
                future.exception()  # seen: nobody may be waiting

    def _ask(self, request: dict[str, int], descriptors: list[int]) -> None:
        try:
            if self._socket is None:
                raise BrokenPipeError
            socket.send_fds(self._socket, [json.dumps(request).encode()], descriptors)
        except OSError:
            self.close()

    def _rest(self) -> None:
        if self._retired and not self._asked and not self._ends:
            self.close()

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
            self.close()
            return
        said = json.loads(message)
        pid = int(said["pid"])
        if "status" in said:
            self._ends.pop(pid).set_result(said["status"])
            self._rest()
            return
        self._ends[pid] = asyncio.get_running_loop().create_future()
        if not (asked := self._asked.pop(said["id"])).done():
            asked.set_result((pid, self._ends[pid]))


class Forks:
    """Keeps a zygote alive and asks it for workers; a used one is replaced while it goes on working."""

    def __init__(
        self, group: asyncio.TaskGroup, children: Children, kernels: Path, recycle_after: int, wall: Wall = OPEN
    ) -> None:
        self._group = group
        self._children = children
        self._kernels = kernels
        self._recycle_after = recycle_after
        self._wall = wall
        self._parent: Parent | None = None
        self._retired: list[Parent] = []
        self._starting = asyncio.Lock()
        self._succession: asyncio.Task[None] | None = None

    def refill(self) -> None:
        """A zygote never runs out of workers."""

    async def ready(self) -> Parent:
        """The zygote, started if there is none. Raises `RenderServerError`."""
        if self._parent and self._parent.alive:
            return self._parent
        async with self._starting:
            if self._parent is None or not self._parent.alive:
                self._parent = await Parent.start(self._children, self._kernels, self._wall)
            return self._parent

    async def worker(self) -> Child:
        """A new worker, forked; its warmth is the zygote's. Raises `RenderServerError`."""
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        try:
            return await self._born(await _writer(ours_in), await _reader(ours_out), [theirs_in, theirs_out])
        finally:
            os.close(theirs_in)
            os.close(theirs_out)

    def close(self) -> None:
        """Let go of all zygotes."""
        if self._succession:
            self._succession.cancel()
        for parent in (self._parent, *self._retired):
            if parent:
                parent.close()

    async def _born(self, stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader, theirs: list[int]) -> Child:
        """A forked child at the other end of these pipes. If there is none, nothing stays open."""
        with ExitStack() as undo:
            undo.callback(_close, stdin, stdout)
            parent = await self.ready()
            self._replace(parent)
            log = undo.enter_context(tempfile.TemporaryFile())
            pid, ended = await parent.fork([*theirs, log.fileno()])
            undo.pop_all()
        child = Child(Forked(parent, pid, ended, stdin, stdout), log)
        self._children.adopt(child)
        return child

    def _replace(self, parent: Parent) -> None:
        """Start a successor in the background if it is time."""
        if parent.forked >= self._recycle_after and (self._succession is None or self._succession.done()):
            self._succession = self._group.create_task(self._succeed(parent))

    async def _succeed(self, old: Parent) -> None:
        """Put a new zygote in the place of one that has forked often, while that one still works."""
        with suppress(RenderServerError):  # then the old one goes on, and the next render tries again
            async with self._starting:
                if self._parent is old and old.alive:
                    self._parent = await Parent.start(self._children, self._kernels, self._wall)
                    self._retired = [parent for parent in (*self._retired, old) if parent.alive]
                    old.retire()


@contextmanager
def forks(
    group: asyncio.TaskGroup,
    children: Children,
    kernels: Path,
    recycle_after: int = RECYCLE_AFTER,
    wall: Wall = OPEN,
) -> Iterator[Forks]:
    """Zygotes for the length of the block, each for about `recycle_after` workers."""
    made = Forks(group, children, kernels, recycle_after, wall)
    try:
        yield made
    finally:
        made.close()


def _close(stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader) -> None:
    """Without waiting: a grandchild may hold the other ends open."""
    stdin.close()
    if (transport := getattr(stdout, "_transport", None)) is not None:
        transport.close()


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
