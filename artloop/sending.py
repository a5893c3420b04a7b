"""Puts hands into a workshop that are elsewhere: the driver's side of `--executor docket`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from typing import Any

from artloop import __version__
from artloop.beside import beside
from artloop.canonical import digest, step_for
from artloop.casting import Hands
from artloop.distributed.blobs import blobs_at
from artloop.distributed.cutting import Scissors
from artloop.distributed.errand import Work
from artloop.distributed.hands import RemoteArtists, RemoteRender
from artloop.distributed.post import posting
from artloop.distributed.sender import Sender
from artloop.distributed.store import Store
from artloop.errors import UsageError
from artloop.events import Emit
from artloop.journal import Journal
from artloop.models import RunRecord
from artloop.ports import Artists, Blobs, Calls
from artloop.redis_checks import address, checked
from artloop.requests import LeftRequests
from artloop.settings import RenderLimits, Settings
from artloop.workspace import RunFolder

NO_REDIS = (
    "drivers and workers meet at a Redis or Valkey server that all of them reach; give --redis URL, or set"
    " ARTLOOP_DOCKET__REDIS"
)

SCHEMES = ("redis://", "rediss://", "unix://")


@dataclass(frozen=True)
class Books:
    """A run as its driver keeps it."""

    folder: RunFolder
    record: RunRecord
    journal: Journal
    calls: Calls
    counted: Callable[[], None]
    tell: Emit


@asynccontextmanager
async def sent_out(books: Books, settings: Settings, here: Artists, studies: Mapping[str, str]) -> AsyncIterator[Hands]:
    """Hands that send everything to workers. When a run ends in good order, nothing of it stays in Redis."""
    choice, run = settings.docket, books.record.id
    url = redis_url(settings)
    store = Store(url)
    try:
        await checked(store.redis, url, allow_unsafe=choice.allow_unsafe_redis)
        async with posting(url, choice.name, store, run, choice.patience_s) as post:
            sender = Sender(
                folder=books.folder,
                record=books.record,
                post=post,
                blobs=blobs_of(settings),
                calls=books.calls,
                answers=books.journal.answers,
                counted=books.counted,
                tell=books.tell,
                alike=cache(partial(alike, artists=here, studies=studies, limits=settings.render)),
                max_deaths=settings.loop.max_failures,
            )
            left, nowhere = LeftRequests(books.folder), step_for("run", 0, "before", 0)
            scissors = Scissors(lambda: left.requests(nowhere), books.journal.begun)
            renders = RemoteRender(sender)
            async with beside(scissors.watch()):
                yield Hands(RemoteArtists(sender, here, scissors), renders, renders.measure)
        await store.forget_run(run)
    finally:
        await store.close()


async def checked_redis(settings: Settings) -> list[str]:
    """What may be lost by the server, in one line each. Raises `UsageError` and `StorageError` when it will not do."""
    url = redis_url(settings)
    store = Store(url)
    try:
        return await checked(store.redis, url, allow_unsafe=settings.docket.allow_unsafe_redis)
    finally:
        await store.close()


def alike(work: Work, *, artists: Artists, studies: Mapping[str, str], limits: RenderLimits) -> dict[str, str]:
    """What must be the same for driver and worker: else a run would depend on who does a step."""
    drawing = {**versions(), "[render] settings": digest(limits.model_dump(exclude={"max_concurrency"}))}
    if work in ("render", "measure"):
        return drawing
    part: Any = work
    return {**drawing, f"prompt of {work}": artists.fingerprint(part), "sketches": digest(dict(studies))}


@cache
def versions() -> Mapping[str, str]:
    """What draws here; to look it up takes longer than to send an errand."""
    return {"artloop": __version__, "grafix": version("grafix"), "numpy": version("numpy")}


def blobs_of(settings: Settings) -> Blobs:
    """Where files travel."""
    return blobs_at(settings.docket.blobs or str(settings.root / "blobs"))


def redis_url(settings: Settings) -> str:
    """The server. Raises `UsageError` when none is named, or not by a URL."""
    url = settings.docket.redis
    if url is None:
        raise UsageError(NO_REDIS)
    if not url.startswith(SCHEMES):
        raise UsageError(f"--redis {address(url)}: give a URL that begins with {', '.join(SCHEMES)}")
    return url
