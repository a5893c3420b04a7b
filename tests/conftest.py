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


KERNELS = "grafix/sandbox/test_jail.py"
"""Compiles Grafix for a minute and a half on a machine where nobody has; all that renders waits for it."""
WITHOUT_KERNELS = ("taskboard", "hub/test_roles.py", "journal", "artists/test_door.py")
"""What there is to do meanwhile."""
WHOLE_RUNS = ("distributed/test_runs.py", "hub/test_siege.py", "browser", "test_")
"""Begun last, one of them would keep one process busy long after the others are done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files for processes that take one after the other."""

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(Path(__file__).parent).as_posix()
        firsts = (KERNELS, WITHOUT_KERNELS, WHOLE_RUNS)
        return next((number for number, names in enumerate(firsts) if path.startswith(names)), len(firsts))

    items.sort(key=place)
