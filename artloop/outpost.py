"""A worker: performs errands of any run, at desks like those of a local run, in folders of its own."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from artloop import telemetry
from artloop.artists import AgentArtists
from artloop.artists.llm import Desk
from artloop.casting import artists_by, desk_at, for_run, gathered, guide_for
from artloop.distributed.errand import Errand, Outcome
from artloop.distributed.files import Hashes, fetched, sent, stale, stamps
from artloop.distributed.post import docket_at
from artloop.distributed.rates import SharedRates
from artloop.distributed.store import Store
from artloop.distributed.worker import Taker, named_here, work
from artloop.errors import UsageError
from artloop.events import Event
from artloop.grafix.client import GrafixStdio, RenderClient
from artloop.house.repertoire import Repertoire
from artloop.lock import driver, driver_lock
from artloop.models import Place, RenderRequest, Value
from artloop.ports import Blobs, Calls, Purse
from artloop.prompts import Prompts
from artloop.redis_checks import checked
from artloop.sending import alike, blobs_of, redis_url
from artloop.settings import Settings
from artloop.workspace import RunFolder, Workspace, resource_folders, storage, write_json

KEPT_RUNS = 8
"""As many runs are kept open; of those before nothing stays."""


@dataclass
class Site:
    """One run, as far as it is worked on here."""

    folder: RunFolder
    desk: Desk
    artists: Callable[[Desk], AgentArtists]
    settings: Settings
    studies: dict[str, str]
    stack: AsyncExitStack
    said: list[Event] = field(default_factory=list)
    """What the providers did, for the next outcome."""
    busy: int = 0


async def manned(settings: Settings, concurrency: int, say: Callable[[str], None], stop: asyncio.Event) -> None:
    """Work until `stop`. Raises `UsageError`, `StorageError` and `RenderServerError` when it cannot begin."""
    choice, url = settings.docket, redis_url(settings)
    store, taker_name = Store(url), named_here()
    async with AsyncExitStack() as stack:
        stack.enter_context(telemetry.exported("artloop-worker", settings.traces.otel))
        stack.push_async_callback(store.close)
        for warning in await checked(store.redis, url, allow_unsafe=choice.allow_unsafe_redis):
            say(f"note: {warning}")
        folder = stack.enter_context(berth(settings.root / "workers", taker_name))
        away = settings.model_copy(update={"root": folder})
        server = GrafixStdio(folder, settings.render, settings.cache_folder, folder / "server.log", compiling(say))
        await stack.enter_async_context(server)
        purse = SharedRates(store, choice.rates)
        outpost = Outpost(taker_name, settings, away, server, blobs_of(settings), purse)
        stack.push_async_callback(outpost.close)
        docket = await stack.enter_async_context(docket_at(url, choice.name))
        say(f"worker {taker_name}: {concurrency} steps at a time from {store.shown}, files in {blobs_of(settings)}")
        await work(
            docket,
            Taker(store, outpost.perform, say, taker_name),
            concurrency=concurrency,
            everywhere=choice.max_concurrency,
            lease_s=choice.lease_s,
            grace_s=choice.grace_s,
            stop=stop,
        )


@contextmanager
def berth(folder: Path, name: str) -> Iterator[Path]:
    """A folder for one worker, gone with it. Those of workers that were killed are cleared away."""
    mine = RunFolder(folder / name)
    with storage(mine.path):
        mine.path.mkdir(parents=True, exist_ok=True)
    with driver_lock(mine):
        for other in folder.iterdir():
            if other != mine.path and not other.is_symlink() and driver(RunFolder(other)) is None:
                shutil.rmtree(other, ignore_errors=True)
        yield mine.path
    shutil.rmtree(mine.path, ignore_errors=True)


def compiling(say: Callable[[str], None]) -> Callable[[int, int], None]:
    """Says once that kernels are being compiled: the first worker of a machine takes minutes to begin."""
    told = False

    def progress(done: int, total: int) -> None:
        nonlocal told
        if total and not told:
            told = True
            say(f"compiles {total} kernels, once on this machine")

    return progress


class Outpost:
    """Performs errands. `home` has the worker's own prompts and sketches; files of runs lie below `settings.root`."""

    def __init__(
        self, name: str, home: Settings, settings: Settings, server: GrafixStdio, blobs: Blobs, purse: Purse
    ) -> None:
        self._name, self._settings, self._server = name, settings, server
        self._blobs, self._purse = blobs, purse
        self._prompts = Prompts(resource_folders(home.root, "prompts"))
        self._repertoire = Repertoire.read(resource_folders(home.root, "sketches"))
        self._renders = RenderClient(server)
        self._hashes = Hashes()
        self._sites: dict[str, Site] = {}
        self._opening = asyncio.Lock()

    async def close(self) -> None:
        """Let go of every run."""
        for run in list(self._sites):
            await self._left(run)

    async def perform(self, errand: Errand, calls: Calls) -> Outcome:
        """Do an errand. Raises what a local try would, and `UsageError` when this worker is not like the driver."""
        with telemetry.of_run(errand.run.id, f"errand {errand.work}", errand.trace, errand=errand.name):
            return await self._performed(errand, calls)

    async def _performed(self, errand: Errand, calls: Calls) -> Outcome:
        started = time.monotonic()
        site = await self._entered(errand)
        try:
            desk = replace(site.desk, calls=calls, door=replace(site.desk.door, calls=calls))
            artists = site.artists(desk)
            self._check_alike(errand, artists, site)
            before = await asyncio.to_thread(self._laid_out, errand, site)
            made = await self._made(errand, artists)
            artifacts = await asyncio.to_thread(self._sent, errand, site, before)
            said = list(site.said)
            site.said.clear()
            return Outcome(
                worker=self._name,
                seconds=time.monotonic() - started,
                result=made.model_dump_json(),
                artifacts=artifacts,
                events=said,
            )
        finally:
            site.busy -= 1

    async def _made(self, errand: Errand, artists: AgentArtists) -> Value:
        task: Any = errand.told
        if isinstance(task, RenderRequest):
            if errand.work == "measure":
                return await self._renders.measure(task)
            return await self._renders(task, errand.place or Place())
        made: Value = await getattr(artists, errand.work)(task, errand.attempt)
        return made

    async def _entered(self, errand: Errand) -> Site:
        async with self._opening:
            if (site := self._sites.pop(errand.run.id, None)) is None:
                await self._make_room()
                site = await self._opened(errand)
            self._sites[errand.run.id] = site  # the latest one last
            site.busy += 1
            return site

    async def _make_room(self) -> None:
        idle = [run for run, site in self._sites.items() if not site.busy]
        for run in idle[: max(0, len(self._sites) + 1 - KEPT_RUNS)]:
            await self._left(run)

    async def _opened(self, errand: Errand) -> Site:
        record, settings = errand.run, for_run(errand.run, self._settings)
        folder = RunFolder(Workspace(settings.root, errand.workspace).runs / record.id, errand.workspace)
        write_json(folder.record, record)
        async with AsyncExitStack() as stack:
            said: list[Event] = []
            opened = gathered(record, settings, self._repertoire, self._prompts, [], said.append, silent=False)
            met = await stack.enter_async_context(opened)
            nothing: Any = None  # each errand brings its own record of calls
            guide = await guide_for(record, self._server)
            desk = desk_at(met, folder, self._server, settings, nothing, self._purse, guide)
            studies = {study.name: study.source for study in self._repertoire.studies}
            artists = artists_by(record, settings, studies, silent=False)
            return Site(folder, desk, artists, settings, studies, stack.pop_all(), said)

    async def _left(self, run: str) -> None:
        site = self._sites.pop(run)
        await site.stack.aclose()
        await asyncio.to_thread(shutil.rmtree, site.folder.path, ignore_errors=True)

    def _check_alike(self, errand: Errand, artists: AgentArtists, site: Site) -> None:
        mine = alike(errand.work, artists=artists, studies=site.studies, limits=site.settings.render)
        if others := [what for what, value in errand.alike.items() if mine.get(what) != value]:
            raise UsageError(
                f"worker {self._name} differs from the driver in: {', '.join(others)};"
                " give both the same versions, settings, prompts and sketches"
            )

    def _laid_out(self, errand: Errand, site: Site) -> dict[Any, Any]:
        """Put there what the errand may look at; returns how the files it may write stand."""
        if variant := getattr(errand.told, "variant", None):
            stale(site.folder, variant, errand.inputs)
        fetched(errand.inputs, site.folder, self._blobs, self._hashes)
        return stamps(errand.iteration, site.folder)

    def _sent(self, errand: Errand, site: Site, before: dict[Any, Any]) -> dict[str, str]:
        """Put what was made among the blobs."""
        after = stamps(errand.iteration, site.folder)
        made = [path for path, stamp in after.items() if before.get(path) != stamp]
        there = set[str]()  # looked up anew each time: a worker may outlive what it has put there
        return sent(made, site.folder, self._blobs, self._hashes, there)
