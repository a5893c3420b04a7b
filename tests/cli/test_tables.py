"""Tables of runs: what can be copied from them, and what must not reach a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from artloop.cli.session import where
from artloop.cli.tables import print_run, print_runs
from artloop.events import RunEnded, RunStarted, StepChanged
from artloop.journal import Journal
from artloop.models import Usage
from artloop.readback import owed, read_back, worked_seconds
from artloop.settings import Settings
from artloop.workspace import RunFolder, Workspace
from tests.fakes import brief
from tests.works import RECORD

HOSTILE = "a\x1b[31mred\x1b[0m [bold]tide[/bold]\nand more"
LONG = "20260101-000000-a-tide-that-forgets-what-it-was-3f9a"


def run_of(root: Path, run_id: str, text: str) -> RunFolder:
    """A run that has only just begun."""
    folder = Workspace(root).runs / run_id
    folder.mkdir(parents=True)
    found = RunFolder(folder)
    record = RECORD.model_copy(update={"id": run_id, "brief": brief(text=text)})
    found.record.write_text(record.model_dump_json())
    with Journal.open(found, max_failures=1):
        return found


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_the_last_four_characters_of_an_id_stay_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    run_of(tmp_path, LONG, "longing " * 600)
    print_runs(Workspace(tmp_path), as_json=False)
    said = capsys.readouterr().out
    assert "3f9a" in said
    assert "interrupted" in said
    assert len(said.splitlines()) < 20


def test_words_of_others_bring_no_escapes_into_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = run_of(tmp_path, LONG, HOSTILE)
    print_run(folder, read_back(folder))
    print_runs(Workspace(tmp_path), as_json=False)
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "ared [bold]tide[/bold] and more" in " ".join(said.split())


def test_a_command_to_copy_leads_back_to_a_root_with_a_space() -> None:
    assert where(Settings(root=Path("my drawings"))) == " --root 'my drawings'"


def test_a_session_that_was_killed_counts_as_far_as_it_is_heard_of() -> None:
    started, heard = RunStarted(run=LONG, brief=brief(), models={}), StepChanged(key="v01/01/draw/0")
    ended = RunEnded(status="finished", reason="", seconds=5.0)
    killed = [(1, 100.0, started), (2, 107.0, heard)]
    assert worked_seconds(killed) == 7.0
    assert worked_seconds([*killed, (3, 130.0, started), (4, 136.0, ended)]) == 7.0 + 5.0


def test_a_call_of_the_house_that_was_lost_is_not_called_paid() -> None:
    assert owed(Usage(requests=2, unanswered=1), RECORD).unanswered == 0
    paid = RECORD.model_copy(update={"models": {**RECORD.models, "choose": "gpt-5"}})
    assert owed(Usage(requests=2, unanswered=1), paid).unanswered == 1
