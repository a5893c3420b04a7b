"""The real command line, killed with SIGKILL at many moments and resumed, against a provider that counts."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from artloop.workspace import RunFolder, Workspace
from tests.campaign import artloop, finished, killed_at_line, killed_at_request, model_options
from tests.provider import Provider, serving

VARIANTS = 2


def brief(variants: int, iterations: int) -> list[str]:
    """The command that starts a run of this size."""
    size = ["--variants", str(variants), "--iterations", str(iterations)]
    return ["run", "tidal memory", *size, "--no-novelty"]  # which of two twins goes back depends on who was first


ITERATIONS = 2
BRIEF = brief(VARIANTS, ITERATIONS)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


def drawings(folder: RunFolder) -> dict[str, bytes]:
    """Every iteration's SVG by its path in the run."""
    found = folder.path.glob("variants/*/iterations/*/drawing.svg")
    return {str(path.relative_to(folder.path)): path.read_bytes() for path in found}


def answers_on_record(folder: RunFolder) -> set[int]:
    """The provider's numbers of the answers that the journal holds."""
    with closing(sqlite3.connect(f"file:{folder.journal}?mode=ro", uri=True)) as connection:
        return {number for (number,) in connection.execute("SELECT input_tokens FROM calls")}


def campaign(command: list[str], root: Path, cache: Path, provider: Provider, kills: int) -> tuple[RunFolder, int]:
    """Start a run, then kill and resume it at a later and later moment, and let it end."""
    provider.bodies.clear()
    resumed = [*command, *model_options(provider)]
    struck, moment, line, ended = 0, 0, 0, False
    known: set[int] = set()
    while struck < kills and not ended:
        moment += 1
        process = artloop(*resumed, root=root, cache=cache)
        if moment % 3 == 0:
            line += 2
            hit = killed_at_line(process, line)
        else:
            hit = killed_at_request(process, provider, 1, answered=moment % 3 == 1)
        struck += hit
        ended = not hit
        folder = Workspace(root).every()[0]
        resumed = ["resume", "last"]
        if folder.journal.exists():
            assert known <= (known := answers_on_record(folder)), "an answer on record was lost"
    finished("resume", "last", root=root, cache=cache)
    return folder, struck


def repeated_although_on_record(folder: RunFolder, provider: Provider) -> list[int]:
    """Answers on record whose request the provider was sent again later."""
    last = {body: number for number, body in enumerate(provider.bodies, start=1)}
    return [number for number in answers_on_record(folder) if last[provider.bodies[number - 1]] != number]


@pytest.mark.parametrize(
    ("variants", "iterations", "kills"),
    [pytest.param(2, 1, 3, id="short"), pytest.param(4, 5, 45, id="long", marks=pytest.mark.slow)],
)
def test_a_run_killed_at_many_moments_ends_as_if_nothing_had_happened(
    tmp_path: Path, cache_folder: Path, variants: int, iterations: int, kills: int
) -> None:
    command = brief(variants, iterations)
    with serving() as provider:
        finished(*command, *model_options(provider), root=tmp_path / "calm", cache=cache_folder)
        calm = Workspace(tmp_path / "calm").every()[0]
        paid = len(provider.bodies)
        folder, struck = campaign(command, tmp_path / "stormy", cache_folder, provider, kills)

    assert struck == kills
    assert drawings(folder) == drawings(calm)
    assert len(drawings(folder)) == variants * iterations
    assert repeated_although_on_record(folder, provider) == []
    assert max(Counter(provider.bodies).values()) > 1, "no kill hit a call in flight: the campaign proves nothing"
    assert len(provider.bodies) - paid <= struck * variants
    replayed = finished("replay", folder.id, root=tmp_path / "stormy", cache=cache_folder)  # the provider is gone
    assert f"identical: {variants * iterations} drawings" in replayed


@pytest.mark.slow
def test_a_finished_run_replays_identically_without_provider_or_key_and_says_which_call_is_missing(
    tmp_path: Path, cache_folder: Path, provider: Provider
) -> None:
    Image.new("RGB", (40, 20)).save(tmp_path / "bay.png")
    options = (*model_options(provider), "--reference", str(tmp_path / "bay.png"))
    before = len(provider.asked)
    finished(*BRIEF, *options, root=tmp_path, cache=cache_folder)
    asked = len(provider.bodies)
    shown = [request.pictures.count((40, 20)) for request in provider.asked[before:]]
    assert sum(shown) == 1 + VARIANTS * ITERATIONS, "the reference is for idea agent and critic"
    output = finished("replay", "last", root=tmp_path, cache=cache_folder)
    assert f"identical: {VARIANTS * ITERATIONS} drawings" in output
    assert len(provider.bodies) == asked
    folder, _ = Workspace(tmp_path).every()  # the replay is a run too
    with closing(sqlite3.connect(folder.journal)) as connection, connection:
        connection.execute("DELETE FROM calls WHERE step = 'v02/02/critique/0'")
    output = finished("replay", folder.id, root=tmp_path, cache=cache_folder, code=6)
    assert "v02/02/critique/0" in output
