"""`artloop stop` and Ctrl-C from a terminal while a worker elsewhere has the step."""

from __future__ import annotations

import itertools
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from typer.testing import CliRunner

from artloop.cli import app
from artloop.distributed.store import Keys
from artloop.readback import read_back
from artloop.workspace import RunFolder, Workspace
from tests.distributed.fleet import Fleet, fleet
from tests.valkey import Valkey


@pytest.fixture(scope="module")
def worker(server: Valkey, tmp_path_factory: pytest.TempPathFactory, cache_folder: Path) -> Iterator[Fleet]:
    """The only one there is."""
    with fleet(server, tmp_path_factory.mktemp("fleet"), cache_folder, workers=1) as one:
        yield one
        assert set(one.end().values()) == {0}


def drawing(worker: Fleet, root: Path, iterations: int) -> tuple[subprocess.Popen[str], RunFolder]:
    """A run whose first drawing has just been decided on, so that it is the worker's or soon will be."""
    size = ("--variants", "1", "--iterations", str(iterations))
    driver = worker.drive("run", "tidal memory", *size, root=root)
    assert driver.stdout is not None
    before = list(itertools.takewhile(lambda line: "draw:" not in line, driver.stdout))
    assert driver.poll() is None, before
    return driver, Workspace(root).every()[0]


def rest_of(driver: subprocess.Popen[str]) -> str:
    """What it says until it ends, which is soon."""
    output, _ = driver.communicate(timeout=60)
    return output


def kept(server: Valkey, folder: RunFolder) -> list[str]:
    """What Redis has of a run's errands."""
    keys = Keys(folder.id)
    with Redis.from_url(server.url) as client:
        return [what for what in ("outcomes", "holders", "starts") if client.exists(keys.named(what))]


def test_a_stop_ends_a_run_of_workers_in_good_order(worker: Fleet, server: Valkey, tmp_path: Path) -> None:
    driver, folder = drawing(worker, tmp_path, iterations=3)
    left = CliRunner().invoke(app, ["stop", "last", "--root", str(tmp_path)])
    assert "takes effect before the next step" in left.output
    output = rest_of(driver)
    assert driver.returncode == 0, output
    assert "v01 stopped: stopped by the artist" in output
    story = read_back(folder)
    assert story.status == "stopped"
    assert len(story.variants[0].iterations) <= 1
    assert kept(server, folder) == []


@pytest.mark.slow
def test_ctrl_c_leaves_a_run_of_workers_so_that_a_resume_goes_on(worker: Fleet, server: Valkey, tmp_path: Path) -> None:
    driver, folder = drawing(worker, tmp_path, iterations=1)
    driver.send_signal(signal.SIGINT)
    output = rest_of(driver)
    assert driver.returncode == 130, output
    assert "Traceback" not in output
    assert f"resume {folder.id} --executor docket {' '.join(worker.options)}" in output
    resumed = worker.drive("resume", "last", root=tmp_path)
    output = rest_of(resumed)
    assert resumed.returncode == 0, output
    assert read_back(folder).status == "finished"
    assert {name: times for name, times in worker.done().items() if folder.id in name and times > 1} == {}
    assert kept(server, folder) == []
