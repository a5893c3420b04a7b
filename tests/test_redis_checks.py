"""A server that may hold what must not be lost, and those that may not; see also tests/taskboard/test_redis.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from artloop.errors import SettingsError, StorageError
from artloop.redis_checks import address, checked
from tests.valkey import server


async def asked(url: str, *, allow_unsafe: bool = False) -> list[str]:
    async with Redis.from_url(url) as client:
        return await checked(client, url, allow_unsafe=allow_unsafe)


async def test_a_server_that_forgets_nothing_is_taken_and_one_that_may_forget_a_second_with_a_word(
    tmp_path: Path,
) -> None:
    with server(tmp_path / "always") as always:
        assert await asked(always.url) == []
    with server(tmp_path / "everysec", "--appendfsync", "everysec") as everysec:
        (warning,) = await asked(everysec.url)
    assert "may lose the last second" in warning


async def test_a_server_that_throws_keys_away_is_refused_unless_that_is_allowed(tmp_path: Path) -> None:
    with server(tmp_path, "--maxmemory-policy", "allkeys-lru") as careless:
        with pytest.raises(SettingsError, match=r"drops data .*; set maxmemory-policy noeviction"):
            await asked(careless.url)
        (warning,) = await asked(careless.url, allow_unsafe=True)
    assert "drops data" in warning


async def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(StorageError, match=r"redis://127\.0\.0\.1:1/0 does not answer") as told:
        await asked("redis://artist:secret@127.0.0.1:1/0")
    assert "secret" not in str(told.value)


def test_a_server_is_shown_without_name_password_and_options() -> None:
    assert address("foo") == "foo"
    assert address("rediss://artist:secret@studio:6380/2?ssl_cert_reqs=none") == "rediss://studio:6380/2"
