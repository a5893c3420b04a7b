"""Whole runs by real workers: the same drawings as alone, whoever is killed, frozen or cut off meanwhile."""

from __future__ import annotations

import itertools
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from artloop.workspace import RunFolder, Workspace
from tests.campaign import finished, model_options
from tests.distributed.fleet import Fleet, fleet
from tests.provider import Provider, ignore, serving
from tests.test_resume import drawings
from tests.valkey import Valkey
from tests.valkey import server as valkey

HOUSE = ("run", "tidal memory", "--variants", "2", "--iterations", "1")


def files(folder: RunFolder) -> set[str]:
    """Every file of a run, but for SQLite's own."""
    found = (path.relative_to(folder.path).as_posix() for path in folder.path.rglob("*") if path.is_file())
    return {name for name in found if not name.startswith("journal.db-")}


def test_workers_make_what_a_run_alone_makes(server: Valkey, tmp_path: Path, cache_folder: Path) -> None:
    finished(*HOUSE, root=tmp_path / "alone", cache=cache_folder)
    alone = Workspace(tmp_path / "alone").every()[0]
    with fleet(server, tmp_path / "fleet", cache_folder, workers=1, concurrency=4) as workers:
        driver = workers.drive(*HOUSE, root=tmp_path / "away")
        output, _ = driver.communicate(timeout=300)
        assert driver.returncode == 0, output
        assert set(workers.end().values()) == {0}
        assert workers.logs[0].read_text().splitlines()[-1] == "ended in good order"
    away = Workspace(tmp_path / "away").every()[0]
    assert drawings(away) == drawings(alone)
    assert files(away) == files(alone)
    assert list((tmp_path / "fleet" / "workers").iterdir()) == [], "a worker leaves no folder behind"


class Storm:
    """Strikes one after the other, each a few requests after the last, and drives the run until it ends."""

    def __init__(self, workers: Fleet, provider: Provider, root: Path, every: int) -> None:
        self.workers, self.provider, self.root, self.every = workers, provider, root, every
        self.driver: subprocess.Popen[str] | None = None
        self.struck: list[str] = []
        """A line for each, told when a test fails or pytest runs with `-s`."""
        self.began = time.monotonic()
        self.next = 2

    def note(self, number: int, strike: str) -> None:
        """One more strike, at this request of the provider."""
        at_s = time.monotonic() - self.began
        self.struck.append(f"{len(self.struck) + 1:3d}  {at_s:7.1f} s  after {number:3d} requests  {strike}")
        sys.stdout.write(f"{self.struck[-1]}\n")

    def kill_driver(self) -> bool:
        """SIGKILL the driver; `ride` takes the run up again."""
        assert self.driver is not None
        self.driver.send_signal(signal.SIGKILL)
        return True

    def ride(self, command: list[str], strikes: int) -> RunFolder:
        """The whole run."""
        kinds = [
            self.workers.kill,
            self.workers.freeze,
            self.workers.restart_server,
            self.workers.kill,
            self.kill_driver,
            self.workers.freeze,
        ]
        order = itertools.cycle(kinds)
        following = next(order)

        def strike(number: int) -> None:
            nonlocal following
            if number >= self.next and len(self.struck) < strikes and following():
                self.note(number, following.__name__)
                following, self.next = next(order), number + self.every

        # before and after an answer by turns
        self.provider.before = lambda number: strike(number) if len(self.struck) % 2 else None
        self.provider.after = lambda number: None if len(self.struck) % 2 else strike(number)
        try:
            self.driver = self.workers.drive(*command, root=self.root)
            while True:
                output, _ = self.driver.communicate(timeout=600)
                if self.driver.returncode != -signal.SIGKILL:
                    break
                self.driver = self.workers.drive("resume", "last", root=self.root)
        finally:
            self.provider.before = self.provider.after = ignore
            if self.driver and self.driver.poll() is None:
                self.driver.kill()
                self.driver.communicate(timeout=30)
        assert self.driver.returncode == 0, output
        return Workspace(self.root).every()[0]


def sent_off_the_record(folder: RunFolder, provider: Provider) -> list[int]:
    """Answers on record whose request the provider was sent more often than the journal says.

    A worker that freezes between the record and the wire sends its call when it thaws, though another has been answered
    meanwhile: that cannot be helped, but it is on record as a call without an answer.
    """
    lost = "SELECT COUNT(*) FROM asked WHERE (step, generation, turn) = (calls.step, calls.generation, calls.turn)"
    sent = Counter(provider.bodies)
    with closing(sqlite3.connect(f"file:{folder.journal}?mode=ro", uri=True)) as connection:
        answered = connection.execute(f"SELECT input_tokens, ({lost}) FROM calls").fetchall()
    return [number for number, unanswered in answered if sent[provider.bodies[number - 1]] > 1 + unanswered]


def weathered(
    tmp_path: Path, cache: Path, variants: int, iterations: int, strikes: int, every: int
) -> tuple[RunFolder, list[str]]:
    """A run of three workers through a storm, checked; and the command that began it."""
    size = ["--variants", str(variants), "--iterations", str(iterations)]
    with serving() as provider, valkey(tmp_path / "valkey") as server:
        command = ["run", "tidal memory", *size, "--no-novelty", *model_options(provider)]
        with fleet(server, tmp_path / "fleet", cache, workers=3) as workers:
            storm = Storm(workers, provider, tmp_path / "away", every)
            away = storm.ride(command, strikes)
            workers.end()
            repeated = {name: times for name, times in workers.done().items() if times > 1}
    assert len(storm.struck) == strikes
    assert len(drawings(away)) == variants * iterations
    assert repeated == {}, "a committed step was done again"
    assert sent_off_the_record(away, provider) == []
    replayed = finished("replay", away.id, root=tmp_path / "away", cache=cache)  # server and provider are gone
    assert f"identical: {variants * iterations} drawings" in replayed
    return away, command


@pytest.mark.slow
def test_a_run_whose_workers_driver_and_server_are_struck_loses_and_repeats_nothing(
    tmp_path: Path, cache_folder: Path
) -> None:
    weathered(tmp_path, cache_folder, 2, 2, strikes=6, every=3)


@pytest.mark.slow
def test_a_run_struck_at_many_moments_ends_as_if_nothing_had_happened(tmp_path: Path, cache_folder: Path) -> None:
    away, command = weathered(tmp_path, cache_folder, 4, 8, strikes=42, every=2)
    with serving() as provider:
        calm = [*command[: command.index("--model")], *model_options(provider)]
        finished(*calm, root=tmp_path / "calm", cache=cache_folder)
    assert drawings(away) == drawings(Workspace(tmp_path / "calm").every()[0])
