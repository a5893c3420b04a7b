import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from artloop.errors import RunDamaged, StorageError
from artloop.journal import Journal
from artloop.journal.file import MIGRATIONS, JournalFile
from artloop.models import Usage
from artloop.ports import Asked
from artloop.workspace import RunFolder

INSERT = "INSERT INTO events (at, identity, body) VALUES (1.5, 'one', '{}')"
TO_NEXT = (*MIGRATIONS, "ALTER TABLE events ADD COLUMN session INTEGER NOT NULL DEFAULT 7")
PRESENT = 1 + len(MIGRATIONS)
VERSION_1 = """
CREATE TABLE steps (
    key TEXT PRIMARY KEY, input_sha256 TEXT NOT NULL, state TEXT NOT NULL, starts INTEGER NOT NULL,
    failures INTEGER NOT NULL, generation INTEGER NOT NULL, result TEXT, error TEXT, outage INTEGER NOT NULL,
    started_at REAL NOT NULL, finished_at REAL
) WITHOUT ROWID;
CREATE TABLE calls (
    step TEXT NOT NULL, generation INTEGER NOT NULL, turn INTEGER NOT NULL, request_sha256 TEXT NOT NULL,
    response TEXT NOT NULL, model TEXT NOT NULL, requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cost_usd REAL, at REAL NOT NULL,
    PRIMARY KEY (step, generation, turn)
) WITHOUT ROWID;
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, identity TEXT NOT NULL UNIQUE, body TEXT NOT NULL
);
INSERT INTO calls VALUES ('v01/01/draw/0', 0, 0, 'hash', '{}', 'm', 1, 20, 5, 9, NULL, 1.5);
PRAGMA user_version = 1;
"""
"""A journal as the first version wrote it."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with one event."""
    path = tmp_path / "journal.db"
    with contextlib.closing(JournalFile.writable(path, new=True)) as file:
        file.rows(INSERT)
    return path


def test_a_statement_is_on_disk_when_it_returns(path: Path) -> None:
    with contextlib.closing(JournalFile.writable(path, new=False)) as file:
        assert file.rows("PRAGMA journal_mode") == [("wal",)]
        assert file.rows("PRAGMA synchronous") == [(2,)]


def test_an_older_journal_is_migrated_and_keeps_what_it_held(path: Path) -> None:
    with contextlib.closing(JournalFile.writable(path, new=False, migrations=TO_NEXT)) as file:
        assert file.rows("SELECT identity, session FROM events") == [("one", 7)]
        assert file.rows("PRAGMA user_version") == [(PRESENT + 1,)]
        assert file.rows("PRAGMA journal_mode") == [("wal",)]
    with contextlib.closing(JournalFile.writable(path, new=False, migrations=TO_NEXT)) as file:
        assert file.rows("SELECT identity, session FROM events") == [("one", 7)]
    assert [entry.name for entry in path.parent.iterdir()] == ["journal.db"]


def test_a_view_of_an_older_journal_leaves_it_as_it_is(path: Path) -> None:
    before = path.read_bytes()
    with contextlib.closing(JournalFile.readable(path, migrations=TO_NEXT)) as file:
        assert file.rows("SELECT identity, session FROM events") == [("one", 7)]
    assert path.read_bytes() == before


def test_a_migration_that_breaks_leaves_the_old_journal(path: Path) -> None:
    broken = (*MIGRATIONS, "CREATE TABLE more (a INTEGER); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(RunDamaged, match="nowhere"):
        JournalFile.writable(path, new=False, migrations=broken)
    with contextlib.closing(JournalFile.writable(path, new=False)) as file:
        assert file.rows("SELECT identity FROM events") == [("one",)]


def test_a_journal_somebody_looks_at_is_not_migrated_under_his_eyes(path: Path) -> None:
    with contextlib.closing(JournalFile.readable(path)) as view:
        assert view.rows("SELECT identity FROM events") == [("one",)]
        with pytest.raises(StorageError, match="in use by another process"):
            JournalFile.writable(path, new=False, migrations=TO_NEXT)
        assert view.rows("SELECT identity FROM events") == [("one",)]


def test_a_migration_keeps_what_a_killed_driver_wrote_last(path: Path) -> None:
    script = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute(\"INSERT INTO events (at, identity, body) VALUES (2.5, 'two', '{}')\"); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == -9
    assert path.with_name("journal.db-wal").exists()
    with contextlib.closing(JournalFile.writable(path, new=False, migrations=TO_NEXT)) as file:
        assert file.rows("SELECT identity FROM events ORDER BY seq") == [("one",), ("two",)]


def test_what_a_killed_migration_left_does_not_matter(path: Path) -> None:
    path.with_name(".journal.db.migrating").write_bytes(b"half a database")
    with contextlib.closing(JournalFile.writable(path, new=False, migrations=TO_NEXT)) as file:
        assert file.rows("SELECT session FROM events") == [(7,)]


@pytest.mark.parametrize("opened", [lambda path: JournalFile.writable(path, new=False), JournalFile.readable])
def test_a_newer_journal_is_refused_clearly_and_left_alone(path: Path, opened: object) -> None:
    with contextlib.closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(RunDamaged, match=rf"newer artloop \(journal version 99, this one reads {PRESENT}\); upgrade"):
        opened(path)  # type: ignore[operator]
    assert path.read_bytes() == before


def test_a_path_with_odd_letters_is_the_same_path(tmp_path: Path) -> None:
    path = tmp_path / "50% ebb? #1 ünd ∿" / "journal.db"
    path.parent.mkdir()
    JournalFile.writable(path, new=True).close()
    JournalFile.readable(path).close()
    assert path.is_file()


def test_a_file_where_the_folder_should_be_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("in the way")
    with pytest.raises(StorageError, match="run"):
        JournalFile.writable(tmp_path / "run" / "journal.db", new=True)


def test_a_bug_in_our_own_calls_stays_a_bug(path: Path) -> None:
    file = JournalFile.writable(path, new=False)
    file.close()
    with pytest.raises(sqlite3.ProgrammingError):
        file.rows(INSERT)


def test_a_journal_of_the_first_version_can_be_gone_on_with(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with contextlib.closing(sqlite3.connect(folder.journal)) as old:
        old.executescript(VERSION_1)
    (tmp_path / "variants").mkdir()
    with Journal.open(folder, max_failures=1) as journal:
        assert journal.usage() == Usage(requests=1, input_tokens=20, cached_tokens=5, output_tokens=9)
        call = journal.find("v01/01/draw/0", 0, 0)
        assert call
        again = call.model_copy(update={"turn": 1, "fault": "cut off", "usage": Usage(requests=1, reasoning_tokens=3)})
        journal.asking(Asked(step=again.step, generation=0, turn=1, model="m", request_tokens=9))
        assert journal.usage().unanswered == 1
        assert journal.commit(again) == again
        assert journal.usage().unanswered == 0
