"""A recorded run told again at a pace of one's own; nothing here waits on a real clock."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from artloop.cli import app
from artloop.cli.following import LONGEST_PAUSE_S, Pace
from artloop.journal import Journal
from artloop.models import RunRecord
from artloop.workspace import RunFolder, write_json
from tests import scripted


class Watch:
    """A clock that only sleeping moves; it keeps what was slept."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        """Seconds."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """At once, but later."""
        self.slept.append(seconds)
        self.time += seconds


def pace(speed: float, watch: Watch) -> Pace:
    return Pace(speed, watch.clock, watch.sleep)


def test_pauses_are_those_of_the_record_divided_by_the_speed() -> None:
    watch = Watch()
    told = pace(10, watch)
    for at in (5e8, 5e8 + 4, 5e8 + 4, 5e8 + 24):
        told.reach(at)
    assert watch.slept == pytest.approx([0.4, 2.0])


def test_a_night_between_two_sessions_is_a_short_pause() -> None:
    watch = Watch()
    told = pace(1, watch)
    told.reach(5e8)
    told.reach(5e8 + 40_000)
    assert watch.slept == [LONGEST_PAUSE_S]
    assert told.now() == 5e8 + 40_000


def test_without_a_speed_nothing_waits_and_the_clock_is_the_records() -> None:
    watch = Watch()
    told = pace(0, watch)
    told.reach(5e8)
    told.reach(5e8 + 60)
    assert watch.slept == []
    assert told.now() == 5e8 + 60


def test_the_clock_runs_evenly_through_a_pause() -> None:
    watch = Watch()
    seen = []

    def sleep(seconds: float) -> None:
        watch.time += seconds / 2
        seen.append(told.now())
        watch.time += seconds / 2

    told = Pace(20, watch.clock, sleep)
    told.reach(5e8)
    told.reach(5e8 + 40)
    assert seen == [pytest.approx(5e8 + 20)]


def test_an_event_of_a_run_that_goes_on_is_not_kept_waiting_again() -> None:
    watch = Watch()
    told = pace(1, watch)
    told.reach(5e8)
    told.caught_up(5e8 + 1)
    watch.time += 0.25
    assert told.now() == 5e8 + 1.25
    told.reach(5e8 + 1.2)
    assert watch.slept == []


def test_a_clock_that_was_set_back_during_the_run_makes_no_pause() -> None:
    watch = Watch()
    told = pace(1, watch)
    told.reach(5e8)
    told.reach(5e8 - 3600)
    assert watch.slept == []


@pytest.fixture
def recorded(tmp_path: Path) -> RunFolder:
    """A run told by hand, finished."""
    folder = RunFolder(tmp_path / "runs" / scripted.RUN)
    record = RunRecord(id=folder.id, brief=scripted.BRIEF, models={}, created="2025-01-01T12:00:00+00:00", artloop="0")
    write_json(folder.record, record)
    with Journal.open(folder, max_failures=1) as journal:
        for _, event in scripted.finished():
            journal.append(event)
    return folder


@pytest.mark.parametrize("speed", ["0", "100"])
def test_a_finished_run_is_told_in_plain_lines(recorded: RunFolder, tmp_path: Path, speed: str) -> None:
    done = CliRunner().invoke(app, ["watch", "last", "--speed", speed, "--root", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "winner v04" in done.output
    assert "run finished" in done.output.splitlines()[-1]


def test_a_watch_in_json_tells_on_stderr_and_ends_with_one_object(recorded: RunFolder, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["watch", "last", "--json", "--root", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["run_id"] == recorded.id
    assert "winner v04" in done.stderr


def test_a_negative_speed_is_wrong_usage(recorded: RunFolder, tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["watch", "last", "--speed", "-1", "--root", str(tmp_path)]).exit_code == 2


def test_ctrl_c_ends_a_replay_and_leaves_the_board(recorded: RunFolder, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(recorded.journal)) as journal, journal:
        journal.execute("UPDATE events SET at = at + 3600 * seq")
    master, side = pty.openpty()
    command = [sys.executable, "-m", "artloop", "watch", "last", "--speed", "1", "--root", str(tmp_path)]
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    process = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, env=env, start_new_session=True)
    os.close(side)
    told = b""
    with contextlib.suppress(OSError):  # Linux's word for a terminal whose other side is closed
        while part := os.read(master, 65536):
            if b"imagining" in told + part and b"imagining" not in told:
                process.send_signal(signal.SIGINT)  # once: a second one can meet an interpreter that is ending
            told += part
    os.close(master)
    assert process.wait(60) == 130
    assert b"\x1b[?25h" in told, "the cursor is back"
    assert b"Traceback" not in told
    assert b"winner" not in told
