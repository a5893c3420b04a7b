"""Following a run's event log from another process: as it is written, or again at a pace of one's own."""

from __future__ import annotations

import time
from collections.abc import Callable

from artloop.changes import changing
from artloop.events import RunEnded, RunStarted
from artloop.journal import Journal
from artloop.readback import standing
from artloop.views.console import listener
from artloop.workspace import RunFolder

LONGEST_WAIT_S = 2.0
"""A driver that was killed tells nobody: look at its lock as often."""
LONGEST_PAUSE_S = 3.0
"""A night between two sessions, or a model that thought for minutes, is no longer than this in a replay."""


class Pace:
    """When each recorded event is due, and what the record's own clock shows until then."""

    def __init__(
        self,
        speed: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._speed = speed
        self._clock = clock
        self._sleep = sleep
        self._shown = (0.0, 0.0, 0.0)
        """(recorded time, when it was shown, recorded seconds a second); one value: a thread reads it."""

    def now(self) -> float:
        """Unix time in the record: it runs through each pause from one event to the next."""
        recorded, since, rate = self._shown
        return recorded + (self._clock() - since) * rate

    def reach(self, at: float) -> None:
        """Wait until an event recorded `at` is due; one that came late, in a run that goes on, is not kept waiting."""
        recorded, since, _ = self._shown
        gap = max(0.0, at - recorded) if recorded else 0.0
        pause = min(gap / self._speed, LONGEST_PAUSE_S) if self._speed else 0.0
        left = since + pause - self._clock()
        if left > 0:
            self._shown = (recorded, since, gap / pause)
            self._sleep(left)
        self._shown = (at, self._clock(), 0.0)

    def caught_up(self, now: float) -> None:
        """Everything logged is shown of a run that goes on: from `now`, Unix time, its clock is everybody's."""
        self._shown = (now, self._clock(), 1.0)


def follow(folder: RunFolder, speed: float, *, as_json: bool, pictures: bool) -> None:
    """Show a run's events as they are logged, until its driver has let go of it.

    With a `speed` those on record keep the pauses between them, divided by it; 0: none is kept.
    """
    folder.read_record()
    pace = Pace(speed)
    drawings = folder if pictures else None
    with Journal.read(folder) as journal, listener(as_json=as_json, clock=pace.now, drawings=drawings) as listen:
        seen, over, change = 0, False, changing(folder.path, LONGEST_WAIT_S)
        while True:
            driven = standing(folder)[0] == "running"
            for number, at, event in journal.events(after=seen):
                seen = number
                pace.reach(at)
                listen(event)
                over = isinstance(event, RunEnded) if isinstance(event, RunEnded | RunStarted) else over
            if over or not driven:
                return
            pace.caught_up(time.time())
            next(change)
