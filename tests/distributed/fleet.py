"""Real workers in processes of their own, and ways to strike them, their driver and their server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from tests.campaign import environment
from tests.valkey import Valkey

QUEUE = "artloop"
LEASE_S = 2.0
FROZEN_S = 3.0
"""Longer than a lease and the sweep that finds it run out."""
READY_IN_S = 120.0
OWN = {
    "ARTLOOP_DOCKET__LEASE_S": str(LEASE_S),
    "ARTLOOP_DOCKET__GRACE_S": "20",
    "ARTLOOP_LOOP__MAX_FAILURES": "20",  # a campaign may strike the same step again and again
}


class Fleet:
    """Workers on one server; those that are killed are replaced."""

    def __init__(
        self, server: Valkey, folder: Path, cache: Path, concurrency: int = 2, blobs: str = "", **besides: str
    ) -> None:
        self.server, self.folder, self.concurrency = server, folder, concurrency
        self.blobs = blobs or str(folder / "blobs")
        self.environment = environment(cache) | OWN | besides
        self.running: dict[int, subprocess.Popen[bytes]] = {}
        self.logs: list[Path] = []
        self.thawing: list[threading.Timer] = []

    @property
    def options(self) -> list[str]:
        """What driver and workers are told."""
        return ["--redis", self.server.url, "--blobs", self.blobs]

    def launch(self) -> subprocess.Popen[bytes]:
        """One more worker, not yet ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.logs.append(self.folder / f"worker-{len(self.logs)}.log")
        command = [sys.executable, "-m", "artloop", "worker", *self.options, "--concurrency", str(self.concurrency)]
        with open(self.logs[-1], "wb") as log:
            process = subprocess.Popen(
                [*command, "--root", str(self.folder)],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
            )
        self.running[process.pid] = process
        return process

    def drive(self, *arguments: str, root: Path) -> subprocess.Popen[str]:
        """A command whose steps the fleet does."""
        command = [sys.executable, "-m", "artloop", *arguments, "--executor", "docket", *self.options]
        return subprocess.Popen(
            [*command, "--root", str(root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environment,
            text=True,
        )

    def busy(self) -> subprocess.Popen[bytes] | None:
        """A worker that has a step in work, as the queue says."""
        with Redis.from_url(self.server.url, decode_responses=True) as client:
            for key in sorted(client.keys(f"{QUEUE}:runs:*")):
                state, worker = client.hmget(key, "state", "worker")
                process = self.running.get(int(worker.rpartition("-")[2])) if worker else None
                if state == "running" and process and process.poll() is None:
                    return process
        return None

    def kill(self) -> bool:
        """SIGKILL a worker at work, and start another one."""
        if struck := self.busy():
            struck.kill()
            struck.wait(30)
            del self.running[struck.pid]
            self.launch()
        return struck is not None

    def freeze(self) -> bool:
        """SIGSTOP a worker at work, and let it go on when others have its steps."""
        if struck := self.busy():
            struck.send_signal(signal.SIGSTOP)
            thaw = threading.Timer(FROZEN_S, struck.send_signal, [signal.SIGCONT])
            thaw.start()
            self.thawing.append(thaw)
        return struck is not None

    def restart_server(self) -> bool:
        """SIGKILL the server, and start it again with what it kept."""
        self.server.kill()
        self.server.start()
        return True

    def done(self) -> Counter[str]:
        """How often each errand was done, as the workers say."""
        lines = [line for log in self.logs for line in log.read_text().splitlines()]
        return Counter(line.partition(": done in")[0] for line in lines if ": done in" in line)

    def end(self) -> dict[int, int]:
        """SIGTERM all; their exit codes by pid."""
        for thaw in self.thawing:
            thaw.join()
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        return {pid: process.wait(READY_IN_S) for pid, process in self.running.items()}


@contextmanager
def fleet(
    server: Valkey, folder: Path, cache: Path, workers: int, concurrency: int = 2, blobs: str = "", **besides: str
) -> Iterator[Fleet]:
    """So many workers, with further variables of the environment; gone afterwards."""
    fleet = Fleet(server, folder, cache, concurrency, blobs, **besides)
    for _ in range(workers):
        fleet.launch()
    try:
        yield fleet
    finally:
        for process in fleet.running.values():
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                process.wait(30)


Strike = Callable[[], bool]
