"""From a file or a run to paper: what is to be plotted, by what, and how far it came."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from artloop.cli.keyboard import Keyboard
from artloop.cli.options import run_folder
from artloop.cli.taking import chosen, export_from, summary
from artloop.errors import MachineError, UsageError
from artloop.grafix.plotter.choices import SVG_MAX
from artloop.grafix.plotter.orders import Export, Exports
from artloop.grafix.presses import exported_alone
from artloop.grafix.sandbox.kernels import kernels_folder
from artloop.machine import axidraw
from artloop.machine.grbl import Grbl
from artloop.machine.line import opened
from artloop.machine.program import Stroke, read
from artloop.machine.progress import Record
from artloop.machine.sending import Stopped, send
from artloop.settings import Settings
from artloop.workspace import Workspace, write_bytes

GCODE = (".gcode", ".nc", ".ngc", ".gc")
EVERY = 10
"""Strokes from one line of progress to the next."""


@dataclass(frozen=True)
class Wanted:
    """What the options of `plot` ask for."""

    target: str
    to: str
    port: str | None
    baud: int
    profile: str | None
    from_stroke: int | None
    resume: bool
    ready: bool
    """The first pen and the paper are in place."""
    dry_run: bool


def plot(wanted: Wanted, settings: Settings) -> None:
    """Plot, and leave with 130 if somebody ended it. Raises `UsageError` and `MachineError`."""
    content, gcode = target_of(wanted.target, settings)
    if wanted.to == "grbl":
        to_grbl(wanted, settings, content, gcode)
    elif gcode:
        raise UsageError(f"{wanted.to} plots SVG; give the run, its SVG, or --port for this G-code")
    else:
        to_axidraw(wanted, settings, content)


def machine_for(to: str | None, port: str | None) -> str:
    """The way to the plotter: as named, by the port, or by what is installed. Raises `UsageError`."""
    ways = ("grbl", *axidraw.TOOLS)
    if to and to not in ways:
        raise UsageError(f"--to {to!r} is none of {', '.join(ways)}")
    way = to or ("grbl" if port else axidraw.found())
    if way is None:
        raise UsageError("no plotter is named: give --port for GRBL, or install axicli or saxi for an AxiDraw")
    return way


def target_of(target: str, settings: Settings) -> tuple[bytes, bool]:
    """A file's content, or the best drawing of a run; and whether it is G-code. Raises `UsageError`."""
    file = Path(target)
    if not file.is_file():
        if file.suffix in (".svg", *GCODE):
            raise UsageError(f"there is no file {target}")
        return chosen(run_folder(target, settings), None, None).content, False
    if file.suffix not in (".svg", *GCODE):
        raise UsageError(f"{target} is neither .svg nor .gcode; HPGL goes to its plotter as it is")
    if file.stat().st_size > SVG_MAX:
        raise UsageError(f"{target} is too large to be plotted")
    return file.read_bytes(), file.suffix != ".svg"


def to_grbl(wanted: Wanted, settings: Settings, content: bytes, gcode: bool) -> None:
    """Send a program over a serial port."""
    if gcode and wanted.profile:
        raise UsageError("--profile is for a run or an SVG; this G-code has its own")
    if not gcode:
        order = export_from("gcode", profile=wanted.profile or "spindle")
        found, (content,) = exports(settings, content, order)
        for told in summary(found):
            _said(told)
    program = read(content.decode("utf-8", "replace"))
    record = record_of(wanted, settings, content)
    start = wanted.from_stroke or (record.next_stroke() if wanted.resume else 1)
    rest = program.since(start)
    _said(f"strokes {rest.strokes[0].number} to {program.total}, pens: {'; '.join(rest.pens)}")
    if wanted.dry_run:
        return
    if not wanted.port:
        raise UsageError("which port is the machine on? give --port, for example --port /dev/ttyUSB0")

    def drawn(stroke: Stroke) -> None:
        record.keep(stroke.number, program.total)
        if stroke.number % EVERY == 0 or stroke.number == program.total:
            _said(f"stroke {stroke.number} of {program.total}")

    with opened(wanted.port, wanted.baud) as line, Keyboard() as hand, told_how(wanted):
        machine = Grbl(line, hand.stopping, _said)
        machine.greet()
        send(rest, machine, hand, drawn, ready=wanted.ready)


def to_axidraw(wanted: Wanted, settings: Settings, content: bytes) -> None:
    """Have a child plot one pen after the other."""
    record = record_of(wanted, settings, content)
    start = wanted.from_stroke or (record.next_stroke() if wanted.resume else 1)
    order = export_from("svg", from_stroke=start, split="pen")
    found, files = exports(settings, content, order)
    for told in summary(found):
        _said(told)
    if wanted.dry_run:
        return
    first, total = start, start - 1 + sum(part.strokes for part in found.parts)
    paused = record.path.with_suffix(".svg")
    with Keyboard() as hand, told_how(wanted), tempfile.TemporaryDirectory() as folder:
        for nth, (part, file) in enumerate(zip(found.parts, files, strict=True)):
            if (nth or not wanted.ready) and not hand.wait(f"insert pen {part.number} {part.pen}"):
                raise Stopped
            path = Path(folder) / f"pen-{part.number}.svg"
            path.write_bytes(file)
            record.keep(first - 1, total)
            goes_on = wanted.resume and nth == 0 and wanted.to == "axicli" and paused.is_file()
            state = Path(folder) / "state.svg" if wanted.to == "axicli" else None
            while not axidraw.run(
                axidraw.command(wanted.to, paused if goes_on else path, found.paper, state, goes_on), hand
            ):
                if state and state.is_file():
                    write_bytes(paused, state.read_bytes())
                if not hand.wait(f"paused with pen {part.number} {part.pen}"):
                    raise Stopped
                goes_on = paused.is_file() and state is not None
            paused.unlink(missing_ok=True)
            first += part.strokes
            record.keep(first - 1, total)


def exports(settings: Settings, content: bytes, order: Export) -> tuple[Exports, list[bytes]]:
    """Files of an SVG. Raises `UsageError`."""
    return asyncio.run(exported_alone(settings.render, kernels_folder(settings.cache_folder), content, order))


def record_of(wanted: Wanted, settings: Settings, content: bytes) -> Record:
    """Where the progress of this program stands."""
    return Record(Workspace(settings.root, settings.workspace).folder, content, wanted.target)


@contextmanager
def told_how(wanted: Wanted) -> Iterator[None]:
    """Say how to go on when a plot ends before its end."""
    again = f"go on with the same command and --resume: artloop plot {wanted.target} --resume"
    try:
        yield
    except Stopped:
        _said(f"artloop: stopped, the pen is up; {again}")
        raise typer.Exit(130) from None
    except MachineError as error:
        raise MachineError(f"{error}; {again}") from error


def _said(text: str) -> None:
    sys.stderr.write(f"{text}\n")
