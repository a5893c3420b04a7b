"""Tuning one sketch from the terminal: what is wished, progress, what came of it, and Ctrl-C."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError

from artloop.cli.options import option_refused
from artloop.cli.rendering import RUN, next_iteration, source_of, variant_for
from artloop.cli.report import print_json
from artloop.cli.waiting import watched
from artloop.errors import UsageError
from artloop.grafix.client import GrafixStdio, RenderClient
from artloop.models import Place, Rendering, RenderRequest, Target, Tuned, TuneTask, Value
from artloop.settings import Settings
from artloop.tune.kept import RECORD, tuned_in, verdict
from artloop.tune.objective import check
from artloop.tune.searchers import searcher_for
from artloop.tune.space import space_of
from artloop.workspace import Workspace

TARGET = re.compile(r"\s*(\w+)\s*=\s*([^\s.]\S*?|\.\d\S*?)\s*\.\.\s*(\S+)\s*")


class TuneReport(Value):
    """One search in one JSON object."""

    folder: str
    sketch: str
    """The sketch with the values found."""
    chart: str
    met: bool
    better: bool
    verdict: list[str]
    found: Tuned
    seconds: float


def task_from(settings: Settings, sketch: Path, targets: list[str], **options: Any) -> TuneTask:
    """What to search, or a `UsageError`; checked before any process is started."""
    try:
        task = TuneTask(
            request=RenderRequest(source=source_of(settings, sketch)),
            targets=[target_from(text) for text in targets],
            **options,
        )
    except ValidationError as error:
        raise option_refused(error) from error
    check(task.targets)
    searcher_for(task, space_of(task))
    return task


def target_from(text: str) -> Target:
    """Read `METRIC=LOW..HIGH`."""
    matched = TARGET.fullmatch(text)
    try:
        if matched is None:
            raise ValueError(text)
        return Target(metric=matched[1], low=float(matched[2]), high=float(matched[3]))
    except ValueError as error:
        raise UsageError(f"--target {text!r} is not like METRIC=LOW..HIGH, such as ink_coverage=0.15..0.25") from error


def tune_one(settings: Settings, task: TuneTask, name: str, *, resume: bool, as_json: bool) -> None:
    """Search, print what came of it, and leave with 0 whether or not the start was beaten; 3 when nothing draws."""
    workspace = Workspace(settings.root, settings.workspace)
    variant = variant_for(name)
    place = place_for(workspace, variant, resume)
    started = time.monotonic()
    try:
        found, drawn = asyncio.run(_searched(settings, task, place, workspace.place(place)))
    except KeyboardInterrupt:
        sys.stderr.write("artloop: stopped; no trial is lost. Go on with the same command and --resume\n")
        raise typer.Exit(130) from None
    report = reported(found, workspace.place(place), round(time.monotonic() - started, 1))
    if as_json:
        print_json(report)
    else:
        sys.stdout.write("".join(f"{line}\n" for line in (*report.verdict, report.sketch, report.chart)))
    raise typer.Exit(0 if drawn.ok else 3)


def place_for(workspace: Workspace, variant: str, resume: bool) -> Place:
    """A new iteration, or the last one with a search in it. Raises `UsageError` when there is none."""
    place = Place(workspace=workspace.name, run=RUN, variant=variant, iteration=next_iteration(workspace, variant))
    if not resume:
        return place
    for number in range(place.iteration - 1, 0, -1):
        earlier = place.model_copy(update={"iteration": number})
        if (workspace.place(earlier) / RECORD).is_file():
            return earlier
    raise UsageError(f"there is no search of {variant} to resume below {workspace.runs}; leave --resume out")


def reported(found: Tuned, folder: Path, seconds: float) -> TuneReport:
    """The report of a search."""
    return TuneReport(
        folder=str(folder),
        sketch=str(folder / "sketch.py"),
        chart=str(folder / "tune.svg"),
        met=found.met,
        better=found.better,
        verdict=verdict(found),
        found=found,
        seconds=seconds,
    )


async def _searched(settings: Settings, task: TuneTask, place: Place, folder: Path) -> tuple[Tuned, Rendering]:
    """The search by a render server of its own, and the drawing of the best."""
    log = folder.parents[3] / "server.log"
    with watched("starting") as (shown, kernels):

        def told(done: int, total: int, best: float) -> None:
            shown(completed=done, total=total, description=f"tuning, distance {best:.3g}")

        async with GrafixStdio(settings.root, settings.render, settings.cache_folder, log, kernels) as server:
            client = RenderClient(server)
            found = await tuned_in(lambda: folder, task, client.measure, told)
            return found, await client(task.of(found.source), place)
