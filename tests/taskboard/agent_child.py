"""An agent with a hub of its own, in a process of its own: `python -m tests.taskboard.agent_child URL FOLDER`.

It begins when it is told to, says where it is and works until nothing is open; without a URL the board is a file in the
folder. What it was told is handed in stands in `acks.log`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from artloop.settings import HubSettings
from artloop.taskboard.board import Board
from artloop.taskboard.opening import opened_board


class Clock:
    """`ports.Clock` of this machine, without the imports of others."""

    now = staticmethod(time.monotonic)
    date = staticmethod(time.time)
    sleep = staticmethod(asyncio.sleep)


def say(point: str) -> None:
    """A moment at which it may be killed."""
    sys.stdout.write(f"{point}\n")
    sys.stdout.flush()


async def work(board: Board, acks: Path) -> None:
    """Take, do, hand in."""
    agent = (await board.register("draw")).id
    say("registered")
    while await still_open(board):
        for given in await board.poll(agent, wait_seconds=0.2):
            say("taken")
            await board.heartbeat(agent)
            say("heard")
            await board.submit(agent, given.task_id, "completed", given.attempt, attempt=given.attempt)
            say("submitted")
            with acks.open("a") as log:
                log.write(f"{given.task_id} {given.attempt}\n")


async def still_open(board: Board) -> int:
    """How many tasks there are to be done."""
    tasks = (await board.counts()).tasks
    return tasks["pending"] + tasks["blocked"] + tasks["in_progress"]


async def main(url: str, folder: Path) -> None:
    """Open the board and work."""
    settings = HubSettings(redis=url or None, retry_base_s=0, affinity_s=0)
    async with opened_board(settings, folder, Clock(), say) as board:
        await work(board, folder / "acks.log")


if __name__ == "__main__":
    sys.stdin.readline()
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
