"""An AxiDraw driven by its owner's program, run as a child: `axicli`, which can go on after a pause, or `saxi`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Protocol

from artloop.errors import MachineError, UsageError

TOOLS = ("axicli", "saxi")
POLL_S = 0.1
GRACE_S = 20.0
"""To lift the pen and end, once asked to."""


class Watch(Protocol):
    """Whoever stands at the machine."""

    def pausing(self) -> bool:
        """Whether they want a pause."""

    def stopping(self) -> bool:
        """Whether they want the end, now."""


def found() -> str | None:
    """The first of the tools that is installed."""
    return next((tool for tool in TOOLS if shutil.which(tool)), None)


def command(tool: str, file: Path, paper: tuple[float, float], state: Path | None, resuming: bool) -> list[str]:
    """How to have a file plotted true to size, in the order it has; `state` is where axicli keeps a pause."""
    if tool == "axicli":
        resume = ["--mode", "res_plot"] if resuming else []
        return [tool, str(file), *resume, *(["--output_file", str(state)] if state else [])]
    size = f"{paper[0]:g}x{paper[1]:g}mm"
    kept = ("--no-fit-page", "--no-crop-to-margins", "--no-sort-paths")
    return [tool, "plot", str(file), "--paper-size", size, "--margin", "0", *kept]


def run(arguments: list[str], watch: Watch) -> bool:
    """Run the tool to its end; False if somebody paused or stopped it, for which it is told as by Ctrl-C.

    Raises `UsageError` when it is not installed and `MachineError` when it fails.
    """
    try:
        # in a group of its own: Ctrl-C at the terminal is ours to pass on, once
        child = subprocess.Popen(arguments, start_new_session=True)
    except FileNotFoundError as error:
        raise UsageError(f"{arguments[0]} is not installed, or not on the PATH; see docs/plotting.md") from error
    paused = False
    try:
        while True:
            try:
                code = child.wait(POLL_S if not paused else GRACE_S)
                break
            except subprocess.TimeoutExpired:
                if paused:
                    os.killpg(child.pid, signal.SIGTERM)
                elif watch.pausing() or watch.stopping():
                    os.killpg(child.pid, signal.SIGINT)
                    paused = True
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    if code and not paused:
        raise MachineError(f"{arguments[0]} failed with exit code {code}; what it said stands above")
    return not paused
