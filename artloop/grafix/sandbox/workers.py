"""Runs sketches in one-shot worker processes that are warm before they are needed.

Whoever renders sees only `Job`, `Outcome` and `run`; how a sketch is confined is decided in here.
"""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from artloop.errors import RenderServerError
from artloop.grafix.faults import failed, scrubbed, slowest
from artloop.grafix.sandbox import wire
from artloop.grafix.sandbox.claims import checked, reported
from artloop.grafix.sandbox.forks import AVAILABLE, Forks, ZygoteGoneError, forks
from artloop.grafix.sandbox.handle import Child, Children
from artloop.grafix.sandbox.jail import LAYERS
from artloop.grafix.sandbox.process import MEMORY_EXIT
from artloop.models import Failure
from artloop.settings import RenderLimits

MODULE = "artloop.grafix.sandbox.child"
MB = 1 << 20
LOG_TAIL = 2000
PROBE = Path(__file__).with_name("probe.py")
PROBE_LIMITS = RenderLimits()
CONFINED = frozenset({"full"})
"""Levels at which a stranger's sketch may run."""


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
    """How it is confined, as far as that has been shown: at `full` a sketch has no files, network or other processes;
    `process` is a process of its own with limits, and no more."""

    async def tested(self) -> str:
        """The level, once the self-test is through."""
        ...

    async def run(self, job: Job) -> Outcome:
        """Run one sketch. What the sketch does wrong is an outcome, not an exception."""
        ...


class WorkerPool:
    """Keeps `size` workers warm; each renders one sketch. Make it with `worker_pool`."""

    level = "process"

    def __init__(
        self,
        group: asyncio.TaskGroup,
        children: Children,
        limits: RenderLimits,
        kernels: Path,
        size: int,
        forks: Forks | None = None,
        layers: frozenset[str] = LAYERS,
    ) -> None:
        self._forks = forks
        self._layers = layers
        self._testing = asyncio.Lock()
        self._is_tested = False
        self._group = group
        self._children = children
        self._limits = limits
        self._kernels = kernels
        self._size = size
        self._idle: deque[Child] = deque()
        self._starting = 0

    def refill(self) -> None:
        """Start workers in the background until enough are idle; where they are forked, the zygote is enough."""
        if self._forks:
            self._group.create_task(self._warm())
            return
        for _ in range(self._size - len(self._idle) - self._starting):
            self._starting += 1
            self._group.create_task(self._add())

    async def run(self, job: Job) -> Outcome:
        """Run one sketch in a worker of its own, which does not survive it."""
        return await self._run(job, self._limits)

    async def tested(self) -> str:
        """The level; found at the first call by running `probe` like any sketch. Raises `RenderServerError`."""
        async with self._testing:
            if self._forks and not self._is_tested:
                job = Job(PROBE.read_text(encoding="utf-8"), 0, 0.0, (100.0, 100.0), 0.3)
                outcome = await self._run(job, PROBE_LIMITS)
                if outcome.failure:  # what keeps an honest sketch from drawing is no jail: better openly without one
                    self._layers &= {"rlimits"}
                elif not outcome.log:
                    self.level = "full"
                self._is_tested = True
        return self.level

    async def _run(self, job: Job, limits: RenderLimits) -> Outcome:
        try:
            return await self._run_once(job, limits)
        except ZygoteGoneError:  # whoever killed it, this sketch may be innocent: once more, by a new one
            return await self._run_once(job, limits)

    async def _run_once(self, job: Job, limits: RenderLimits) -> Outcome:
        worker = await self._worker()
        try:
            await worker.ready()
            return await self._asked(worker, job, limits)
        finally:
            self._children.stop(worker)
            if not self._forks:
                self.refill()

    async def _worker(self) -> Child:
        if self._forks:
            return await self._forks.worker()
        return self._idle.popleft() if self._idle else await self._children.start(MODULE, self._kernels)

    async def _warm(self) -> None:
        with suppress(RenderServerError):  # whoever needs a worker will try again, and be told
            await self.tested()

    def close(self) -> None:
        """Start no more workers."""
        self._size = 0

    async def _add(self) -> None:
        with suppress(RenderServerError):  # whoever needs a worker will start one, and be told
            self._idle.append(await self._children.start(MODULE, self._kernels))
        self._starting -= 1

    async def _asked(self, worker: Child, job: Job, limits: RenderLimits) -> Outcome:
        most = limits.output_mb * MB
        try:
            async with asyncio.timeout(limits.timeout_s):
                order = {**_order(job, limits), "layers": sorted(self._layers)}
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
    children: Children, limits: RenderLimits, kernels: Path, size: int, fork: bool = AVAILABLE
) -> AsyncIterator[WorkerPool]:
    """A pool that keeps itself filled until the end of the block, or forks where that is possible."""
    async with asyncio.TaskGroup() as group:
        with forks(group, children, kernels) as made:
            pool = WorkerPool(group, children, limits, kernels, size, made if fork else None)
            try:
                yield pool
            finally:
                pool.close()


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
