"""The stores that the board must behave alike on."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import redis
from pydantic import SecretStr

from artloop.taskboard import redis as on_redis
from artloop.taskboard import sqlite as on_sqlite
from artloop.taskboard.sealing import Plain, seal_for
from tests.taskboard.places import KEY, Place
from tests.valkey import Valkey, server


@pytest.fixture(scope="session")
def kept_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """One server for all tests that do not kill it."""
    with server(tmp_path_factory.mktemp("valkey")) as valkey:
        yield valkey


@pytest.fixture
def valkey(kept_valkey: Valkey) -> Valkey:
    """A server that is empty."""
    with redis.Redis.from_url(kept_valkey.url) as client:
        client.flushall()
    return kept_valkey


@pytest.fixture(params=["sqlite", "redis", "sealed"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Each place in turn."""
    if request.param == "redis":
        url = request.getfixturevalue("valkey").url
        return Place(partial(on_redis.opened, url, Plain(), allow_unsafe=False, warn=pytest.fail))
    seal = Plain() if request.param == "sqlite" else seal_for(SecretStr(KEY))
    return Place(partial(on_sqlite.opened, tmp_path / "hub.db", seal))
