from __future__ import annotations

import asyncio
import sqlite3
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from pydantic import SecretStr

from artloop.errors import SettingsError, StorageError
from artloop.taskboard.sealing import Plain, seal_for
from artloop.taskboard.sqlite import VERSION, opened
from artloop.taskboard.store import Transaction
from tests.taskboard.places import KEY

OTHER = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


async def refusal(path: Path) -> str:
    """Why this file is not opened."""
    before = path.read_bytes()
    with pytest.raises(StorageError) as caught:
        async with opened(path, Plain()):
            pass
    assert path.read_bytes() == before, "nothing may be changed"
    return str(caught.value)


async def test_a_file_that_is_damaged_strange_or_newer_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    path.write_bytes(b"no database at all" * 100)
    assert "hub.db is damaged (file is not a database); restore it from a backup" in await refusal(path)
    path.unlink()
    with sqlite3.connect(path) as strange:
        strange.execute("CREATE TABLE birds (name TEXT)")
    strange.close()
    assert "it is a database, but no hub's" in await refusal(path)
    with sqlite3.connect(path) as newer:
        newer.execute(f"PRAGMA user_version = {VERSION + 1}")
    newer.close()
    assert f"by a newer artloop (hub version {VERSION + 1}, this one reads {VERSION}); upgrade" in await refusal(path)


async def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "hub.db").symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(StorageError, match=r"hub\.db is a link"):
        async with opened(tmp_path / "hub.db", Plain()):
            pass


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match=r"cannot use .*hub\.db"):
        async with opened(tmp_path / "file" / "hub.db", Plain()):
            pass


async def test_sealed_text_is_on_disk_nowhere_and_needs_its_key(tmp_path: Path) -> None:
    path, sealed = tmp_path / "hub.db", seal_for(SecretStr(KEY))

    async def write(tx: Transaction) -> None:
        tx.put("spec", "t-1", '"tidal memory"')

    async with opened(path, sealed) as store:
        await store.transact(write)
    assert not any(b"tidal" in file.read_bytes() for file in tmp_path.iterdir())
    for seal, message in [
        (seal_for(SecretStr(OTHER)), "no key of ARTLOOP_HUB__ENCRYPTION_KEY opens"),
        (Plain(), "is encrypted and ARTLOOP_HUB__ENCRYPTION_KEY is not set"),
    ]:
        with pytest.raises(SettingsError, match=message):
            async with opened(path, seal):
                pass
    async with opened(path, seal_for(SecretStr(f"{OTHER}, {KEY}"))) as store:
        assert await store.transact(lambda tx: tx.get("spec", "t-1")) == '"tidal memory"'
        await store.transact(write)
    async with opened(path, seal_for(SecretStr(OTHER))) as store:
        assert await store.transact(lambda tx: tx.get("spec", "t-1")) == '"tidal memory"', "the new key has sealed it"


async def test_what_was_written_before_there_was_a_key_stays_readable(tmp_path: Path) -> None:
    async def write(tx: Transaction) -> None:
        tx.put("spec", "t-1", "{}")

    async with opened(tmp_path / "hub.db", Plain()) as store:
        await store.transact(write)
    async with opened(tmp_path / "hub.db", seal_for(SecretStr(KEY))) as store:
        assert await store.transact(lambda tx: tx.get("spec", "t-1")) == "{}"


@pytest.mark.parametrize("key", ["short", "é" * 44, f"{KEY},short"])
def test_what_is_no_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(SettingsError, match="is no key: it must be 32 bytes") as caught:
        seal_for(SecretStr(key))
    assert key not in str(caught.value)


HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
"""


async def test_while_another_process_writes_the_others_of_this_one_go_on(tmp_path: Path) -> None:
    async def write(tx: Transaction) -> None:
        tx.put("hub", "n", "1")

    async with opened(tmp_path / "hub.db", Plain()) as store:
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-c", HOLD, str(tmp_path / "hub.db"), stdin=PIPE, stdout=PIPE
        )
        assert other.stdin is not None
        assert other.stdout is not None
        await other.stdout.readline()
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(store.transact(write))
            for _ in range(20):
                await asyncio.sleep(0.001)
            assert not writing.done()
            other.stdin.close()
        await other.wait()
        assert await store.transact(lambda tx: tx.get("hub", "n")) == "1"
