"""The journal's file: its tables, its version, and what it means when SQLite complains. Knows nothing of steps."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from artloop.databases import Advice, explained
from artloop.errors import RunDamaged

V = TypeVar("V", bound=BaseModel)
Statement = tuple[str, tuple[Any, ...]]
"""SQL and its values."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS steps (
    key TEXT PRIMARY KEY,
    input_sha256 TEXT NOT NULL,
    state TEXT NOT NULL,          -- started | done | parked | open (waits for the next driver)
    starts INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    result TEXT,
    error TEXT,
    outage INTEGER NOT NULL,
    started_at REAL NOT NULL,
    finished_at REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS calls (
    step TEXT NOT NULL,
    generation INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    request_sha256 TEXT NOT NULL,
    response TEXT NOT NULL,
    model TEXT NOT NULL,
    requests INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    cost_usd REAL,
    fault TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (step, generation, turn)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS asked (
    step TEXT NOT NULL,
    generation INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    model TEXT NOT NULL,
    request_tokens INTEGER NOT NULL,
    max_output_tokens INTEGER,
    lost INTEGER NOT NULL,        -- 1: sent again since
    at REAL NOT NULL
);
CREATE TRIGGER IF NOT EXISTS answered AFTER INSERT ON calls BEGIN
    DELETE FROM asked
        WHERE step = NEW.step AND generation = NEW.generation AND turn = NEW.turn AND lost = 0;
END;
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    identity TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
);
"""
MIGRATIONS: tuple[str, ...] = (
    """
    ALTER TABLE calls ADD COLUMN reasoning_tokens INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE calls ADD COLUMN fault TEXT NOT NULL DEFAULT '';
    CREATE TABLE asked (
        step TEXT NOT NULL, generation INTEGER NOT NULL, turn INTEGER NOT NULL, model TEXT NOT NULL,
        request_tokens INTEGER NOT NULL, max_output_tokens INTEGER, lost INTEGER NOT NULL, at REAL NOT NULL
    );
    CREATE TRIGGER answered AFTER INSERT ON calls BEGIN
        DELETE FROM asked
            WHERE step = NEW.step AND generation = NEW.generation AND turn = NEW.turn AND lost = 0;
    END;
    """,
)
"""The n-th script turns version n into n + 1; a change of `SCHEMA` adds one."""
BUSY_S = 10.0


def damaged(path: Path, why: str) -> RunDamaged:
    """The error to raise for a journal that holds something else than it should."""
    return RunDamaged(f"{path} is damaged ({why}); restore it from a backup, nothing was changed")


ADVICE = Advice(
    damaged=damaged,
    in_use="close what looks at this run and try again",
    refused="free space or make the folder writable, then resume the run",
)


class JournalFile:
    """An open journal.db. A statement is a transaction of its own, on disk when `rows` returns; or many are one."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def writable(cls, path: Path, *, new: bool, migrations: tuple[str, ...] = MIGRATIONS) -> JournalFile:
        """Open for the driver; `new` allows it to be created. An older version is migrated, on a copy."""
        _check_there(path, new)
        with cls._closing(path, f"{_uri(path)}?mode=rwc") as file:
            version = file._version(1 + len(migrations))
            if version == 0:
                file._create(new)
            if 0 < version <= len(migrations):
                file._replace(migrations)
                return cls.writable(path, new=False, migrations=migrations)
            file.rows("PRAGMA journal_mode = WAL")
            file.rows("PRAGMA synchronous = FULL")
            return file

    @classmethod
    def readable(cls, path: Path, *, migrations: tuple[str, ...] = MIGRATIONS) -> JournalFile:
        """Open for views, beside a writing driver too. An older version is read through a migrated copy in memory."""
        _check_there(path, new=False)
        with cls._closing(path, f"{_uri(path)}?mode=ro{_frozen(path)}") as file:
            version = file._version(1 + len(migrations))
            if version == 0:
                raise damaged(path, "it is empty")
            if version <= len(migrations):
                copy = file._migrated(migrations)
                file.close()
                return cls(path, copy)
            return file

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement and fetch what it answers."""
        with explained(self.path, ADVICE):
            return self._connection.execute(sql, values).fetchall()

    def together(self, statements: Sequence[Statement], *, on_disk: bool) -> list[bool]:
        """Run statements as one transaction, all or none; returns which of them changed a row.

        `on_disk`: it is there when this returns. Otherwise it outlives this process but perhaps not a power cut, and
        does not wait for the disk.
        """
        with explained(self.path, ADVICE):
            if not on_disk:
                self._connection.execute("PRAGMA synchronous = NORMAL")
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                changed = [self._connection.execute(sql, values).rowcount > 0 for sql, values in statements]
                self._connection.execute("COMMIT")
                return changed
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if not on_disk:
                    self._connection.execute("PRAGMA synchronous = FULL")

    def value(self, kind: type[V], row: tuple[Any, ...]) -> V:
        """The row as a value whose fields are named in the same order."""
        try:
            return kind.model_validate(dict(zip(kind.model_fields, row, strict=True)))
        except ValidationError as error:
            raise damaged(self.path, f"a row is no {kind.__name__}") from error

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @classmethod
    @contextlib.contextmanager
    def _closing(cls, path: Path, uri: str) -> Iterator[JournalFile]:
        """The open file; closed again if the body raises."""
        with explained(path, ADVICE):
            file = cls(path, _connect(uri))
            try:
                yield file
            except BaseException:
                file.close()
                raise

    def _version(self, present: int) -> int:
        (version,) = self.rows("PRAGMA user_version")[0]
        if version > present:
            raise RunDamaged(
                f"{self.path} was written by a newer artloop (journal version {version}, this one reads {present});"
                " upgrade artloop, nothing was changed"
            )
        if version == 0 and self.rows("SELECT 1 FROM sqlite_master"):
            raise damaged(self.path, "it is a database, but no journal")
        return int(version)

    def _create(self, new: bool) -> None:
        if not new:
            raise damaged(self.path, "it is empty")
        self._connection.executescript(
            f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {1 + len(MIGRATIONS)}; COMMIT;"
        )

    def _migrated(self, migrations: tuple[str, ...]) -> sqlite3.Connection:
        """A copy in memory at the present version; the file stays as it is."""
        copy = _connect(":memory:")
        self._connection.backup(copy)
        for script in migrations[self._version(1 + len(migrations)) - 1 :]:
            copy.executescript(script)
        copy.execute(f"PRAGMA user_version = {1 + len(migrations)}")
        return copy

    def _replace(self, migrations: tuple[str, ...]) -> None:
        """Put a migrated copy in the file's place, whole or not at all, and close."""
        # A write-ahead log left beside the new file would be played into it: fold it into the old one first.
        self.rows("PRAGMA journal_mode = DELETE")
        beside = self.path.with_name(f".{self.path.name}.migrating")
        beside.unlink(missing_ok=True)
        with contextlib.closing(self._migrated(migrations)) as copy, contextlib.closing(_connect(_uri(beside))) as file:
            copy.backup(file)
        self.close()
        os.replace(beside, self.path)


def _check_there(path: Path, new: bool) -> None:
    with explained(path, ADVICE):
        if path.is_symlink():
            raise RunDamaged(f"{path} is a link, which are never followed; put the file itself there")
        if not new and not path.exists():
            raise RunDamaged(f"{path} is missing; restore it from a backup, or remove the folder and start a new run")


def _connect(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_S)


def _uri(path: Path) -> str:
    return path.absolute().as_uri()


def _frozen(path: Path) -> str:
    """Let a run on read-only storage be read: without a log to play in, the file can be taken as it is."""
    log = path.with_name(f"{path.name}-wal")
    at_rest = not log.exists() or log.stat().st_size == 0
    return "&immutable=1" if at_rest and not os.access(path.parent, os.W_OK) else ""
