"""What one committed step costs: 2000 performs of a step that does nothing, each on disk when it returns."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from artloop.canonical import step_for
from artloop.journal import Journal
from artloop.models import Critique
from artloop.ports import Attempt
from artloop.workspace import RunFolder

PERFORMS = 2000
RESULT = Critique(
    first_seen="a tide line", keep="it", changes=[], targets=[], scores=[], overall=5.0, measured=True
)  # fmt: skip


async def work(attempt: Attempt) -> Critique:
    """A step without latency."""
    return RESULT


async def measure(folder: RunFolder) -> list[float]:
    """Milliseconds of each perform."""
    found = []
    with Journal.open(folder, max_failures=3) as journal:
        for n in range(PERFORMS):
            step = step_for("v01", n, "critique", 0, RESULT)
            before = time.perf_counter()
            await journal.perform(step, Critique, work)
            found.append(1000 * (time.perf_counter() - before))
    return found


def main() -> None:
    """Print median and 99th percentile, in a folder below the current one: /tmp may be memory."""
    with tempfile.TemporaryDirectory(prefix=".journal-", dir=".") as name:
        found = asyncio.run(measure(RunFolder(Path(name))))
    p99 = statistics.quantiles(found, n=100)[98]
    print(f"journal: {statistics.median(found):.2f} ms a step (median), {p99:.2f} ms (p99), {PERFORMS} performs")


if __name__ == "__main__":
    main()
