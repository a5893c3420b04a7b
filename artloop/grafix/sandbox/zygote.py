"""A warm process that forks a worker for every render: Linux only, where forking after these imports is safe.

It has one thread, never runs a sketch itself and never reads what a worker wrote. While nobody asks, it runs Grafix's
operations one by one, so that workers inherit the loaded kernels.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from artloop.grafix.registry import read_registry
from artloop.grafix.sandbox import child, jail, process, wire
from artloop.grafix.sandbox.ground import readable
from artloop.grafix.sandbox.warm import ways

DESCRIPTORS = 3
"""A worker's stdin, stdout and stderr, sent with each request."""
MESSAGE_MAX = 1 << 16


class Zygote:
    """Serves requests from the server's socket until that closes."""

    def __init__(self, server: socket.socket, cell: jail.Jail) -> None:
        self._server = server
        self._cell = cell
        self._workers: dict[int, int] = {}
        """pidfd -> pid of every living worker."""

    def serve(self, idle: Iterator[None]) -> None:
        """Fork on request, report the dead, and advance `idle` when there is nothing else to do."""
        poll = select.poll()
        poll.register(self._server, select.POLLIN)
        busy = True
        while True:
            events = poll.poll(0 if busy else None)
            for descriptor, _ in events:
                if descriptor == self._server.fileno():
                    for handle in self._heard():
                        poll.register(handle, select.POLLIN)
                else:
                    poll.unregister(descriptor)
                    self._bury(descriptor)
            if busy and not events:
                busy = next(idle, True) is None
                if not busy:
                    self._say({"warm": 1})

    def _heard(self) -> Iterator[int]:
        """Start or end a worker; the pidfd of a new one. The server's end of the socket closed: end with all."""
        message, descriptors, _, _ = socket.recv_fds(self._server, MESSAGE_MAX, DESCRIPTORS)
        if not message:
            self._end()
        request = json.loads(message)
        if "kill" not in request:
            yield self._fork(request["id"], descriptors)
        elif request["kill"] in self._workers.values():
            _kill(request["kill"])

    def _fork(self, number: int, descriptors: list[int]) -> int:
        zygote, pid = os.getpid(), os.fork()
        if pid == 0:
            self._become_worker(zygote, descriptors)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpgid(pid, pid)  # here and in the worker: whoever comes first, the server can kill the group
        for descriptor in descriptors:
            os.close(descriptor)
        self._say({"id": number, "pid": pid})
        handle = os.pidfd_open(pid)
        self._workers[handle] = pid
        return handle

    def _become_worker(self, zygote: int, descriptors: list[int]) -> None:
        """In the fork: keep nothing of the zygote's but its memory, and never return."""
        try:
            os.setpgid(0, 0)
            for number, descriptor in enumerate(descriptors):
                os.dup2(descriptor, number)
            self._close_the_rest()
            process.die_with_parent(zygote)
            child.serve(self._confined)
        finally:
            os._exit(1)

    def _close_the_rest(self) -> None:
        """Every descriptor but a worker's three and those that its jail needs."""
        most = os.sysconf("SC_OPEN_MAX")
        kept = [DESCRIPTORS - 1, *sorted(self._cell.descriptors), most if 0 < most < 1 << 16 else 1 << 16]
        for before, after in pairwise(kept):
            os.closerange(before + 1, after)

    def _confined(self, _: int, job: dict[str, Any]) -> None:
        """Limits first: the jail lets nobody set them. The zygote watches over its workers, so they need no thread."""
        if "rlimits" in job["layers"]:
            process.limit(job["memory_mb"], job["timeout_s"], job["file_mb"])
        os.environ.clear()
        self._cell.enter(job["layers"])

    def _bury(self, handle: int) -> None:
        """Tell the server how a worker ended, after killing whatever it has started."""
        pid = self._workers.pop(handle)
        os.close(handle)
        _kill(pid)
        _, status = os.waitpid(pid, 0)
        self._say({"pid": pid, "status": os.waitstatus_to_exitcode(status)})

    def _say(self, message: dict[str, int]) -> None:
        try:
            self._server.send(json.dumps(message).encode())
        except OSError:
            self._end()

    def _end(self) -> None:
        for pid in self._workers.values():
            _kill(pid)
        os._exit(0)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def loading() -> Iterator[None]:
    """Load kernels in steps so short that a request hardly waits, and forget the geometry that came of it."""
    from grafix.core.realize import realize_cache

    registry = read_registry()
    for operation in registry.operations:
        for _ in ways(operation.title, registry):
            realize_cache._items.clear()
            yield
    gc.collect()
    gc.freeze()


def main() -> None:
    """Become warm, say so, and serve."""
    process.die_with_parent()
    process.hide()
    control, answer = process.take_channels()
    child.keep_out_of_the_cache()
    child.prepare()
    cell = jail.prepared(readable(Path(os.environ["NUMBA_CACHE_DIR"])))
    gc.collect()
    gc.freeze()
    wire.write(answer, wire.pack({"ready": True}))
    with socket.socket(fileno=control) as server:
        Zygote(server, cell).serve(loading())


if __name__ == "__main__":
    main()
