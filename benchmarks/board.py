"""The task board: 1,000 tasks with 50 polling agents, what an idle hub costs, and its memory after 10,000 tasks."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

from artloop.settings import HubSettings
from artloop.taskboard.board import Board
from artloop.taskboard.opening import opened_board
from artloop.taskboard.words import TaskSpec
from tests.taskboard.agent_child import Clock
from tests.valkey import server

TASKS, AGENTS, MANY = 1000, 50, 10_000
IDLE_S = 5.0
PACE_S = 0.02
"""Between two tasks when it is measured how long one takes to reach an agent that waits."""


def spec(number: int) -> TaskSpec:
    """A task as small as one is."""
    return TaskSpec(agent_type="draw", task_description=f"tide {number}", context={"number": number})


class Crew:
    """Agents that poll, do at once what they get, and note when they got it."""

    def __init__(self, board: Board) -> None:
        self.board, self.got = board, dict[str, float]()

    async def work(self, count: int) -> None:
        """One agent, until as many tasks are done by all."""
        agent = (await self.board.register("draw")).id
        while len(self.got) < count:
            for given in await self.board.poll(agent, wait_seconds=1):
                self.got[given.task_id] = time.perf_counter()
                await self.board.submit(agent, given.task_id, "completed", {"done": True})

    async def all(self, count: int, creating: asyncio.Task[dict[str, float]]) -> list[float]:
        """Milliseconds from create to poll of each task."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AGENTS):
                group.create_task(self.work(count))
        made = await creating
        return [1000 * (self.got[id] - made[id]) for id in made]


async def create(board: Board, count: int, pace_s: float, batch: int = 1) -> dict[str, float]:
    """Tasks, each with the time at which it was on the board."""
    made = {}
    for number in range(0, count, batch):
        tasks = await board.create([spec(number) for number in range(number, number + batch)])
        made |= {task.id: time.perf_counter() for task in tasks}
        await asyncio.sleep(pace_s)
    return made


async def measure(name: str, settings: HubSettings, folder: Path) -> None:
    """Print all figures of one store."""
    async with opened_board(settings, folder, Clock(), print) as board:
        began, cpu = time.perf_counter(), time.process_time()
        await Crew(board).all(TASKS, asyncio.ensure_future(create(board, TASKS, 0.0, batch=100)))
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
        each = 1000 * cpu / TASKS
        print(
            f"{name}: {TASKS} tasks, {AGENTS} polling agents: {TASKS / wall:.0f} tasks/s, {each:.1f} ms of CPU a task"
        )
        found = await Crew(board).all(200, asyncio.ensure_future(create(board, 200, PACE_S)))
        p99 = statistics.quantiles(found, n=100)[98]
        p50 = statistics.median(found)
        print(f"  create to poll, a task each {1000 * PACE_S:.0f} ms: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
        await idle(board)
        await memory(board)


async def idle(board: Board) -> None:
    """What it costs that agents wait while nothing happens."""
    async with asyncio.TaskGroup() as group:
        for _ in range(AGENTS):
            group.create_task(board.poll((await board.register("idle")).id, wait_seconds=IDLE_S + 1))
        await asyncio.sleep(0.5)
        cpu = time.process_time()
        await asyncio.sleep(IDLE_S)
        print(f"  idle with {AGENTS} waiting agents: {100 * (time.process_time() - cpu) / IDLE_S:.2f} % of one CPU")


async def memory(board: Board) -> None:
    """How much the hub grows with tasks it has seen to their end."""
    agent = (await board.register("draw")).id

    async def do(count: int) -> float:
        for _ in range(count // 100):
            await board.create([spec(number) for number in range(100)])
            for given in await board.poll(agent, 100):
                await board.submit(agent, given.task_id, "completed", {"done": True})
        return psutil.Process().memory_info().rss / 1e6

    before = await do(MANY // 10)
    after = await do(MANY - MANY // 10)
    began = time.perf_counter()
    removed = await board.prune(0)
    print(
        f"  memory of the hub: {before:.1f} MB after {MANY // 10} more tasks, {after:.1f} MB after {MANY};"
        f" {removed} pruned in {time.perf_counter() - began:.1f} s"
    )


def main() -> None:
    """Measure SQLite, then Redis, in a folder below the current one: /tmp may be memory."""
    stores = sys.argv[1:] or ["sqlite", "redis"]
    with tempfile.TemporaryDirectory(prefix=".board-", dir=".") as name:
        folder = Path(name).absolute()
        if "sqlite" in stores:
            asyncio.run(measure("SQLite", HubSettings(), folder))
        if "redis" in stores:
            with server(folder / "valkey") as valkey:
                asyncio.run(measure("Redis (Valkey, appendfsync always)", HubSettings(redis=valkey.url), folder))


if __name__ == "__main__":
    main()
