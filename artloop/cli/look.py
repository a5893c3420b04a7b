"""`artloop list | show | watch | gallery`: look at runs."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from artloop.cli.options import (
    AsJson,
    Config,
    LogLevel,
    Pictures,
    Root,
    RunId,
    WorkspaceName,
    run_folder,
    settings_from,
)


def every(
    as_json: AsJson = False,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """List the runs here, oldest first. Example: artloop list --json"""
    settings = settings_from(root, workspace, config, log_level)

    from artloop.cli.tables import print_runs
    from artloop.workspace import Workspace

    print_runs(Workspace(settings.root, settings.workspace), as_json)


def show(
    run_id: RunId,
    as_json: AsJson = False,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """Show a run: each variant, its best drawing, what went wrong and what to do. Example: artloop show last"""
    settings = settings_from(root, workspace, config, log_level)
    folder = run_folder(run_id, settings)

    from artloop.cli.report import print_json, report
    from artloop.cli.tables import print_run
    from artloop.readback import read_back

    story = read_back(folder)
    if as_json:
        print_json(report(folder, story))
    else:
        print_run(folder, story)


def watch(
    run_id: RunId,
    speed: Annotated[
        float,
        typer.Option(help="Replay what is on record so many times as fast as it went; 0: at once.", min=0),
    ] = 0.0,
    as_json: AsJson = False,
    pictures: Pictures = None,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """Watch a run from another terminal until it ends; a finished run is shown as it ended, or replayed.

    No pause of a replay is longer than three seconds; Ctrl-C ends it. --json ends with what `show --json` says.
    Examples: artloop watch last, artloop watch last --speed 20
    """
    settings = settings_from(root, workspace, config, log_level, console={"pictures": pictures})
    folder = run_folder(run_id, settings)

    from artloop.cli.following import follow

    follow(folder, speed, as_json=as_json, pictures=settings.console.pictures)
    if as_json:
        from artloop.cli.report import print_json, report
        from artloop.readback import read_back

        print_json(report(folder, read_back(folder)))


def gallery(
    run_id: Annotated[
        str | None,
        typer.Argument(help="A run's id, its beginning or its last four characters, or `last`; none: all runs."),
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """Write a run's gallery.html again, finished or not, or without an id an index of all runs; say where it is.

    Examples: artloop gallery last --open, artloop gallery
    """
    settings = settings_from(root, workspace, config, log_level)

    from artloop.cli.hanging import hang, hang_all

    path = hang_all(settings) if run_id is None else hang(run_id, settings)
    sys.stdout.write(f"{path}\n")
    if open_it:
        typer.launch(str(path.resolve()))
