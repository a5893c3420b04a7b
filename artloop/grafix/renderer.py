"""One render from request to files: plan, cache, worker, press, folder."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from artloop.errors import RenderServerError, UsageError
from artloop.grafix.cache import RenderCache, content_key, room_fingerprint
from artloop.grafix.gates import gates
from artloop.grafix.manifest import described
from artloop.grafix.plan import Plan, planned
from artloop.grafix.presses import Presses, Print
from artloop.grafix.sandbox.handle import Children
from artloop.grafix.sandbox.kernels import Kernels, Report, processors, versions
from artloop.grafix.sandbox.levels import CONFINED
from artloop.grafix.sandbox.workers import Isolation, WorkerPool, worker_pool
from artloop.models import Artifact, Failure, Place, Rendering, RenderRequest
from artloop.settings import IsolationChoice, RenderLimits
from artloop.workspace import resource_folders, storage, write_bytes, write_json, write_text

MIME = {
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".gcode": "text/x-gcode",
}
DRAWN = ("drawing.svg", "preview.png", "metrics.json")
RETRY_AFTER_MS = 250
COMPILERS = 8
"""Processes that compile kernels, at most: there are few long ones."""


@dataclass(frozen=True)
class Made:
    """What running a plan gave: a print or a failure, and what the sketch said."""

    printed: Print | None
    failure: Failure | None
    log: bytes = b""
    log_tail: str = ""
    hit: bool = False


@dataclass(frozen=True)
class Rendered:
    """A rendering, its thumbnail, and what differs from one time to the next."""

    rendering: Rendering
    thumbnail: bytes = b""
    place: Place | None = None
    cache_hit: bool = False
    received_ms: int = 0
    started_ms: int = 0
    finished_ms: int = 0


class Renderer:
    """Renders at most `max_concurrency` sketches at a time. Make it with `renderer`."""

    def __init__(
        self,
        limits: RenderLimits,
        kernels: Kernels,
        workers: Isolation,
        press: Presses,
        plotters: Presses,
        cache: RenderCache,
    ) -> None:
        self.limits = limits
        self.press = press
        self.plotters = plotters
        self._kernels = kernels
        self._workers = workers
        self._cache = cache
        self._running = 0
        self._room = room_fingerprint()

    async def admit(self, source: str, report: Report) -> None:
        """Refuse to run a stranger's sketch unconfined, unless it is one of ours. Raises `UsageError`."""
        await self._kernels.ready(report)
        level = await self._workers.tested()
        if level not in CONFINED and not await asyncio.to_thread(_shipped, source):
            raise UsageError(
                f"this machine does not confine sketches (isolation level {level}: they could read and change your "
                "files); to run those you trust all the same, start the server with --allow-unsafe"
            )

    async def render(self, request: RenderRequest, folder: Path, place: Place, report: Report) -> Rendered:
        """Run a sketch into `folder`, the folder of `place`. A call too many is a failure of kind `busy` at once.

        Raises `RenderServerError` when this server is broken and `StorageError` when the disk is.
        """
        received = _now()
        plan = planned(request)
        if isinstance(plan, Failure):
            written = await asyncio.to_thread(_write_refused, folder, place, request.source)
            refused = Rendering(ok=False, failure=plan, artifacts=written)
            return Rendered(refused, place=place, received_ms=received, started_ms=received, finished_ms=_now())
        key = content_key(self._content(plan, request))
        made, started = await asyncio.to_thread(self._found, key), received
        if made is None:
            if self._running >= self.limits.max_concurrency:
                busy = Failure(kind="busy", message="all render slots are taken", hint="try again in a moment")
                return Rendered(Rendering(ok=False, failure=busy), received_ms=received, finished_ms=_now())
            self._running += 1
            try:
                await self._kernels.ready(report)
                await self._workers.tested()
                started = _now()
                made = await self._made(plan, request)
            finally:
                self._running -= 1
            if made.printed is not None:
                await asyncio.to_thread(self._cache.store, key, made.printed, made.log, made.log_tail)
        times = (received, started, _now())
        manifest = described(plan, self._workers.level, made.hit, made.failure, times)
        artifacts = await asyncio.to_thread(_write, folder, place, plan, made)
        await asyncio.to_thread(write_json, folder / "manifest.json", manifest)
        thumbnail = made.printed.thumbnail if made.printed else b""
        return Rendered(self._rendering(made, artifacts), thumbnail, place, made.hit, *times)

    async def _made(self, plan: Plan, request: RenderRequest) -> Made:
        outcome = await self._workers.run(plan.job)
        if outcome.failure:
            return Made(None, outcome.failure, outcome.log, outcome.log_tail)
        wanted = max(plan.job.canvas) * request.render_scale if "png" in request.output_formats else 0
        printed = await self.press.press(plan.job, outcome, wanted)
        if isinstance(printed, Failure):
            return Made(None, printed, outcome.log, outcome.log_tail)
        return Made(printed, None, outcome.log, outcome.log_tail)

    def _rendering(self, made: Made, artifacts: list[Artifact]) -> Rendering:
        metrics = made.printed.metrics if made.printed else None
        return Rendering(
            ok=made.failure is None,
            failure=made.failure,
            artifacts=artifacts,
            metrics=metrics,
            gates=gates(metrics, self.limits) if metrics else [],
            log_tail=made.log_tail,
        )

    def _found(self, key: str) -> Made | None:
        entry = self._cache.find(key)
        return Made(entry[0], None, entry[1], entry[2], hit=True) if entry else None

    def _content(self, plan: Plan, request: RenderRequest) -> dict[str, object]:
        """Everything that decides the files."""
        return {
            **asdict(plan.job),
            "scale": request.render_scale,
            "formats": sorted(request.output_formats),
            "limits": self.limits.model_dump(include={"draw_mm_s", "travel_mm_s", "acceleration_mm_s2", "lift_s"}),
            "thumbnail_px": self.limits.thumbnail_px,
            "versions": versions(),
            "room": self._room,
        }


@asynccontextmanager
async def renderer(
    limits: RenderLimits, cache_folder: Path, isolation: IsolationChoice = "auto"
) -> AsyncIterator[Renderer]:
    """A renderer with its processes; the kernels start compiling in the background, workers once that is done."""
    size = min(processors(), limits.max_concurrency)
    cache = RenderCache(cache_folder / "renders")
    async with AsyncExitStack() as stack:
        children = await stack.enter_async_context(Children())
        kernels = Kernels(children, cache_folder, min(processors(), COMPILERS))
        workers = await stack.enter_async_context(worker_pool(children, limits, kernels.folder, size, isolation))
        group = await stack.enter_async_context(asyncio.TaskGroup())
        warming = group.create_task(_warm(kernels, workers))
        try:
            plotters = Presses(children, limits, 1, kernels.folder)
            yield Renderer(limits, kernels, workers, Presses(children, limits, size), plotters, cache)
        finally:
            warming.cancel()


async def _warm(kernels: Kernels, workers: WorkerPool) -> None:
    await kernels.compile()
    with suppress(RenderServerError):  # whoever renders will be told
        await workers.warm()
        if workers.level not in CONFINED:
            why = "".join(f"; {level}: {failing}" for level, failing in workers.failings.items())
            logging.getLogger(__name__).warning(
                "sketches are not confined on this machine (isolation level %s%s): run those you trust",
                workers.level,
                why,
            )


def _shipped(source: str) -> bool:
    """Whether it is a sketch that came with artloop."""
    return any(
        source == path.read_text(encoding="utf-8") for path in resource_folders(Path(), "sketches")[-1].glob("*.py")
    )


def artifact(folder: Path, name: str, path: str) -> Artifact:
    """Describe a file that exists."""
    content = (folder / name).read_bytes()
    mime = MIME.get(Path(name).suffix, "application/octet-stream")
    return Artifact(name=name, path=path, mime=mime, bytes=len(content), sha256=sha256(content).hexdigest())


def _write(folder: Path, place: Place, plan: Plan, made: Made) -> list[Artifact]:
    """Write a render's files; the list has those that are the same every time."""
    write_text(folder / "sketch.py", plan.job.source)
    write_bytes(folder / "log.txt", made.log)
    written = ["sketch.py"]
    if made.printed is None:
        _remove(folder)
    else:
        metrics = (made.printed.metrics.model_dump_json(indent=2) + "\n").encode()
        for name, content in zip(DRAWN, (made.printed.svg, made.printed.preview, metrics), strict=True):
            if content:
                write_bytes(folder / name, content)
                written.append(name)
    return _artifacts(folder, place, written)


def _write_refused(folder: Path, place: Place, source: str) -> list[Artifact]:
    write_bytes(folder / "sketch.py", source.encode(errors="replace"))
    _remove(folder)
    return _artifacts(folder, place, ["sketch.py"])


def _artifacts(folder: Path, place: Place, names: list[str]) -> list[Artifact]:
    attempt = f"/tries/{place.attempt}" if place.attempt else ""
    return [artifact(folder, name, f"iterations/{place.iteration:02d}{attempt}/{name}") for name in names]


def _remove(folder: Path) -> None:
    """A failed render leaves no picture of an earlier one beside its sketch."""
    for name in DRAWN:
        with storage(folder / name):
            (folder / name).unlink(missing_ok=True)


def _now() -> int:
    return round(time.time() * 1000)
