"""Only what is gone is drawn again, where it was, and whether it is the same is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from artloop.events import Event, FilesRestored
from artloop.flow.strategies import make
from artloop.journal import Journal
from artloop.models import Artifact, Rendering, RunRecord
from artloop.ports import Workshop
from artloop.restoring import restore
from artloop.shelf import FolderShelf
from artloop.workspace import RunFolder, Workspace, write_bytes, write_json
from tests.fakes import FakeArtists, FakeRender, FakeSearch, MemoryDistances, MemoryHand, brief, drawn

SVG = "iterations/01/drawing.svg"


def rule(digit: str) -> FakeRender:
    """Renders whose file has this digest."""
    artifact = Artifact(name="drawing.svg", path=SVG, mime="image/svg+xml", bytes=6, sha256=digit * 64)

    def made(source: str) -> Rendering:
        return drawn(source).model_copy(update={"artifacts": [artifact]})

    return FakeRender(made)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A finished run of two variants with a drawing each."""
    wanted = brief(iterations=1)
    made = Workspace(tmp_path).create(wanted.text)
    models = dict.fromkeys(("imagine", "draw", "critique", "choose"), "house")
    record = {"id": made.id, "brief": wanted, "models": models, "created": "2026-01-01", "artloop": "0.1.0"}
    write_json(made.record, RunRecord.model_validate(record))
    with Journal.open(made, max_failures=1) as journal:
        hands = (MemoryHand(), FakeSearch(), MemoryDistances())
        shop = Workshop(FakeArtists(), rule("a"), journal, FolderShelf(made), journal.append, *hands)
        asyncio.run(make(wanted, "house", shop, lambda variant: None))
    for name in wanted.variant_ids:
        write_bytes(made.variant(name) / SVG, b"<svg/>")
    return made


def restored(folder: RunFolder, render: FakeRender) -> list[Event]:
    told: list[Event] = []
    asyncio.run(restore(folder, render, told.append))
    return told


def test_where_nothing_is_gone_nothing_is_drawn(folder: RunFolder) -> None:
    render = rule("a")
    assert restored(folder, render) == []
    assert render.places == []


@pytest.mark.parametrize(("digit", "same"), [("a", True), ("b", False)])
def test_what_is_gone_is_drawn_where_it_was(folder: RunFolder, digit: str, same: bool) -> None:
    (folder.variant("v02") / SVG).unlink()
    render = rule(digit)
    assert restored(folder, render) == [FilesRestored(variant="v02", iteration=1, same=same)]
    assert render.places == [folder.place("v02", 1)]
