"""Who follows a run is told of it, by the file system or by looking again: both are tried."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from pathlib import Path

import pytest

from artloop import changes
from artloop.events import VariantEnded
from artloop.journal import Journal
from artloop.workspace import RunFolder

SECONDS = 20


@pytest.fixture(params=["told by the file system", "looking again"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways; the second as where `watchfiles` is not installed."""
    if request.param == "looking again":
        monkeypatch.setattr(changes, "installed", lambda: False)


def began(path: Path) -> Journal:
    """A journal of a new run, open for writing."""
    path.mkdir(parents=True)
    return Journal.open(RunFolder(path), max_failures=1)


def said(number: int) -> VariantEnded:
    return VariantEnded(variant="v01", status="finished", reason=f"turn {number}")


@pytest.mark.usefixtures("way")
async def test_each_run_that_goes_on_is_named_and_no_other(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    with began(runs / "one") as one, began(runs / "two") as two:
        async with aclosing(changes.changes(runs)) as told, asyncio.timeout(SECONDS):
            assert await anext(told) == {"one", "two"}
            two.append(said(1))
            assert await anext(told) == {"two"}
            one.append(said(1))
            assert await anext(told) == {"one"}
            with began(runs / "three") as three:
                for number in range(3):
                    three.append(said(number))
                    while await anext(told) != {"three"}:
                        pass


@pytest.mark.usefixtures("way")
async def test_reading_a_journal_is_not_taken_for_a_change(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    with began(runs / "one") as one, began(runs / "two") as two:
        one.append(said(1))
        async with aclosing(changes.changes(runs)) as told, asyncio.timeout(SECONDS):
            await anext(told)
            with Journal.read(RunFolder(runs / "one")) as journal:
                assert len(journal.events()) == 1
            two.append(said(1))
            assert await anext(told) == {"two"}


async def test_a_folder_of_runs_that_is_not_there_is_made(tmp_path: Path) -> None:
    runs = tmp_path / "workspaces" / "tide" / "runs"
    async with aclosing(changes.changes(runs)) as told, asyncio.timeout(SECONDS):
        first = asyncio.ensure_future(anext(told))
        with began(runs / "one"):
            assert await first == {"one"}


@pytest.mark.usefixtures("way")
def test_one_run_is_followed_until_it_falls_silent(tmp_path: Path) -> None:
    with began(tmp_path / "one") as journal:
        told = changes.changing(tmp_path / "one", most_s=SECONDS)
        heard = threading.Event()

        def listen() -> None:
            next(told)
            heard.set()

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        number = 0
        while not heard.wait(0.1):  # until the watch stands
            journal.append(said(number := number + 1))
            assert number < 10 * SECONDS
        listener.join()


def test_silence_is_told_too() -> None:
    told = changes.changing(Path(__file__).parent, most_s=0.1)
    next(told)
    next(told)
