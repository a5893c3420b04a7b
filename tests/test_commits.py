from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from artloop.cli import app
from artloop.commits import Commits, Repository
from artloop.errors import StorageError, UsageError
from artloop.events import IterationEnded
from artloop.workspace import RunFolder, Workspace, write_bytes
from tests.campaign import artloop, finished, killed_at_line

CREATED = "2026-01-01T12:00:00+00:00"
HOSTILE = "x\ndone\ncommit refs/heads/main\n\x00\xff"


def git(folder: Path, *words: str) -> str:
    """What git says, by itself and with nobody's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = {f"GIT_{role}_{what}": "me" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    settings = {**kept, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    run = subprocess.run(["git", *words], cwd=folder, env=settings, check=True, timeout=60, capture_output=True)
    return run.stdout.decode(errors="replace")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A repository with a commit, something staged, something changed and hooks that leave a trace."""
    folder = tmp_path / "home"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "mine.txt").write_text("one\n")
    git(folder, "add", "mine.txt")
    git(folder, "commit", "-qm", "mine")
    (folder / "mine.txt").write_text("two\n")
    git(folder, "add", "mine.txt")
    (folder / "mine.txt").write_text("three\n")
    for name in ("reference-transaction", "post-commit", "post-update", "pre-commit", "update"):
        hook = folder / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked-{name}\n")
        hook.chmod(0o755)
    return folder


def standing(folder: Path) -> list[str]:
    """What must stay as it is."""
    index = (folder / ".git" / "index").read_bytes().hex()
    status = git(folder, "--no-optional-locks", "status", "--porcelain", "--untracked-files=no")
    return [index, status, (folder / ".git/HEAD").read_text(), git(folder, "rev-parse", "HEAD")]


def run_in(home: Path) -> RunFolder:
    folder = Workspace(home).create("tide")
    for variant, number in (("v01", 1), ("v01", 2), ("v02", 1)):
        place = folder.iteration(variant, number)
        write_bytes(place / "sketch.py", f"# {variant} {number} {HOSTILE}".encode("latin-1"))
        write_bytes(place / "metrics.json", b"{}\n")
        write_bytes(place / "preview.png", b"png")
    return folder


def ended(variant: str, number: int, change: str = "a change") -> IterationEnded:
    return IterationEnded(variant=variant, iteration=number, score=5.0, better=True, change=change, repairs=0)


def commits(home: Path, folder: RunFolder) -> Commits:
    return Commits(Repository.around(home), folder, CREATED)


def marks(home: Path, folder: RunFolder) -> list[str]:
    form = "--format=%(trailers:key=Artloop-Iteration,valueonly,separator=)"
    return git(home, "log", "--reverse", form, f"artloop/{folder.id}").split()


def test_each_iteration_is_a_commit_on_a_branch_and_nothing_else_is_touched(home: Path, tmp_path: Path) -> None:
    before, folder = standing(home), run_in(home)
    book = commits(home, folder)
    for event in (ended("v01", 1), ended("v02", 1), ended("v01", 2, HOSTILE)):
        book(event)
    branch = f"artloop/{folder.id}"
    assert marks(home, folder) == ["v01/01", "v02/01", "v01/02"]
    shown = subprocess.run(["git", "show", f"{branch}:v01/sketch.py"], cwd=home, capture_output=True, check=True)
    assert shown.stdout == folder.file("v01", 2, "sketch.py").read_bytes()
    picture = git(home, "show", f"{branch}:v01/picture.txt").strip()
    assert (home / picture).read_bytes() == b"png"
    changed = git(home, "show", "--name-only", "--format=", f"{branch}~2..{branch}~1").split()
    assert changed == ["v02/metrics.json", "v02/picture.txt", "v02/sketch.py"]
    assert standing(home) == before
    assert not list(tmp_path.glob("hooked-*"))
    assert git(home, "for-each-ref", "--format=%(refname)").split() == [f"refs/heads/{branch}", "refs/heads/main"]
    git(home, "fsck", "--strict")


def test_the_same_iterations_make_the_same_commits_and_none_twice(home: Path) -> None:
    folder = run_in(home)
    events = [ended("v01", 1), ended("v01", 2)]
    for event in events:
        commits(home, folder)(event)
    first = git(home, "rev-parse", f"artloop/{folder.id}")
    for event in events:
        commits(home, folder)(event)
    assert git(home, "rev-parse", f"artloop/{folder.id}") == first
    git(home, "branch", "-qD", f"artloop/{folder.id}")
    again = commits(home, folder)
    for event in events:
        again(event)
    assert git(home, "rev-parse", f"artloop/{folder.id}") == first


def test_a_drawing_that_failed_takes_the_picture_of_the_last_one_away(home: Path) -> None:
    folder = run_in(home)
    book = commits(home, folder)
    book(ended("v01", 1))
    for name in ("metrics.json", "preview.png"):
        folder.file("v01", 2, name).unlink()
    book(ended("v01", 2))
    assert git(home, "ls-tree", "-r", "--name-only", f"artloop/{folder.id}").split() == ["v01/sketch.py"]


def test_a_planted_link_or_environment_leads_nowhere(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = run_in(home)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    git(elsewhere, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(elsewhere / ".git"))
    book = commits(home, folder)
    book(ended("v02", 1))
    assert marks(home, folder) == ["v02/01"]
    sketch = folder.file("v01", 1, "sketch.py")
    sketch.unlink()
    sketch.symlink_to("/etc/hostname")
    with pytest.raises((StorageError, UsageError), match=r"sketch\.py"):
        book(ended("v01", 1))
    assert marks(home, folder) == ["v02/01"]


def test_without_repository_or_git_and_on_its_own_branch_it_says_so(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="git init"):
        Repository.around(tmp_path / "not" / "yet")
    assert Repository.around(home / "not" / "yet").top == home
    folder = run_in(home)
    commits(home, folder)(ended("v01", 1))
    git(home, "stash", "-q")
    git(home, "switch", "-q", f"artloop/{folder.id}")
    with pytest.raises(UsageError, match="is checked out"):
        commits(home, folder)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="install it"):
        Repository.around(home)


def test_a_repository_that_cannot_be_written_is_named(home: Path) -> None:
    folder = run_in(home)
    book = commits(home, folder)
    shutil.rmtree(home / ".git")
    with pytest.raises(StorageError, match="--no-git"):
        book(ended("v01", 1))


@pytest.mark.slow
def test_a_killed_run_has_each_iteration_once_in_the_end(home: Path, cache_folder: Path) -> None:
    words = ("run", "tidal memory", "--variants", "1", "--iterations", "3", "--git")
    assert killed_at_line(artloop(*words, root=home, cache=cache_folder), 9)
    finished("resume", "last", "--git", root=home, cache=cache_folder)
    (folder,) = Workspace(home).every()
    assert marks(home, folder) == ["v01/01", "v01/02", "v01/03"]


def test_nothing_starts_where_there_is_no_repository(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["run", "tide", "--git", "--root", str(tmp_path)])
    assert isinstance(result.exception, UsageError)
    assert "git init" in str(result.exception)
    assert not (tmp_path / "runs").exists()
