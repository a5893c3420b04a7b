"""A small driver that says where it is, so that a test can kill it there: `python journal_child.py RUN_FOLDER`.

It pays for calls by writing lines to `paid.log`, as a provider would.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

from artloop.canonical import digest, step_for
from artloop.journal import Journal
from artloop.models import Value
from artloop.ports import Attempt, CallRecord
from artloop.workspace import RunFolder

STEPS, TURNS = 4, 2


class Made(Value):
    """What a step makes."""

    text: str


async def drive(folder: RunFolder, say: Callable[[str], None]) -> list[Made]:
    """Perform all steps, each of some calls, and say every point at which a crash could come."""
    with Journal.open(folder, max_failures=3) as journal:

        async def work(attempt: Attempt) -> Made:
            say(f"began {attempt.step}")
            answers = [await answer(journal, attempt, turn) for turn in range(TURNS)]
            say(f"worked {attempt.step}")
            return Made(text=" ".join(answers))

        async def answer(journal: Journal, attempt: Attempt, turn: int) -> str:
            name = f"{attempt.step} {attempt.generation} {turn}"
            known = journal.find(attempt.step, attempt.generation, turn)
            if known is None:
                pay(folder, name)
                say(f"paid {name}")
                known = journal.commit(call(attempt, turn))
                await journal.kept()
                say(f"recorded {name}")
            return known.response

        made = []
        for number in range(STEPS):
            made.append(await journal.perform(step_for("v01", number, "draw", 0, number), Made, work))
            say(f"committed v01/{number:02d}/draw/0")
        return made


def call(attempt: Attempt, turn: int, response: str | None = None) -> CallRecord:
    """An answered call; the answer differs from process to process, as a model's would."""
    return CallRecord(
        step=attempt.step,
        generation=attempt.generation,
        turn=turn,
        request_sha256=digest(attempt, turn),
        response=response or f"answer of process {os.getpid()}",
        model="child",
    )


def pay(folder: RunFolder, name: str) -> None:
    """Spend money on a call."""
    with (folder.path / "paid.log").open("a") as log:
        log.write(f"{name}\n")


def wait(point: str) -> None:
    """Say a point and go on when told to."""
    sys.stdout.write(f"{point}\n")
    sys.stdout.flush()
    sys.stdin.readline()


if __name__ == "__main__":
    asyncio.run(drive(RunFolder(Path(sys.argv[1])), wait))
