"""Crossings on the real command line: bred by the artist or by rounds, they survive SIGKILL and are replayed."""

from __future__ import annotations

import json
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from artloop.cli import app
from artloop.errors import UsageError
from artloop.readback import read_back
from artloop.workspace import RunFolder, Workspace, write_json
from tests.campaign import artloop, finished, model_options
from tests.provider import Provider, ignore, serving
from tests.works import RECORD


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


def killed_at(
    number: int, *words: str, provider: Provider, root: Path, cache: Path, ask: tuple[str, ...] = ()
) -> RunFolder:
    """A run that is killed while this model call is under way; two calls before, the artist asks for something."""
    provider.bodies.clear()
    provider.asked.clear()
    process = artloop("run", "tidal memory", *words, *model_options(provider), root=root, cache=cache)

    def act(count: int) -> None:
        if ask and count == number - 2:
            result = CliRunner().invoke(app, [*ask, "--root", str(root)])
            assert "before the next step" in result.output, result
        if count == number:
            process.send_signal(signal.SIGKILL)

    provider.before = act
    output, _ = process.communicate(timeout=180)
    provider.before = ignore
    assert process.returncode == -signal.SIGKILL, output
    return Workspace(root).every()[0]


def steps(folder: RunFolder, like: str) -> list[tuple[str, str]]:
    """(key, result) of committed steps."""
    with closing(sqlite3.connect(f"file:{folder.journal}?mode=ro", uri=True)) as connection:
        wanted = "SELECT key, result FROM steps WHERE state = 'done' AND key LIKE ? ORDER BY key"
        return list(connection.execute(wanted, (like,)).fetchall())


def replayed(folder: RunFolder, root: Path, cache: Path) -> RunFolder:
    """The run performed again, which must come out the same."""
    assert "identical" in finished("replay", folder.id, root=root, cache=cache)
    return Workspace(root).every()[1]


@pytest.mark.slow
def test_a_bred_variant_survives_a_kill_and_is_replayed(tmp_path: Path, cache_folder: Path, provider: Provider) -> None:
    words = ("--variants", "2", "--iterations", "2")
    breed = ("breed", "last", "v01", "v02")
    folder = killed_at(7, *words, provider=provider, root=tmp_path, cache=cache_folder, ask=breed)
    finished("resume", "last", root=tmp_path, cache=cache_folder)
    ((_, bred),) = steps(folder, "run/00/breed-%")
    child = read_back(folder).variants[2]
    assert (child.id, child.status) == ("v03", "finished")
    assert len(child.iterations) == json.loads(bred)["turns"]
    assert child.crossed is not None
    lineage = json.loads((folder.variant("v03") / "variant.json").read_text())["lineage"]
    assert [(one["concept_of"], one["marks_of"]) for one in lineage] == [("v01", "v02")]
    shown = CliRunner().invoke(app, ["show", folder.id, "--root", str(tmp_path)]).output
    assert "concept of v01" in shown
    assert "A crossing: concept of v01" in folder.gallery.read_text()
    again = replayed(folder, tmp_path, cache_folder)
    assert steps(again, "run/00/breed-%") == steps(folder, "run/00/breed-%")
    assert steps(again, "%/novelty/%") == steps(folder, "%/novelty/%")


@pytest.mark.slow
def test_rounds_with_survivors_survive_a_kill_and_are_replayed(
    tmp_path: Path, cache_folder: Path, provider: Provider
) -> None:
    words = ("--variants", "3", "--iterations", "2", "--survivors", "2", "--share")
    folder = killed_at(12, *words, provider=provider, root=tmp_path, cache=cache_folder)
    finished("resume", "last", root=tmp_path, cache=cache_folder)
    ((_, survived),) = steps(folder, "run/01/survive/%")
    (restart,) = json.loads(survived)["restarts"]
    story = read_back(folder)
    crossed = {variant.id: variant.crossed for variant in story.variants}
    assert [name for name, crossing in crossed.items() if crossing] == [restart["variant"]]
    assert [len(variant.iterations) for variant in story.variants] == [2, 2, 2]
    assert any("those at work on the other variants" in asked.task for asked in provider.asked)
    assert story.selection.spread is not None
    again = replayed(folder, tmp_path, cache_folder)
    assert steps(again, "run/01/%") == steps(folder, "run/01/%")


def test_what_cannot_be_bred_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    folder = Workspace(tmp_path).create("tide")
    write_json(folder.record, RECORD.model_copy(update={"id": folder.id}))
    for parents in (("v01", "v99"), ("v01", "v01")):
        asked = CliRunner().invoke(app, ["breed", "last", *parents, "--root", str(tmp_path)])
        assert isinstance(asked.exception, UsageError)
    assert not folder.requests.exists()


@pytest.mark.parametrize("survivors", ["1", "4", "-1"])
def test_survivors_must_be_two_at_least_and_not_all(tmp_path: Path, survivors: str) -> None:
    asked = CliRunner().invoke(app, ["run", "tide", "--survivors", survivors, "--root", str(tmp_path)])
    assert isinstance(asked.exception, UsageError)
    assert "--survivors" in str(asked.exception)
