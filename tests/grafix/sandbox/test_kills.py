import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest

from artloop.grafix.sandbox.forks import AVAILABLE

from ..sketches import ended, until, workers

pytestmark = [
    pytest.mark.alone,
    pytest.mark.usefixtures("reaper"),
    pytest.mark.skipif(not AVAILABLE, reason="where workers are not forked, nothing tells when one has begun"),
]
ROOM = Path(__file__).parents[3]
SOON = 2
"""Seconds; on a quiet machine it takes a tenth of one."""


@pytest.fixture
def client(tmp_path: Path, cache_folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A client that has one endless render under way, and short ones beside it."""
    command = [sys.executable, "-m", "tests.grafix.sandbox.render_client", str(tmp_path), str(cache_folder)]
    with subprocess.Popen(command, cwd=ROOM) as process:
        yield process
        process.kill()


def below(pid: int) -> list[psutil.Process]:
    return [child for child in psutil.Process(pid).children(recursive=True) if not ended(child.pid)]


def running(client: subprocess.Popen[bytes], module: str) -> psutil.Process:
    """The process below the client that runs a module."""
    return next(process for process in below(client.pid) if module in process.cmdline())


def finished(root: Path) -> int:
    return len(list(root.glob("runs/short/variants/v01/iterations/*/manifest.json")))


async def busy(root: Path) -> None:
    """Both renders are under way, and three more are finished."""
    before = finished(root)
    await until(lambda: finished(root) > before + 2 and bool(workers()))


def assert_whole(root: Path) -> None:
    """Every file that has its name is complete; a manifest is the last of a render's."""
    for path in root.glob("runs/*/variants/*/iterations/*/[!.]*"):
        if path.suffix == ".svg":
            ElementTree.fromstring(path.read_bytes())
        elif path.suffix == ".json":
            json.loads(path.read_bytes())
    for manifest in root.glob("runs/short/variants/*/iterations/*/manifest.json"):
        assert {"drawing.svg", "metrics.json", "sketch.py"} <= {path.name for path in manifest.parent.iterdir()}


async def test_whoever_is_killed_no_process_and_no_half_of_a_file_is_left(
    client: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    await busy(tmp_path)
    zygote = running(client, "artloop.grafix.sandbox.zygote")
    for victim in (zygote, zygote.parent(), psutil.Process(client.pid)):
        assert victim is not None
        doomed = [victim.pid, *(process.pid for process in below(victim.pid))]
        os.kill(victim.pid, signal.SIGKILL)
        await until(lambda: all(map(ended, doomed)), seconds=SOON)  # noqa: B023
        assert_whole(tmp_path)
        if victim.pid != client.pid:
            await busy(tmp_path)
    assert not [process for process in psutil.Process().children(recursive=True) if not ended(process.pid)]
