"""`artloop tune`: the parameters of one sketch, found by rendering."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from artloop.cli.options import AsJson, Config, LogLevel, Root, WorkspaceName, settings_from
from artloop.cli.waiting import preparing

Method = Annotated[
    Literal["cma", "grid", "random"],
    typer.Option(help="cma: evolution, learns from each render; grid: one or two parameters evenly; random."),
]


def tune(
    sketch: Annotated[Path, typer.Argument(help="A sketch file, or the name of a sketch of the repertoire.")],
    target: Annotated[
        list[str], typer.Option(help="METRIC=LOW..HIGH, such as ink_coverage=0.15..0.25; can be repeated.")
    ],
    renders: Annotated[int, typer.Option(help="Render at most so often.", min=2, max=10_000)] = 200,
    method: Method = "cma",
    seed: Annotated[int, typer.Option(help="Of the search; the drawing keeps the sketch's SEED.", min=0)] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Take up this sketch's last search; nothing is rendered twice.")
    ] = False,
    as_json: AsJson = False,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """Find values for a sketch's PARAMS, within its RANGES, with which its drawing measures as wished.

    No model is asked. Plottability (blank, off the paper, overdrawn, too long) counts more than any target. The best
    is drawn and kept as a sketch with the found values in it, beside every trial and a picture of the search.

    Example: artloop tune tide_lines --target ink_coverage=0.15..0.2 --target strokes=0..400
    """
    settings = settings_from(root, workspace, config, log_level)

    with preparing(as_json):
        from artloop.cli.tuning import task_from, tune_one

    task = task_from(settings, sketch, target, renders=renders, method=method, seed=seed)
    tune_one(settings, task, sketch.stem, resume=resume, as_json=as_json)
