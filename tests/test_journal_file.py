import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from artloop.errors import RunDamaged, StorageError
from artloop.journal_file import JournalFile

INSERT = "INSERT INTO events (at, identity, body) VALUES (1.5, 'one', '{}')"
TO_VERSION_2 = ("ALTER TABLE events ADD COLUMN session INTEGER NOT NULL DEFAULT 7",)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of version 1 with one event."""
    path = tmp_path / "journal.db"
    with contextlib.closing(JournalFile.writable(path, new=True)) as file:
        file.rows(INSERT)
    return path


def test_a_statement_is_on_disk_when_it_returns(path: Path) -> None:
    with contextlib.closing(JournalFile.writable(path, new=False)) as file:
        assert file.rows("PRAGMA journal_mode") == [("wal",)]
        assert file.rows("PRAGMA synchronous") == [(2,)]


def test_an_older_journal_is_migrated_and_keeps_what_it_held(path: Path) -> None:
    with contextlib.closing(JournalFile.writable(path, new=False, migrations=TO_VERSION_2)) as file:
        assert file.rows("SELECT identity, session FROM events") == [("one", 7)]
        assert file.rows("PRAGMA user_version") == [(2,)]
        assert file.rows("PRAGMA journal_mode") == [("wal",)]
    with contextlib.closing(JournalFile.writable(path, new=False, migrations=TO_VERSION_2)) as file:
        assert file.rows("SELECT identity, session FROM events") == [("one", 7)]
    assert [entry.name for entry in path.parent.iterdir()] == ["journal.db"]


def test_a_view_of_an_older_journal_leaves_it_as_it_is(path: Path) -> None:
    before = path.read_bytes()
    with contextlib.closing(JournalFile.readable(path, migrations=TO_VERSION_2)) as file:
        assert file.rows("SELECT identity, session FROM events") == [("one", 7)]
    assert path.read_bytes() == before


def test_a_migration_that_breaks_leaves_the_old_journal(path: Path) -> None:
    broken = ("CREATE TABLE more (a INTEGER); INSERT INTO nowhere VALUES (1);",)
    with pytest.raises(RunDamaged, match="nowhere"):
        JournalFile.writable(path, new=False, migrations=broken)
    with contextlib.closing(JournalFile.writable(path, new=False)) as file:
        assert file.rows("SELECT identity FROM events") == [("one",)]


def test_a_journal_somebody_looks_at_is_not_migrated_under_his_eyes(path: Path) -> None:
    with contextlib.closing(JournalFile.readable(path)) as view:
        assert view.rows("SELECT identity FROM events") == [("one",)]
        with pytest.raises(StorageError, match="in use by another process"):
            JournalFile.writable(path, new=False, migrations=TO_VERSION_2)
        assert view.rows("SELECT identity FROM events") == [("one",)]


def test_a_migration_keeps_what_a_killed_driver_wrote_last(path: Path) -> None:
    script = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute(\"INSERT INTO events (at, identity, body) VALUES (2.5, 'two', '{}')\"); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == -9
    assert path.with_name("journal.db-wal").exists()
    with contextlib.closing(JournalFile.writable(path, new=False, migrations=TO_VERSION_2)) as file:
        assert file.rows("SELECT identity FROM events ORDER BY seq") == [("one",), ("two",)]


def test_what_a_killed_migration_left_does_not_matter(path: Path) -> None:
    path.with_name(".journal.db.migrating").write_bytes(b"half a database")
    with contextlib.closing(JournalFile.writable(path, new=False, migrations=TO_VERSION_2)) as file:
        assert file.rows("SELECT session FROM events") == [(7,)]


@pytest.mark.parametrize("opened", [lambda path: JournalFile.writable(path, new=False), JournalFile.readable])
def test_a_newer_journal_is_refused_clearly_and_left_alone(path: Path, opened: object) -> None:
    with contextlib.closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(RunDamaged, match=r"newer artloop \(journal version 99, this one reads 1\); upgrade"):
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
