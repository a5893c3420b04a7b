"""How long `artloop --help` takes, as a whole process (aim: 0.3 s)."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 11


def once() -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "artloop", "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    seconds = [once() for _ in range(RUNS)]
    print(f"artloop --help: median {statistics.median(seconds):.3f} s, max {max(seconds):.3f} s ({RUNS} runs)")
