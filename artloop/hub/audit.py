"""Who called what, when and with what outcome: one JSON object a line, never what was said in the call."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from artloop.hub.roles import Role
from artloop.models import Value
from artloop.workspace import log_file, storage

Outcome = Literal["ok", "refused", "forbidden", "failed", "gone"]
"""`forbidden`: not with this role. `failed`: a bug of ours. `gone`: the caller did not wait for the answer."""
IDS = ("agent_id", "task_id", "run_id", "variant", "iteration")
"""Arguments that are told; of one that is no id only the beginning."""
LARGEST = 10_000_000
"""Bytes of one file."""
FILES = 5
"""How many files are kept, the present one included."""


class Line(Value):
    """One call."""

    at: float
    """Unix time of its end."""
    key: str
    """Name of the caller's key; empty on this machine while there is none."""
    role: Role
    tool: str
    ids: dict[str, str]
    outcome: Outcome
    ms: int


class Audit:
    """`audit.jsonl`, and with numbers the files before it: `audit.1.jsonl` is the latest of those.

    `heard` is told each line too.
    """

    def __init__(self, path: Path, largest: int = LARGEST, heard: Callable[[Line], None] | None = None) -> None:
        self._path = path
        self._heard = heard
        self._largest = largest
        self._file = log_file(path)

    def write(self, key: str, role: Role, tool: str, named: Mapping[str, Any], outcome: Outcome, ms: int) -> None:
        """Add a call. Raises `StorageError`."""
        ids = {name: str(named[name])[:64] for name in IDS if isinstance(named.get(name), str | int)}
        line = Line(at=round(time.time(), 3), key=key, role=role, tool=tool[:64], ids=ids, outcome=outcome, ms=ms)
        if self._heard:
            self._heard(line)
        with storage(self._path):
            self._file.write(line.model_dump_json() + "\n")
            self._file.flush()
            if self._file.tell() >= self._largest:
                self._rotate()

    def close(self) -> None:
        """Write no more."""
        self._file.close()

    def _rotate(self) -> None:
        self._file.close()
        names = [self._path, *(self._path.with_suffix(f".{number}.jsonl") for number in range(1, FILES))]
        for older, newer in zip(names[:0:-1], names[-2::-1], strict=True):
            with suppress(FileNotFoundError):
                newer.replace(older)
        self._file = log_file(self._path)
