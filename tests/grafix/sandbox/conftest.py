"""A world to attack, for all ways to confine an attacker."""

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from artloop.grafix.sandbox.handle import Children

from ..sketches import compiled
from .world import SECRET, World, listening

PR_SET_CHILD_SUBREAPER = 36


@pytest.fixture(scope="module")
def reaper() -> Iterator[None]:
    """Orphans below this process become its children, so that `offspring` sees a daemon too."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    yield
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0)
    for child in psutil.Process().children():
        if child.status() == psutil.STATUS_ZOMBIE:
            os.waitpid(child.pid, os.WNOHANG)


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A temporary folder in which nobody else leaves files."""
    tempfile.tempdir = str(tmp_path_factory.mktemp("temporary"))
    yield
    tempfile.tempdir = None


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def processes(
    cache_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Children, Path]]:
    """With kernels that no other server on this machine adds to."""
    async with Children() as children:
        copy = tmp_path_factory.mktemp("kernels") / "copy"
        shutil.copytree(await compiled(children, cache_folder), copy)
        yield children, copy


@pytest.fixture
def world(tmp_path: Path, processes: tuple[Children, Path]) -> Iterator[World]:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh/id_rsa").write_text(SECRET)
    (home / ".ssh/id_rsa").chmod(0o600)
    (home / "file").write_text("kept")
    (home / "planted").symlink_to(home / "file")
    with ExitStack() as stack:
        listeners = listening(home, stack)
        command = [sys.executable, "-I", "-c", "import time; print(flush=True); time.sleep(600)"]
        victim = subprocess.Popen(command, env={"KEY": SECRET}, cwd=home, stdout=subprocess.PIPE)
        stack.enter_context(victim)
        stack.callback(victim.kill)
        assert victim.stdout is not None
        victim.stdout.readline()
        yield World(home, processes[1], victim, listeners)
