"""`artloop sketches | new`: what the house artist draws from, and a sketch of one's own to add to it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from artloop.cli.options import AsJson, Config, LogLevel, Root, WorkspaceName, settings_from


def sketches(
    tags: Annotated[
        list[str] | None, typer.Option("--tag", help="Only those with this tag; given twice, with both.")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="No pictures in the terminal.")] = False,
    sheet: Annotated[Path | None, typer.Option(help="Write all of them on one picture, a PNG.")] = None,
    as_json: AsJson = False,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """List the sketches the house artist draws from, yours in ./sketches before those that ship with artloop.

    In a terminal each has its picture; what is new or changed is rendered first, and kept.

    Examples: artloop sketches --tag sea, artloop sketches --sheet all.png
    """
    settings = settings_from(root, workspace, config, log_level)

    from artloop.cli.listing import list_studies, wanted
    from artloop.cli.thumbnails import thumbnails

    found = thumbnails(settings, wanted(settings, tags or []))
    list_studies(found, as_json=as_json, plain=plain or not settings.console.pictures)
    if sheet is not None:
        from artloop.views.wall import write_wall

        path = write_wall(sheet, "Sketches", [one.hung for one in found])
        (sys.stderr if as_json else sys.stdout).write(f"{path}\n")


def new(
    name: Annotated[str, typer.Argument(help="Its file's name: small letters, digits and _.")],
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """Begin a sketch of your own in ./sketches; the house artist draws from it from then on.

    Example: artloop new night_ferry
    """
    settings = settings_from(root, workspace, config, log_level)

    from artloop.cli.beginning import begin
    from artloop.workspace import resource_folders

    if (resource_folders(settings.root, "sketches")[-1] / f"{name}.py").is_file():
        sys.stderr.write(f"note: a sketch of this name came with artloop; from here, {name} means yours\n")
    path = begin(settings.root / "sketches", name)
    sys.stdout.write(f"{path}\n")
    sys.stdout.write(f"next:  artloop render {name}              see it; again after every change\n")
    sys.stdout.write(f"       artloop tune {name} --target ink_coverage=0.1..0.2\n")
    sys.stdout.write(f'       artloop run "its mood in a few words" --sketch {path}\n')
