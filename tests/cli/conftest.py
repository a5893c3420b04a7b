"""Commands that end quickly, run in this process: a start of its own takes seconds."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from artloop.cli import main


class Done(NamedTuple):
    """A command that has ended."""

    code: int
    stdout: str
    stderr: str


Entered = Callable[..., Done]


@pytest.fixture
def entered(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Entered:
    """Runs a command with no key and no provider in the environment."""
    for name in [name for name in os.environ if name.startswith("OPENAI_")]:
        monkeypatch.delenv(name)

    def run(*arguments: str, root: Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["artloop", *arguments, "--root", str(root)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return Done(int(ended.value.code or 0), *capfd.readouterr())

    return run


def refused(done: Done) -> str:
    """The one line a refusal prints."""
    assert done.code == 2, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]
