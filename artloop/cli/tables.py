"""Tables of runs and of one run, for people."""

from __future__ import annotations

import json
import sys
from textwrap import wrap

from rich import box
from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.table import Table

from artloop.errors import RunDamaged
from artloop.models import RunSummary, Variant
from artloop.readback import Story, summary
from artloop.views.board import spent
from artloop.views.narration import UNPAID, descent, dollars, estimated
from artloop.views.progress import one_line
from artloop.workspace import RunFolder, Workspace

NARROW = 60
"""With fewer columns, what a run is called and how it stands is all there is room for."""
ID_LINE = 17
"""Least length of a line of an id, which is broken at its dashes: its last four characters stay whole."""
BRIEF = 80
"""Characters of a brief in a table or heading."""


def worded(text: str) -> str:
    """Somebody's words, harmless for a terminal and no longer than a heading."""
    line = one_line(text)
    return escape(line if len(line) <= BRIEF else line[: BRIEF - 1] + "…")


def summaries(workspace: Workspace) -> list[RunSummary]:
    """All runs, oldest first; a damaged one is named on stderr and does not hide the others."""
    rows: list[RunSummary] = []
    for folder in workspace.every():
        try:
            rows.append(summary(folder))
        except RunDamaged as error:
            sys.stderr.write(f"artloop: {error}\n")
    return rows


def print_runs(workspace: Workspace, as_json: bool) -> None:
    """A table of all runs."""
    rows = summaries(workspace)
    if as_json:
        sys.stdout.write(json.dumps({"runs": [row.model_dump() for row in rows]}, indent=2) + "\n")
        return
    if not rows and not workspace.every():
        sys.stdout.write(f"no run yet under {workspace.runs}; start one with: artloop run\n")
    if not rows:
        return
    console, table = Console(), Table(box=box.SIMPLE_HEAD)
    names = ["run", "status", "winner"]
    if console.width >= NARROW:
        names = ["run", "brief", "status", "iterations", "cost", "winner"]
    for name in names:
        justify: JustifyMethod = "right" if name in ("iterations", "cost") else "left"
        table.add_column(name, justify=justify, overflow="fold", no_wrap=name in ("run", "status"))
    for row in rows:
        cells = {
            "run": "\n".join(wrap(row.id, max(ID_LINE, console.width // 3))),
            "brief": worded(row.brief) + (f"\n({origin})" if (origin := descent(row)) else ""),
            "status": row.status,
            "iterations": str(row.iterations),
            "cost": "-" if row.cost_usd is None else dollars(row.cost_usd),
            "winner": row.winner or "-",
        }
        table.add_row(*(cells[name] for name in names))
    console.print(table)


def print_run(folder: RunFolder, story: Story) -> None:
    """One run, variant by variant."""
    record, out = folder.read_record(), Console()
    out.print(f"[bold]{worded(record.brief.text)}[/]  {folder.id}  {story.status}: {escape(story.reason)}")
    if origin := descent(record):
        out.print(origin, soft_wrap=True, highlight=False)
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("variant", "title", "status", "scores", "best"):
        table.add_column(name, overflow="fold")
    for variant in story.variants:
        table.add_row(*row_of(variant, winner=variant.id == story.selection.winner))
    out.print(table)
    for variant in story.variants:
        if variant.failure:
            out.print(
                f"{variant.id} failed: {escape(one_line(variant.failure))}\n  try again with: artloop retry {folder.id}"
            )
    if story.selection.unpaid:
        out.print(f"ranked{UNPAID}")
    if found := story.selection.spread:
        nearest = " and ".join(found.pair)
        out.print(f"spread of the drawings {found.mean:.2f}, least {found.least:.2f} ({nearest})", highlight=False)
    out.print(f"{spent(story.usage)}, {story.seconds:.0f} s", highlight=False)
    if story.estimate:
        out.print(f"estimated {escape(estimated(story.estimate))}", highlight=False)
    out.print(f"folder: {folder.path}", soft_wrap=True)


def row_of(variant: Variant, winner: bool) -> list[str]:
    """One variant's cells."""
    scores = " ".join("-" if one.score is None else f"{one.score:.1f}" for one in variant.iterations)
    best = variant.incumbent
    mark = (" (winner)" if winner else "") + (" (pinned)" if variant.pinned else "")
    return [
        variant.id + mark,
        worded(variant.title) + (f"\n({variant.crossed.lineage})" if variant.crossed else ""),
        variant.status,
        scores,
        f"{'-' if best.score is None else f'{best.score:.1f}'} in {best.number:02d}" if best else "-",
    ]
