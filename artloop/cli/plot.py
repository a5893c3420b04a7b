"""`artloop plot`: a drawing onto paper."""

from __future__ import annotations

from typing import Annotated

import typer

from artloop.cli.options import Config, LogLevel, Root, WorkspaceName, settings_from

HELP = """Plot a run's best drawing, or a file that `artloop export` wrote, on a GRBL machine or an AxiDraw.

Ctrl-C, p or the space bar pauses: the pen is raised, Enter goes on, q ends. Ctrl-C twice stops at once.
The origin is where the head is when the plot begins: over the paper's lower left corner (an AxiDraw: upper left).

\b
Examples:
  artloop plot last --dry-run
  artloop plot last --port /dev/ttyUSB0 --profile spindle
  artloop plot drawing.gcode --port /dev/ttyUSB0 --from-stroke 120
  artloop plot drawing.gcode --port /dev/ttyUSB0 --resume
  artloop plot drawing.svg --to axicli
"""


def plot(
    target: Annotated[str, typer.Argument(help="A .gcode or .svg file of `export`, or a run.")],
    port: Annotated[str | None, typer.Option(help="Serial port of a GRBL machine; needs the extra `plot`.")] = None,
    baud: Annotated[int, typer.Option(help="Its speed.", min=300)] = 115200,
    to: Annotated[
        str | None,
        typer.Option(help="grbl, axicli or saxi; default: grbl with a port, else what is installed."),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="For a run or SVG on GRBL: spindle (the default), zaxis, or a .toml file.")
    ] = None,
    from_stroke: Annotated[int | None, typer.Option(help="Leave out the strokes before this one.", min=1)] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on after the last stroke that was drawn whole.")] = False,
    ready: Annotated[
        bool, typer.Option("--yes", "-y", help="The first pen is in place: begin without asking.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be plotted and move nothing.")] = False,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """See HELP."""
    settings = settings_from(root, workspace, config, log_level)

    from artloop.cli.plotting import Wanted, machine_for
    from artloop.cli.plotting import plot as put_on_paper
    from artloop.errors import UsageError

    if resume and from_stroke:
        raise UsageError("--resume knows the stroke; leave --from-stroke out, or --resume")
    way = to or "grbl" if dry_run else machine_for(to, port)
    put_on_paper(Wanted(target, way, port, baud, profile, from_stroke, resume, ready, dry_run), settings)


plot.__doc__ = HELP
