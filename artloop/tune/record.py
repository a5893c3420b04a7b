"""The trials of a search as a file beside its result: only ever appended to, so that a killed search can go on."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from pydantic import ValidationError

from artloop.canonical import canonical
from artloop.errors import RunDamaged, UsageError
from artloop.models import Params, Trial, TuneTask
from artloop.workspace import log_file, storage, unfollowing


class Record:
    """`ports.Trials` in a file: the task in its first line, a trial in each further one."""

    def __init__(self, path: Path, file: TextIO, known: dict[str, Trial]) -> None:
        self._path = path
        self._file = file
        self._known = known

    @classmethod
    def open(cls, path: Path, task: TuneTask) -> Record:
        """Begin a record, or take one up.

        Raises `UsageError` if it is of another search (more or fewer renders are no other), `RunDamaged` if it
        cannot be read and `StorageError`.
        """
        lines = _whole_lines(path)
        if lines:
            _check_task(path, lines[0], task)
        known = [_trial(path, number, line) for number, line in enumerate(lines[1:], start=2)]
        file = log_file(path)
        if not lines:
            with storage(path):
                file.write(canonical(_told(task)) + "\n")
                file.flush()
        return cls(path, file, {canonical(trial.params): trial for trial in known})

    def __enter__(self) -> Record:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def find(self, params: Params) -> Trial | None:
        """The trial of these parameters, if it is on record."""
        return self._known.get(canonical(params))

    def keep(self, trial: Trial) -> None:
        """Write a trial down; once this returns no kill can take it away."""
        with storage(self._path):
            self._file.write(trial.model_dump_json() + "\n")
            self._file.flush()
        self._known[canonical(trial.params)] = trial


def _told(task: TuneTask) -> dict[str, Any]:
    """What decides the trials: everything but how many there may be."""
    return task.model_dump(mode="json", exclude={"renders"} | (set() if task.knobs else {"knobs"}))


def _whole_lines(path: Path) -> list[bytes]:
    """The record so far. What a kill left of a line is cut off: it was never told to anybody."""
    if not path.exists() and not path.is_symlink():
        return []
    with storage(path), open(path, "rb+", opener=unfollowing) as file:
        content = file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            file.truncate(whole)
    return content[:whole].splitlines()


def _check_task(path: Path, line: bytes, task: TuneTask) -> None:
    try:
        begun = json.loads(line)
        before = {**begun.pop("request"), **begun}
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise RunDamaged(f"{path} cannot be read (line 1: {error}); move it away, nothing was changed") from error
    told = _told(task)
    now = {**told.pop("request"), **told}
    if differing := sorted(name for name in {*now, *before} if now.get(name) != before.get(name)):
        raise UsageError(
            f"{path} is the record of another search: it differs in {', '.join(differing)}; "
            "give the same again, or leave --resume out"
        )


def _trial(path: Path, number: int, line: bytes) -> Trial:
    try:
        return Trial.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]["msg"]
        raise RunDamaged(
            f"{path} cannot be read (line {number}: {first}); move it away, nothing was changed"
        ) from error
