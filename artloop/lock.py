"""One driver a run, one hub a file of state: a lock that the operating system lets go of when its holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from pydantic import ValidationError

from artloop.errors import ArtloopError, RunLocked, UsageError
from artloop.models import Value
from artloop.workspace import RunFolder, storage, unfollowing


class Holder(Value):
    """The process that drives a run, or serves a hub."""

    pid: int
    host: str
    since: str
    """ISO 8601, UTC."""


@contextlib.contextmanager
def driver_lock(folder: RunFolder) -> Iterator[Holder]:
    """Be the only driver of a run while the body runs; `RunLocked` says who is it already."""
    with _held(folder.lock, lambda holder: RunLocked(_refusal(folder, holder))) as holder:
        yield holder


@contextlib.contextmanager
def hub_lock(path: Path) -> Iterator[Holder]:
    """Be the only hub on the state beside this file while the body runs; `UsageError` says who is it already."""

    def refusal(holder: Holder | None) -> UsageError:
        who = _named(holder)
        return UsageError(f"{path.parent} is served by {who}; end that hub first, or let several share a --redis")

    with storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with _held(path, refusal) as holder:
        yield holder


def driver(folder: RunFolder) -> Holder | None:
    """Who drives the run at the moment, if anybody does: what tells `running` from `interrupted`."""
    if folder.lock.is_symlink() or not folder.lock.is_file():
        return None
    with open(folder.lock, "rb", buffering=0) as file:
        holder = _written(file)
        return holder if holder and not _flock(file, fcntl.LOCK_SH) else None


@contextlib.contextmanager
def _held(path: Path, refusal: Callable[[Holder | None], ArtloopError]) -> Iterator[Holder]:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    holder = Holder(pid=os.getpid(), host=socket.gethostname(), since=since)
    with contextlib.ExitStack() as stack:
        with storage(path):
            file = stack.enter_context(open(path, "ab+", buffering=0, opener=unfollowing))
        if not _locked(file):
            raise refusal(_written(file))
        stack.callback(file.truncate, 0)
        with storage(path):
            file.truncate(0)
            file.write(holder.model_dump_json().encode())
        yield holder


def _locked(file: FileIO) -> bool:
    """Take the lock, unless a driver has it; a passing `driver` is waited for."""
    while not _flock(file, fcntl.LOCK_EX):
        if not _flock(file, fcntl.LOCK_SH):
            return False
        fcntl.flock(file, fcntl.LOCK_UN)
    return True


def _flock(file: FileIO, mode: int) -> bool:
    try:
        fcntl.flock(file, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _written(file: FileIO) -> Holder | None:
    """What the holder wrote about itself; None before it has."""
    file.seek(0)
    try:
        return Holder.model_validate_json(file.read())
    except ValidationError:
        return None


def _named(holder: Holder | None) -> str:
    return f"process {holder.pid} on {holder.host} since {holder.since}" if holder else "another process"


def _refusal(folder: RunFolder, holder: Holder | None) -> str:
    who = _named(holder)
    return f"run {folder.id} is driven by {who}; look on with: artloop watch {folder.id}, or end it there with Ctrl-C"
