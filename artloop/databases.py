"""What it means when SQLite complains. Knows nothing of what lies in the file."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from artloop.errors import ArtloopError, StorageError

_DISK = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
}
# A table or column that is not there is an error in SQL to SQLite; our SQL is tested, so the file has lost it.
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}


@dataclass(frozen=True)
class Advice:
    """What to say of a file that cannot be used."""

    damaged: Callable[[Path, str], ArtloopError]
    """The error for one that holds something else than it should, and why."""
    in_use: str
    """What to do when another process has it."""
    refused: str
    """What to do when the disk refuses."""


@contextlib.contextmanager
def explained(path: Path, advice: Advice) -> Iterator[None]:
    """Turn what SQLite and the disk complain about into errors that name the file; bugs stay as they are."""
    try:
        yield
    except OSError as error:
        raise _refused(path, error, advice) from error
    except UnicodeDecodeError as error:
        raise advice.damaged(path, str(error)) from error
    except sqlite3.DatabaseError as error:
        # Text that is no UTF-8 is found by Python, which mostly raises this without a code.
        unknown = sqlite3.SQLITE_CORRUPT if isinstance(error, sqlite3.OperationalError) else -1
        code = getattr(error, "sqlite_errorcode", unknown) & 0xFF
        if code == sqlite3.SQLITE_BUSY:
            raise StorageError(f"{path} is in use by another process ({error}); {advice.in_use}") from error
        if code in _DISK:
            raise _refused(path, error, advice) from error
        if code in _DAMAGE:
            raise advice.damaged(path, str(error)) from error
        raise


def _refused(path: Path, error: Exception, advice: Advice) -> StorageError:
    return StorageError(f"cannot use {path}: {error}; {advice.refused}")
