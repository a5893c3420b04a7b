"""The gallery: one page that shows a run to anybody, without network, scripts of others or the files beside it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from artloop.journal import Journal
from artloop.models import RunRecord, Selection, Usage, Variant
from artloop.prompts import Prompts
from artloop.views.board import spent
from artloop.views.gallery.code import changed, coloured
from artloop.views.gallery.family import Key, Tree, chosen_key, line_of, parents, tree
from artloop.views.gallery.hanging import Exhibit, Hanger, Wall, trends
from artloop.views.gallery.pictures import drawn, found, packed
from artloop.views.gallery.told import commands, commands_of, measures, models, region, whose_eyes
from artloop.views.narration import answered, asked, descent, dollars
from artloop.workspace import RunFolder, resource_folders, write_bytes

TEMPLATE, NOTES = "gallery.html.j2", "gallery_notes.html.j2"
WINNER_BYTES = 2_000_000
"""A larger drawing is shown as a picture."""

__all__ = ["script_hash", "whose_eyes", "write_gallery"]


@dataclass(frozen=True)
class Show:
    """What hangs where, and how one drawing came of another."""

    walls: list[Wall]
    above: dict[Key, list[Key]]
    chosen: Key | None
    tree: Tree

    def exhibit(self, key: Key | None) -> Exhibit | None:
        """The exhibit of that iteration."""
        return next((one for wall in self.walls for one in wall.exhibits if one.key == key), None)

    @property
    def winner(self) -> Wall | None:
        """The wall of the variant that won."""
        return next((wall for wall in self.walls if self.chosen and wall.variant.id == self.chosen[0]), None)

    @property
    def story(self) -> list[Exhibit]:
        """How the chosen drawing came about: its line, oldest first."""
        line = (self.exhibit(key) for key in line_of(self.chosen, self.above))
        return [one for one in line if one is not None]


def write_gallery(
    record: RunRecord,
    variants: list[Variant],
    selection: Selection,
    usage: Usage,
    folder: RunFolder,
    prompts: Prompts | None = None,
) -> Path:
    """Write `gallery.html`. `prompts` finds the user's own template; without it the shipped one is used."""
    prompts = prompts or Prompts(resource_folders(folder.path, "prompts"))
    show = _show(record, variants, selection, folder)
    work = show.exhibit(show.chosen)
    page = prompts.html(
        TEMPLATE,
        record=record,
        models=models(record),
        walls=show.walls,
        notes=_notes(show, record, folder, prompts),
        known=_known(show, record, variants),
        winner=show.winner,
        work=work,
        story=show.story,
        tree=show.tree,
        large=_large(work, folder),
        plot=packed(found(folder.final, "plot.gcode")) if work else "",
        sketch=packed(work.turn.drawing.source.encode(errors="replace")) if work else "",
        exact=packed(found(folder.iteration(*work.key), "drawing.svg")) if work else "",
        titles={variant.id: variant.title for variant in variants},
        selection=selection,
        strengths=_strengths(selection),
        usage=usage,
        spent=spent,
        dollars=dollars,
        asked=asked,
        answered=answered,
        descent=descent(record),
        eyes=whose_eyes(variants, selection),
        commands=commands(record, folder.workspace),
        script_hash=script_hash,
    )
    # a model may answer with half a surrogate pair
    return write_bytes(folder.gallery, page.encode(errors="replace"))


def script_hash(script: str) -> str:
    """What the page's security policy calls the only script that may run in it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def _show(record: RunRecord, variants: list[Variant], selection: Selection, folder: RunFolder) -> Show:
    hanger = Hanger(folder, sum(len(variant.iterations) for variant in variants), _paid(folder))
    above = parents(variants, record.brief.strategy)
    chosen = chosen_key(variants, selection)
    walls = [hanger.wall(variant, chosen, above) for variant in variants]
    return Show(walls, above, chosen, tree(record, variants, selection))


def _paid(folder: RunFolder) -> Mapping[Key, Usage]:
    """What each iteration came to, as far as it is on record."""
    if not folder.journal.is_file():
        return {}
    with Journal.read(folder) as journal:
        return journal.spent()


def _notes(show: Show, record: RunRecord, folder: RunFolder, prompts: Prompts) -> dict[Key, str]:
    """What is told of each iteration where it is looked at closely, packed."""
    sources = {one.key: one.turn.drawing.source for wall in show.walls for one in wall.exhibits}
    told: dict[Key, str] = {}
    for wall in show.walls:
        for one in wall.exhibits:
            above = next(iter(show.above[one.key]), None)
            values: dict[str, Any] = {
                "exhibit": one,
                "turn": one.turn,
                "lines": coloured(one.turn.drawing.source),
                "above": above,
                "changed": changed(sources[above], one.turn.drawing.source) if above else [],
                "commands": commands_of(record.id, *one.key, folder.workspace),
            }
            page = prompts.html(NOTES, measures=measures, region=region, spent=spent, answered=answered, **values)
            told[one.key] = packed(page.encode(errors="replace"))
    return told


def _known(show: Show, record: RunRecord, variants: list[Variant]) -> dict[str, Any]:
    """What the page's script needs to know: the order of looking, who came of whom, and the measures as series."""
    order = [
        {
            "name": one.name,
            "variant": one.variant,
            "number": one.turn.number,
            "index": index,
            "title": wall.variant.concept_of(one.turn.number).title,
            "folder": one.folder,
            "kind": one.drawing.kind,
            "layered": one.drawing.layered,
            "drawn": bool(one.thumb),
            "beside": beside.name if (beside := _beside(show, wall, index)) else "",
        }
        for wall in show.walls
        for index, one in enumerate(wall.exhibits)
    ]
    canvas = record.brief.canvas
    return {"id": record.id, "ratio": canvas.width_mm / canvas.height_mm, "order": order, "trends": trends(variants)}


def _beside(show: Show, wall: Wall, index: int) -> Exhibit | None:
    """What a drawing is compared with: the one it was made of; if it began anew, the variant's last one before it."""
    one = wall.exhibits[index]
    if one.above:
        return show.exhibit(one.above[0])
    return next((before for before in reversed(wall.exhibits[:index]) if before.thumb), None)


def _large(work: Exhibit | None, folder: RunFolder) -> str:
    """The chosen drawing as lines, however many."""
    return drawn(folder.iteration(*work.key), WINNER_BYTES).uri if work else ""


@dataclass(frozen=True)
class Strength:
    """Where a ranked drawing's strength and its interval lie on a scale of 0 to 100."""

    at: float
    low: float
    high: float


def _strengths(selection: Selection) -> dict[str, Strength]:
    """Of each ranked variant whose strength was measured."""
    known = {
        place.variant: Strength(place.strength, place.low, place.high)
        for place in selection.ranking
        if place.strength is not None and place.low is not None and place.high is not None
    }
    if not known:
        return {}
    low, high = min(one.low for one in known.values()), max(one.high for one in known.values())
    wide = (high - low) or 1.0

    def scaled(value: float) -> float:
        return round((value - low) / wide * 100, 1)

    return {
        name: replace(one, at=scaled(one.at), low=scaled(one.low), high=scaled(one.high)) for name, one in known.items()
    }
