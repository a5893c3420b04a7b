"""What only Redis brings: connections that are lost, servers that forget, other hubs, certificates."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import redis

from artloop.errors import SettingsError, StorageError
from artloop.settings import HubSettings
from artloop.taskboard import redis as on_redis
from artloop.taskboard.board import Board
from artloop.taskboard.opening import opened_board
from artloop.taskboard.redis import RedisStore, opened
from artloop.taskboard.sealing import Plain
from artloop.taskboard.store import Transaction
from tests.artists.desk import SoftClock
from tests.taskboard.certificates import authority
from tests.taskboard.places import SETTINGS, spec
from tests.taskboard.proxy import Proxy, proxy
from tests.valkey import Valkey, server


@asynccontextmanager
async def store_at(url: str) -> AsyncIterator[RedisStore]:
    async with opened(url, Plain(), allow_unsafe=False, warn=pytest.fail) as store:
        yield store


@asynccontextmanager
async def hub_at(url: str) -> AsyncIterator[Board]:
    async with store_at(url) as store, Board(store, SETTINGS, SoftClock()) as board:
        yield board


async def count(tx: Transaction) -> int:
    """A transaction that must happen once each time it is asked for."""
    number = int(await tx.get("hub", "n") or 0) + 1
    tx.put("hub", "n", str(number))
    tx.tell(str(number))
    return number


# -- several hubs ------------------------------------------------------------------------------------------------------


async def test_a_task_of_one_hub_is_pushed_to_an_agent_of_another(valkey: Valkey) -> None:
    async with hub_at(valkey.url) as board, hub_at(valkey.url) as elsewhere:
        agent = (await elsewhere.register("draw")).id
        poll = asyncio.ensure_future(elsewhere.poll(agent, wait_seconds=30))
        waiter_events = elsewhere.events()
        (task,) = await board.create([spec()])
        (given,) = await poll
        assert given.task_id == task.id
        done = asyncio.ensure_future(board.wait(task.id, 30))
        await elsewhere.submit(agent, task.id, "completed", 5)
        assert (await done).result == 5
        async with asyncio.timeout(30):
            assert (await anext(aiter(waiter_events))).id == task.id


async def test_a_hub_that_was_cut_off_looks_again(valkey: Valkey) -> None:
    async with proxy(valkey.port) as between, hub_at(between.url) as board, hub_at(valkey.url) as elsewhere:
        agent = (await board.register("draw")).id
        poll = asyncio.ensure_future(board.poll(agent, wait_seconds=30))
        await asyncio.sleep(0.05)
        await between.cut(refuse=True)
        (task,) = await elsewhere.create([spec()])
        between.refusing = False
        (given,) = await poll
        assert given.task_id == task.id


# -- lost connections --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answered", [False, True])
async def test_a_commit_whose_answer_is_lost_is_done_once(valkey: Valkey, answered: bool) -> None:
    async with proxy(valkey.port) as between, store_at(between.url) as store:
        heard: list[str | None] = []
        with store.listening(heard.append):
            for number in range(1, 6):
                between.cut_at(b"EXEC", answered=answered)
                assert await store.transact(count) == number
        assert between.cuts == 5
        assert [notice for notice in heard if notice] == ["1", "2", "3", "4", "5"]
        assert await store.transact(lambda tx: tx.get("hub", "n")) == "5"


async def test_a_connection_that_is_lost_at_any_moment_changes_nothing(valkey: Valkey) -> None:
    async with proxy(valkey.port) as between, store_at(between.url) as store:
        for number, word in enumerate([b"GET", b"HMGET", b"WATCH", b"MULTI"] * 2, start=1):
            between.cut_at(word, answered=number > 4)
            assert await store.transact(count) == number


async def test_a_server_that_stays_away_is_named_without_its_password(
    valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_redis, "PATIENCE_S", 0.3)
    async with proxy(valkey.port) as between, store_at(between.url) as store:
        await between.cut(refuse=True)
        with pytest.raises(StorageError, match=r"redis://127\.0\.0\.1:\d+/0 cannot be reached .*nothing was changed"):
            await store.transact(count)
        between.refusing = False
        assert await store.transact(count) == 1
    with pytest.raises(StorageError, match="cannot be reached") as caught:
        async with store_at("redis://me:secret@127.0.0.1:1/0"):
            pass
    assert "secret" not in str(caught.value)


async def test_nothing_committed_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    with server(tmp_path / "valkey") as valkey:
        async with store_at(valkey.url) as store:

            async def keep_counting() -> int:
                last = 0
                while not enough.is_set():
                    last = await store.transact(count)
                return last

            enough = asyncio.Event()
            counting = asyncio.ensure_future(keep_counting())
            for _ in range(6):
                await asyncio.sleep(0.1)
                await asyncio.to_thread(valkey.restart)
            enough.set()
            last = await counting
            assert await store.transact(lambda tx: tx.get("hub", "n")) == str(last)
            assert last > 6


# -- what is checked at the start --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--appendonly", "no"], "keeps nothing on disk; set appendonly yes and appendfsync always"),
        (["--appendfsync", "no"], "leaves it to chance when it writes to disk; set appendfsync always"),
        (["--maxmemory-policy", "allkeys-lru"], "drops data when it is full (allkeys-lru); set maxmemory-policy"),
        (["--rename-command", "CONFIG", "x"], "does not tell how it is set up"),
    ],
)
async def test_a_server_that_may_forget_is_refused_unless_allowed(
    tmp_path: Path, options: list[str], message: str
) -> None:
    with server(tmp_path / "valkey", *options) as valkey:
        with pytest.raises(SettingsError) as caught:
            async with store_at(valkey.url):
                pass
        assert message in str(caught.value)
        assert "allow it with allow_unsafe_redis" in str(caught.value)
        told: list[str] = []
        async with opened(valkey.url, Plain(), allow_unsafe=True, warn=told.append) as store:
            assert await store.transact(count) == 1
        assert [message in one for one in told] == [True]


async def test_a_server_that_may_lose_a_second_is_warned_of(tmp_path: Path) -> None:
    told: list[str] = []
    with server(tmp_path / "valkey", "--appendfsync", "everysec") as valkey:
        settings = HubSettings(redis=valkey.url)
        async with opened_board(settings, tmp_path, SoftClock(), told.append) as board:
            await board.create([spec()])
    assert len(told) == 1
    assert "may lose the last second of work" in told[0]


async def test_a_password_is_needed_and_never_shown(tmp_path: Path) -> None:
    with server(tmp_path / "valkey", "--requirepass", "secret") as valkey:
        right, wrong = (valkey.url.replace("//", f"//:{word}@") for word in ("secret", "guess"))
        async with store_at(right) as store:
            assert await store.transact(count) == 1
            assert "secret" not in store.where
        for url in (wrong, valkey.url):
            with pytest.raises(StorageError, match="correct user and password in its URL") as caught:
                async with store_at(url):
                    pass
            assert "guess" not in str(caught.value)


async def test_what_a_newer_artloop_wrote_is_refused(valkey: Valkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.set("artloop:hub:format", 2)
    with pytest.raises(StorageError, match=r"by a newer artloop \(hub version 2, this one reads 1\)"):
        async with store_at(valkey.url):
            pass


@pytest.mark.parametrize("url", ["http://localhost", "localhost:6379", "rediss://h?ssl_cert_reqs=none"])
async def test_a_url_that_is_none_or_trusts_anybody_is_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        async with store_at(url):
            pass


async def test_certificates_are_verified(valkey: Valkey, tmp_path: Path) -> None:
    trusted, door = authority(tmp_path)
    async with proxy(valkey.port, tls=door) as between:
        async with store_at(f"{between.url}?ssl_ca_certs={trusted}") as store:
            assert await store.transact(count) == 1
        with pytest.raises(StorageError, match=r"cannot be reached.*certificate"):
            async with store_at(between.url):
                pass
        elsewhere = between.url.replace("127.0.0.1", "localhost")
        with pytest.raises(StorageError, match=r"cannot be reached.*certificate"):
            async with store_at(f"{elsewhere}?ssl_ca_certs={trusted}"):
                pass
    assert isinstance(door, ssl.SSLContext)
    assert isinstance(between, Proxy)
