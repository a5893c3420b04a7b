"""Errands, and workers in this process that perform them by rule."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from artloop.distributed.errand import Errand, Outcome
from artloop.distributed.post import Post, docket_at, posting
from artloop.distributed.store import Store
from artloop.distributed.worker import Perform, Taker, work
from artloop.models import Brief, Drawing, RenderRequest, RunRecord
from artloop.ports import Asked, Attempt, CallRecord, Calls

_numbers = itertools.count(1)


def run_record() -> RunRecord:
    """A run that no other test has."""
    return RunRecord(
        id=f"run-{next(_numbers)}",
        brief=Brief(text="tide", variants=1, iterations=1),
        models=dict.fromkeys(("imagine", "draw", "critique", "choose"), "house"),
        created="2026-11-21T10:00:00+00:00",
        artloop="0",
    )


def errand(run: RunRecord | None = None, step: str = "v01/01/draw/0", **fields: Any) -> Errand:
    """Something to do. Its task is a request to render, the smallest there is."""
    run, attempt = run or run_record(), Attempt(step=step)
    return Errand(
        name=f"{run.id}/{step}/0",
        run=run,
        workspace="default",
        work="measure",
        task=RenderRequest(source="# a line").model_dump_json(),
        attempt=attempt,
        **fields,
    )


def outcome(said: str = "a line") -> Outcome:
    """A drawing."""
    return Outcome(worker="w", seconds=0.0, result=Drawing(source=said, change="", hypothesis="").model_dump_json())


def call(turn: int = 0, response: str = "{}", step: str = "v01/01/draw/0") -> CallRecord:
    """An answered call."""
    return CallRecord(step=step, generation=0, turn=turn, request_sha256="r", response=response, model="m")


def asked(turn: int = 0, step: str = "v01/01/draw/0") -> Asked:
    """A call that is about to be sent."""
    return Asked(step=step, generation=0, turn=turn, model="m", request_tokens=10)


async def draws(errand: Errand, calls: Calls) -> Outcome:
    """Does it at once."""
    return outcome()


@asynccontextmanager
async def working(
    url: str,
    queue: str,
    perform: Perform,
    *,
    concurrency: int = 4,
    everywhere: int | None = None,
    lease_s: float = 1.0,
    grace_s: float = 5.0,
    said: list[str] | None = None,
    name: str | None = None,
) -> AsyncIterator[asyncio.Event]:
    """A worker in this process; setting the event tells it to end."""
    stop, lines = asyncio.Event(), said if said is not None else []
    own = Store(url)
    taker = Taker(own, perform, lines.append, name or f"worker-{next(_numbers)}")
    async with docket_at(url, queue) as docket, asyncio.TaskGroup() as group:
        group.create_task(
            work(
                docket,
                taker,
                concurrency=concurrency,
                everywhere=everywhere,
                lease_s=lease_s,
                grace_s=grace_s,
                stop=stop,
            )
        )
        try:
            yield stop
        finally:
            stop.set()
    await own.close()


@asynccontextmanager
async def driving(store: Store, url: str, queue: str, run: str, patience_s: float = 30.0) -> AsyncIterator[Post]:
    """A driver's post in this process."""
    async with posting(url, queue, store, run, patience_s) as post:
        yield post
