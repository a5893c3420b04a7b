"""Searches and challenges in a run on the real command line: killed between two trials, resumed, replayed."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from artloop.readback import read_back
from artloop.workspace import RunFolder, Workspace
from tests.campaign import artloop, finished, model_options
from tests.provider import MODEL, Provider, serving
from tests.views.test_gallery import Page, unpacked

BRIEF = ("run", "tidal memory", "--variants", "2", "--iterations", "2", "--tune-renders", "16", "--no-novelty")


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory, cache_folder: Path, provider: Provider) -> tuple[RunFolder, str]:
    """A run that nothing happened to, and what it printed."""
    root = tmp_path_factory.mktemp("calm")
    output = finished(*BRIEF, *model_options(provider), root=root, cache=cache_folder)
    return Workspace(root).every()[0], output


def drawings(folder: RunFolder) -> dict[str, bytes]:
    """Every iteration's SVG by its path in the run."""
    found = folder.path.glob("variants/*/iterations/*/drawing.svg")
    return {str(path.relative_to(folder.path)): path.read_bytes() for path in found}


def trials(folder: RunFolder) -> dict[str, list[str]]:
    """The trials on record of every search, by its path in the run."""
    found = folder.path.glob("variants/*/iterations/*/tune.jsonl")
    return {str(path.relative_to(folder.path)): path.read_text().splitlines()[1:] for path in found}


def killed_in_a_search(*command: str, root: Path, cache: Path) -> RunFolder:
    """A run that is killed once a search has told of its first renders."""
    process = artloop(*command, root=root, cache=cache)
    assert process.stdout is not None
    for line in process.stdout:
        if " of 16 renders" in line:
            process.send_signal(signal.SIGKILL)
            break
    process.stdout.close()
    assert process.wait(60) == -signal.SIGKILL
    return Workspace(root).every()[0]


@pytest.mark.slow
def test_a_run_killed_in_a_search_repeats_no_trial_and_ends_as_if_nothing_had_happened(
    tmp_path: Path, cache_folder: Path, provider: Provider, calm: tuple[RunFolder, str]
) -> None:
    folder = killed_in_a_search(*BRIEF, *model_options(provider), root=tmp_path, cache=cache_folder)
    before = trials(folder)
    assert any(0 < len(made) < 16 for made in before.values()), "the kill hit no search: nothing is shown"
    finished("resume", "last", root=tmp_path, cache=cache_folder)
    after = trials(folder)
    assert drawings(folder) == drawings(calm[0])
    assert {path: sorted(made) for path, made in after.items()} == {p: sorted(m) for p, m in trials(calm[0]).items()}
    assert all(after[path][: len(made)] == made for path, made in before.items()), "what was on record is used"
    for made in after.values():
        assert max(Counter(canonical(line) for line in made).values()) == 1, "a trial was made twice"
    assert "identical: 4 drawings" in finished("replay", folder.id, root=tmp_path, cache=cache_folder)


def canonical(line: str) -> str:
    """The parameters of a trial on record."""
    return json.dumps(json.loads(line)["params"], sort_keys=True)


@pytest.mark.slow
def test_a_search_leaves_its_picture_and_stands_in_gallery_and_story(calm: tuple[RunFolder, str]) -> None:
    folder, output = calm
    turns = [(v.id, turn) for v in read_back(folder).variants for turn in v.iterations]
    searched = [(name, turn) for name, turn in turns if turn.decision and turn.decision.move == "tune"]
    assert searched, "the provider asked for no amounts: nothing is shown"
    for name, turn in searched:
        assert (folder.iteration(name, turn.number) / "tune.svg").is_file()
        assert turn.critique is not None
        assert turn.drawing.change in output
        assert turn.drawing.change in folder.gallery.read_text()
        notes = unpacked(Page(folder.gallery.read_text()), f"notes-{name}-{turn.number:02d}")
        assert b'class="searched"' in notes
    assert "Tuned because: the critic asks for amounts only: ink_mm 9000 to 9500" in folder.gallery.read_text()


@pytest.mark.slow
def test_an_agent_steers_where_rules_do_not_and_a_replay_needs_it_no_more(
    tmp_path: Path, cache_folder: Path, provider: Provider
) -> None:
    options = (*model_options(provider), "--steer-model", MODEL)
    finished(*BRIEF, "--variants", "1", "--iterations", "4", *options, root=tmp_path, cache=cache_folder)
    folder = Workspace(tmp_path).every()[0]
    decisions = [turn.decision for turn in read_back(folder).variants[0].iterations if turn.decision]
    searched = [decision for decision in decisions if decision.reason.startswith("more lines")]
    assert searched, "the rules decided everything: nothing is shown"
    assert searched[0].knobs[0].name == "lines"
    asked = len(provider.bodies)
    assert "identical: 4 drawings" in finished("replay", folder.id, root=tmp_path, cache=cache_folder)
    assert len(provider.bodies) == asked


def test_where_a_model_judges_every_later_drawing_meets_the_best_and_the_record_agrees_with_what_was_said(
    calm: tuple[RunFolder, str],
) -> None:
    folder, output = calm
    story = read_back(folder)
    for variant in story.variants:
        assert variant.iterations[0].challenge is None
        for turn in variant.iterations[1:]:
            assert turn.challenge is not None
            assert turn.challenge.comparison is not None
            assert len(turn.challenge.comparison.reasons) == 2
            verb = "takes" if turn.challenge.won else "does not take"
            said = f"{variant.id} {turn.number}/2 {verb} the place of {turn.challenge.against}: {turn.challenge.reason}"
            assert said in output
            assert variant.incumbent is not None
            assert (variant.incumbent.number == turn.number) == turn.challenge.won
