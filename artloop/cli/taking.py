"""Finding a drawing in a run and taking it out: as a picture, or as a program for a plotter."""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from artloop.cli.options import option, option_refused
from artloop.errors import UsageError
from artloop.grafix.plotter.assigning import Assignment
from artloop.grafix.plotter.choices import options_from, read_profile_file
from artloop.grafix.plotter.orders import Export, Exports, PartReport
from artloop.grafix.plotter.profiles import ZAXIS, Profile, profile_named
from artloop.grafix.presses import exported_alone
from artloop.grafix.sandbox.kernels import kernels_folder
from artloop.models import PenSet, Variant
from artloop.readback import Story, read_back
from artloop.settings import Settings
from artloop.workspace import RunFolder, write_bytes

FORMS = ("svg", "png", "gcode", "hpgl")
PICTURES = ("svg", "png")
ENDINGS = {**{f".{form}": form for form in FORMS}, ".nc": "gcode", ".ngc": "gcode", ".plt": "hpgl"}
METRES = re.compile(r"(\d+(?:\.\d+)?)\s*m")


@dataclass(frozen=True)
class Chosen:
    """A drawing of a run, and what its files are called without their ending."""

    content: bytes
    name: str


def form_of(output: Path | None) -> str:
    """What the ending of a file's name asks for; a picture where it says nothing."""
    return ENDINGS.get(output.suffix.lower(), "svg") if output else "svg"


def export_from(form: str, pens: PenSet | None = None, **given: Any) -> Export:
    """What the options of `export` ask for; those not given are None. Raises `UsageError`."""
    if form not in FORMS:
        raise UsageError(f"--format {form!r} is none of {', '.join(FORMS)}")
    given = {name: value for name, value in given.items() if value is not None and value is not False and value != []}
    if "profile" in given and form != "gcode":
        raise UsageError("--profile is for --format gcode" + ("; HPGL is the same for all" if form == "hpgl" else ""))
    if "dpi" in given and form != "png":
        raise UsageError("--dpi is for --format png")
    values: dict[str, Any] = {name: given.pop(name) for name in ("dpi", "preview", "marks") if name in given}
    profile = _profile(given.pop("profile", None)) if form == "gcode" else None
    values["assignments"] = tuple(_assignment(text) for text in given.pop("assign", []))
    values["opaque"] = tuple(given.pop("opaque", []))
    values["split"] = _split(given.pop("split", None))
    plain = form in PICTURES and not given and not any(values[name] for name in ("assignments", "opaque", "split"))
    options = options_from(given.pop("paper", None), given.pop("margin", 0.0), option, **given)
    try:
        return Export(
            form=form, profile=profile, options=options, as_drawn=plain and not values.get("marks"), pens=pens, **values
        )
    except ValidationError as error:
        raise option_refused(error) from error


def chosen(folder: RunFolder, variant: str | None, iteration: int | None) -> Chosen:
    """The drawing that is meant: of the winner if no variant is named, its best if no iteration is."""
    story = read_back(folder)
    found = the_variant(folder, story, variant)
    best = found.incumbent.number if found.incumbent else 0
    number = best if iteration is None else iteration
    source = folder.file(found.id, number, "drawing.svg")
    if not source.is_file():
        raise UsageError(
            f"{found.id} of {folder.id} has no {source.name} in iteration {number}; see: artloop show {folder.id},"
            f" and if it was lost: artloop resume {folder.id}"
        )
    return Chosen(source.read_bytes(), f"{folder.id}-{found.id}-{number:02d}")


def take(settings: Settings, drawing: Chosen, order: Export, output: Path | None, dry_run: bool = False) -> list[Path]:
    """Say on stderr what the files come to, and write them unless it is a dry run; where they are."""
    if output and output.is_dir():
        raise UsageError(f"--output {output} is a folder; name a file in it")
    if output and output.exists() and not output.is_file():  # it would be replaced, not written to
        raise UsageError(f"--output {output} is a device or a pipe; name a file")
    kernels = kernels_folder(settings.cache_folder)
    found, files = asyncio.run(exported_alone(settings.render, kernels, drawing.content, order))
    for line in summary(found):
        sys.stderr.write(f"{line}\n")
    if dry_run:
        return []
    base = output or Path(f"{drawing.name}.{order.form}")
    step, written = 2 if order.preview else 1, []
    for part, content in zip(found.parts, files[::step], strict=True):
        written.append(write_bytes(path_for(base, part), content))
    for path, content in zip(list(written), files[1::step] if order.preview else [], strict=False):
        written.append(write_bytes(path.with_name(f"{path.stem}-preview.{order.preview}"), content))
    return written


def path_for(base: Path, part: PartReport) -> Path:
    """Where a part goes: `plot-2-blue-part1.gcode` of `plot.gcode`."""
    slug = re.sub(r"[^a-z0-9]+", "-", part.pen.lower()).strip("-")[:24]
    words = [str(part.number) if part.number else "", slug, f"part{part.part}" if part.part else ""]
    return base.with_name("-".join([base.stem, *filter(None, words)]) + base.suffix)


def summary(found: Exports) -> list[str]:
    """What a plot comes to, line by line."""
    width, height = found.paper
    scaled = "true to size" if abs(found.scale - 1) < 0.0001 else f"scaled by {found.scale:g}"
    lines = [f"paper {width:g} x {height:g} mm, {scaled}"]
    for part in found.parts:
        head = " ".join(filter(None, [str(part.number or ""), part.pen, f"part {part.part}" if part.part else ""]))
        lines.append(f"{head or 'pens ' + ', '.join(part.names)}: {told(part)}")
    if len(found.parts) > 1:
        lines.append(
            f"in all {len(found.parts)} files, {sum(part.pen_down_mm for part in found.parts) / 1000:.2f} m drawn, "
            f"about {sum(part.seconds for part in found.parts) / 60:.1f} min"
        )
    return [*lines, *(f"warning: {warning}" for warning in found.warnings)]


def told(report: PartReport) -> str:
    """A file in one line."""
    pens = f"{report.pens} pen{'' if report.pens == 1 else 's'}"
    return (
        f"{report.strokes} strokes with {pens}, {report.lifts} lifts, {report.pen_down_mm / 1000:.2f} m drawn, "
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


def _assignment(text: str) -> Assignment:
    try:
        return Assignment.parse(text)
    except ValueError as error:
        raise UsageError(f"--assign {error}") from error


def _split(text: str | None) -> str | float | None:
    """`pen`, or millimetres of `20m`."""
    if text in (None, "pen"):
        return text
    metres = METRES.fullmatch(text or "")
    if not metres or not 0 < float(metres[1]) <= 10_000:
        raise UsageError(f"--split {text!r} is neither `pen` nor metres of ink a file, like 20m")
    return 1000 * float(metres[1])


def _profile(name: str | None) -> Profile:
    """A built-in profile by its name, or one from a file."""
    if name is None:
        return ZAXIS
    file = Path(name)
    return read_profile_file(file, name) if file.suffix == ".toml" or file.is_file() else profile_named(name)
