"""What a render costs: warm against a fresh process, several in flight, memory, and what 200 in a row leave behind.

Aims: 25 ms or less (p50) over the sketch's own work for an SVG, and 25 times faster than a fresh process.
"""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from artloop.grafix.renderer import Renderer, renderer
from artloop.models import Place, RenderRequest
from artloop.settings import RenderLimits, load

SMALL = """from grafix import G, L
CANVAS = (148, 210)
def draw(t):
    return [L(name="ink").layer(G.grid(scale=100.0, center=(74.0, 105.0, 0.0)))]
"""
MEDIUM = """from grafix import E, G, L
CANVAS = (148, 210)
def draw(t):
    ball = G.sphere(scale=110.0, center=(74.0, 105.0, 0.0))
    bent = E.displace(amplitude=(6.0, 6.0, 0.0))(E.subdivide(subdivisions=2)(ball))
    return [L(name="ink").layer(bent)]
"""
FRESH = "--fresh"
REPEATS = 60
IN_A_ROW = 200


def own_work(source: str, times: int) -> list[float]:
    """Milliseconds of the sketch alone, in a process of its own that is warm after the first."""
    script = [sys.executable, __file__, FRESH, str(times)]
    done = subprocess.run(script, input=source, env=confinement(), check=True, capture_output=True, text=True)
    return [float(line) for line in done.stdout.split()]


def fresh(times: int) -> None:
    """In a process of its own: import Grafix, run the sketch from stdin, print how long each time took."""
    from artloop.grafix.sandbox import child

    child.prepare()
    from grafix.core.realize import realize_cache

    source = sys.stdin.read()
    job = {"seed": 1, "time": 0.0, "canvas": [148.0, 210.0], "pen_mm": 0.3, "output_bytes": 1 << 25}
    for _ in range(times):
        realize_cache._items.clear()
        started = time.perf_counter()
        child.run(job, source)
        print(1000 * (time.perf_counter() - started))


def confinement() -> dict[str, str]:
    """The environment of a render child, with the kernels this machine has compiled."""
    from artloop.grafix.sandbox.handle import environment
    from artloop.grafix.sandbox.kernels import kernels_folder

    return environment(kernels_folder(load().cache_folder))


@asynccontextmanager
async def warm(slots: int) -> AsyncIterator[tuple[Renderer, Path]]:
    """A renderer that has rendered once, with this machine's kernels and no finished render."""
    with tempfile.TemporaryDirectory() as folder:
        for kernels in load().cache_folder.glob("numba-*"):
            (Path(folder) / kernels.name).symlink_to(kernels)
        async with renderer(RenderLimits(max_concurrency=slots), Path(folder)) as made:
            for nth in range(8):
                await rendered(made, Path(folder), SMALL, f"warm up {nth}")
            yield made, Path(folder)


async def rendered(by: Renderer, folder: Path, source: str, unlike: str, png: bool = False) -> float:
    """Milliseconds of one render whose source no other one had."""

    async def report(done: int, total: int) -> None:
        """Nobody watches."""

    request = RenderRequest(source=f"{source}# {unlike}\n", output_formats=("svg", "png") if png else ("svg",))
    place = Place(run="bench")
    target = folder / f"out-{unlike.replace(' ', '-')}"
    target.mkdir()
    started = time.perf_counter()
    made = await by.render(request, target, place, report)
    assert made.rendering.ok, made.rendering.failure
    return 1000 * (time.perf_counter() - started)


async def against_a_fresh_process() -> None:
    """Warm renders and fresh processes in turn, so that both meet the same machine."""
    for name, source, aim in (("small", SMALL, True), ("medium", MEDIUM, False)):
        async with warm(1) as (by, folder):
            warm_ms, fresh_ms = [], []
            own = statistics.median(own_work(source, REPEATS)[1:])
            for nth in range(REPEATS):
                warm_ms.append(await rendered(by, folder, source, f"{name} {nth}"))
                if nth % 10 == 0:
                    started = time.perf_counter()
                    own_work(source, 1)
                    fresh_ms.append(1000 * (time.perf_counter() - started))
            png_ms = [await rendered(by, folder, source, f"{name} png {nth}", png=True) for nth in range(REPEATS // 3)]
        p50, slow, anew = statistics.median(warm_ms), max(warm_ms), statistics.median(fresh_ms)
        told = (
            f"warm {p50:.1f} ms (median), {slow:.1f} (slowest of {REPEATS})",
            f"its own work {own:.1f}",
            f"over it {p50 - own:.1f}" + " (aim 25)" * aim,
            f"fresh process {anew:.0f} ms, {anew / p50:.0f} times as long" + " (aim 25)" * aim,
            f"with an 840 px PNG {statistics.median(png_ms):.1f} ms",
        )
        print(f"{name}, SVG: {'; '.join(told)}")


async def in_flight() -> None:
    """Renders a second with 1, 2 and 4 at a time."""
    for slots in (1, 2, 4):
        async with warm(slots) as (by, folder):

            async def several(first: int, by: Renderer = by, folder: Path = folder, slots: int = slots) -> None:
                for nth in range(first, REPEATS, slots):
                    await rendered(by, folder, MEDIUM, f"flight {slots} {nth}")

            started = time.perf_counter()
            await asyncio.gather(*(several(first) for first in range(slots)))
            print(f"{slots} in flight: {REPEATS / (time.perf_counter() - started):.1f} renders/s (medium, SVG)")


async def memory() -> None:
    """Of one worker while it runs a sketch."""
    async with warm(1) as (by, folder):
        before = {child.pid for child in psutil.Process().children(recursive=True)}
        sleeper = asyncio.create_task(rendered(by, folder, f"import time\ntime.sleep(2)\n{SMALL}", "asleep"))
        found: set[int] = set()
        while not found:
            await asyncio.sleep(0.1)
            found = {child.pid for child in psutil.Process().children(recursive=True)} - before
        await asyncio.sleep(0.5)
        full = psutil.Process(found.pop()).memory_full_info()
        await sleeper
        print(f"a worker: RSS {full.rss >> 20} MiB, PSS {full.pss >> 20}, of its own {full.uss >> 20}")


async def leaks() -> None:
    """What is left of many renders in a row: descriptors, processes, files, memory of the server."""
    async with warm(2) as (by, folder):
        me = psutil.Process()

        def held() -> tuple[int, int, int, float]:
            gc.collect()
            temporary = len(list(Path(tempfile.gettempdir()).glob("artloop-*")))
            return me.num_fds(), len(me.children(recursive=True)), temporary, me.memory_info().rss / 1e6

        before = held()
        for nth in range(IN_A_ROW):
            await rendered(by, folder, SMALL, f"row {nth}")
        after = held()
        names = ("descriptors", "processes", "temporary folders")
        counted = ", ".join(f"{name} {a} -> {b}" for name, a, b in zip(names, before, after, strict=False))
        print(f"{IN_A_ROW} renders in a row: {counted}, server's memory {before[3]:.0f} -> {after[3]:.0f} MB")


async def main() -> None:
    """Everything, one after the other, with temporary files where nobody else's are counted."""
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder
        await measured()


async def measured() -> None:
    """The four tables."""
    await against_a_fresh_process()
    await in_flight()
    await memory()
    await leaks()


if __name__ == "__main__":
    if sys.argv[1:2] == [FRESH]:
        fresh(int(sys.argv[2]))
    else:
        os.environ.pop("NUMBA_CACHE_DIR", None)
        asyncio.run(main())
