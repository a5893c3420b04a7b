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
from math import isfinite
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from pydantic import ValidationError

from artloop.errors import RenderServerError
from artloop.grafix import wire
from artloop.grafix.faults import failed, scrubbed, slowest
from artloop.grafix.forks import AVAILABLE, Forks, ZygoteGoneError, forks
from artloop.grafix.handle import Child, Children
from artloop.grafix.process import MEMORY_EXIT
from artloop.models import Failure
from artloop.settings import RenderLimits

MODULE = "artloop.grafix.child"
MB = 1 << 20
LOG_TAIL = 2000
MAX_LAYERS = 2000
NAME_MAX = 60


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
    """How it is confined: `process` is a process of its own with limits, and no more."""

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
    ) -> None:
        self._forks = forks
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
            self._group.create_task(self._warm(self._forks))
            return
        for _ in range(self._size - len(self._idle) - self._starting):
            self._starting += 1
            self._group.create_task(self._add())

    async def run(self, job: Job) -> Outcome:
        """Run one sketch in a worker of its own, which does not survive it."""
        try:
            return await self._run(job)
        except ZygoteGoneError:  # whoever killed it, this sketch may be innocent: once more, by a new one
            return await self._run(job)

    async def _run(self, job: Job) -> Outcome:
        worker = await self._worker()
        try:
            await worker.ready()
            return await self._asked(worker, job)
        finally:
            self._children.stop(worker)
            if not self._forks:
                self.refill()

    async def _worker(self) -> Child:
        if self._forks:
            return await self._forks.worker()
        return self._idle.popleft() if self._idle else await self._children.start(MODULE, self._kernels)

    @staticmethod
    async def _warm(forks: Forks) -> None:
        with suppress(RenderServerError):  # whoever needs a worker will try again, and be told
            await forks.ready()

    def close(self) -> None:
        """Start no more workers."""
        self._size = 0

    async def _add(self) -> None:
        with suppress(RenderServerError):  # whoever needs a worker will start one, and be told
            self._idle.append(await self._children.start(MODULE, self._kernels))
        self._starting -= 1

    async def _asked(self, worker: Child, job: Job) -> Outcome:
        limits = self._limits
        try:
            async with asyncio.timeout(limits.timeout_s):
                await worker.send(wire.pack(_order(job, limits), job.source.encode()))
                header, blobs = await worker.receive(limits.output_mb * MB)
        except TimeoutError:
            return self._stopped(worker, _timeout(job, limits))
        except wire.BrokenFrameError as error:
            return self._stopped(worker, await self._death(worker, job, error))
        log = worker.log(limits.output_mb * MB)
        tail = scrubbed(log[-LOG_TAIL:].decode(errors="replace")).replace("\0", "")
        try:
            if "failure" in header:
                return Outcome([], [], Failure.model_validate(header["failure"]), log, tail)
            return Outcome(_checked(header, blobs), blobs, None, log, tail)
        except (ValidationError, ValueError, TypeError, KeyError) as error:
            broken = failed(
                "output", "the sketch sent geometry that is none", hint=f"{type(error).__name__} on reading it"
            )
            return self._stopped(worker, broken)

    def _stopped(self, worker: Child, failure: Failure) -> Outcome:
        return Outcome([], [], failure, worker.log(self._limits.output_mb * MB))

    async def _death(self, worker: Child, job: Job, error: wire.BrokenFrameError) -> Failure:
        """Why a worker ended without an answer."""
        status, log = await worker.status(), worker.log_tail()
        if status == -signal.SIGXCPU:
            return _timeout(job, self._limits)
        if status in (MEMORY_EXIT, -signal.SIGKILL) or "MemoryError" in log or "out of memory" in log:
            return failed(
                "memory",
                f"the sketch used more than {self._limits.memory_mb} MB of memory",
                hint="draw fewer points; lower counts",
            )
        if status < 0:
            name = signal.Signals(-status).name
            return failed(
                "exception", f"the sketch crashed Python ({name})", hint="leave ctypes and deep recursion out"
            )
        if status:
            return failed("exception", f"the sketch ended the program (exit status {status})", hint="remove os._exit()")
        return failed("output", f"the sketch's answer cannot be used: {error}", hint="draw fewer points")


@asynccontextmanager
async def worker_pool(
    children: Children, limits: RenderLimits, kernels: Path, size: int, fork: bool = AVAILABLE
) -> AsyncIterator[WorkerPool]:
    """A pool that keeps itself filled until the end of the block, or forks where that is possible."""
    async with forks(children, kernels) as made, asyncio.TaskGroup() as group:
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


def _checked(header: dict[str, Any], blobs: list[bytes]) -> list[dict[str, Any]]:
    """The layers, when every claim fits the bytes; a ValueError or TypeError if not."""
    layers = header["layers"]
    if len(layers) > MAX_LAYERS or len(blobs) != 2 * len(layers):
        raise ValueError("layers and blobs do not match")
    return [
        _checked_layer(layer, coords, offsets)
        for layer, coords, offsets in zip(layers, blobs[::2], blobs[1::2], strict=True)
    ]


def _checked_layer(layer: dict[str, Any], coords: bytes, offsets: bytes) -> dict[str, Any]:
    points, bounds = np.frombuffer(coords, "<f4"), np.frombuffer(offsets, "<i4")
    if len(points) % 2 or not np.isfinite(points).all():
        raise ValueError("coordinates are not finite pairs")
    if not len(bounds) or bounds[0] != 0 or bounds[-1] != len(points) // 2 or (np.diff(bounds) < 0).any():
        raise ValueError("offsets do not fit the coordinates")
    red, green, blue = (min(1.0, max(0.0, float(part))) for part in layer["color"])
    width = float(layer["width_mm"])
    if not (isfinite(red + green + blue) and 0 < width < 1000):
        raise ValueError("colour or width is no number")
    color = "#" + "".join(f"{round(part * 255):02x}" for part in (red, green, blue))
    name = "".join(letter for letter in str(layer["name"]) if letter.isprintable())[:NAME_MAX].strip()
    return {"name": name or "ink", "color": color, "width_mm": round(max(width, 0.01), 3)}
