"""How far a plot has come, in `plots/` of the workspace, so that it can go on after anything."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from artloop.errors import UsageError
from artloop.models import Value
from artloop.workspace import write_json


class Progress(Value):
    """What of a program is on paper."""

    what: str
    """The file or run, as it was given."""
    total: int
    drawn: int
    """Strokes that are whole: the next to draw is one more."""


class Record:
    """The progress of one program, found by its content wherever the file lies."""

    def __init__(self, folder: Path, content: bytes, what: str) -> None:
        self.path = folder / "plots" / f"{sha256(content).hexdigest()[:16]}.json"
        self._what = what

    def keep(self, drawn: int, total: int) -> None:
        """The first `drawn` strokes are whole. Raises `StorageError`."""
        write_json(self.path, Progress(what=self._what, total=total, drawn=drawn))

    def next_stroke(self) -> int:
        """Where to go on. Raises `UsageError` when there is nothing on record, or nothing left to draw."""
        try:
            found = Progress.model_validate_json(self.path.read_bytes())
        except FileNotFoundError as error:
            raise UsageError(f"no plot of {self._what} was begun here; leave --resume out") from error
        except (OSError, ValidationError) as error:
            raise UsageError(f"{self.path} cannot be read; use --from-stroke in place of --resume") from error
        if found.drawn >= found.total:
            raise UsageError(f"all {found.total} strokes of {self._what} are drawn; leave --resume out to draw again")
        return found.drawn + 1
