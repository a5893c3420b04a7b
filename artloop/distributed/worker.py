"""A worker: takes errands from the queue, has them performed, and keeps their outcomes if it still may."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from docket import ConcurrencyLimit, Docket, Worker
from docket.dependencies import AdmissionBlocked, current_execution
from redis.exceptions import RedisError

from artloop.distributed.errand import Errand, Fault, Outcome, fault_of
from artloop.distributed.post import TASK
from artloop.distributed.store import Begun, Store
from artloop.distributed.trail import Trail
from artloop.errors import ArtloopError, LeaseLost
from artloop.ports import Calls

Perform = Callable[[Errand, Calls], Awaitable[Outcome]]
"""Does an errand, with its model calls on this record. Raises errors of ours."""
IDLE_CHECK = timedelta(milliseconds=50)
"""How soon a worker that is full sees that it is not any more."""
RECONNECT = timedelta(seconds=1)


def named_here() -> str:
    """This worker among others."""
    return f"{socket.gethostname()}-{os.getpid()}"


@dataclass
class Taker:
    """docket's task: everything between taking an errand and keeping its outcome."""

    store: Store
    perform: Perform
    say: Callable[[str], None]
    name: str = field(default_factory=named_here)
    under_way: set[asyncio.Task[Any]] = field(default_factory=set)
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, errand: str) -> None:
        """Perform an errand once. An outcome of somebody who has lost the errand meanwhile is dropped."""
        task = asyncio.current_task()
        assert task is not None
        self.under_way.add(task)
        self.idle.clear()
        try:
            await self._taken(Errand.model_validate_json(errand))
        finally:
            self.under_way.discard(task)
            if not self.under_way:
                self.idle.set()

    async def _taken(self, errand: Errand) -> None:
        begun = await self.store.begin(errand)
        if begun is None:
            return
        started = time.monotonic()
        try:
            outcome = await self._outcome(errand, begun)
        except asyncio.CancelledError:
            self.say(f"{errand.name}: called back")
            with contextlib.suppress(RedisError, OSError):
                await self.store.release(errand, begun)
            raise
        except LeaseLost:
            self._lost(errand)
        seconds = round(time.monotonic() - started, 1)
        if not await self.store.commit(errand, begun, outcome.model_copy(update={"seconds": seconds})):
            self._lost(errand)
        told = f"failed: {outcome.fault.message}" if outcome.fault else f"done in {seconds} s"
        self.say(f"{errand.name}: {told}")

    async def _outcome(self, errand: Errand, begun: Begun) -> Outcome:
        deaths = begun.starts - 1
        if deaths >= errand.max_deaths:
            said = f"{deaths} workers died of it, or froze; see their logs"
            return Outcome(worker=self.name, seconds=0.0, fault=Fault(kind="WorkersDied", message=said))
        trail = Trail(errand.calls, begun.trail, lambda entry: self.store.append(errand, begun, entry))
        try:
            outcome = await self.perform(errand, trail)
        except LeaseLost:
            raise
        except ArtloopError as error:
            outcome = Outcome(worker=self.name, seconds=0.0, fault=fault_of(error))
        await trail.kept()
        return outcome.model_copy(update={"trail": trail.entries})

    def _lost(self, errand: Errand) -> None:
        """Leave the errand to who has it: neither its message nor its state in the queue is this worker's any more."""
        self.say(f"{errand.name}: no longer this worker's; what was done here is dropped")
        raise AdmissionBlocked(current_execution.get(), reason="a lost lease", handled=True)


async def work(
    docket: Docket,
    taker: Taker,
    *,
    concurrency: int,
    everywhere: int | None,
    lease_s: float,
    grace_s: float,
    stop: asyncio.Event,
) -> None:
    """Take errands until `stop`; then finish what is in work, `grace_s` at most, and give back the rest.

    `everywhere`: as many errands at a time of all workers together.
    """
    docket.register(taker.take, names=[TASK])
    limit = {"everywhere": ConcurrencyLimit(max_concurrent=everywhere, scope="everywhere")} if everywhere else None
    worker = Worker(
        docket,
        name=taker.name,
        concurrency=concurrency,
        redelivery_timeout=timedelta(seconds=lease_s),
        reconnection_delay=RECONNECT,
        minimum_check_interval=IDLE_CHECK,
        schedule_automatic_tasks=False,
        dependencies=limit,
    )
    taker.idle.set()
    async with worker, asyncio.TaskGroup() as group:
        running = group.create_task(worker.run_forever())
        await stop.wait()
        worker.concurrency = 0  # takes nothing more, and goes on renewing the leases of what it has
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await taker.idle.wait()
        running.cancel()
        for task in list(taker.under_way):
            task.cancel()
