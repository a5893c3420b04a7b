from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from artloop.artists.codex import leash
from artloop.artists.codex.config import Codex
from artloop.artists.codex.events import Said
from artloop.artists.codex.session import Commission, session
from artloop.errors import ModelMisbehaved, ProviderError
from artloop.ports import ToolServer
from tests.fake_codex import codex_program, seen

SECRET = "sk-test-codex-only"
SERVER = ToolServer(command="python", args=[], env={}, tools=[])
ADOPTS = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt the orphans below it")


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_API_KEY", SECRET)


def at_work(tmp_path: Path, mode: str, timeout_s: float = 60.0) -> Awaitable[Said]:
    """A session with a fake Codex."""
    program = codex_program(tmp_path / "bin", mode)
    codex = Codex(program=str(program), model=None, base_url=None, timeout_s=timeout_s)
    commission = Commission(prompt="draw", pictures=[], answer_schema={"type": "object"})
    return session(codex, SERVER, commission, tmp_path / "work")


def orphan(folder: Path) -> int:
    """The process that a Codex left behind, by what it wrote to stderr."""
    return int((folder / "work" / "log.txt").read_text().split()[1])


def alive(mark: str) -> list[int]:
    """Processes that have this in their command line."""
    found = psutil.process_iter(["pid", "cmdline"])
    return [each.info["pid"] for each in found if any(mark in part for part in each.info["cmdline"] or [])]


async def test_an_answer_comes_back_and_only_the_records_stay(tmp_path: Path) -> None:
    answer = await at_work(tmp_path, "answer")
    assert json.loads(answer.text)["change"] == "six lines"
    assert answer.usage.input_tokens == 1000
    assert sorted(path.name for path in (tmp_path / "work").iterdir()) == ["events.jsonl", "log.txt", "prompt.md"]


async def test_everything_codex_may_write_to_lies_in_its_folder(tmp_path: Path) -> None:
    await at_work(tmp_path, "answer")
    (told,) = seen(tmp_path / "bin")
    here = str(tmp_path / "work")
    for name in ("HOME", "CODEX_HOME", "TMPDIR"):
        assert told["environment"][name].startswith(here)
    assert any(argument.startswith(f"--cd={here}") for argument in told["arguments"])
    assert "--sandbox=read-only" in told["arguments"]


async def test_a_hanging_codex_ends_at_its_time_limit(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"codex\.timeout_s"):
        await at_work(tmp_path, "hang", timeout_s=2.0)
    assert alive(str(tmp_path / "bin")) == []


async def test_a_cancelled_session_leaves_no_process(tmp_path: Path) -> None:
    ready = tmp_path / "bin" / "ready"
    ready.parent.mkdir()
    os.mkfifo(ready)
    task = asyncio.ensure_future(at_work(tmp_path, "hang"))
    await asyncio.to_thread(ready.read_text)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert alive(str(tmp_path / "bin")) == []


@ADOPTS
async def test_what_codex_leaves_behind_is_killed_with_it(tmp_path: Path) -> None:
    await at_work(tmp_path, "end-with-orphan")
    assert not psutil.pid_exists(orphan(tmp_path))


@pytest.mark.parametrize(
    ("mode", "error", "words"),
    [
        ("crash", ProviderError, "panicked"),
        ("silent", ModelMisbehaved, "without an answer"),
        ("flood", ModelMisbehaved, "32 MB"),
    ],
)
async def test_a_session_that_goes_wrong_says_how(
    tmp_path: Path, mode: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await at_work(tmp_path, mode)
    assert alive(str(tmp_path / "bin")) == []


async def test_a_key_that_the_provider_repeats_is_written_nowhere(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"\[key\]") as caught:
        await at_work(tmp_path, "refuse")
    assert SECRET not in str(caught.value)
    kept = [path for path in (tmp_path / "work").rglob("*") if path.is_file()]
    assert kept
    assert not any(SECRET.encode() in path.read_bytes() for path in kept)


async def test_the_users_own_login_is_lent_and_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CODEX_API_KEY")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    own = tmp_path / "own"
    own.mkdir()
    (own / "auth.json").write_text('{"token": "t"}')
    monkeypatch.setenv("CODEX_HOME", str(own))
    await at_work(tmp_path, "answer")
    (told,) = seen(tmp_path / "bin")
    assert "CODEX_API_KEY" not in told["environment"]
    assert not list((tmp_path / "work").rglob("auth.json"))
    assert (own / "auth.json").read_text() == '{"token": "t"}'


@ADOPTS
@pytest.mark.parametrize("letting_go", [lambda held: held.kill(), lambda held: held.stdin.close()])
def test_a_leash_that_is_let_go_kills_all_that_is_on_it(
    tmp_path: Path, letting_go: Callable[[subprocess.Popen[str]], None]
) -> None:
    script = "import subprocess, sys; subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE); sys.stdin.read()"
    pids = "echo $$; setsid sh -c 'echo $$; exec sleep 600' & wait"
    held = subprocess.Popen(
        [sys.executable, "-c", script, sys.executable, leash.__file__, os.devnull, "sh", "-c", pids],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert held.stdout
    started = [psutil.Process(int(held.stdout.readline())) for _ in range(2)]
    letting_go(held)
    gone, left = psutil.wait_procs(started, timeout=10)
    assert (len(gone), left) == (2, [])
    with held:
        pass


def test_a_leash_passes_the_exit_status_on() -> None:
    for command, status in ((["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -9 $$"], 128 + signal.SIGKILL)):
        held = [sys.executable, leash.__file__, os.devnull, *command]
        with subprocess.Popen(held, stdin=subprocess.PIPE) as process:
            assert process.wait(30) == status
