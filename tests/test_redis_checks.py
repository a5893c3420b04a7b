"""A server that may hold what must not be lost, and those that may not."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from artloop.errors import StorageError
from artloop.redis_checks import checked, shown
from tests.valkey import valkey


async def asked(url: str) -> list[str]:
    async with Redis.from_url(url) as client:
        return await checked(client, url)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), []),
        (("--appendfsync", "everysec"), ["may lose its last second"]),
        (("--appendonly", "no"), ["keeps no AOF"]),
    ],
)
async def test_what_a_server_may_lose_is_said(tmp_path: Path, options: tuple[str, ...], said: list[str]) -> None:
    with valkey(tmp_path, *options) as server:
        found = await asked(server.url)
    assert len(found) == len(said)
    assert all(words in line for words, line in zip(said, found, strict=True))


async def test_a_server_that_throws_keys_away_is_refused(tmp_path: Path) -> None:
    refused = pytest.raises(StorageError, match=r"throws keys away .*; set maxmemory-policy noeviction")
    with valkey(tmp_path, "--maxmemory-policy", "allkeys-lru") as server, refused:
        await asked(server.url)


async def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(StorageError, match=r"Redis at 127\.0\.0\.1:1 does not answer") as told:
        await asked("redis://artist:secret@127.0.0.1:1/0")
    assert "secret" not in str(told.value)


def test_a_server_is_shown_without_name_password_and_options() -> None:
    assert shown("rediss://artist:secret@studio:6380/2?ssl_cert_reqs=none") == "studio:6380"
