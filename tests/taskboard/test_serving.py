"""What is pushed: real time, and the board's own task."""

from __future__ import annotations

import asyncio

import pytest

from artloop.errors import StorageError
from artloop.settings import HubSettings
from artloop.taskboard.board import Board
from artloop.taskboard.store import Transaction
from tests.artists.desk import SoftClock
from tests.taskboard.places import SETTINGS, Place, spec

LONG = 30.0
"""Seconds to wait for what must come at once."""


async def soon(board: Board, agent: str, count: int = 1) -> list[str]:
    """What an agent gets that waits."""
    async with asyncio.timeout(LONG):
        return [given.task_id for given in await board.poll(agent, count, LONG)]


async def waiting(desk_agents: list[str], board: Board, group: asyncio.TaskGroup) -> list[asyncio.Task[list[str]]]:
    """Agents that wait: all have looked and found nothing."""
    polls = [group.create_task(soon(board, agent)) for agent in desk_agents]
    while len(board._waiting._asks) < len(polls):  # noqa: ASYNC110 - the board tells nobody that it waits
        await asyncio.sleep(0)
    return polls


async def test_a_task_is_pushed_to_an_agent_that_waits(place: Place) -> None:
    async with place.served() as desk, asyncio.TaskGroup() as group:
        (poll,) = await waiting([await desk.agent()], desk.board, group)
        task = await desk.task()
        assert await poll == [task.id]


async def test_agents_that_wait_share_what_comes(place: Place) -> None:
    async with place.served() as desk, asyncio.TaskGroup() as group:
        polls = await waiting([await desk.agent() for _ in range(5)], desk.board, group)
        tasks = await desk.board.create([spec() for _ in range(5)])
        given = [await poll for poll in polls]
        assert sorted(given) == sorted([task.id] for task in tasks)


async def test_waiting_without_work_ends_when_the_time_is_up(place: Place) -> None:
    async with place.served() as desk:
        assert await desk.board.poll(await desk.agent(), wait_seconds=0.05) == []


async def test_a_task_that_came_too_late_for_its_agent_is_given_to_another(place: Place) -> None:
    async with place.served() as desk, asyncio.TaskGroup() as group:
        gone, there = await desk.agent(), await desk.agent()
        (poll,) = await waiting([gone], desk.board, group)
        ask = desk.board._waiting._asks[0]
        task = await desk.task()
        while not ask.answer.done():  # noqa: ASYNC110 - what is waited for is the state in between
            await asyncio.sleep(0)
        poll.cancel()
        assert await soon(desk.board, there) == [task.id]


async def test_waiting_for_a_result_is_pushed_and_ends_in_time(place: Place) -> None:
    async with place.served() as desk, asyncio.TaskGroup() as group:
        task = await desk.task()
        assert (await desk.board.wait(task.id, 0.05)).state == "pending"
        waiter = group.create_task(desk.board.wait(task.id, LONG))
        await desk.do(await desk.agent(), 7)
        assert (await waiter).result == 7


async def test_a_lease_that_runs_out_wakes_who_waits(place: Place) -> None:
    async with place.open() as store, Board(store, SETTINGS, _Real()) as board, asyncio.TaskGroup() as group:
        (task,) = await board.create([spec(lease_s=1)])
        silent, there = (await board.register("draw")).id, (await board.register("draw")).id
        assert await soon(board, silent) == [task.id]
        (poll,) = await waiting([there], board, group)
        assert await poll == [task.id]


async def test_everything_that_happens_is_told(place: Place) -> None:
    async with place.served() as desk:
        events = desk.board.events()
        agent = await desk.agent()
        task = await desk.task(run="r1")
        await desk.do(agent)
        await desk.board.set_state("k", 1)
        async with asyncio.timeout(LONG):
            told = [(event.what, event.id, event.state) async for event in _until(events, "shared")]
        assert told[0] == ("agent", agent, "active")
        assert [state for what, id, state in told if id == task.id] == [
            "pending",
            "in_progress",
            "completed",
        ]
        assert told[-1] == ("shared", "k", "set")


async def _until(events, what):  # type: ignore[no-untyped-def]
    async for event in events:
        yield event
        if event.what == what:
            return


async def test_nothing_is_done_while_nothing_happens(place: Place) -> None:
    async with place.open() as store:
        counted = _Counting(store)
        async with Board(counted, HubSettings(), _Real()) as board, asyncio.TaskGroup() as group:
            agents = [(await board.register("draw")).id for _ in range(5)]
            polls = await waiting(agents, board, group)
            before = counted.count
            await asyncio.sleep(0.5)
            assert counted.count == before
            for poll in polls:
                poll.cancel()


async def test_a_store_that_is_away_for_a_moment_does_not_end_the_board(place: Place) -> None:
    async with place.open() as store:
        away = _Counting(store)
        async with Board(away, HubSettings(), _Real()) as board, asyncio.TaskGroup() as group:
            (poll,) = await waiting([(await board.register("draw")).id], board, group)
            away.failures = 1
            board._waiting.wake_all()
            async with asyncio.timeout(LONG):
                while away.failures:  # noqa: ASYNC110 - a failure is told to nobody
                    await asyncio.sleep(0.01)
            (task,) = await board.create([spec()])
            assert await poll == [task.id]


async def test_an_error_inside_is_raised_as_it_is(place: Place) -> None:
    with pytest.raises(KeyError):
        async with place.served():
            raise KeyError


class _Real(SoftClock):
    """The loop's own time."""

    def date(self) -> float:
        return asyncio.get_running_loop().time()


class _Counting:
    """A store that counts transactions, and can be away for some."""

    def __init__(self, store) -> None:  # type: ignore[no-untyped-def]
        self.where, self.count, self.failures = store.where, 0, 0
        self._store, self.listening = store, store.listening

    async def transact(self, work):  # type: ignore[no-untyped-def]
        self.count += 1
        if self.failures:
            self.failures -= 1
            raise StorageError("away")

        async def counted(tx: Transaction):  # type: ignore[no-untyped-def]
            return await work(tx)

        return await self._store.transact(counted)
