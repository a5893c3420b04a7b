"""How close a run of many variants by workers comes to its critical path: model calls are pauses, all else is real.

Driver, journal, queue, server, blobs and workers are those of `--executor docket`; `--real` renders with Grafix too.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from artloop import __version__
from artloop.casting import Hands
from artloop.distributed.errand import Errand, Outcome
from artloop.distributed.files import Hashes, sent, stamps
from artloop.distributed.post import docket_at
from artloop.distributed.store import Store
from artloop.distributed.worker import Taker, named_here, work
from artloop.flow.stopping import after_iterations
from artloop.flow.studio import worked
from artloop.grafix.client import GrafixStdio, RenderClient
from artloop.journal import Journal
from artloop.models import Brief, Drawing, Place, Rendering, RenderRequest, RunRecord, Value
from artloop.outpost import berth
from artloop.ports import Calls, Workshop
from artloop.sending import Books, blobs_of, sent_out
from artloop.settings import Settings, load
from artloop.shelf import FolderShelf
from artloop.workspace import RunFolder, Workspace, write_json
from tests.fakes import METRICS, FakeArtists, MemoryDistances, MemoryHand
from tests.rules import SKETCH
from tests.valkey import server as valkey


async def answer(artists: FakeArtists, errand: Errand, pause_s: float) -> Value:
    """What a model would say, after as long as it would take."""
    await asyncio.sleep(pause_s)
    task: Any = errand.told
    made: Value = await getattr(artists, errand.work)(task, errand.attempt)
    if isinstance(made, Drawing):
        number = 100 * int(task.variant[1:]) + task.iteration
        return made.model_copy(update={"source": SKETCH.format(number=number, lines=10 + number % 30)})
    return made


async def serve(settings: Settings, concurrency: int, pause_s: float, real: bool) -> None:
    """A worker whose models are pauses; without `real` its renders take no time and leave no file."""
    stop, store, artists = asyncio.Event(), Store(settings.docket.redis or ""), FakeArtists()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with AsyncExitStack() as stack:
        root = stack.enter_context(berth(settings.root / "workers", named_here()))
        hashes, there, blobs = Hashes(), set[str](), blobs_of(settings)
        renders: RenderClient | None = None
        if real:
            server = GrafixStdio(root, settings.render, settings.cache_folder, root / "server.log")
            renders = RenderClient(await stack.enter_async_context(server))

        async def rendered(errand: Errand, request: RenderRequest) -> tuple[Rendering, dict[str, str]]:
            if renders is None:
                return Rendering(ok=True, metrics=METRICS), {}
            folder = RunFolder(Workspace(root).runs / errand.run.id)
            made = await renders(request, errand.place or Place())
            return made, await asyncio.to_thread(sent, stamps(errand.iteration, folder), folder, blobs, hashes, there)

        async def perform(errand: Errand, calls: Calls) -> Outcome:
            task, files = errand.told, dict[str, str]()
            if isinstance(task, RenderRequest):
                made, files = await rendered(errand, task)
                return Outcome(worker="bench", seconds=0, result=made.model_dump_json(), artifacts=files)
            said = await answer(artists, errand, pause_s)
            return Outcome(worker="bench", seconds=0, result=said.model_dump_json())

        docket = await stack.enter_async_context(docket_at(settings.docket.redis or "", settings.docket.name))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        taker = Taker(store, perform, lambda line: None)
        await work(docket, taker, concurrency=concurrency, everywhere=None, lease_s=10, grace_s=5, stop=stop)
    await store.close()


def begun(settings: Settings, variants: int, iterations: int) -> tuple[RunFolder, RunRecord]:
    """A run's folder, with nothing in it but what it is to be."""
    folder = Workspace(settings.root).create("critical path")
    record = RunRecord(
        id=folder.id,
        brief=Brief(text="tide", variants=variants, iterations=iterations, novelty=False),
        models=dict.fromkeys(("imagine", "draw", "critique", "choose"), "pauses"),
        created="2026-11-21T10:00:00+00:00",
        artloop=__version__,
    )
    write_json(folder.record, record)
    return folder, record


async def driven(settings: Settings, variants: int, iterations: int) -> float:
    """Seconds from the first idea to the last critique."""
    folder, record = begun(settings, variants, iterations)
    with Journal.open(folder, max_failures=3) as journal:
        books = Books(folder, record, journal, journal, lambda: None, lambda event: None)
        async with sent_out(books, settings, FakeArtists(), {}) as hands:
            shop = workshop(hands, journal, folder)
            started = time.perf_counter()
            made = await worked(record.brief, shop, after_iterations(iterations))
            seconds = time.perf_counter() - started
    assert [len(variant.iterations) for variant in made] == [iterations] * variants
    return seconds


def workshop(hands: Hands, journal: Journal, folder: RunFolder) -> Workshop:
    """The flow's hands: everything that costs is elsewhere."""

    async def no_search(*_: Any) -> Any:
        raise AssertionError("nothing is searched here")

    return Workshop(
        artists=hands.artists,
        render=hands.render,
        steps=journal,
        shelf=FolderShelf(folder),
        emit=journal.append,
        hand=MemoryHand(),
        search=no_search,
        distances=MemoryDistances(),
    )


def main() -> None:
    """See `--help`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", type=int, default=256)
    parser.add_argument("--iterations", type=int, default=3)
    parser.add_argument("--call", type=float, default=2.0, help="seconds of a model call")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--real", action="store_true", help="render with Grafix")
    parser.add_argument("--worker", nargs=2, metavar=("URL", "ROOT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    slots = -(-given.variants // given.workers) + 4
    if given.worker:
        url, root = given.worker
        settings = load({"root": Path(root), "docket": {"redis": url}})
        asyncio.run(serve(settings, slots, given.call, given.real))
        return
    with tempfile.TemporaryDirectory() as scratch, valkey(Path(scratch) / "valkey") as server:
        settings = load({"root": Path(scratch), "executor": "docket", "docket": {"redis": server.url}})
        same = [f"--{name}={getattr(given, name)}" for name in ("variants", "call", "workers")]
        same += ["--real"] if given.real else []
        command = [sys.executable, __file__, *same, "--worker", server.url, scratch]
        workers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(given.workers)]
        try:
            for worker in workers:
                assert worker.stdout is not None
                worker.stdout.readline()
            report(given, settings)
        finally:
            for worker in workers:
                worker.terminate()
                worker.communicate(timeout=120)
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"processor time of workers and server, start and end included: {others.ru_utime + others.ru_stime:.1f} s")


def report(given: argparse.Namespace, settings: Settings) -> None:
    """Measure and print."""
    asyncio.run(driven(settings, given.workers, 1))  # everybody is warm
    calls_s = (1 + 2 * given.iterations) * given.call
    bound, told = calls_s, f"{1 + 2 * given.iterations} calls of {given.call:g} s in a row"
    if given.real:  # the same renders with calls that take no time are what the renderers can do
        rate = renders_per_s(given, settings)
        renders = given.variants * given.iterations
        bound = max(calls_s, renders / rate)
        told += f", {renders} renders at {rate:.1f}/s"
    before = time.process_time()
    wall = asyncio.run(driven(settings, given.variants, given.iterations))
    took = time.process_time() - before
    print(
        f"{given.variants} variants x {given.iterations}, {given.workers} workers: wall {wall:.1f} s over"
        f" {bound:.1f} s = {wall / bound:.2f} (aim 1.15): {told}; {took:.1f} s of processor time in the driver"
    )


def renders_per_s(given: argparse.Namespace, settings: Settings) -> float:
    """What this machine renders, with all slots of one server busy."""

    async def measured() -> float:
        folder = Workspace(settings.root).create("rate")
        log = folder.path / "server.log"
        count = 24
        async with GrafixStdio(settings.root, settings.render, settings.cache_folder, log) as server:
            render = RenderClient(server)
            made = [SKETCH.format(number=90000 + number, lines=10 + number % 30) for number in range(count)]
            await render(RenderRequest(source=SKETCH.format(number=1, lines=9)), Place(run=folder.id, iteration=1))
            started = time.perf_counter()
            places = [Place(run=folder.id, variant=f"v{number:03d}") for number in range(count)]
            await asyncio.gather(
                *(render(RenderRequest(source=one), place) for one, place in zip(made, places, strict=True))
            )
            return count / (time.perf_counter() - started)

    return asyncio.run(measured())


if __name__ == "__main__":
    main()
