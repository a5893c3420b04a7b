"""A process that has never run a sketch: turns checked geometry into SVG, measures and pictures."""

from __future__ import annotations

import os
from contextlib import suppress
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from artloop.errors import UsageError
from artloop.grafix import metrics, svg
from artloop.grafix.pens import Lent, lent
from artloop.grafix.picture import PAPER, pictured
from artloop.grafix.plotter.layout import PlotOptions
from artloop.grafix.plotter.orders import Export
from artloop.grafix.plotter.profiles import Profile
from artloop.grafix.sandbox import jail, process, wire
from artloop.grafix.sandbox.ground import readable
from artloop.grafix.svg import Drawing, Pen
from artloop.models import Metrics, PenSet
from artloop.settings import RenderLimits

MIN_PEN_MM = 0.01


def measured(drawing: Drawing, limits: RenderLimits) -> Metrics:
    """Measures of a drawing; its pen's width is that of the pen with the most points."""
    main = max(drawing.pens, key=lambda pen: len(pen.coords), default=None)
    width = max(main.width_mm, MIN_PEN_MM) if main else 1.0
    return metrics.measure(*drawing.strokes, drawing.canvas, width, len(drawing.pens), limits)


def shrunk(picture: bytes, longer_px: int) -> bytes:
    """A smaller copy of a PNG: to draw a rich drawing a second time would take many times longer."""
    with Image.open(BytesIO(picture)) as image:
        if max(image.size) <= longer_px:
            return picture
        small = image.convert("RGB")
        small.thumbnail((longer_px, longer_px), Image.Resampling.LANCZOS)
    file = BytesIO()
    small.save(file, "PNG", compress_level=3)  # half the time of 6, and no larger
    return file.getvalue()


def press(job: dict[str, Any], blobs: list[bytes]) -> bytes:
    """Layers in; a frame with measures and the blobs SVG, preview and thumbnail out."""
    limits = RenderLimits.model_validate(job["limits"])
    pens = PenSet.model_validate(job["pens"]) if job["pens"] else None
    loan = lent(_layers(job["layers"], blobs), pens) if pens else Lent(_layers(job["layers"], blobs), [])
    drawing = Drawing(tuple(job["canvas"]), svg.merged(loan.layers))
    text = svg.write(drawing)
    size = len(text)
    if size > limits.output_mb << 20:
        return wire.pack({"too_large": size})
    found = measured(drawing, limits).model_dump(mode="json")
    paper = pens.paper if pens else PAPER
    preview = pictured(text, drawing.canvas, job["preview_px"], paper) if job["preview_px"] else b""
    thumbnail = shrunk(preview, limits.thumbnail_px) if preview else b""
    return wire.pack({"metrics": found, "strange": loan.strange}, text.encode(), preview, thumbnail)


def remeasure(job: dict[str, Any], blobs: list[bytes]) -> bytes:
    """An SVG of ours in; its measures, or why it cannot be read, out."""
    try:
        drawing = svg.read(blobs[0].decode())
    except (ValueError, OverflowError) as error:
        return wire.pack({"unreadable": str(error)})
    return wire.pack({"metrics": measured(drawing, RenderLimits.model_validate(job["limits"])).model_dump(mode="json")})


def plot(job: dict[str, Any], blobs: list[bytes]) -> bytes:
    """An SVG of ours in; a plotter program and what it comes to, or why there is none, out. HPGL without a profile."""
    from artloop.grafix.plotter.plotting import plotted  # brings Numba, which no other order needs

    options, profile = PlotOptions.model_validate(job["options"]), job["profile"]
    try:
        drawing = svg.read(blobs[0].decode())
    except (ValueError, OverflowError) as error:
        return wire.pack({"unreadable": str(error)})
    try:
        text, report = plotted(drawing, Profile.model_validate(profile) if profile else None, options)
    except UsageError as error:
        return wire.pack({"refused": str(error)})
    return wire.pack({"report": report.model_dump()}, text.encode())


def export(job: dict[str, Any], blobs: list[bytes]) -> bytes:
    """An SVG of ours in; the files asked for and what they come to, or why there are none, out."""
    from artloop.grafix.plotter.exporting import exported  # brings Numba

    try:
        found, files = exported(svg.read(blobs[0].decode()), Export.model_validate(job["export"]))
    except UsageError as error:
        return wire.pack({"refused": str(error)})
    except (ValueError, OverflowError) as error:
        return wire.pack({"unreadable": str(error)})
    return wire.pack({"found": found.model_dump(mode="json")}, *files)


def _layers(layers: list[dict[str, Any]], blobs: list[bytes]) -> list[Pen]:
    return [
        Pen(
            layer["name"],
            layer["color"],
            layer["width_mm"],
            np.frombuffer(coords, "<f4").reshape(-1, 2).astype(np.float64),
            np.frombuffer(offsets, "<i4").astype(np.int64),
        )
        for layer, coords, offsets in zip(layers, blobs[::2], blobs[1::2], strict=True)
    ]


ORDERS = {"press": press, "measure": remeasure, "gcode": plot, "hpgl": plot, "export": export}


def confine() -> None:
    """Put on what a sketch's worker wears, where there is such a thing: what comes in here was drawn by strangers."""
    with suppress(OSError):
        jail.prepared(readable()).enter(jail.LAYERS)


def main() -> None:
    """Serve until the server closes the pipe."""
    process.die_with_parent()
    process.hide()
    control, answer = process.take_channels()
    if "NUMBA_CACHE_DIR" not in os.environ:  # one that plots compiles kernels, and keeps them
        confine()
    wire.write(answer, wire.pack({"ready": True}))
    while (frame := wire.read(control)) is not None:
        job, blobs = frame
        wire.write(answer, ORDERS[job["do"]](job, blobs))


if __name__ == "__main__":
    main()
