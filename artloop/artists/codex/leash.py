"""Holds a program on a leash: when whoever started us lets go of our stdin, it and all it has started are killed.

Run by its path, with nothing but the standard library: `python leash.py STDIN_FILE PROGRAM ARGUMENTS...`. It passes the
program's exit status on. On Linux it also catches what has left the program's process group (it adopts orphans);
elsewhere only the group is killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
NOT_STARTED = 127


def main() -> int:
    """Run the program to its end, or to ours."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        with open(sys.argv[1], "rb") as given:
            program = subprocess.Popen(sys.argv[2:], stdin=given, start_new_session=True)
    except OSError as error:
        sys.stderr.write(f"{sys.argv[2]}: {error.strerror}\n")
        return NOT_STARTED
    threading.Thread(target=_until_let_go, args=(program.pid,), daemon=True).start()
    status = program.wait()
    _kill(program.pid)
    return status if status >= 0 else 128 - status


def _until_let_go(group: int) -> None:
    while os.read(0, 4096):
        pass
    _kill(group)
    os._exit(128 + signal.SIGKILL)


def _kill(group: int) -> None:
    """Kill the group, and on Linux whatever is left of our descendants, until none is."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    while left := _children():
        for child in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)  # what it had started is ours from now on


def _children() -> list[int]:
    listed = Path(f"/proc/self/task/{threading.main_thread().native_id}/children")
    return [int(child) for child in listed.read_text().split()] if listed.is_file() else []


if __name__ == "__main__":
    sys.exit(main())
