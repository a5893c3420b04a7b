"""Runs sketches in one-shot worker processes that are warm before they are needed.

Whoever renders sees only `Job`, `Outcome` and `run`; how a sketch is confined is decided in here.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from artloop.errors import RenderServerError
from artloop.grafix.faults import failed, scrubbed, slowest
from artloop.grafix.sandbox import wire
from artloop.grafix.sandbox.claims import checked, reported
from artloop.grafix.sandbox.handle import Child, Children
from artloop.grafix.sandbox.levels import Way, ways
from artloop.grafix.sandbox.parent import ZygoteGoneError
from artloop.grafix.sandbox.process import MEMORY_EXIT
from artloop.models import Failure
from artloop.settings import IsolationChoice, RenderLimits

MB = 1 << 20
LOG_TAIL = 2000
PROBE = Path(__file__).with_name("probe.py")
PROBE_LIMITS = RenderLimits()


@dataclass(frozen=True)
class Job:
    """A sketch with every value decided."""

    source: str
    seed: int
    time: float
    canvas: tuple[float, float]
    pen_mm: float


@dataclass(frozen=True)
class Outcome:
    """Checked layers of a sketch that drew, as `press` takes them, or a failure; and what it printed."""

    layers: list[dict[str, Any]]
    blobs: list[bytes]
    failure: Failure | None
    log: bytes
    log_tail: str = ""
    """The end of the log, scrubbed; empty when the sketch was stopped, for then its end is chance."""


class Isolation(Protocol):
    """The room's one seam: how a sketch is run."""

    level: str
    """How it is confined, as far as that has been shown (`levels`)."""

    async def tested(self) -> str:
        """The level, once the self-test is through."""
        ...

    async def run(self, job: Job) -> Outcome:
        """Run one sketch. What the sketch does wrong is an outcome, not an exception."""
        ...


class WorkerPool:
    """Runs each sketch in a warm worker of its own, by the best way that works. Make it with `worker_pool`."""

    level = "process"

    def __init__(self, children: Children, limits: RenderLimits, ways: Sequence[Way]) -> None:
        self._children = children
        self._limits = limits
        self._ways = ways
        self._way: Way | None = None
        self._testing = asyncio.Lock()
        self.failings: dict[str, str] = {}
        """Why a better level than the one in force was not reached, by level."""

    async def warm(self) -> None:
        """Find the way and have workers ready. Raises `RenderServerError`."""
        (await self._found()).source.refill()

    async def run(self, job: Job) -> Outcome:
        """Run one sketch in a worker that does not survive it."""
        return await self._run(await self._found(), job, self._limits)

    async def tested(self) -> str:
        """The level; found at the first call by running `probe` like any sketch. Raises `RenderServerError`."""
        return (await self._found()).level

    async def _found(self) -> Way:
        async with self._testing:
            if self._way is None:
                self._way = await self._chosen()
                self.level = self._way.level
                for way in self._ways:
                    if way.source is not self._way.source:
                        way.source.close()
        return self._way

    async def _chosen(self) -> Way:
        *better, last = self._ways
        for way in better:
            try:
                failing = await self._failing(way)
            except RenderServerError as error:
                if way.source is last.source:  # nothing else would work either
                    raise
                failing = str(error)
            if not failing:
                return way
            self.failings[way.level] = failing
        if last.layers and (await self._probed(last)).failure:
            return replace(last, layers=last.layers & {"rlimits"})  # better openly without a jail than nothing drawn
        return last

    async def _failing(self, way: Way) -> str:
        """What is wrong with a way; empty if nothing."""
        outcome = await self._probed(way)
        if outcome.failure:
            return f"the self-test did not draw: {outcome.failure.message}"
        leaks = outcome.log.decode(errors="replace").split()
        return f"the self-test could {', '.join(leaks)}".replace("_", " ") if leaks else ""

    async def _probed(self, way: Way) -> Outcome:
        job = Job(PROBE.read_text(encoding="utf-8"), 0, 0.0, (100.0, 100.0), 0.3)
        return await self._run(way, job, PROBE_LIMITS)

    async def _run(self, way: Way, job: Job, limits: RenderLimits) -> Outcome:
        try:
            return await self._run_once(way, job, limits)
        except ZygoteGoneError:  # whoever killed it, this sketch may be innocent: once more, by a new one
            return await self._run_once(way, job, limits)

    async def _run_once(self, way: Way, job: Job, limits: RenderLimits) -> Outcome:
        worker = await way.source.worker()
        try:
            await worker.ready()
            return await self._asked(worker, way, job, limits)
        finally:
            self._children.stop(worker)
            way.source.refill()

    async def _asked(self, worker: Child, way: Way, job: Job, limits: RenderLimits) -> Outcome:
        most = limits.output_mb * MB
        try:
            async with asyncio.timeout(limits.timeout_s):
                order = {**_order(job, limits), "layers": sorted(way.layers)}
                await worker.send(wire.pack(order, job.source.encode()))
                header, blobs = await worker.receive(most)
        except TimeoutError:
            return Outcome([], [], _timeout(job, limits), worker.log(most))
        except wire.BrokenFrameError as error:
            return Outcome([], [], await _death(worker, job, limits, error), worker.log(most))
        log = worker.log(most)
        tail = scrubbed(log[-LOG_TAIL:].decode(errors="replace")).replace("\0", "")
        try:
            if "failure" in header:
                return Outcome([], [], reported(header["failure"]), log, tail)
            return Outcome(checked(header, blobs), blobs, None, log, tail)
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            hint = f"{type(error).__name__} on reading it"
            return Outcome([], [], failed("output", "the sketch sent geometry that is none", hint=hint), log)


async def _death(worker: Child, job: Job, limits: RenderLimits, error: wire.BrokenFrameError) -> Failure:
    """Why a worker ended without an answer."""
    ended = isinstance(error, wire.EndedEarlyError)
    status, log = await worker.status() if ended else None, worker.log_tail()
    if not status:
        return failed("output", f"the sketch's answer cannot be used: {error}", hint="draw fewer points")
    if status == -signal.SIGXCPU:
        return _timeout(job, limits)
    if status in (MEMORY_EXIT, -signal.SIGKILL) or "MemoryError" in log or "out of memory" in log:
        message = f"the sketch used more than {limits.memory_mb} MB of memory"
        return failed("memory", message, hint="draw fewer points; lower counts")
    if status < 0:
        name = next((known.name for known in signal.Signals if known == -status), f"signal {-status}")
        return failed("exception", f"the sketch crashed Python ({name})", hint="leave ctypes and deep recursion out")
    return failed("exception", f"the sketch ended the program (exit status {status})", hint="remove os._exit()")


@asynccontextmanager
async def worker_pool(
    children: Children, limits: RenderLimits, kernels: Path, size: int, wanted: IsolationChoice = "auto"
) -> AsyncIterator[WorkerPool]:
    """A pool until the end of the block, which keeps up to `size` workers ready."""
    async with asyncio.TaskGroup() as group:
        with ways(wanted, group, children, kernels, size) as found:
            yield WorkerPool(children, limits, found)


def _order(job: Job, limits: RenderLimits) -> dict[str, Any]:
    return {
        "seed": job.seed,
        "time": job.time,
        "canvas": list(job.canvas),
        "pen_mm": job.pen_mm,
        "timeout_s": limits.timeout_s,
        "memory_mb": limits.memory_mb,
        "file_mb": limits.output_mb,
        "output_bytes": limits.output_mb * MB,
    }


def _timeout(job: Job, limits: RenderLimits) -> Failure:
    line, hint = slowest(job.source)
    return failed("timeout", f"the sketch did not finish within {limits.timeout_s:g} s", line, hint)
