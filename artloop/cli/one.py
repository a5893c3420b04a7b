"""`artloop render | doctor`: one sketch without a loop, and what this machine has of what a run needs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from artloop.cli.options import AsJson, Config, LogLevel, Root, WorkspaceName, settings_from
from artloop.cli.waiting import preparing


def render(
    sketch: Annotated[Path, typer.Argument(help="A sketch file, or the name of a sketch of the repertoire.")],
    params: Annotated[str, typer.Option(help="Values for PARAMS, as JSON: '{\"rings\": 30}'.")] = "{}",
    seed: Annotated[int | None, typer.Option(help="Replaces SEED.")] = None,
    canvas: Annotated[str | None, typer.Option(help="Replaces CANVAS: a5, a4-landscape, 148x210mm.")] = None,
    pen: Annotated[float | None, typer.Option(help="Pen width in mm.")] = None,
    pens: Annotated[str | None, typer.Option(help="Draw with these pens: a set of pens.toml or built in.")] = None,
    scale: Annotated[float, typer.Option(help="Pixels per mm of the PNG.")] = 4.0,
    time: Annotated[float, typer.Option(help="Grafix's t, in seconds.")] = 0.0,
    as_json: AsJson = False,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """Render one sketch in the same sandbox as a run does, and say where its files are and how it measures.

    Example: artloop render tide_lines --seed 3 --canvas a4
    """
    settings = settings_from(root, workspace, config, log_level, pens=pens)

    with preparing(as_json):
        from artloop.cli.rendering import render_one, request_from

    request = request_from(settings, sketch, params, seed=seed, canvas=canvas, pen=pen, scale=scale, time=time)
    render_one(settings, request, sketch.stem, as_json)


def doctor(
    model: Annotated[str | None, typer.Option(help="Look at this model instead of the one in the settings.")] = None,
    base_url: Annotated[str | None, typer.Option(help="An OpenAI-compatible server.")] = None,
    probe_models: Annotated[
        bool, typer.Option("--probe-models", help="Ask each model what it sees in a tiny picture; this is paid.")
    ] = False,
    as_json: AsJson = False,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """Look at what a run needs: environment, a test render, isolation, models and their providers.

    Example: artloop doctor --model llama3 --base-url http://127.0.0.1:11434/v1 --probe-models
    """
    settings = settings_from(root, workspace, config, log_level, model={"default": model, "base_url": base_url})

    import json

    with preparing(as_json):
        from artloop.cli.health import examine

    findings = examine(settings, probe_models)
    if as_json:
        sys.stdout.write(json.dumps([finding.model_dump() for finding in findings], indent=2) + "\n")
    else:
        for finding in findings:
            advice = f" ({finding.advice})" if finding.advice else ""
            sys.stdout.write(f"{'ok ' if finding.ok else 'BAD'}  {finding.name:<9} {finding.found}{advice}\n")
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 2)
