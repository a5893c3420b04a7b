"""Where a board's state can lie, and a board there whose time is the test's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from artloop.settings import HubSettings
from artloop.taskboard.board import Board
from artloop.taskboard.store import Store
from artloop.taskboard.words import Assignment, Task, TaskError, TaskSpec
from tests.artists.desk import SoftClock

KEY = "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
SETTINGS = HubSettings(lease_s=60, retry_base_s=0, retry_cap_s=0, affinity_s=30, breaker_failures=50)
"""Retries at once, and no agent ever rests, unless a test says so."""


@dataclass(frozen=True)
class Place:
    """A store that is empty when the test begins, and kept from one opening to the next."""

    open: Callable[[], AbstractAsyncContextManager[Store]]

    @asynccontextmanager
    async def desk(self, clock: SoftClock | None = None, **settings: Any) -> AsyncIterator[Desk]:
        """A board here. Nothing happens by itself: see `Desk.later`."""
        clock = clock or SoftClock()
        async with self.open() as store:
            yield Desk(Board(store, SETTINGS.model_copy(update=settings), clock), clock)

    @asynccontextmanager
    async def served(self, **settings: Any) -> AsyncIterator[Desk]:
        """A board here that is entered."""
        async with self.desk(**settings) as desk, desk.board:
            yield desk


@dataclass(frozen=True)
class Desk:
    """A board, its clock, and short ways to say what tests say often."""

    board: Board
    clock: SoftClock

    async def task(self, agent_type: str = "draw", **fields: Any) -> Task:
        """A new task."""
        return (await self.board.create([spec(agent_type, **fields)]))[0]

    async def agent(self, agent_type: str = "draw", *capabilities: str) -> str:
        """The id of a new agent."""
        return (await self.board.register(agent_type, capabilities)).id

    async def taken(self, agent: str, count: int = 1) -> list[str]:
        """The ids of tasks that an agent takes."""
        return [given.task_id for given in await self.board.poll(agent, count)]

    async def take(self, agent: str) -> Assignment:
        """The one task an agent takes."""
        (given,) = await self.board.poll(agent)
        return given

    async def do(self, agent: str, result: Any = "done") -> Task:
        """Take one task and complete it."""
        return await self.board.submit(agent, (await self.take(agent)).task_id, "completed", result)

    async def fail(self, agent: str, *, retryable: bool = True, message: str = "no ink") -> Task:
        """Take one task and fail at it."""
        error = TaskError(kind="ink", message=message, retryable=retryable)
        return await self.board.submit(agent, (await self.take(agent)).task_id, "failed", error=error)

    async def state(self, id: str) -> str:
        """A task's state."""
        return (await self.board.get(id)).state

    async def later(self, seconds: float) -> None:
        """Time passes, and what is due happens."""
        self.clock.at += seconds
        await self.board.tick()


def spec(agent_type: str = "draw", **fields: Any) -> TaskSpec:
    """A task that says no more than it must."""
    return TaskSpec(agent_type=agent_type, task_description=fields.pop("task_description", "a tide"), **fields)
