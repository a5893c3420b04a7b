"""What was announced in a run, in order and only added to: the views fold their state from it."""

from __future__ import annotations

import time

from pydantic import ValidationError

from artloop.canonical import digest
from artloop.events import EVENT, Emit, Event, RunStarted
from artloop.journal.file import JournalFile, damaged
from artloop.journal.groups import Groups


class EventLog:
    """The events of a run."""

    _file: JournalFile
    _groups: Groups
    _emit: Emit | None

    def append(self, event: Event) -> None:
        """Put an event in the log unless an equal one is there."""
        self._groups.note(
            "INSERT OR IGNORE INTO events (at, identity, body) VALUES (?, ?, ?)",
            time.time(),
            digest(event),
            event.model_dump_json(),
            about="events",
        )

    def events(self, after: int = 0) -> list[tuple[int, float, Event]]:
        """(number, Unix time, event) of everything that was announced after that number, in order."""
        found = self._groups.rows("SELECT seq, at, body FROM events WHERE seq > ? ORDER BY seq", after)
        return [(seq, at, self._event(seq, body)) for seq, at, body in found]

    def session(self) -> int:
        """The number of the session that begins now: 1, and 1 more for every `RunStarted` in the log."""
        return 1 + sum(isinstance(event, RunStarted) for _, _, event in self.events())

    def _event(self, seq: int, body: str) -> Event:
        try:
            return EVENT.validate_json(body)
        except ValidationError as error:
            raise damaged(self._file.path, f"event {seq} cannot be read") from error

    def _announce(self, event: Event) -> None:
        """Log an event and say it."""
        self.append(event)
        if self._emit:
            self._emit(event)

    def _announce_once(self, event: Event) -> None:
        """The same, unless an equal one is in the log."""
        if not self._groups.rows("SELECT 1 FROM events WHERE identity = ?", digest(event)):
            self._announce(event)
