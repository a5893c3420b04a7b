"""The server's side of `press`: a few processes that stay, handed out one job at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from artloop.errors import RenderServerError
from artloop.grafix import wire
from artloop.grafix.faults import failed
from artloop.grafix.handle import Child, Children
from artloop.grafix.workers import Job, Outcome
from artloop.models import Failure, Metrics
from artloop.settings import RenderLimits

MODULE = "artloop.grafix.press"
ANSWER_MAX = 1 << 28


@dataclass(frozen=True)
class Print:
    """A drawing as files."""

    svg: bytes
    preview: bytes
    """PNG; empty if none was asked for."""
    thumbnail: bytes
    metrics: Metrics


class Presses:
    """Up to `size` press processes, started when first needed."""

    def __init__(self, children: Children, limits: RenderLimits, size: int) -> None:
        self._children = children
        self._limits = limits
        self._free = asyncio.Semaphore(size)
        self._idle: list[Child] = []

    async def press(self, job: Job, outcome: Outcome, preview_px: float) -> Print | Failure:
        """SVG, measures and pictures of layers; a failure if they are too much to handle."""
        order = {
            "do": "press",
            "canvas": list(job.canvas),
            "layers": outcome.layers,
            "preview_px": preview_px,
            "limits": self._limits.model_dump(),
        }
        try:
            header, blobs = await self._asked(order, outcome.blobs)
        except TimeoutError:
            message = f"the drawing could not be measured within {self._limits.timeout_s:g} s"
            return failed("output", message, hint="draw fewer points")
        if "too_large" in header:
            size, most = header["too_large"] / 1e6, self._limits.output_mb
            return failed("output", f"the SVG has {size:.0f} MB; {most} MB is the limit", hint="draw fewer points")
        svg, preview, thumbnail = blobs
        return Print(svg, preview, thumbnail, Metrics.model_validate(header["metrics"]))

    async def measure(self, text: bytes) -> Metrics | str:
        """Measures of an SVG of ours, or why it cannot be read."""
        try:
            header, _ = await self._asked({"do": "measure", "limits": self._limits.model_dump()}, [text])
        except TimeoutError:
            return f"it could not be measured within {self._limits.timeout_s:g} s"
        return Metrics.model_validate(header["metrics"]) if "metrics" in header else str(header["unreadable"])

    async def _asked(self, order: dict[str, Any], blobs: list[bytes]) -> wire.Frame:
        async with self._free:
            press = self._idle.pop() if self._idle else await self._started()
            try:
                async with asyncio.timeout(self._limits.timeout_s):
                    await press.send(wire.pack(order, *blobs))
                    answer = await press.receive(ANSWER_MAX)
            except wire.BrokenFrameError as error:
                last = press.log_tail().strip().splitlines()[-1:]
                self._children.stop(press)
                raise RenderServerError(
                    f"measuring a drawing failed ({last[0] if last else error}); please report this with the sketch"
                ) from error
            except BaseException:
                self._children.stop(press)
                raise
            self._idle.append(press)
            return answer

    async def _started(self) -> Child:
        press = await self._children.start(MODULE)
        try:
            await press.ready()
        except BaseException:
            self._children.stop(press)
            raise
        return press
