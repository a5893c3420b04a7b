"""One zygote as the server sees it, and the workers that it has forked."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from artloop.errors import RenderServerError
from artloop.grafix.sandbox.handle import OPEN, Child, Children
from artloop.grafix.sandbox.walls import Wall
from artloop.grafix.sandbox.zygote import MESSAGE_MAX

MODULE = "artloop.grafix.sandbox.zygote"
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
        if not self._ended.done():
            return None
        return -signal.SIGKILL if self._ended.exception() else self._ended.result()

    async def wait(self) -> int:
        """Its exit status. Raises `ZygoteGoneError` when nobody is left to tell."""
        return await asyncio.shield(self._ended)

    def kill(self) -> None:
        """End its process group; its zygote ends it a second time when it has seen the worker's end."""
        if not self._ended.done() or self._ended.exception():
            self._parent.kill(self.pid)

    def close(self) -> None:
        """Close both pipes; a grandchild may hold the other ends open."""
        close_pipes(self.stdin, self.stdout)


class Parent:
    """One zygote and our end of its socket."""

    def __init__(self, zygote: Child, ours: socket.socket, children: Children, namespace: bool) -> None:
        self.forked = 0
        self.warm = False
        """Whether it has loaded all kernels."""
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
        if "warm" in said:
            self.warm = True
            return
        pid = int(said["pid"])
        if "status" in said:
            self._ends.pop(pid).set_result(said["status"])
            self._rest()
            return
        self._ends[pid] = asyncio.get_running_loop().create_future()
        if not (asked := self._asked.pop(said["id"])).done():
            asked.set_result((pid, self._ends[pid]))


def close_pipes(stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader) -> None:
    """Close them without waiting: a grandchild may hold the other ends open."""
    stdin.close()
    if (transport := getattr(stdout, "_transport", None)) is not None:
        transport.close()
