"""A server for all tests of this room; each test has a run of its own."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from artloop.distributed.store import Store
from tests.valkey import Valkey
from tests.valkey import server as valkey


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with valkey(tmp_path_factory.mktemp("valkey")) as running:
        yield running


@pytest_asyncio.fixture
async def store(server: Valkey) -> AsyncIterator[Store]:
    opened = Store(server.url)
    yield opened
    await opened.close()
