import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from artloop.errors import RunNotFound, UsageError
from artloop.journal import Journal
from artloop.lock import driver
from artloop.taskboard.client import HubClient
from artloop.workspace import RunFolder, Workspace

from ..grafix.sketches import HEXAGON, until
from .served import Served, role_keys, served

SMALL = {"variants": 1, "iterations": 1, "seed": 7, "model": "house"}


def begun(folder: RunFolder) -> bool:
    """Whether somebody drives a run and has said so in its journal."""
    if driver(folder) is None or not folder.journal.exists() or not folder.journal.stat().st_size:
        return False
    with Journal.read(folder) as journal:
        return any(journal.events())


async def ended(client: HubClient, run: str) -> dict[str, Any]:
    """How a run stands once nobody drives it any more."""
    async with asyncio.timeout(240):
        while True:
            report = await client.call("get_run", run_id=run)
            if report["status"] != "running":
                return report
            await asyncio.sleep(0.2)


@pytest.mark.slow
async def test_a_run_outlives_its_hub_and_is_had_a_hand_in_and_resumed_by_the_next(
    tmp_path: Path, cache_folder: Path
) -> None:
    keys = await asyncio.to_thread(role_keys, tmp_path)
    with served(tmp_path, cache_folder) as found:
        async with replace(found, keys=keys).client() as client:
            await client.call("save_sketch", name="six_sides", source=HEXAGON)
            run = (await client.call("start_run", brief="tidal memory", sketch="six_sides", **SMALL))["run_id"]
            with pytest.raises(UsageError, match="driven already"):
                await client.call("resume_run", run_id=run)
            folder = Workspace(tmp_path).find(run)
            await until(lambda: begun(folder))
            found.process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(found.process.wait)
    holder = driver(folder)
    assert holder is not None
    assert os.getsid(holder.pid) == holder.pid
    os.kill(holder.pid, signal.SIGKILL)
    await until(lambda: driver(folder) is None)
    with served(tmp_path, cache_folder) as found:
        async with replace(found, keys=keys).client() as client:
            await asked_of_an_interrupted_run(client, run)
            await client.call("resume_run", run_id=run)
            report = await ended(client, run)
            assert (report["status"], report["winner"]) == ("finished", "v01"), (folder.path / "driver.log").read_text()
            listed = (await client.call("list_runs"))["runs"]
            assert [(one["id"], one["status"]) for one in listed] == [(run, "finished")]
            drawn = await client.call("get_sketch", run_id=run)
            assert (drawn["variant"], drawn["iteration"], "def draw" in drawn["source"]) == ("v01", 1, True)
            assert await client.call("get_sketch", run_id=run, variant="v01", iteration=1) == drawn
            for tool, arguments in (("stop_run", {}), ("add_note", {"text": "more air"}), ("resume_run", {})):
                with pytest.raises(UsageError, match="is over"):
                    await client.call(tool, run_id=run, **arguments)
    assert folder.read_record().brief.sketch == HEXAGON
    assert len(list(folder.requests.iterdir())) == 2


async def asked_of_an_interrupted_run(client: HubClient, run: str) -> None:
    """What a run without a driver is asked, and what it cannot be."""
    assert (await client.call("get_run", run_id=run))["status"] == "interrupted"
    assert "nobody drives it" in (await client.call("pin_variant", run_id=run, variant="v01"))["said"]
    await client.call("add_note", run_id=run, text="more air", variant="v01")
    for tool, arguments, said in (
        ("drop_variant", {"variant": "v09"}, "has no variant"),
        ("add_note", {"text": " "}, "say something"),
        ("add_note", {"text": "x" * 501}, "say something"),
    ):
        with pytest.raises(UsageError, match=said):
            await client.call(tool, run_id=run, **arguments)


@pytest.fixture
async def client(hub: Served) -> AsyncIterator[HubClient]:
    async with hub.client() as found:
        yield found


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("start_run", {"brief": "x", "canvas": "a9"}, "neither a paper"),
        ("start_run", {"brief": "x", "artists": "nobody"}, "artists"),
        ("start_run", {"brief": "x", "sketch": "nothing_there"}, "no sketch"),
        ("start_run", {"brief": "x", "workspace": "../out"}, "no valid id"),
        ("start_run", {"brief": "x", "variants": 4, "survivors": 4}, "survivors"),
        ("get_sketch", {}, "either name"),
        ("get_sketch", {"name": "tide", "run_id": "last"}, "either name"),
    ],
)
async def test_what_cannot_be_is_said_in_words_and_nothing_is_begun(
    hub: Served, client: HubClient, tool: str, arguments: dict[str, Any], said: str
) -> None:
    before = len(Workspace(hub.root).every())
    with pytest.raises(UsageError, match=said):
        await client.call(tool, **arguments)
    assert len(Workspace(hub.root).every()) == before


@pytest.mark.parametrize("run", ["nothing", "../../etc", "20250101-000000-x-beef"])
async def test_a_run_that_is_not_there_is_not_found(client: HubClient, run: str) -> None:
    with pytest.raises((RunNotFound, UsageError), match="run"):
        await client.call("get_run", run_id=run)
