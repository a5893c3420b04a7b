"""kill -9 on agents, their hubs and the server: every task ends exactly once, nothing that was confirmed is lost."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from artloop.settings import HubSettings
from artloop.taskboard.opening import opened_board
from artloop.taskboard.words import Task
from tests.artists.desk import SoftClock
from tests.campaign import killed_at_line
from tests.taskboard.places import spec
from tests.valkey import server

POINTS = 11
"""How far into its work an agent gets before it is killed, at most."""


def child(url: str, folder: Path) -> subprocess.Popen[str]:
    """An agent that is about to begin."""
    command = [sys.executable, "-m", "tests.taskboard.agent_child", url, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def begin(agent: subprocess.Popen[str]) -> None:
    """Let it work."""
    if agent.stdin is not None:
        agent.stdin.close()
        agent.stdin = None  # or `communicate` would close it again


async def put_up(url: str, folder: Path, count: int) -> None:
    """Tasks of which every third waits for the one before."""
    settings = HubSettings(redis=url or None)
    specs = [
        spec(key=f"k{n}", dependencies=[f"k{n - 1}"] if n % 3 == 2 else [], lease_s=1, max_attempts=20)
        for n in range(count)
    ]
    async with opened_board(settings, folder, SoftClock(), pytest.fail) as board:
        await board.create(specs)


async def found(url: str, folder: Path) -> list[Task]:
    """What became of them."""
    async with opened_board(HubSettings(redis=url or None), folder, SoftClock(), pytest.fail) as board:
        return [await board.get(task.id) for task in await board.tasks(limit=1000)]


def campaign(url: str, folder: Path, moments: int, between: Callable[[], None]) -> None:
    """Kill an agent at each moment, some while another one works, then see what there is."""
    count = 2 * moments + 6
    asyncio.run(put_up(url, folder, count))
    killed, upcoming = 0, child(url, folder)
    for moment in range(moments):
        victim, upcoming = upcoming, child(url, folder)
        begin(victim)
        if moment % 3 == 2:
            begin(upcoming)
        killed += killed_at_line(victim, 1 + 3 * moment % POINTS)
        between()
    begin(upcoming)
    output, _ = upcoming.communicate(timeout=120)
    assert upcoming.returncode == 0, output
    assert killed, output
    check(asyncio.run(found(url, folder)), count, (folder / "acks.log").read_text().split("\n")[:-1])


def check(tasks: list[Task], count: int, acks: list[str]) -> None:
    """Every task has ended once, by the attempt whose result is kept; who was told so was told the truth."""
    assert Counter(task.state for task in tasks) == {"completed": count}
    for task in tasks:
        *before, last = task.attempts
        assert (task.result, last.error) == (last.number, None)
        assert {attempt.error.kind for attempt in before if attempt.error} <= {"silent"}
        assert all(attempt.error for attempt in before)
    told = dict(ack.split() for ack in acks)
    assert len(told) == len(acks)
    assert told.items() <= {(task.id, str(task.result)) for task in tasks}


@pytest.mark.parametrize("moments", [6, pytest.param(40, marks=pytest.mark.slow)])
def test_agents_killed_on_a_shared_file_end_every_task_once(tmp_path: Path, moments: int) -> None:
    campaign("", tmp_path, moments, lambda: None)


@pytest.mark.parametrize("moments", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_agents_and_server_killed_end_every_task_once(tmp_path: Path, moments: int) -> None:
    with server(tmp_path / "valkey") as valkey:
        campaign(valkey.url, tmp_path, moments, valkey.restart)
