"""A plotter program beside a drawing: which profile and paper are meant, and where the file goes."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from pathlib import Path

from artloop.errors import UsageError
from artloop.grafix.filing import mime
from artloop.grafix.places import Placement
from artloop.grafix.plotter.choices import SVG_MAX, read_profile_file
from artloop.grafix.plotter.layout import Exported, PlotOptions
from artloop.grafix.plotter.profiles import profile_named
from artloop.grafix.presses import Presses
from artloop.models import Artifact
from artloop.workspace import write_bytes

NAME = "plot.gcode"


async def exported(
    place: Placement, path: str, profile: str, profile_path: str, options: PlotOptions, plotters: Presses
) -> tuple[Exported, int]:
    """Write `plot.gcode` beside a drawing.svg of the variant; also when the plotter began, in ms since 1970.

    Raises `UsageError` and `StorageError`.
    """
    file = drawing_file(place, path)
    chosen = read_profile_file(place.file(profile_path), profile_path) if profile_path else profile_named(profile)
    made = await plotters.plot(await asyncio.to_thread(file.read_bytes), chosen, options)
    target = file.with_name(NAME)
    await asyncio.to_thread(write_bytes, target, made.content)
    artifact = Artifact(
        name=NAME,
        path=target.relative_to(place.variant).as_posix(),
        mime=mime(NAME),
        bytes=len(made.content),
        sha256=sha256(made.content).hexdigest(),
    )
    return Exported(**made.report.model_dump(), profile=chosen.name, artifact=artifact), made.started_ms


def drawing_file(place: Placement, path: str) -> Path:
    """An SVG of the variant that is not too large to work on. Raises `UsageError`."""
    file = place.file(path)
    if file.suffix != ".svg" or file.stat().st_size > SVG_MAX:
        raise UsageError(f"{path!r} is no SVG of ours; give the path of a drawing.svg")
    return file
