"""What a sketch must not touch, to be looked at before and after an attack."""

import socket
import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

from artloop.grafix.sandbox.workers import Job, Outcome, WorkerPool

from ..sketches import DRAW
from .attacks import HEAD

SECRET = "sk-artloop-secret"


@dataclass
class World:
    """What a sketch must not touch: files, a process, listeners on all sorts of sockets, and other processes."""

    home: Path
    kernels: Path
    victim: subprocess.Popen[bytes]
    listeners: tuple[socket.socket, ...]

    @property
    def head(self) -> str:
        """The names that `attacks` uses."""
        port = self.listeners[0].getsockname()[1]
        return f"{HEAD}HOME, KERNELS, PORT, VICTIM = {(str(self.home), str(self.kernels), port, self.victim.pid)!r}\n"

    def state(self) -> list[object]:
        """All of it, to be compared."""
        folders = (self.home, self.kernels, Path(tempfile.gettempdir()))
        found = {path: path.lstat() for folder in folders for path in (folder, *folder.rglob("*"))}
        files = {
            path: (told.st_mode, told.st_uid, told.st_nlink, told.st_size, path.is_dir() or told.st_mtime_ns)
            for path, told in found.items()
        }
        victim = psutil.Process(self.victim.pid)
        well = (victim.status() in (psutil.STATUS_RUNNING, psutil.STATUS_SLEEPING), victim.nice())
        return [files, well, self._called(), list(Path("/dev/shm").glob("artloop-*"))]

    def _called(self) -> list[str]:
        """The listeners that somebody has called."""
        called = []
        for listener in self.listeners:
            try:
                listener.recv(1) if listener.type == socket.SOCK_DGRAM else listener.accept()
            except BlockingIOError:
                continue
            called.append(str(listener))
        return called


def listening(home: Path, stack: ExitStack) -> tuple[socket.socket, ...]:
    """TCP and UDP on one port, a socket file and an abstract socket."""
    tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    file, abstract = (stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2))
    udp.bind(tcp.getsockname())
    file.bind(str(home / "listener"))
    abstract.bind(f"\0artloop{tcp.getsockname()[1]}")
    for listener in (file, abstract):
        listener.listen()
    for listener in (tcp, udp, file, abstract):
        listener.setblocking(False)
    return tcp, udp, file, abstract


async def ran(pool: WorkerPool, source: str) -> Outcome:
    return await pool.run(Job(source + DRAW, 0, 0.0, (100.0, 80.0), 0.4))


def told(outcome: Outcome) -> str:
    """All that came of a sketch, in words."""
    failure = outcome.failure
    return outcome.log.decode(errors="replace") + (f"{failure.message} {failure.hint}" if failure else "")
