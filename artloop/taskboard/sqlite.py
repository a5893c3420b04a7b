"""The board's state in one SQLite file, for a single hub on one machine."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from artloop.databases import Advice, explained
from artloop.errors import StorageError
from artloop.taskboard.sealing import Seal
from artloop.taskboard.store import Changes, Listeners, Ranked, Told, Transaction, check_seal

T = TypeVar("T")
VERSION = 1
SCHEMA = """
CREATE TABLE documents (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE TABLE rankings (
    name TEXT NOT NULL,
    member TEXT NOT NULL,
    score REAL NOT NULL,
    PRIMARY KEY (name, member)
) WITHOUT ROWID;
CREATE INDEX ranked ON rankings (name, score, member);
"""
BUSY_S = 10.0
"""How long to wait for another process that writes."""


def _damaged(path: Path, why: str) -> StorageError:
    return StorageError(f"{path} is damaged ({why}); restore it from a backup, nothing was changed")


ADVICE = Advice(
    damaged=_damaged,
    in_use="end what holds it and try again",
    refused="free space or make the folder writable, then start the hub again",
)


@dataclass
class _Group:
    """Transactions that reach the disk together: syncing it takes longer than all else."""

    dirty: bool = False
    done: bool = False
    error: StorageError | None = None


class SqliteStore:
    """`Store` in one file, whose write lock is held from the first read of a group of transactions to its commit."""

    def __init__(self, path: Path, connection: sqlite3.Connection, seal: Seal) -> None:
        self.where = str(path)
        self._path, self._connection, self._seal = path, connection, seal
        self._turn = asyncio.Lock()
        self._group: _Group | None = None
        self._listeners = Listeners()

    async def transact(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """See `Store`. A commit is not waited for, so it is done or not begun when somebody is cancelled."""
        group = None
        try:
            async with self._turn:
                group = self._group = self._group or await self._begin()
                transaction = Transaction(_Reader(self._rows), self._seal)
                result = await work(transaction)
                self._write(transaction.changes, group)
        finally:
            if group is not None:
                await self._finish(group)
        if group.error is not None:
            raise group.error
        self._listeners.tell(transaction.changes.told)
        return result

    def listening(self, told: Told) -> AbstractContextManager[None]:
        """See `Store`; other processes are not heard."""
        return self._listeners.listening(told)

    async def _begin(self) -> _Group:
        """Take the write lock; while another process has it, the others of this one go on."""
        until = time.monotonic() + BUSY_S
        while not self._begun(patient=time.monotonic() < until):  # noqa: ASYNC110 - nobody tells us of another process
            await asyncio.sleep(random.uniform(0.001, 0.01))
        return _Group()

    def _begun(self, *, patient: bool) -> bool:
        with explained(self._path, ADVICE):
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if patient and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                    return False
                raise
        return True

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with explained(self._path, ADVICE):
            return self._connection.execute(sql, values).fetchall()

    def _write(self, changes: Changes, group: _Group) -> None:
        many = self._connection.executemany
        if not (changes.documents or changes.rankings):
            return
        group.dirty = True
        try:
            with explained(self._path, ADVICE):
                many("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", _kept(changes.documents))
                many("DELETE FROM documents WHERE kind = ? AND id = ?", _gone(changes.documents))
                many("INSERT OR REPLACE INTO rankings VALUES (?, ?, ?)", _kept(changes.rankings))
                many("DELETE FROM rankings WHERE name = ? AND member = ?", _gone(changes.rankings))
        except StorageError as error:
            group.error = error  # half of it may be written: none of the group may be kept

    async def _finish(self, group: _Group) -> None:
        """Have the group committed, by whoever is first after all that wait now."""
        try:
            if group.dirty:
                async with self._turn:
                    self._end(group)
        finally:
            # Nobody is at it: nothing was written, or whoever was to commit is cancelled.
            if not self._turn.locked():
                self._end(group)

    def _end(self, group: _Group) -> None:
        if group.done:
            return
        group.done, self._group = True, None
        try:
            with explained(self._path, ADVICE):
                self._connection.execute("COMMIT" if group.dirty and group.error is None else "ROLLBACK")
        except StorageError as error:
            group.error = error
            if self._connection.in_transaction:
                self._connection.rollback()


class _Reader:
    """`store.Reader` of an open transaction."""

    def __init__(self, rows: Callable[..., list[tuple[Any, ...]]]) -> None:
        self._rows = rows

    async def documents(self, kind: str, ids: Sequence[str]) -> list[str | None]:
        found = [self._rows("SELECT text FROM documents WHERE kind = ? AND id = ?", kind, id) for id in ids]
        return [rows[0][0] if rows else None for rows in found]

    async def every(self, kind: str) -> dict[str, str]:
        return dict(self._rows("SELECT id, text FROM documents WHERE kind = ? ORDER BY id", kind))

    async def least(self, name: str, count: int, above: float | None, upto: float | None) -> list[Ranked]:
        return self._rows(
            "SELECT member, score FROM rankings WHERE name = ? AND score > ? AND score <= ?"
            " ORDER BY score, member LIMIT ?",
            name,
            float("-inf") if above is None else above,
            float("inf") if upto is None else upto,
            count,
        )

    async def scores(self, name: str, members: Sequence[str]) -> list[float | None]:
        found = [self._rows("SELECT score FROM rankings WHERE name = ? AND member = ?", name, m) for m in members]
        return [rows[0][0] if rows else None for rows in found]

    async def size(self, name: str) -> int:
        return int(self._rows("SELECT COUNT(*) FROM rankings WHERE name = ?", name)[0][0])


V = TypeVar("V")


def _kept(changed: Mapping[str, Mapping[str, V | None]]) -> Iterator[tuple[str, str, V]]:
    for outer, members in changed.items():
        yield from ((outer, inner, value) for inner, value in members.items() if value is not None)


def _gone(changed: Mapping[str, Mapping[str, V | None]]) -> Iterator[tuple[str, str]]:
    for outer, members in changed.items():
        yield from ((outer, inner) for inner, value in members.items() if value is None)


@asynccontextmanager
async def opened(path: Path, seal: Seal) -> AsyncIterator[SqliteStore]:
    """The store in this file, made if it is not there. Raises `StorageError` if it is something else."""
    with closing(_connected(path)) as connection:
        with explained(path, ADVICE):
            _make_ready(path, connection)
        store = SqliteStore(path, connection, seal)
        await check_seal(store)
        yield store


def _connected(path: Path) -> sqlite3.Connection:
    if path.is_symlink():
        raise StorageError(f"{path} is a link, which are never followed; put the file itself there")
    with explained(path, ADVICE):
        path.parent.mkdir(parents=True, exist_ok=True)
        return sqlite3.connect(path, isolation_level=None, timeout=BUSY_S)


def _make_ready(path: Path, connection: sqlite3.Connection) -> None:
    """Make the tables in a new file; refuse a strange one, unchanged."""
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise StorageError(
            f"{path} was written by a newer artloop (hub version {version}, this one reads {VERSION});"
            " upgrade artloop, nothing was changed"
        )
    if version == 0:
        if connection.execute("SELECT 1 FROM sqlite_master").fetchall():
            raise _damaged(path, "it is a database, but no hub's")
        for statement in SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    # From now on waiting is done where others can go on meanwhile.
    connection.execute("PRAGMA busy_timeout = 0")
