"""The very beginning of the program, before a command is known."""

from __future__ import annotations

import subprocess
import sys

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


def test_ctrl_c_while_the_commands_are_read_is_quiet() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
