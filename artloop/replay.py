"""A whole run again, from its recorded calls alone, and whether the same drawings come out."""

from __future__ import annotations

from pathlib import Path

from artloop.errors import ReplayDiffers
from artloop.events import Emit
from artloop.journal import Journal
from artloop.journal.history import history, inherit
from artloop.models import RunRecord
from artloop.settings import Settings
from artloop.wiring import drive
from artloop.workspace import RunFolder, Workspace, write_bytes, write_json


async def replay(source: RunFolder, settings: Settings, listen: Emit) -> tuple[RunFolder, int]:
    """Perform a run again in a new folder without any model; returns it and the number of SVGs compared.

    Raises `ReplayDiffers` that names the first step or drawing that is not the same.
    """
    record = source.read_record()
    copy = Workspace(settings.root, settings.workspace).create(record.brief.text)
    fields = {"id": copy.id, "origin": source.id}
    write_json(copy.record, RunRecord.model_validate({**record.model_dump(), **fields}))
    for reference in record.brief.references:
        write_bytes(copy.reference(reference), source.reference(reference).read_bytes())
    if record.fork:  # its history was made by another brief: it is given here too, but for the pictures
        given = history(source.journal, lambda step: step.kind != "render", inherited=True)
        inherit(copy.journal, [given])
    with Journal.read(source) as recorded:
        await drive(copy, settings, listen, recorded=recorded)
    return copy, compare(source, copy)


def compare(left: RunFolder, right: RunFolder) -> int:
    """Check that every final SVG of the first run is byte-identical in the second."""
    drawings = svgs(left.path)
    for path in drawings:
        twin = right.path / path
        if not twin.is_file():
            raise ReplayDiffers(f"{path} of {left.id} was not made again in {right.id}")
        if twin.read_bytes() != (left.path / path).read_bytes():
            raise ReplayDiffers(f"{path} differs between {left.id} and {right.id}")
    for path in svgs(right.path):
        if path not in drawings:
            raise ReplayDiffers(f"{path} exists only in the replay {right.id}")
    return len(drawings)


def svgs(folder: Path) -> list[Path]:
    """The SVGs of iterations, in order, relative to the run; tries are left to the journal."""
    return sorted(path.relative_to(folder) for path in folder.glob("variants/*/iterations/*/drawing.svg"))
