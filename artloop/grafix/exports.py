"""A plotter program beside a drawing: which profile and paper are meant, and where the file goes."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from artloop.errors import UsageError
from artloop.grafix.filing import mime
from artloop.grafix.places import Placement
from artloop.grafix.plotter.layout import Exported, PlotOptions
from artloop.grafix.plotter.profiles import Profile, profile_named, read_profile
from artloop.grafix.plotter.sheet import Margins, Sheet
from artloop.grafix.presses import Presses
from artloop.models import Artifact, Canvas
from artloop.workspace import write_bytes

NAME = "plot.gcode"
SVG_MAX = 64 << 20
PROFILE_MAX = 64 << 10


def options_from(paper: str | None, margin_mm: float | str = 0.0, **values: Any) -> PlotOptions:
    """Options as people give them: paper by its name or size, margins as in CSS. Raises `UsageError`."""
    on_sheet = {name: values.pop(name) for name in set(Sheet.model_fields) & set(values)}
    try:
        margins = Margins.parse(str(margin_mm))
        sheet = Sheet(paper=Canvas.parse(paper) if paper else None, margins_mm=margins, **on_sheet)
        return PlotOptions(sheet=sheet, **values)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{first['loc'][0]} {first['input']}: {first['msg'].lower()}") from error
    except ValueError as error:
        raise UsageError(f"paper: {error}" if "canvas" in str(error) else str(error)) from error


def read_profile_file(file: Path, shown: str) -> Profile:
    """A profile of somebody's own. Raises `UsageError` that shows the file as it was given."""
    try:
        if file.stat().st_size > PROFILE_MAX:
            raise UsageError(f"profile {shown} is too large to be one")
        return read_profile(file.read_text(encoding="utf-8"), shown)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"profile {shown} cannot be read: {reason}") from error


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
