"""Tasks of one thread go to whoever did the last of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from artloop.clock import WallClock
from artloop.settings import HubSettings
from artloop.taskboard.board import Board
from artloop.taskboard.opening import opened_board
from artloop.taskboard.words import TaskSpec

AFFINITY_S = 0.3


@pytest_asyncio.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    settings = HubSettings(affinity_s=AFFINITY_S)
    async with opened_board(settings, tmp_path, WallClock(), print) as made:
        yield made


def drawing(number: int) -> TaskSpec:
    return TaskSpec(agent_type="draw", task_description=f"drawing {number}", thread="run/v01")


async def test_what_comes_next_in_a_thread_is_its_maker_s_for_a_while_and_then_anybody_s(board: Board) -> None:
    maker, other = [(await board.register("draw", name=name)).id for name in ("maker", "other")]
    await board.create([drawing(1)])
    (first,) = await board.poll(maker)
    await board.submit(maker, first.task_id, "completed", {})
    await board.create([drawing(2)])
    assert await board.poll(other) == []
    (second,) = await board.poll(maker)
    await board.submit(maker, second.task_id, "completed", {})
    await board.create([drawing(3)])
    (third,) = await board.poll(other, wait_seconds=20)
    assert third.task_description == "drawing 3"


async def test_a_thread_is_nobody_s_who_is_of_another_kind_or_has_gone(board: Board) -> None:
    critic, maker, other = [(await board.register(kind)).id for kind in ("critique", "draw", "draw")]
    await board.create([TaskSpec(agent_type="critique", task_description="look", thread="run/v01")])
    (look,) = await board.poll(critic)
    await board.submit(critic, look.task_id, "completed", {})
    await board.create([drawing(1)])
    (first,) = await board.poll(maker)
    await board.submit(maker, first.task_id, "completed", {})
    await board.unregister(maker)
    await board.create([drawing(2)])
    assert [one.task_description for one in await board.poll(other)] == ["drawing 2"]
