"""Finding a drawing in a run and taking it out: copied, or turned into a program for a plotter."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from artloop.errors import UsageError
from artloop.grafix.exports import options_from, read_profile_file
from artloop.grafix.plotter.layout import PlotOptions, PlotReport
from artloop.grafix.plotter.profiles import ZAXIS, Profile, profile_named
from artloop.grafix.presses import plotted_alone
from artloop.grafix.sandbox.kernels import kernels_folder
from artloop.models import Variant
from artloop.readback import Story, read_back
from artloop.settings import Settings
from artloop.workspace import RunFolder, write_bytes

FILES = {"svg": "drawing.svg", "png": "preview.png", "gcode": "drawing.svg", "hpgl": "drawing.svg"}
"""Which file of an iteration each format is made of."""
PLOTTED = ("gcode", "hpgl")


@dataclass(frozen=True)
class Wanted:
    """The form in which a drawing is wanted; profile and options are for plotters."""

    form: str
    profile: Profile | None
    options: PlotOptions


def plot_from(form: str, profile: str | None, paper: str | None, **values: float | None) -> Wanted:
    """What the options of `export` ask for. Raises `UsageError`."""
    if form not in FILES:
        raise UsageError(f"--format {form!r} is none of {', '.join(FILES)}")
    given = {name: value for name, value in values.items() if value is not None}
    if form not in PLOTTED and (profile or paper or given):
        raise UsageError(f"--format {form} takes no options for plotters; add --format gcode or leave them out")
    if form == "hpgl" and profile:
        raise UsageError("--profile is for --format gcode; HPGL is the same for all its plotters")
    return Wanted(form, _profile(profile) if form == "gcode" else None, options_from(paper, **given))


def take(
    folder: RunFolder,
    settings: Settings,
    variant: str | None,
    iteration: int | None,
    wanted: Wanted,
    output: Path | None,
) -> Path:
    """Write the chosen drawing to `output` and return its path."""
    story = read_back(folder)
    chosen = the_variant(folder, story, variant)
    number = iteration or (chosen.incumbent.number if chosen.incumbent else 0)
    source = folder.file(chosen.id, number, FILES[wanted.form])
    if not source.is_file():
        raise UsageError(
            f"{chosen.id} of {folder.id} has no {source.name} in iteration {number}; see: artloop show {folder.id}"
        )
    content = source.read_bytes()
    if wanted.form in PLOTTED:
        content = plotted(settings, content, wanted)
    return write_bytes(output or Path(f"{folder.id}-{chosen.id}-{number:02d}.{wanted.form}"), content)


def plotted(settings: Settings, drawing: bytes, wanted: Wanted) -> bytes:
    """A plotter program of an SVG; what it comes to goes to stderr."""
    kernels = kernels_folder(settings.cache_folder)
    program = asyncio.run(plotted_alone(settings.render, kernels, drawing, wanted.profile, wanted.options))
    sys.stderr.write(f"{told(program.report)}\n")
    return program.content


def told(report: PlotReport) -> str:
    """A plot in one line."""
    return (
        f"{report.strokes} strokes with {report.pens} pens, {report.pen_down_mm / 1000:.2f} m drawn, "
        f"{report.pen_up_mm / 1000:.2f} m travelled, about {report.seconds / 60:.1f} min without pen changes"
    )


def the_variant(folder: RunFolder, story: Story, name: str | None) -> Variant:
    """The named variant, or the winner."""
    wanted = name or story.selection.winner
    if wanted is None:
        raise UsageError(f"run {folder.id} has no winner; name one with --variant")
    for variant in story.variants:
        if variant.id == wanted:
            return variant
    raise UsageError(f"run {folder.id} has no variant {wanted!r}; it has {', '.join(one.id for one in story.variants)}")


def _profile(name: str | None) -> Profile:
    """A built-in profile by its name, or one from a file."""
    if name is None:
        return ZAXIS
    file = Path(name)
    return read_profile_file(file, name) if file.suffix == ".toml" or file.is_file() else profile_named(name)
