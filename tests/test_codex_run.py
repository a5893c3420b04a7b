"""A whole run in which Codex draws, on the real command line; Codex itself is played by a program."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from artloop.workspace import RunFolder, Workspace
from tests.campaign import finished
from tests.fake_codex import codex_program, seen


def toml(root: Path, program: Path) -> None:
    """Settings that make this program Codex."""
    (root / "artloop.toml").write_text(f"[codex]\npath = {json.dumps(str(program))}\ntimeout_s = 120\n")


@pytest.fixture(scope="module")
def codex_run(tmp_path_factory: pytest.TempPathFactory, cache_folder: Path) -> RunFolder:
    """A finished run."""
    root = tmp_path_factory.mktemp("codex")
    toml(root, codex_program(root / "bin"))
    small = ("--variants", "2", "--iterations", "1", "--no-novelty", "--artists", "codex")
    said = finished("run", "tidal memory", *small, root=root, cache=cache_folder)
    assert "may be incomplete" in said
    return Workspace(root).every()[0]


def test_codex_draws_and_the_house_does_the_rest(codex_run: RunFolder) -> None:
    record = codex_run.read_record()
    assert (record.artists, record.models["draw"], record.models["critique"]) == ("codex", "codex", "house")
    assert "polygon" in (codex_run.iteration("v01", 1) / "sketch.py").read_text()
    assert len(seen(codex_run.path.parents[1] / "bin")) == 2
    with sqlite3.connect(codex_run.journal) as journal:
        rows = journal.execute("SELECT count(*), sum(input_tokens) FROM calls WHERE model = 'codex'").fetchone()
    assert rows == (2, 2000)


@pytest.mark.slow
def test_the_replay_needs_no_codex(codex_run: RunFolder, cache_folder: Path) -> None:
    root = codex_run.path.parents[1]
    toml(root, root / "no-such-codex")
    assert "identical: 2 drawings" in finished("replay", codex_run.id, root=root, cache=cache_folder)


def test_the_key_is_given_to_codex_and_written_nowhere(codex_run: RunFolder) -> None:
    root = codex_run.path.parents[1]
    (first, _) = seen(root / "bin")
    assert first["environment"]["CODEX_API_KEY"] == "sk-test-loopback"
    kept = [path for path in codex_run.path.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm"))]
    assert not any(b"sk-test-loopback" in path.read_bytes() for path in kept)


def test_without_codex_nothing_begins(tmp_path: Path, cache_folder: Path) -> None:
    toml(tmp_path, tmp_path / "no-such-codex")
    said = finished("run", "x", "--artists", "codex", root=tmp_path, cache=cache_folder, code=2)
    assert "npm install -g @openai/codex" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "runs").exists()
    served = finished("mcp", "--server", "art_loop", root=tmp_path, cache=cache_folder, code=2)
    assert served == said
