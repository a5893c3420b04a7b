"""Whatever is wrong with what the user gives: one line, exit code 2, and nothing written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Done, Entered, refused


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--canvas", "0x10"], "--canvas"),
        (["--canvas", "abc"], "neither a paper"),
        (["--variants", "-1"], "--variants -1"),
        (["--iterations", "0"], "--iterations 0"),
        (["--pen", "-3"], "--pen -3"),
        (["--pens", "finliners"], "did you mean fineliners"),
        (["--pens", "black", "--pen", "0.5"], "--pen 0.5"),
        (["--stall", "-1"], "--stall -1"),
        (["--max-minutes", "-1"], "--max-minutes -1"),
        (["--target-score", "11"], "--target-score 11"),
        (["--tune-renders", "-1"], "--tune-renders -1"),
        (["--artists", "nobody"], "--artists nobody: give agents, codex, hub"),
        (["--base-url", "http://127.0.0.1:9/v1"], "no model is to be asked there"),
        (["--model", "gpt-nonsense"], "OPENAI_API_KEY"),
        (["--sketch", "missing.py"], "missing.py"),
        (["--log-level", "loud"], "loud"),
        (["--workspace", "../out"], "workspace '../out'"),
        (["--config", "missing.toml"], "missing.toml"),
    ],
)
def test_a_bad_option_of_run_is_one_line_and_writes_nothing(
    tmp_path: Path, entered: Entered, options: list[str], said: str
) -> None:
    assert said in refused(entered("run", "tide", *options, root=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_an_empty_brief_is_refused(tmp_path: Path, entered: Entered) -> None:
    assert "brief is empty" in refused(entered("run", "  ", root=tmp_path))


def test_without_a_brief_and_a_terminal_to_ask_at_it_is_refused_like_an_empty_one(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "artloop", "run", "--root", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert "brief is empty" in refused(Done(done.returncode, done.stdout, done.stderr))


@pytest.mark.parametrize(
    ("source", "said"),
    [("def draw(t:\n", "line 1"), ("x = 1\n", "no draw(t)"), ("\x00", "sketch")],
)
def test_a_sketch_that_is_none_is_refused(tmp_path: Path, entered: Entered, source: str, said: str) -> None:
    sketch = tmp_path / "sketch.py"
    sketch.write_text(source)
    assert said in refused(entered("run", "tide", "--sketch", str(sketch), root=tmp_path / "root"))
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize("run_id", ["20200101-000000-nothing-0000", "../../etc", "last", ".", "a/b"])
@pytest.mark.parametrize("command", ["show", "resume", "retry", "replay", "watch", "gallery", "export"])
def test_a_run_that_does_not_exist_or_leads_out_is_refused(
    tmp_path: Path, entered: Entered, command: str, run_id: str
) -> None:
    assert run_id in refused(entered(command, run_id, root=tmp_path)) or run_id == "last"
    assert list(tmp_path.iterdir()) == []


def test_a_broken_settings_file_is_named(tmp_path: Path, entered: Entered) -> None:
    (tmp_path / "artloop.toml").write_text("[render\n")
    assert "artloop.toml" in refused(entered("list", root=tmp_path))


def test_an_unknown_setting_comes_with_the_nearest_valid_name(tmp_path: Path, entered: Entered) -> None:
    (tmp_path / "artloop.toml").write_text("[render]\ntimeout = 3\n")
    assert "did you mean render.timeout_s?" in refused(entered("list", root=tmp_path))


def test_an_unknown_variable_comes_with_the_nearest_valid_name(
    tmp_path: Path, entered: Entered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTLOOP_RENDER__TIMEOUT", "3")
    assert "render.timeout_s" in refused(entered("list", root=tmp_path))


def test_a_process_of_its_own_says_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "artloop", "run", "tide", "--variants", "-1", "--root", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "--variants -1" in refused(Done(done.returncode, done.stdout, done.stderr))


def test_a_root_that_is_a_file_is_refused(tmp_path: Path, entered: Entered) -> None:
    (tmp_path / "file").write_text("")
    assert "file" in refused(entered("run", "tide", root=tmp_path / "file"))


def test_a_damaged_run_is_named_and_not_touched(tmp_path: Path, entered: Entered) -> None:
    folder = tmp_path / "runs" / "20260101-000000-tide-0000"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{")
    (folder / "journal.db").write_bytes(b"no database")
    for command in ("show", "resume", "gallery", "replay"):
        assert "run.json" in refused(entered(command, "last", root=tmp_path))
    assert (folder / "journal.db").read_bytes() == b"no database"
    assert (folder / "run.json").read_text() == "{"


def test_one_damaged_run_does_not_hide_the_others(tmp_path: Path, entered: Entered) -> None:
    folder = tmp_path / "runs" / "20260101-000000-tide-0000"
    folder.mkdir(parents=True)
    done = entered("list", root=tmp_path)
    assert done.code == 0
    assert "run.json" in done.stderr
    assert "no run yet" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tide_linse"], "did you mean tide_lines?"),
        (["zzz"], "see: artloop sketches"),
        (["tide_lines", "--seed", "-1"], "--seed -1"),
        (["tide_lines", "--pen", "99"], "--pen 99"),
        (["tide_lines", "--scale", "0"], "--scale 0"),
    ],
)
def test_a_sketch_that_cannot_be_rendered_is_refused_before_a_server_starts(
    tmp_path: Path, entered: Entered, arguments: list[str], said: str
) -> None:
    assert said in refused(entered("render", *arguments, root=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_command_is_wrong_usage(tmp_path: Path, entered: Entered) -> None:
    assert entered("paint", root=tmp_path).code == 2


def test_help_names_every_command() -> None:
    done = subprocess.run([sys.executable, "-m", "artloop", "--help"], capture_output=True, text=True, check=True)
    for command in ("run", "resume", "retry", "replay", "list", "show", "watch", "render", "tune", "export"):
        assert command in done.stdout
