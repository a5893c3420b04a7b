"""One driver a run: a lock on the run's folder that the operating system lets go of when its holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from io import FileIO

from pydantic import ValidationError

from artloop.errors import RunLocked
from artloop.models import Value
from artloop.workspace import RunFolder, storage, unfollowing


class Holder(Value):
    """The process that drives a run."""

    pid: int
    host: str
    since: str
    """ISO 8601, UTC."""


@contextlib.contextmanager
def driver_lock(folder: RunFolder) -> Iterator[Holder]:
    """Be the only driver of a run while the body runs; `RunLocked` says who is it already."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    holder = Holder(pid=os.getpid(), host=socket.gethostname(), since=since)
    with contextlib.ExitStack() as stack:
        with storage(folder.lock):
            file = stack.enter_context(open(folder.lock, "ab+", buffering=0, opener=unfollowing))
        if not _locked(file):
            raise RunLocked(_refusal(folder, _written(file)))
        stack.callback(file.truncate, 0)
        with storage(folder.lock):
            file.truncate(0)
            file.write(holder.model_dump_json().encode())
        yield holder


def driver(folder: RunFolder) -> Holder | None:
    """Who drives the run at the moment, if anybody does: what tells `running` from `interrupted`."""
    if folder.lock.is_symlink() or not folder.lock.is_file():
        return None
    with open(folder.lock, "rb", buffering=0) as file:
        holder = _written(file)
        return holder if holder and not _flock(file, fcntl.LOCK_SH) else None


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


def _refusal(folder: RunFolder, holder: Holder | None) -> str:
    who = f"process {holder.pid} on {holder.host} since {holder.since}" if holder else "another process"
    return f"run {folder.id} is driven by {who}; look on with: artloop watch {folder.id}, or end it there with Ctrl-C"
