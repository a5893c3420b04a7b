"""The driver's side: sends errands through docket, and waits for their outcomes with one listener for all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Any

from docket import Docket
from redis.exceptions import RedisError

from artloop.beside import beside
from artloop.distributed.errand import Entry, Errand, Outcome
from artloop.distributed.store import Keys, Store, patiently, refused
from artloop.errors import StorageError

TASK = "perform"
"""The name of docket's one task."""
SWEEP_S = 1.0
"""How often to look for outcomes that were not heard of, and for errands that are gone."""
UNDER_WAY = {"queued", "scheduled", "running"}
GONE_SWEEPS = 2
"""An errand must be missing in as many sweeps before it is sent again: between two states it is in none."""
LAST_WORDS_S = 1.5
CONNECTIONS = 4096
"""As many steps as a process may have at a time, and some more."""
PIPELINED = 64
"""Errands in one request to Redis."""


def docket_at(url: str, name: str) -> Docket:
    """The queue that drivers and workers share."""
    # docket takes a connection for each step that begins or ends, and fails when there is none
    roomy = url if "max_connections=" in url else f"{url}{'&' if '?' in url else '?'}max_connections={CONNECTIONS}"
    return Docket(name=name, url=roomy, execution_ttl=timedelta(minutes=15))


async def perform(errand: str) -> None:
    """What a driver sends; workers register their own under this name."""
    raise NotImplementedError("only a worker performs errands")


async def everything_in(queue: asyncio.Queue[str]) -> list[str]:
    """What waits in a queue, at least one."""
    first = await queue.get()
    return [first, *(queue.get_nowait() for _ in range(queue.qsize()))]


class Post:
    """Errands of one run on their way."""

    def __init__(self, docket: Docket, store: Store, run: str, patience_s: float) -> None:
        self._docket, self._store, self._run, self._patience_s = docket, store, run, patience_s
        self._waiting: dict[str, asyncio.Future[Outcome]] = {}
        self._sent: dict[str, str] = {}
        self._missing: dict[str, int] = {}
        self._unsent = asyncio.Queue[str]()
        self._sending = asyncio.Lock()
        self._told = asyncio.Queue[str]()

    async def outcome(self, errand: Errand) -> Outcome:
        """Send an errand, unless it is under way already, and wait for what comes of it.

        Cancelled, it is called back from whoever has it. Raises `StorageError` when Redis is away for too long.
        """
        name = errand.name
        if name in self._waiting:
            return await asyncio.shield(self._waiting[name])
        waited: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[name] = waited
        self._sent[name] = errand.model_dump_json()
        try:
            self._unsent.put_nowait(name)
            return await waited
        except asyncio.CancelledError:
            del self._sent[name]
            with suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(LAST_WORDS_S), self._sending:
                    await self._docket.cancel(name)
            raise
        finally:
            for known in (self._waiting, self._sent, self._missing):
                known.pop(name, None)
            if not waited.done():
                waited.cancel()

    async def trail(self, errand: Errand) -> list[Entry]:
        """What was said to providers for one that has no outcome."""
        return await patiently(lambda: self._store.trail(self._run, errand.name), self._patience_s, self._store.shown)

    async def forget(self, errand: Errand) -> None:
        """It may be sent anew under the same name."""
        await patiently(lambda: self._store.forget(self._run, errand.name), self._patience_s, self._store.shown)

    async def send(self) -> None:
        """Queue errands as they come, in one request those that came together.

        If one was done before, the worker that takes it says so, or the next sweep finds it.
        """
        while True:
            names = await everything_in(self._unsent)
            async with self._sending:
                try:
                    await patiently(partial(self._queue, names), self._patience_s, self._store.shown)
                except StorageError as error:
                    self._failed(names, error)

    async def _queue(self, names: list[str]) -> None:
        """One that is queued already stays as it is."""
        calls = [self._docket.call(TASK, key=name)(self._sent[name]) for name in names if name in self._sent]
        for queued in await self._docket.add_many(calls, chunk_size=PIPELINED):
            if error := queued.schedule_exception:
                self._failed([queued.key], refused(self._store.shown, error))

    def _failed(self, names: Iterable[str], error: StorageError) -> None:
        """Tell those who wait for these errands."""
        for name in names:
            if (waited := self._waiting.get(name)) and not waited.done():
                waited.set_exception(error)

    def _arrived(self, name: str, outcome: Outcome) -> None:
        waited = self._waiting.get(name)
        if waited and not waited.done():
            waited.set_result(outcome)

    async def _collect(self, names: list[str]) -> None:
        for name, outcome in zip(names, await self._store.outcomes(self._run, names), strict=True):
            if outcome:
                self._arrived(name, outcome)

    async def listen(self) -> None:
        """Hear of outcomes as they come; whatever is missed while Redis is away the sweeps find."""
        while True:
            with suppress(RedisError, OSError):
                async with self._store.redis.pubsub() as heard:
                    await heard.subscribe(Keys(self._run).channel)
                    async for message in heard.listen():
                        if message["type"] == "message":
                            self._told.put_nowait(message["data"])
            await asyncio.sleep(SWEEP_S)

    async def collect(self) -> None:
        """Fetch the outcomes that were heard of, in one request those that came together."""
        while True:
            names = await everything_in(self._told)
            with suppress(RedisError, OSError):
                await self._collect(names)

    async def sweep(self) -> None:
        """Look for outcomes nobody spoke of, and send again what Redis has lost or a worker dropped.

        When Redis is away for too long, everybody who waits is told.
        """
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await patiently(self._swept, self._patience_s, self._store.shown)
            except StorageError as error:
                self._failed(self._waiting, error)

    async def _swept(self) -> None:
        names = [name for name, waited in self._waiting.items() if not waited.done()]
        if not names:
            return
        async with self._docket.redis() as redis:
            client: Any = redis
            async with client.pipeline(transaction=False) as pipe:
                for name in names:
                    pipe.hget(self._docket.runs_key(name), "state")
                states = await pipe.execute()
        await self._collect(names)
        for name, state in zip(names, states, strict=True):
            if (waited := self._waiting.get(name)) is None or waited.done():
                continue
            lost = state is None or state.decode() not in UNDER_WAY
            self._missing[name] = self._missing.get(name, 0) + 1 if lost else 0
            if self._missing[name] >= GONE_SWEEPS:
                self._missing[name] = 0
                self._unsent.put_nowait(name)


@asynccontextmanager
async def posting(url: str, name: str, store: Store, run: str, patience_s: float) -> AsyncIterator[Post]:
    """The post of a run, at work."""
    async with docket_at(url, name) as docket:
        docket.register(perform, names=[TASK])
        post = Post(docket, store, run, patience_s)
        async with beside(post.send(), post.listen(), post.collect(), post.sweep()):
            yield post
