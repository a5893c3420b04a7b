"""Everything that is kept opens with the new key alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from typer.testing import CliRunner

from artloop.cli import app
from artloop.clock import WallClock
from artloop.errors import SettingsError
from artloop.settings import HubSettings
from artloop.taskboard import resealing, sqlite
from artloop.taskboard.board import Board
from artloop.taskboard.resealing import reseal
from artloop.taskboard.sealing import VARIABLE, seal_for
from artloop.taskboard.words import TaskSpec

PACKAGE = Path(resealing.__file__).parents[1]
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


async def filled(board: Board) -> None:
    """A document of most kinds."""
    agent = (await board.register("draw")).id
    await board.create([TaskSpec(agent_type="draw", task_description=f"{n}", key=f"{n}", thread="t") for n in range(9)])
    (first,) = await board.poll(agent)
    await board.submit(agent, first.task_id, "completed", {"lines": 3})
    await board.set_state("mood", "calm")


async def test_what_was_resealed_needs_the_new_key_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resealing, "PAGE", 4)
    file = tmp_path / "hub.db"
    async with sqlite.opened(file, seal_for(SecretStr(OLD))) as store:
        await filled(Board(store, HubSettings(), WallClock()))
    async with sqlite.opened(file, seal_for(SecretStr(f"{NEW},{OLD}"))) as store:
        assert await reseal(store) > 20
    async with sqlite.opened(file, seal_for(SecretStr(NEW))) as store:
        board = Board(store, HubSettings(), WallClock())
        assert (await board.get((await board.tasks(state="completed"))[0].id)).result == {"lines": 3}
        assert await board.get_state("mood") == "calm"
    with pytest.raises(SettingsError):
        async with sqlite.opened(file, seal_for(SecretStr(OLD))):
            pass


def test_every_kind_of_document_is_resealed() -> None:
    sources = [path.read_text() for room in ("taskboard", "hub") for path in (PACKAGE / room).glob("*.py")]
    written = {kind for source in sources for kind in re.findall(r"\.put\(\"(\w+)\"", source)}
    constant = {kind for source in sources for kind in re.findall(r"^KIND = \"(\w+)\"", source, flags=re.MULTILINE)}
    assert written | constant == set(resealing.KINDS)


def test_the_command_line_reseals_and_clears_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(keys: str, *words: str) -> str:
        monkeypatch.setenv(VARIABLE, keys)
        done = CliRunner().invoke(app, ["hub", *words, "--root", str(tmp_path)])
        return done.stdout + str(done.exception or "")

    assert f"{VARIABLE} is not set" in said("", "reseal")
    said(OLD, "key", "add", "me", "--role", "viewer")
    assert "2 documents are sealed" in said(f"{NEW},{OLD}", "reseal")
    assert "viewer" in said(NEW, "key", "list")
    assert "0 tasks that ended more than 30 days ago are removed" in said(NEW, "prune")
