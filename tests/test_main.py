"""The very beginning of the program, before a command is known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

INTERRUPTED = """
import sys

class Stop:
    def find_spec(self, name, path, target=None):
        if name == "artloop.cli.hub":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Stop())
from artloop.__main__ import main
main()
"""
"""Ctrl-C at a moment of which nobody can say by the clock where it falls."""


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no device that is always full")
def test_an_answer_that_finds_no_room_is_one_line_and_no_bug(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "artloop", "list", "--json", "--root", str(tmp_path)]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_while_the_commands_are_read_is_quiet() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
