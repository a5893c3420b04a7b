"""Wall time of `artloop run` with the house artist, 4 x 5, kernels compiled, no render cached (aim: 60 s)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from artloop.settings import load

BRIEFS = ("tidal memory", "a city that forgets", "静かな夜")


def cold_renders(folder: Path) -> Path:
    """A cache folder with this machine's kernels and nothing else."""
    for kernels in load().cache_folder.glob("numba-*"):
        (folder / kernels.name).symlink_to(kernels)
    return folder


def once(brief: str) -> tuple[float, dict[str, Any]]:
    """Seconds of one whole process, and its report."""
    with tempfile.TemporaryDirectory() as root, tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-m", "artloop", "run", brief, "--json", "--quiet", "--root", root]
        environment = {**os.environ, "ARTLOOP_CACHE": str(cold_renders(Path(cache)))}
        started = time.perf_counter()
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return time.perf_counter() - started, json.loads(done.stdout)


if __name__ == "__main__":
    for brief in BRIEFS:
        seconds, report = once(brief)
        winner, calls = report["winner"], report["usage"]["requests"]
        print(f"{brief}: {seconds:.1f} s, {report['status']}, winner {winner}, {calls} model calls")
