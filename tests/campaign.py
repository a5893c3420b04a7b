"""Driving the real command line in processes of their own, and killing it at chosen moments."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.provider import MODEL, Provider, ignore

SEARCH_RENDERS = "4"
"""Where a test does not say how long a search is: runs of the house are most of the tests' time."""


def environment(cache: Path) -> dict[str, str]:
    """What a driver needs, and a key that must not turn up anywhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ARTLOOP_", "OPENAI_"))}
    own = {"ARTLOOP_CACHE": str(cache), "ARTLOOP_LOOP__TUNE_RENDERS": SEARCH_RENDERS, "COLUMNS": "200"}
    return {**kept, **own, "OPENAI_API_KEY": "sk-test-loopback"}


def artloop(*arguments: str, root: Path, cache: Path) -> subprocess.Popen[str]:
    """Start a command; its progress is plain lines on stdout."""
    return subprocess.Popen(
        [sys.executable, "-m", "artloop", *arguments, "--root", str(root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(cache),
        text=True,
    )


def finished(*arguments: str, root: Path, cache: Path, code: int = 0) -> str:
    """Run a command to its end and check its exit code."""
    process = artloop(*arguments, root=root, cache=cache)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == code, output
    return output


def killed_at_line(process: subprocess.Popen[str], number: int) -> bool:
    """SIGKILL as soon as the process has printed this many lines; False if it ended before."""
    assert process.stdout is not None
    for count, _ in enumerate(process.stdout, start=1):
        if count == number:
            process.send_signal(signal.SIGKILL)
            break
    process.stdout.close()
    return process.wait(60) == -signal.SIGKILL


def killed_at_request(process: subprocess.Popen[str], provider: Provider, number: int, *, answered: bool) -> bool:
    """SIGKILL when the provider has got its n-th request from now, before or after it answers."""
    target = len(provider.bodies) + number

    def strike(count: int) -> None:
        if count == target:
            process.send_signal(signal.SIGKILL)

    provider.before, provider.after = (ignore, strike) if answered else (strike, ignore)
    process.communicate(timeout=300)
    provider.before = provider.after = ignore
    return process.returncode == -signal.SIGKILL


Strike = Callable[["subprocess.Popen[str]"], bool]


def model_options(provider: Provider) -> list[str]:
    """Options that make a run use the loopback provider."""
    return ["--model", MODEL, "--base-url", provider.url]
