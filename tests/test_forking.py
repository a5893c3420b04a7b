"""Forks on the real command line: nothing is paid again, and they stand by themselves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from artloop.cli import app
from artloop.errors import ArtloopError, RunDamaged, RunLocked, UsageError
from artloop.forking import Onward, fork, onward_from
from artloop.journal import Journal
from artloop.lock import driver_lock
from artloop.models import Usage
from artloop.readback import read_back
from artloop.workspace import RunFolder, Workspace
from tests.campaign import artloop, finished, killed_at_request, model_options
from tests.provider import Provider, serving

BRIEF = ("run", "tidal memory", "--variants", "2", "--iterations", "2", "--tune-renders", "0")
TEXT = "the same at night"
AT = ("--variant", "v02", "--iteration", "1")


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def made(provider: Provider, tmp_path_factory: pytest.TempPathFactory, cache_folder: Path) -> Path:
    """A workspace with one finished run of a model."""
    root = tmp_path_factory.mktemp("made")
    finished(*BRIEF, *model_options(provider), root=root, cache=cache_folder)
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path / "root"))


def runs(root: Path) -> list[RunFolder]:
    return sorted(Workspace(root).every(), key=lambda folder: folder.record.stat().st_mtime)


def svg(folder: RunFolder, variant: str, iteration: int) -> bytes:
    return folder.file(variant, iteration, "drawing.svg").read_bytes()


def usage(folder: RunFolder) -> Usage:
    with Journal.read(folder) as journal:
        return journal.usage()


def shown(*words: str, root: Path) -> str:
    """What a command prints that looks at runs only."""
    return CliRunner().invoke(app, [*words, "--root", str(root)]).output


@pytest.mark.slow
def test_a_fork_pays_for_nothing_again_goes_on_and_stands_by_itself(
    root: Path, cache_folder: Path, provider: Provider
) -> None:
    (source,) = runs(root)
    first, paid = svg(source, "v02", 1), len(provider.bodies)
    process = artloop("fork", "last", *AT, "--brief", TEXT, "--variants", "2", root=root, cache=cache_folder)
    assert killed_at_request(process, provider, 2, answered=False)
    shutil.rmtree(source.path)
    finished("resume", "last", root=root, cache=cache_folder)
    (forked,) = runs(root)
    story = read_back(forked)
    assert [len(variant.iterations) for variant in story.variants] == [2, 2]
    assert story.variants[0].concept.strategy != story.variants[1].concept.strategy
    assert [svg(forked, name, 1) for name in ("v01", "v02")] == [first, first]
    assert svg(forked, "v01", 2) != svg(forked, "v02", 2)
    asked = provider.asked[paid:]
    assert all(TEXT in one.task for one in asked), "what was made of the old brief is not asked again"
    assert usage(forked).requests <= len(asked), "what was taken over was paid by the other run"
    output = finished("replay", forked.id, root=root, cache=cache_folder)
    assert "identical: 4 drawings" in output
    origin = f"forked from {source.id}, v02, iteration 1"
    assert origin in shown("show", forked.id, root=root)
    assert f"replay of {forked.id}" in shown("show", runs(root)[-1].id, root=root)
    assert origin in forked.gallery.read_text()
    assert '"variant": "v02"' in shown("list", "--json", root=root)
    assert "forked" in shown("list", root=root)
    forked.file("v01", 1, "drawing.svg").write_bytes(b"<svg/>")
    output = finished("replay", forked.id, root=root, cache=cache_folder, code=6)
    assert "iterations/01/drawing.svg differs" in output, "what was taken over is rendered again"


def test_a_fork_of_a_fork_has_the_whole_history(root: Path) -> None:
    forked = fork(runs(root)[0], Workspace(root), "v01", 2, Onward())
    assert forked.read_record().brief.iterations == 3, "one more than the run was to make"
    twice = fork(forked, Workspace(root), "v01", 2, Onward(variants=3))
    assert [len(variant.iterations) for variant in read_back(twice).variants] == [2, 2, 2]
    assert twice.read_record().origin == forked.id


@pytest.mark.parametrize(
    ("variant", "iteration", "iterations", "said"),
    [
        ("v09", 1, None, "has no variant 'v09'; it has v01 to v02"),
        ("../v01", 1, None, "is no valid id"),
        ("v01", 3, None, "has no iteration 3; it has 1 to 2"),
        ("v01", 0, None, "has no iteration 0"),
        ("v01", 2, 2, "leaves nothing to do"),
    ],
)
def test_what_a_run_does_not_have_is_one_clear_line(
    root: Path, variant: str, iteration: int, iterations: int | None, said: str
) -> None:
    (source,) = runs(root)
    with pytest.raises(UsageError, match=said):
        fork(source, Workspace(root), variant, iteration, Onward(iterations=iterations))
    assert list((root / "runs").iterdir()) == [source.path]


def test_a_run_that_is_driven_is_not_forked(root: Path) -> None:
    (source,) = runs(root)
    with driver_lock(source), pytest.raises(RunLocked, match="is driven by process"):
        fork(source, Workspace(root), "v01", 1, Onward())
    assert list((root / "runs").iterdir()) == [source.path]


def test_a_history_without_its_pictures_is_not_taken_over(root: Path) -> None:
    (source,) = runs(root)
    source.file("v01", 1, "preview.png").unlink()
    with pytest.raises(RunDamaged, match=r"iterations/01/preview\.png is missing"):
        fork(source, Workspace(root), "v01", 1, Onward())
    assert list((root / "runs").iterdir()) == [source.path]


def test_links_in_a_history_are_not_followed(root: Path, tmp_path: Path) -> None:
    (source,) = runs(root)
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    source.iteration("v01", 1).joinpath("planted").symlink_to(secret)
    forked = fork(source, Workspace(root), "v01", 1, Onward())
    assert not list(forked.path.rglob("planted"))


@pytest.mark.parametrize(("text", "variants", "iterations"), [(" ", 1, None), (None, 0, None), (None, 1, 0)])
def test_a_fork_of_nothing_is_refused(text: str | None, variants: int, iterations: int | None) -> None:
    with pytest.raises(ArtloopError, match=r"--(brief|variants|iterations)"):
        onward_from(text, variants, iterations)
