"""The server's side of `press`: a few processes that stay, handed out one job at a time."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artloop.errors import RenderServerError, UsageError
from artloop.grafix.clock import now_ms
from artloop.grafix.faults import failed
from artloop.grafix.plotter.layout import PlotOptions, PlotReport
from artloop.grafix.plotter.orders import Export, Exports
from artloop.grafix.plotter.profiles import Profile
from artloop.grafix.sandbox import wire
from artloop.grafix.sandbox.handle import Child, Children
from artloop.grafix.sandbox.workers import Job, Outcome
from artloop.models import Failure, Metrics, PenSet
from artloop.settings import RenderLimits

MODULE = "artloop.grafix.press"
ANSWER_MAX = 1 << 28
PLOT_SECONDS = 300.0
"""The first plot on a machine may have to compile its kernels."""


@dataclass(frozen=True)
class Program:
    """A plotter program as a file."""

    content: bytes
    report: PlotReport
    started_ms: int


@dataclass(frozen=True)
class Print:
    """A drawing as files."""

    svg: bytes
    preview: bytes
    """PNG; empty if none was asked for."""
    thumbnail: bytes
    """A smaller copy of it."""
    metrics: Metrics
    strange: tuple[str, ...] = ()
    """What is to be said of layers that had no pen of their own in the set."""


class Presses:
    """Up to `size` press processes, started when first needed; with `kernels`, the folder to keep compiled ones in."""

    def __init__(self, children: Children, limits: RenderLimits, size: int, kernels: Path | None = None) -> None:
        self._children = children
        self._limits = limits
        self._kernels = kernels
        self._free = asyncio.Semaphore(size)
        self._idle: list[Child] = []

    async def press(self, job: Job, outcome: Outcome, preview_px: float, pens: PenSet | None = None) -> Print | Failure:
        """SVG, measures and pictures of layers, each with a pen of a set; a failure if they are too much to handle."""
        order = {
            "do": "press",
            "canvas": list(job.canvas),
            "layers": outcome.layers,
            "preview_px": preview_px,
            "pens": pens.model_dump(mode="json") if pens else None,
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
        return Print(svg, preview, thumbnail, Metrics.model_validate(header["metrics"]), tuple(header["strange"]))

    async def measure(self, text: bytes) -> Metrics | str:
        """Measures of an SVG of ours, or why it cannot be read."""
        try:
            header, _ = await self._asked({"do": "measure", "limits": self._limits.model_dump()}, [text])
        except TimeoutError:
            return f"it could not be measured within {self._limits.timeout_s:g} s"
        return Metrics.model_validate(header["metrics"]) if "metrics" in header else str(header["unreadable"])

    async def plot(self, text: bytes, profile: Profile | None, options: PlotOptions) -> Program:
        """A plotter program of an SVG of ours: G-code for a profile, HPGL without. Raises `UsageError`."""
        order = {
            "do": "gcode" if profile else "hpgl",
            "options": options.model_dump(),
            "profile": profile.model_dump() if profile else None,
        }
        header, blobs, started_ms = await self._ordered(order, text)
        return Program(blobs[0], PlotReport.model_validate(header["report"]), started_ms)

    async def export(self, text: bytes, order: Export) -> tuple[Exports, list[bytes]]:
        """Files of an SVG of ours, each followed by its preview if one is wanted. Raises `UsageError`."""
        header, blobs, _ = await self._ordered({"do": "export", "export": order.model_dump(mode="json")}, text)
        return Exports.model_validate_json(json.dumps(header["found"])), blobs

    async def _ordered(self, order: dict[str, Any], text: bytes) -> tuple[dict[str, Any], list[bytes], int]:
        """The answer to an order for plotters, and when it was begun. Raises `UsageError`."""
        try:
            async with self._free:
                started_ms = now_ms()
                header, blobs = await self._exchanged(order, [text], PLOT_SECONDS)
        except TimeoutError as error:
            raise UsageError(f"the drawing could not be ordered for plotting within {PLOT_SECONDS:g} s") from error
        if "unreadable" in header:
            raise UsageError(f"it cannot be plotted: {header['unreadable']}; only drawings that render made can")
        if "refused" in header:
            raise UsageError(header["refused"])
        return header, blobs, started_ms

    async def _asked(self, order: dict[str, Any], blobs: list[bytes]) -> wire.Frame:
        async with self._free:
            return await self._exchanged(order, blobs, self._limits.timeout_s)

    async def _exchanged(self, order: dict[str, Any], blobs: list[bytes], seconds: float) -> wire.Frame:
        """Ask a press, once it is one's turn."""
        press = self._idle.pop() if self._idle else await self._started()
        try:
            async with asyncio.timeout(seconds):
                await press.send(wire.pack(order, *blobs))
                answer = await press.receive(ANSWER_MAX)
        except wire.BrokenFrameError as error:
            last = press.log_tail().strip().splitlines()[-1:]
            self._children.stop(press)
            raise RenderServerError(
                f"the press broke on a drawing ({last[0] if last else error}); please report this with the sketch"
            ) from error
        except BaseException:
            self._children.stop(press)
            raise
        self._idle.append(press)
        return answer

    async def _started(self) -> Child:
        press = await self._children.start(MODULE, self._kernels)
        try:
            await press.ready()
        except BaseException:
            self._children.stop(press)
            raise
        return press


async def exported_alone(
    limits: RenderLimits, kernels: Path, text: bytes, order: Export
) -> tuple[Exports, list[bytes]]:
    """Files of one drawing by a press of its own, without a server. Raises `UsageError`."""
    async with Children() as children:
        return await Presses(children, limits, 1, kernels).export(text, order)
