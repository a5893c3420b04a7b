"""One hub with keys, for all tests that do not need one of their own."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from .served import Served, role_keys, served


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory, cache_folder: Path) -> Iterator[Served]:
    """With a key for each role; a whole suite makes many calls."""
    root = tmp_path_factory.mktemp("hub").resolve()
    keys = role_keys(root)
    with served(root, cache_folder, ARTLOOP_HUB__CALLS_PER_MINUTE="100000") as found:
        yield replace(found, keys=keys)
