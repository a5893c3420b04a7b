"""Fixtures that several rooms use."""

import os
from pathlib import Path

import pytest

from artloop import settings

for name in [name for name in os.environ if name.startswith("ARTLOOP_") and name != "ARTLOOP_CACHE"]:
    del os.environ[name]  # a developer's settings must not decide a test


@pytest.fixture(scope="session")
def cache_folder() -> Path:
    """Where compiled kernels are kept between sessions: ARTLOOP_CACHE, else the user's cache folder."""
    return settings.load({"root": os.devnull}).cache_folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--record` writes the golden files anew (tests/goldens.py)."""
    parser.addoption("--record", action="store_true", help="write the files under tests/golden/ anew")
