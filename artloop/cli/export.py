"""`artloop export`: a drawing as files for people, programs and plotters."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from artloop.cli.options import Config, LogLevel, Root, RunId, WorkspaceName, run_folder, settings_from

HELP = """Take a drawing out of a run, as a picture or as a program for a plotter.

Says what it comes to on stderr (time, distances, lifts, warnings), asks nothing, and prints where the files are.
A picture without options for plots is the drawing as it was made; else strokes are joined, simplified and ordered.

\b
Examples:
  artloop export last
  artloop export last --variant v02 -o tide.png --dpi 600
  artloop export last --format gcode --profile servo --paper a4 --margin 15 --fit
  artloop export last --format hpgl --assign shade=2 --assign ink=1 --marks --split pen
  artloop export last --pens fineliners --split 20m --preview png --dry-run
  artloop export last --opaque hills
"""


def export(
    run_id: RunId,
    variant: Annotated[str | None, typer.Option(help="Default: the winner.")] = None,
    iteration: Annotated[int | None, typer.Option(help="Default: the variant's best.")] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="svg, png, gcode or hpgl; default: as the ending of --output says, else svg."),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="gcode: zaxis (the default), servo, spindle, or a .toml file of yours.")
    ] = None,
    paper: Annotated[
        str | None, typer.Option(help="a6 to a2, letter, 300x200mm; default: a sheet as large as the drawing.")
    ] = None,
    orientation: Annotated[
        str | None, typer.Option(help="portrait, landscape, or auto: the paper lies as the drawing does.")
    ] = None,
    margin: Annotated[
        str | None,
        typer.Option(
            help="mm from the paper's edge that stay free: 10, or top,right,bottom,left. What does not fit is refused."
        ),
    ] = None,
    fit: Annotated[
        bool, typer.Option("--fit/--true-size", help="Scale the drawing's sheet to fill what the margins leave.")
    ] = False,
    turn: Annotated[int | None, typer.Option(help="Turn the drawing clockwise: 90, 180 or 270 degrees.")] = None,
    pens: Annotated[
        str | None, typer.Option(help="A set of pens, of pens.toml or built in: names, colours, widths, paper.")
    ] = None,
    assign: Annotated[list[str] | None, typer.Option(help="LAYER=PEN, each a name or number; may be repeated.")] = None,
    marks: Annotated[bool, typer.Option("--marks", help="A registration cross in each corner, for every pen.")] = False,
    split: Annotated[
        str | None, typer.Option(help="`pen`: a file for each pen; `20m`: one for so much ink of a pen.")
    ] = None,
    opaque: Annotated[
        list[str] | None,
        typer.Option(help="Closed shapes of this layer (or of `all`) hide the lines of layers below; may be repeated."),
    ] = None,
    from_stroke: Annotated[int | None, typer.Option(help="Leave out the strokes before this one.")] = None,
    simplify: Annotated[
        float | None, typer.Option(help="How far the line may be from the drawn one, mm; default 0.05.")
    ] = None,
    dpi: Annotated[float | None, typer.Option(help="png: dots per inch; default 300.")] = None,
    preview: Annotated[
        str | None, typer.Option(help="png or svg: also a picture with the ways of the pen in the air.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it comes to and write nothing.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; default: in this folder.")
    ] = None,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """See HELP."""
    settings = settings_from(root, workspace, config, log_level)
    folder = run_folder(run_id, settings)

    from artloop.cli.taking import chosen, export_from, form_of, take
    from artloop.pens import pen_set
    from artloop.workspace import Workspace

    there = Workspace(settings.root, settings.workspace).folder
    order = export_from(
        form or form_of(output),
        pen_set(pens, there) if pens else folder.read_record().brief.pens,
        profile=profile,
        paper=paper,
        orientation=orientation,
        margin=margin,
        fit=fit,
        turn=turn,
        assign=assign,
        marks=marks,
        split=split,
        opaque=opaque,
        from_stroke=from_stroke,
        simplify_mm=simplify,
        dpi=dpi,
        preview=preview,
    )
    for path in take(settings, chosen(folder, variant, iteration), order, output, dry_run):
        sys.stdout.write(f"{path}\n")


export.__doc__ = HELP
