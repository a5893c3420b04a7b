"""The server's end of the zygote: workers that are forked instead of started, and otherwise like any other child."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from artloop.errors import RenderServerError
from artloop.grafix.sandbox.handle import OPEN, Child, Children
from artloop.grafix.sandbox.parent import Forked, Parent, close_pipes
from artloop.grafix.sandbox.walls import Wall

AVAILABLE = sys.platform == "linux" and hasattr(os, "pidfd_open")
"""macOS is left out: forking after its Accelerate framework was loaded is unsafe."""
RECYCLE_AFTER = 500
"""Workers of one zygote, about."""


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
        self._spare: Child | None = None
        self._ahead: asyncio.Task[None] | None = None
        self._closed = False

    def refill(self) -> None:
        """Fork the next worker ahead, of a zygote that has all it can give: a render waits longest for the fork."""
        idle = self._ahead is None or self._ahead.done()
        if idle and not self._closed and self._spare is None and self._parent and self._parent.warm:
            self._ahead = self._group.create_task(self._fork_ahead())

    async def ready(self) -> Parent:
        """The zygote, started if there is none. Raises `RenderServerError`."""
        if self._parent and self._parent.alive:
            return self._parent
        async with self._starting:
            if self._parent is None or not self._parent.alive:
                self._parent = await Parent.start(self._children, self._kernels, self._wall)
            return self._parent

    async def worker(self) -> Child:
        """A worker forked ahead, or now; its warmth is the zygote's. Raises `RenderServerError`."""
        if self._ahead and not self._ahead.done():
            await asyncio.wait([self._ahead])
        spare, self._spare = self._spare, None
        return spare if spare and spare.running else await self._forked()

    async def _fork_ahead(self) -> None:
        parent = self._parent
        with suppress(RenderServerError):  # whoever needs a worker will fork one, and be told
            self._spare = await self._forked()
        if self._closed or self._parent is not parent:  # or a zygote that has been replaced would wait for its last
            self._drop()

    def _drop(self) -> None:
        """End the worker that was forked ahead."""
        if self._spare:
            self._children.stop(self._spare)
        self._spare = None

    async def _forked(self) -> Child:
        """A forked child at the other end of two pipes. If there is none, nothing stays open, cancelled or refused."""
        with ExitStack() as theirs, ExitStack() as undo:
            their_in, our_in = _pipe(theirs, undo)
            our_out, their_out = _pipe(undo, theirs)
            stdin = await _writer(our_in)
            undo.callback(stdin.close)
            stdout = await _reader(our_out)
            undo.callback(close_pipes, stdin, stdout)
            parent = await self.ready()
            self._replace(parent)
            log = undo.enter_context(tempfile.TemporaryFile())
            pid, ended = await parent.fork([their_in.fileno(), their_out.fileno(), log.fileno()])
            undo.pop_all()
        child = Child(Forked(parent, pid, ended, stdin, stdout), log)
        self._children.adopt(child)
        return child

    def close(self) -> None:
        """Let go of all zygotes."""
        self._closed = True
        self._drop()
        if self._succession:
            self._succession.cancel()
        for parent in (self._parent, *self._retired):
            if parent:
                parent.close()

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
                    self._drop()


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


def _pipe(reading: ExitStack, writing: ExitStack) -> tuple[IO[bytes], IO[bytes]]:
    """Both ends of a new pipe, each closed with its stack."""
    read, write = os.pipe()
    return reading.enter_context(open(read, "rb", 0)), writing.enter_context(open(write, "wb", 0))


async def _reader(pipe: IO[bytes]) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
    return reader


async def _writer(pipe: IO[bytes]) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader())
    transport, _ = await loop.connect_write_pipe(lambda: protocol, pipe)
    return asyncio.StreamWriter(transport, protocol, None, loop)
