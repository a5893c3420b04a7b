"""Fixtures that several rooms use."""

import os
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from artloop import settings
from artloop.grafix.sandbox.kernels import kernels_folder

for name in [name for name in os.environ if name.startswith("ARTLOOP_") and name != "ARTLOOP_CACHE"]:
    del os.environ[name]  # a developer's settings must not decide a test


hypothesis_settings.register_profile("artloop", deadline=None)  # a loaded machine is slow, not wrong
hypothesis_settings.load_profile("artloop")


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache without renders, with the kernels that ARTLOOP_CACHE or the user's folder keeps between sessions."""
    kept = kernels_folder(settings.load({"root": os.devnull}).cache_folder)
    kept.mkdir(parents=True, exist_ok=True)
    folder = tmp_path_factory.mktemp("cache")
    (folder / kept.name).symlink_to(kept)
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--record` writes the golden files anew (tests/goldens.py)."""
    parser.addoption("--record", action="store_true", help="write the files under tests/golden/ anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole runs first: begun last, one of them would keep one worker busy long after the others are done."""
    items.sort(key=lambda item: item.path.parent != Path(__file__).parent)
