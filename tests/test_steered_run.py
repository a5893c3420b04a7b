"""The artist's hand on the real command line: each request lands within a step, survives SIGKILL and is replayed."""

from __future__ import annotations

import json
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from artloop.cli import app
from artloop.errors import UsageError
from artloop.readback import read_back
from artloop.workspace import RunFolder, Workspace, write_json
from tests.campaign import artloop, finished, model_options
from tests.provider import Provider, ignore, serving
from tests.works import RECORD

BRIEF = ("run", "tidal memory", "--variants", "2", "--iterations", "3")
NOTE = "more air on the left"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


def by_hand(*words: str, root: Path) -> Result:
    """One of the artist's commands, in a process that does not drive the run."""
    return CliRunner().invoke(app, [*words, "--root", str(root)])


def killed_after(*requests: tuple[str, ...], provider: Provider, root: Path, cache: Path) -> RunFolder:
    """A run of which this is asked while its third model call is under way, and killed before that is answered."""
    provider.bodies.clear()
    provider.asked.clear()
    process = artloop(*BRIEF, *model_options(provider), root=root, cache=cache)

    def act(number: int) -> None:
        if number == 3:
            for request in requests:
                assert "before the next step" in by_hand(*request, root=root).output
            process.send_signal(signal.SIGKILL)

    provider.before = act
    output, _ = process.communicate(timeout=180)
    provider.before = ignore
    assert process.returncode == -signal.SIGKILL, output
    return Workspace(root).every()[0]


def heeded(folder: RunFolder) -> list[tuple[str, str]]:
    """(place, requests) of everything that took effect, in the order of the places."""
    with closing(sqlite3.connect(f"file:{folder.journal}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT key, result FROM steps WHERE key LIKE '%/before-%' ORDER BY key").fetchall()
    return [(key, request["what"]) for key, result in rows for request in json.loads(result)["requests"]]


def kinds(folder: RunFolder) -> dict[str, list[str]]:
    """The keys of all committed steps of each variant, as they were started."""
    with closing(sqlite3.connect(f"file:{folder.journal}?mode=ro", uri=True)) as connection:
        keys = [key for (key,) in connection.execute("SELECT key FROM steps WHERE state = 'done' ORDER BY started_at")]
    return {name: [key for key in keys if key.startswith(name)] for name in ("v01", "v02")}


@pytest.mark.slow
def test_drop_pin_and_notes_land_within_a_step_survive_a_kill_and_are_replayed(
    tmp_path: Path, cache_folder: Path, provider: Provider
) -> None:
    requests = (("drop", "last", "v02"), ("pin", "last", "v01"), ("note", "last", "v01", NOTE))
    folder = killed_after(*requests, provider=provider, root=tmp_path, cache=cache_folder)
    assert "artloop resume" in by_hand("note", "last", "calmer", root=tmp_path).output
    finished("resume", "last", root=tmp_path, cache=cache_folder)
    places, steps = heeded(folder), kinds(folder)
    assert sorted(what for _, what in places) == ["drop", "note", "note", "note", "pin"]
    assert steps["v02"][-1].split("/")[2].startswith("before-"), "no step of a dropped variant after that"
    worked = [key for key in steps["v02"] if "/before-" not in key and "/00/" not in key]
    assert len(worked) <= 2, "at most the step under way and one more"
    story = read_back(folder)
    assert [variant.status for variant in story.variants] == ["finished", "dropped"]
    assert story.variants[0].pinned
    assert story.selection.winner == "v01"
    assert any(NOTE in asked.task and "calmer" in asked.task for asked in provider.asked)
    output = finished("replay", folder.id, root=tmp_path, cache=cache_folder)
    assert "identical" in output
    assert f'told "{NOTE}"' in output
    assert heeded(Workspace(tmp_path).every()[1]) == places


@pytest.mark.slow
def test_stop_survives_a_kill_and_ends_the_run_in_good_order(
    tmp_path: Path, cache_folder: Path, provider: Provider
) -> None:
    folder = killed_after(("stop", "last"), provider=provider, root=tmp_path, cache=cache_folder)
    finished("resume", "last", root=tmp_path, cache=cache_folder)
    assert {what for _, what in heeded(folder)} == {"stop"}
    assert read_back(folder).status == "stopped"
    assert len(provider.bodies) <= 3 + 4, "two variants may each end a step of two calls, one of which is asked again"
    refused = by_hand("note", folder.id, NOTE, root=tmp_path)
    assert isinstance(refused.exception, UsageError)
    assert "is over (stopped)" in str(refused.exception)


def test_what_cannot_be_asked_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    folder = Workspace(tmp_path).create("tide")
    write_json(folder.record, RECORD.model_copy(update={"id": folder.id}))
    for words in (("pin", "last", "v99"), ("note", "last", ""), ("note", "last", "more", "air", "left")):
        assert isinstance(by_hand(*words, root=tmp_path).exception, UsageError)
    assert not folder.requests.exists()
