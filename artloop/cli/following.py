"""Following a run's event log from another process."""

from __future__ import annotations

import time

from artloop.console import listener
from artloop.events import RunEnded, RunStarted
from artloop.journal import Journal
from artloop.readback import standing
from artloop.workspace import RunFolder

LOOK_AGAIN_S = 0.25
"""SQLite tells nobody about another process's commits: look four times a second, as often as the board is redrawn."""


def follow(folder: RunFolder) -> None:
    """Show a run's events as they are logged, until its driver has let go of it."""
    folder.read_record()
    with Journal.read(folder) as journal, listener() as listen:
        seen, over = 0, False
        while True:
            driven = standing(folder)[0] == "running"
            for number, _, event in journal.events(after=seen):
                seen = number
                listen(event)
                over = isinstance(event, RunEnded) if isinstance(event, RunEnded | RunStarted) else over
            if over or not driven:
                return
            time.sleep(LOOK_AGAIN_S)
