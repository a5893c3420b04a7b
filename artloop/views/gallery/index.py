"""The index: all runs of a workspace on one page, newest first, with their winners; it needs no network either."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from artloop.models import RunSummary
from artloop.prompts import Prompts
from artloop.views.gallery import script_hash
from artloop.views.gallery.pictures import data_uri, found, thumbnail
from artloop.views.narration import descent, dollars
from artloop.workspace import RunFolder, Workspace, write_text

TEMPLATE = "gallery_index.html.j2"
THUMBNAIL = (480, 680)


@dataclass(frozen=True)
class Entry:
    """One run on the page."""

    run: RunSummary
    thumb: str
    """A data URI; empty without a winner."""
    page: str
    """Where its gallery lies, seen from the index; empty if it was not made."""

    @property
    def words(self) -> str:
        """What a search looks through."""
        return " ".join([self.run.brief, self.run.id, self.run.status, descent(self.run)]).casefold()


def write_index(workspace: Workspace, runs: list[RunSummary], prompts: Prompts) -> Path:
    """Write `gallery.html` beside the folders of the runs."""
    entries = [_entry(RunFolder(workspace.runs / run.id), run) for run in reversed(runs)]
    page = prompts.html(
        TEMPLATE, entries=entries, workspace=workspace.name, descent=descent, dollars=dollars, script_hash=script_hash
    )
    return write_text(workspace.runs / "gallery.html", page)


def _entry(folder: RunFolder, run: RunSummary) -> Entry:
    small = thumbnail(found(folder.path, "final/preview.png"), THUMBNAIL) if run.winner else b""
    page = f"{run.id}/gallery.html" if folder.gallery.is_file() else ""
    return Entry(run, data_uri("image/webp", small) if small else "", page)
