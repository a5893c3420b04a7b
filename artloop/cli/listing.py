"""The repertoire in the terminal: pictures where it can show them, else a table; or as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from artloop.cli.thumbnails import Thumbnail
from artloop.errors import UsageError
from artloop.house.repertoire import Repertoire, Study
from artloop.settings import Settings
from artloop.views.pictures import Pictured, pictured
from artloop.workspace import resource_folders

CELL = 24
"""Terminal columns of one picture."""


def wanted(settings: Settings, tags: list[str]) -> list[Study]:
    """The sketches that carry all these tags, by name. Raises `UsageError`, with the tags there are, when none does."""
    studies = Repertoire.read(resource_folders(settings.root, "sketches")).studies
    asked = {tag.strip().lower() for tag in tags}
    found = [study for study in studies if asked <= set(study.declared.tags)]
    if not found:
        there = ", ".join(sorted({tag for study in studies for tag in study.declared.tags}))
        raise UsageError(f"no sketch has the tag {' and '.join(sorted(asked))}; there are: {there}")
    return found


def list_studies(found: list[Thumbnail], *, as_json: bool, plain: bool) -> None:
    """Print them the way that was asked for and that the terminal allows."""
    console = Console()
    if as_json:
        sys.stdout.write(json.dumps({"sketches": [_described(one) for one in found]}, indent=2) + "\n")
    elif not plain and (draw := pictured(console)):
        console.print(_pictures(found, draw, console.width))
    else:
        console.print(_table(found))


def _described(one: Thumbnail) -> dict[str, Any]:
    declared, facts = one.study.declared, one.facts
    return {
        "name": one.study.name,
        "title": one.study.title,
        "about": one.study.clause,
        "tags": list(declared.tags),
        "canvas_mm": declared.canvas,
        "params": declared.params,
        "ranges": declared.ranges,
        "pens": facts.pens,
        "strokes": facts.strokes,
        "ink_mm": facts.ink_mm,
        "plot_seconds": facts.plot_seconds,
        "thumbnail": str(one.picture) if one.picture else None,
        "warning": facts.warning or None,
        "failure": facts.failure,
    }


def _table(found: list[Thumbnail]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("name", "title", "pens", "minutes", "tags"):
        justify = "right" if name in ("pens", "minutes") else "left"
        table.add_column(name, justify=justify, overflow="fold", no_wrap=name == "name")  # type: ignore[arg-type]
    for one in found:
        facts = one.facts
        title = escape(one.study.declared.title or one.study.title)
        if trouble := facts.failure or facts.warning:
            title += f"\n[red]{escape(trouble)}[/]"
        minutes = "-" if facts.failure else f"{facts.plot_seconds / 60:.0f}"
        pens = "-" if facts.failure else str(facts.pens)
        table.add_row(one.study.name, title, pens, minutes, escape(", ".join(one.study.declared.tags)))
    return table


def _pictures(found: list[Thumbnail], draw: Pictured, width: int) -> Table:
    """As many beside each other as the terminal is wide."""
    columns = max(1, width // (CELL + 2))
    grid = Table.grid(padding=(0, 2, 1, 0))
    for _ in range(columns):
        grid.add_column(width=CELL)
    cells = [_cell(one, draw) for one in found]
    for start in range(0, len(cells), columns):
        grid.add_row(*cells[start : start + columns])
    return grid


def _cell(one: Thumbnail, draw: Pictured) -> RenderableType:
    words = Text.assemble(
        (one.study.title, "bold"),
        f"\n{one.study.name}\n",
        (f"{one.summary}\n", "red" if one.facts.failure or one.facts.warning else ""),
        (", ".join(one.study.declared.tags[:5]), "dim"),
    )
    return Group(draw(one.picture, CELL - 2, "auto"), words) if one.picture else words
