"""A run's memory: each step and each model call is kept the moment it is done, so that no session pays for it twice.

It also holds the append-only event log from which the views fold their state. It decides nothing about drawings.
"""

from __future__ import annotations

from types import TracebackType

from artloop.events import Emit
from artloop.journal.calls import CallTable
from artloop.journal.file import JournalFile
from artloop.journal.groups import Groups
from artloop.journal.steps import StepTable
from artloop.workspace import RunFolder


class Journal(StepTable, CallTable):
    """The steps, calls and events of one run: `ports.Steps`, `Calls` and `Ledger`, and what the views read."""

    def __init__(self, folder: RunFolder, file: JournalFile, max_failures: int = 1, emit: Emit | None = None) -> None:
        self._folder = folder
        self._file = file
        self._groups = Groups(file)
        self._max_failures = max_failures
        self._emit = emit

    @classmethod
    def open(cls, folder: RunFolder, *, max_failures: int, emit: Emit | None = None) -> Journal:
        """Open for the driver, who holds the lock; created if the run is new.

        `emit` hears the journal's own events. Raises `RunDamaged` for a file that is no
        journal, is missing from a run that has drawings, or is newer than this program; `StorageError` for the disk.
        """
        # Nothing is drawn before a step is in the journal: drawings without a journal mean that it was lost.
        new = not (folder.path / "variants").exists()
        return cls(folder, JournalFile.writable(folder.journal, new=new), max_failures, emit)

    @classmethod
    def read(cls, folder: RunFolder) -> Journal:
        """Open for reading only, beside a driver that writes too. Raises `RunDamaged` as `open` does."""
        return cls(folder, JournalFile.readable(folder.journal))

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._groups.close()
