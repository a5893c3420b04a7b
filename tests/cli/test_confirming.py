"""A run that asks, in a terminal of its own: answered, killed, resumed and replayed."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from artloop.cli import app
from artloop.cli.confirming import DIFF_LINES, checked, shown
from artloop.errors import UsageError
from artloop.ports import Question
from artloop.readback import read_back
from artloop.workspace import RunFolder, Workspace
from tests.campaign import environment, finished
from tests.fakes import drawn

ASKED = "Keep it?"
ASK_ALL = ("--confirm", "revision")


class AtPty:
    """A command with a terminal, whose output is read as it comes."""

    def __init__(self, *words: str, root: Path, cache: Path) -> None:
        self.master, side = pty.openpty()
        command = [sys.executable, "-m", "artloop", *words, "--root", str(root)]
        settings = {**environment(cache), "TERM": "xterm", "LINES": "40"}
        self.process = subprocess.Popen(
            command, stdin=side, stdout=side, stderr=side, env=settings, start_new_session=True
        )
        os.close(side)
        self.output = ""
        self.questions = 0

    def asked(self) -> bool:
        """Read up to the next question; False when the command ended without one."""
        while self.output.count(ASKED) <= self.questions:
            try:
                content = os.read(self.master, 65536)
            except OSError:  # Linux's way to say that the other side is closed
                content = b""
            if not content:
                return False
            self.output += content.decode(errors="replace")
        self.questions += 1
        return True

    def say(self, text: str) -> None:
        os.write(self.master, text.encode() + b"\n")

    def answered_to_the_end(self, text: str = "y") -> int:
        while self.asked():
            self.say(text)
        return self.end()

    def end(self) -> int:
        code = self.process.wait(120)
        os.close(self.master)
        return code


def answers(folder: RunFolder) -> list[tuple[str, int, list[tuple[bool, str]]]]:
    return [
        (variant.id, one.number, [(answer.accepted, answer.note) for answer in one.answers])
        for variant in read_back(folder).variants
        for one in variant.iterations
    ]


@pytest.mark.slow
def test_answers_survive_a_kill_are_not_asked_again_and_are_replayed(tmp_path: Path, cache_folder: Path) -> None:
    words = ("run", "tidal memory", "--variants", "2", "--iterations", "1", *ASK_ALL)
    first = AtPty(*words, root=tmp_path, cache=cache_folder)
    assert first.asked()
    assert "+++ iterations/01/revisions/1/sketch.py" in first.output
    assert "preview.png" in first.output
    first.say("n more air on the left")
    assert first.asked()
    first.process.send_signal(signal.SIGKILL)
    first.end()
    again = AtPty("resume", "last", *ASK_ALL, root=tmp_path, cache=cache_folder)
    assert again.asked()
    again.say("q")
    assert not again.asked()
    assert again.end() == 130
    assert "resume" in again.output.rpartition("nothing is lost")[2]
    assert "--confirm revision" in again.output.rpartition("nothing is lost")[2]
    last = AtPty("resume", "last", *ASK_ALL, root=tmp_path, cache=cache_folder)
    assert last.answered_to_the_end() == 0
    assert last.questions == 2, "one redraw and one first drawing of the other"
    (folder,) = Workspace(tmp_path).every()
    given = [said for _, _, said in answers(folder)]
    assert sorted(given) == [[(False, "more air on the left"), (True, "")], [(True, "")]]
    assert "identical: 2 drawings" in finished("replay", "last", root=tmp_path, cache=cache_folder)
    assert answers(Workspace(tmp_path).every()[-1]) == answers(folder)


def test_without_a_terminal_nothing_starts(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["run", "tide", *ASK_ALL, "--root", str(tmp_path)])
    assert isinstance(result.exception, UsageError)
    assert "--confirm asks in the terminal" in str(result.exception)
    assert not (tmp_path / "runs").exists()
    with pytest.raises(UsageError, match="none of revision, iteration"):
        checked("always")


def test_words_of_a_model_cannot_steer_the_terminal(tmp_path: Path) -> None:
    evil = "\x1b[2J\x1b]0;gone\x07\x9b31m"
    question = Question(
        variant="v01",
        iteration=1,
        attempt=0,
        source="",
        change=f"a change{evil}",
        hypothesis=evil,
        diff=f"--- a\n+++ b\n+# {evil}\n" + "+line\n" * DIFF_LINES,
        rendering=drawn(""),
        final=True,
        redraws=3,
    )
    console = Console(width=100, force_terminal=False)
    with console.capture() as captured:
        for line in shown(question, RunFolder(tmp_path)):
            console.print(line, soft_wrap=True)
    assert not set("\x1b\x07\x9b") & set(captured.get())
    assert "... 3 more lines" in captured.get()
    assert str(tmp_path / "variants/v01/iterations/01/preview.png") in captured.get()
