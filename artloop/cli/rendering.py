"""Rendering one sketch outside of a run."""

from __future__ import annotations

import asyncio
import difflib
import json
import re
import sys
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError

from artloop.cli.options import option_refused
from artloop.cli.report import print_json
from artloop.cli.run import read_sketch
from artloop.cli.waiting import watched
from artloop.errors import UsageError
from artloop.grafix.client import GrafixStdio, RenderClient
from artloop.house.repertoire import Repertoire
from artloop.models import Canvas, Place, Rendering, RenderRequest
from artloop.pens import pen_set
from artloop.settings import Settings
from artloop.workspace import Workspace, resource_folders

RUN = "adhoc"


def request_from(settings: Settings, sketch: Path, params: str, **options: Any) -> RenderRequest:
    """What to render, or a `UsageError` that names the option."""
    try:
        canvas = Canvas.parse(options["canvas"]).size if options["canvas"] else None
        values = json.loads(params)
        return RenderRequest(
            source=source_of(settings, sketch),
            params=values,
            seed=options["seed"],
            time=options["time"],
            canvas_size=canvas,
            render_scale=options["scale"],
            pen_mm=options["pen"],
        )
    except json.JSONDecodeError as error:
        raise UsageError(f"--params is no JSON object: {error}") from error
    except ValidationError as error:
        raise option_refused(error) from error
    except ValueError as error:
        raise UsageError(f"--canvas: {error}") from error


def source_of(settings: Settings, sketch: Path) -> str:
    """The source of a file, or of a sketch of the repertoire."""
    if sketch.is_file() or sketch.suffix == ".py":
        return read_sketch(sketch)
    studies = {study.name: study for study in Repertoire.read(resource_folders(settings.root, "sketches")).studies}
    if found := studies.get(str(sketch)):
        return found.source
    near = difflib.get_close_matches(str(sketch), studies, n=1)
    meant = f"did you mean {near[0]}?" if near else "see: artloop sketches"
    raise UsageError(f"{sketch} is neither a file nor a sketch of the repertoire; {meant}")


def render_one(settings: Settings, request: RenderRequest, name: str, as_json: bool) -> None:
    """Render, print, and leave with 3 when there is no drawing."""
    workspace, variant = Workspace(settings.root, settings.workspace), variant_for(name)
    pens = pen_set(settings.pens, workspace.folder) if settings.pens else None
    number = next_iteration(workspace, variant)
    place = Place(workspace=workspace.name, run=RUN, variant=variant, iteration=number, pens=pens)
    rendering = asyncio.run(rendered(settings, request, place))
    folder = workspace.variant(place)
    if as_json:
        print_json(rendering)
    elif rendering.metrics:
        show(rendering, folder)
    if rendering.failure and not as_json:
        advice = f"; {rendering.failure.hint}" if rendering.failure.hint else ""
        sys.stderr.write(f"artloop: {rendering.complaint}{advice}\n")
    raise typer.Exit(0 if rendering.ok else 3)


async def rendered(settings: Settings, request: RenderRequest, place: Place) -> Rendering:
    """One render by a server of its own; the first one on a machine waits for the kernels and says so."""
    log = Workspace(settings.root, settings.workspace).runs / place.run / "server.log"
    with watched("drawing") as (_, kernels):
        async with GrafixStdio(settings.root, settings.render, settings.cache_folder, log, kernels) as server:
            return await RenderClient(server)(request, place)


def variant_for(name: str) -> str:
    """The variant that keeps what is made of a sketch file of this name."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", name).lstrip("._-")[:64] or "sketch"


def next_iteration(workspace: Workspace, name: str) -> int:
    """One more than the last: nothing is overwritten."""
    folder = workspace.runs / RUN / "variants" / name / "iterations"
    numbers = [int(entry.name) for entry in folder.iterdir() if entry.name.isdigit()] if folder.is_dir() else []
    return max(numbers, default=0) + 1


def show(rendering: Rendering, folder: Path) -> None:
    """Files, the measures people ask for, and gates that are shut."""
    assert rendering.metrics is not None
    measured = rendering.metrics
    for artifact in rendering.artifacts:
        if artifact.name in ("drawing.svg", "preview.png"):
            sys.stdout.write(f"{folder / artifact.path}\n")
    sys.stdout.write(
        f"{measured.strokes} strokes, {measured.ink_mm / 1000:.1f} m of ink, {measured.pens} pens, "
        f"about {measured.plot_seconds / 60:.0f} min to plot, margin {measured.margin_min_mm:.1f} mm\n"
    )
    for gate in rendering.gates:
        if not gate.ok:
            sys.stdout.write(f"not plottable: {gate.message}\n")
        elif gate.message:
            sys.stdout.write(f"mended: {gate.message}\n")
