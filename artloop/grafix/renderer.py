"""One render from request to files: plan, cache, worker, press, folder."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from artloop import telemetry
from artloop.errors import RenderServerError, UsageError
from artloop.grafix.cache import Entry, RenderCache, content_key, room_fingerprint
from artloop.grafix.clock import now_ms
from artloop.grafix.filing import filed
from artloop.grafix.gates import gates
from artloop.grafix.manifest import described
from artloop.grafix.plan import Plan, planned
from artloop.grafix.presses import Presses, Print
from artloop.grafix.sandbox.handle import Children
from artloop.grafix.sandbox.kernels import Kernels, Report, processors, versions
from artloop.grafix.sandbox.levels import CONFINED
from artloop.grafix.sandbox.workers import Isolation, WorkerPool, worker_pool
from artloop.models import Artifact, Failure, PenSet, Place, Rendering, RenderRequest
from artloop.settings import IsolationChoice, RenderLimits
from artloop.workspace import resource_folders, write_json

RETRY_AFTER_MS = 250
COMPILERS = 8
"""Processes that compile kernels, at most: there are few long ones."""


Where = Callable[[], tuple[Path, Place]]
"""Finds, and if need be claims, the folder to write into and its place; called once there is something to write."""


@dataclass(frozen=True)
class Made:
    """What running a plan gave: a print or a failure, what the sketch said and how it was confined."""

    printed: Print | None
    failure: Failure | None
    log: bytes
    log_tail: str
    isolation: str
    hit: bool = False


@dataclass(frozen=True)
class Rendered:
    """A rendering, its thumbnail, and what differs from one time to the next."""

    rendering: Rendering
    started_ms: int | None = None
    """None: it was told to come back."""
    thumbnail: bytes = b""
    place: Place | None = None
    cache_hit: bool = False


def nobody() -> None:
    """Does not wait to hear that a render has a slot."""


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
        self._freed = asyncio.Event()
        self._room = room_fingerprint()

    async def render(
        self,
        request: RenderRequest,
        where: Where,
        report: Report,
        *,
        trusted: bool = True,
        admitted: Callable[[], None] = nobody,
        patient: bool = False,
        pens: PenSet | None = None,
    ) -> Rendered:
        """Run a sketch into the folder that `where` finds. A call too many is a failure of kind `busy` at once.

        One that is `patient` waits for a slot instead. With a set of `pens` each layer is drawn with one of them.

        `admitted` is called as soon as it is clear that it is not. A sketch that is not `trusted` runs confined or not
        at all, unless it is one of ours: then `UsageError`. Raises `RenderServerError` when this server is broken and
        `StorageError` when the disk is.
        """
        received = now_ms()
        plan = planned(request)
        if isinstance(plan, Failure):
            admitted()
            return await asyncio.to_thread(_refused, request, plan, where, received)
        key = content_key(self._content(plan, request, pens))
        made, started = await asyncio.to_thread(self._found, key), received
        if made is None:
            while patient and self._running >= self.limits.max_concurrency:
                await self._freed.wait()
            if self._running >= self.limits.max_concurrency:
                busy = Failure(kind="busy", message="all render slots are taken", hint="try again in a moment")
                return Rendered(Rendering(ok=False, failure=busy))
            async with self._slot():
                admitted()
                await self._kernels.ready(report)
                await self._check(request.source, trusted)
                started = now_ms()
                made = await self._made(plan, request, pens)
            if made.printed is not None:
                entry = Entry(made.printed, made.log, made.log_tail, made.isolation)
                await asyncio.to_thread(self._cache.store, key, entry)
        else:
            admitted()
        return await asyncio.to_thread(self._filed, plan, made, where, (received, started, now_ms()), pens)

    async def measure(self, request: RenderRequest, report: Report, *, trusted: bool = True) -> Rendered:
        """Run a sketch for its measures alone: no file is written, and a slot stays free for those who want one.

        Waits its turn instead of being refused. Raises as `render` does.
        """
        received = now_ms()
        plan = planned(request)
        if isinstance(plan, Failure):
            return Rendered(Rendering(ok=False, failure=plan), received)
        while self._running >= max(1, self.limits.max_concurrency - 1):
            await self._freed.wait()
        async with self._slot():
            await self._kernels.ready(report)
            await self._check(request.source, trusted)
            started = now_ms()
            return Rendered(self._rendering(await self._made(plan, request, None), [], None), started)

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            freed, self._freed = self._freed, asyncio.Event()
            freed.set()

    async def _check(self, source: str, trusted: bool) -> None:
        level = await self._workers.tested()
        if level not in CONFINED and not trusted and not await asyncio.to_thread(_shipped, source):
            raise UsageError(
                f"this machine does not confine sketches (isolation level {level}: they could read and change your "
                "files); to run those you trust all the same, start the server with --allow-unsafe"
            )

    async def _made(self, plan: Plan, request: RenderRequest, pens: PenSet | None) -> Made:
        level = self._workers.level
        with telemetry.span("sketch", isolation=level):
            outcome = await self._workers.run(plan.job)
        if outcome.failure:
            return Made(None, outcome.failure, outcome.log, outcome.log_tail, level)
        wanted = max(plan.job.canvas) * request.render_scale if "png" in request.output_formats else 0
        with telemetry.span("press"):
            printed = await self.press.press(plan.job, outcome, wanted, pens)
        if isinstance(printed, Failure):
            return Made(None, printed, outcome.log, outcome.log_tail, level)
        return Made(printed, None, outcome.log, outcome.log_tail, level)

    def _filed(
        self, plan: Plan, made: Made, where: Where, times_ms: tuple[int, int, int], pens: PenSet | None
    ) -> Rendered:
        folder, place = where()
        artifacts = filed(folder, place, plan.job.source, made.printed, made.log)
        write_json(folder / "manifest.json", described(plan, made.isolation, made.hit, made.failure, times_ms, pens))
        thumbnail = made.printed.thumbnail if made.printed else b""
        return Rendered(self._rendering(made, artifacts, pens), times_ms[1], thumbnail, place, made.hit)

    def _rendering(self, made: Made, artifacts: list[Artifact], pens: PenSet | None) -> Rendering:
        metrics = made.printed.metrics if made.printed else None
        strange = made.printed.strange if made.printed else ()
        return Rendering(
            ok=made.failure is None,
            failure=made.failure,
            artifacts=artifacts,
            metrics=metrics,
            gates=gates(metrics, self.limits, pens, strange) if metrics else [],
            log_tail=made.log_tail,
        )

    def _found(self, key: str) -> Made | None:
        entry = self._cache.find(key)
        return Made(entry.printed, None, entry.log, entry.log_tail, entry.isolation, hit=True) if entry else None

    def _content(self, plan: Plan, request: RenderRequest, pens: PenSet | None) -> dict[str, object]:
        """Everything that decides the files."""
        return {
            **asdict(plan.job),
            "scale": request.render_scale,
            "formats": sorted(request.output_formats),
            "pens": pens.model_dump(mode="json") if pens else None,
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


def _refused(request: RenderRequest, failure: Failure, where: Where, received: int) -> Rendered:
    folder, place = where()
    artifacts = filed(folder, place, request.source, None, None)
    rendering = Rendering(ok=False, failure=failure, artifacts=artifacts)
    return Rendered(rendering, received, place=place)
