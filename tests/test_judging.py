"""Drawings of several runs judged by the real command line; the runs themselves are made by stand-ins."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from artloop.byhand import Answer, Choice, agreement, asked
from artloop.errors import UsageError
from artloop.flow.studio import make
from artloop.journal import Journal
from artloop.judging import Piece, gathered, prepared
from artloop.models import Brief, Caps, Comparison, RunRecord
from artloop.ports import Workshop
from artloop.readback import read_back
from artloop.settings import Settings, load
from artloop.shelf import FolderShelf
from artloop.workspace import RunFolder, Workspace, write_json
from tests.campaign import artloop, finished, killed_at_request
from tests.fakes import FakeArtists, FakeRender, FakeSearch, MemoryDistances, MemoryHand, brief
from tests.provider import MODEL, Provider, serving
from tests.works import hang, spiral


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


def run(root: Path, **values: object) -> RunFolder:
    """A finished run of two variants, v02 its winner, with pictures on disk."""
    wanted: Brief = brief(iterations=1, **values)
    folder = Workspace(root).create(wanted.text)
    models = dict.fromkeys(("imagine", "draw", "critique", "choose"), "house")
    record = {"id": folder.id, "brief": wanted, "models": models, "created": "2026-01-01", "artloop": "0.1.0"}
    write_json(folder.record, RunRecord.model_validate(record))
    artists = FakeArtists({("v01", 1): 4.0, ("v02", 1): 6.0})
    with Journal.open(folder, max_failures=1) as journal:
        hands = (MemoryHand(), FakeSearch(), MemoryDistances())
        shop = Workshop(artists, FakeRender(), journal, FolderShelf(folder), journal.append, *hands)
        asyncio.run(make(wanted, "house", shop, lambda variant: None))
    for number, name in enumerate(("v01", "v02"), start=1):
        hang(folder.iteration(name, 1), spiral(number, "#20304f"))
    return folder


def settings(root: Path) -> Settings:
    return load({"root": root})


def command(provider: Provider) -> list[str]:
    """Options that let the loopback provider judge."""
    return ["--judge-model", MODEL, "--base-url", provider.url]


def test_winners_or_every_variants_best_are_gathered_in_the_order_of_their_runs(tmp_path: Path) -> None:
    runs = sorted((run(tmp_path), run(tmp_path)), key=lambda folder: folder.id)
    found = gathered([runs[1], runs[0], runs[1]], every=False)
    assert [(piece.run, piece.variant) for piece in found] == [(folder.id, "v02") for folder in runs]
    assert [piece.entry.variant for piece in gathered(runs, every=True)] == ["p01", "p02", "p03", "p04"]
    assert gathered(runs[:1], every=True)[0].variant == read_back(runs[0]).variants[0].id


def test_one_drawing_alone_is_not_judged_and_no_run_against_itself(tmp_path: Path) -> None:
    folder = run(tmp_path)
    with pytest.raises(UsageError, match="add --all"):
        prepared("judge", gathered([folder], every=False), [folder], settings(tmp_path), Caps())
    with pytest.raises(UsageError, match="with itself"):
        prepared("compare", gathered([folder], every=True), [folder, folder], settings(tmp_path), Caps())


def test_the_house_does_not_measure_on_different_sheets(tmp_path: Path) -> None:
    runs = [run(tmp_path), run(tmp_path, canvas={"width_mm": 210, "height_mm": 148})]
    with pytest.raises(UsageError, match="--judge-model"):
        prepared("judge", gathered(runs, every=False), runs, settings(tmp_path), Caps())


def test_the_same_drawings_are_judged_in_the_same_folder_and_a_missing_picture_is_named(tmp_path: Path) -> None:
    runs = [run(tmp_path), run(tmp_path)]
    pieces = gathered(runs, every=False)
    folder = prepared("judge", pieces, runs, settings(tmp_path), Caps())
    assert prepared("judge", pieces, runs[::-1], settings(tmp_path), Caps()).path == folder.path
    assert sorted(path.name for path in (folder.path / "variants").iterdir()) == ["p01", "p02"]
    (runs[0].iteration("v01", 1) / "preview.png").unlink()
    with pytest.raises(UsageError, match=r"picture of .* is missing"):
        prepared("judge", gathered(runs, every=True), runs, settings(tmp_path), Caps())


@pytest.mark.slow
def test_a_judging_that_was_killed_goes_on_and_pays_for_nothing_twice(
    tmp_path: Path, cache_folder: Path, provider: Provider
) -> None:
    runs = [run(tmp_path), run(tmp_path)]
    words = ["judge", *(folder.id for folder in runs), "--all", *command(provider)]
    assert killed_at_request(artloop(*words, root=tmp_path, cache=cache_folder), provider, 7, answered=True)
    said = finished(*words, root=tmp_path, cache=cache_folder)
    assert "at most 16 answers" in said
    assert "6 pairs in 16 answers" in said
    again = [count for count in Counter(provider.bodies).values() if count > 1]
    assert len(again) <= 4, "no more than was in flight when it was killed"
    assert len(provider.bodies) == 16 + len(again)
    assert not any("sk-test" in path.read_text() for path in tmp_path.glob("judgings/*/*.json"))


def test_two_runs_are_compared_blind(tmp_path: Path, cache_folder: Path, provider: Provider) -> None:
    runs = [run(tmp_path), run(tmp_path)]
    said = finished("compare", runs[0].id, runs[1].id, *command(provider), "--json", root=tmp_path, cache=cache_folder)
    found = json.loads(said[said.index("{") :])
    assert (found["left"], found["pairs"], found["calls"]) == (runs[0].id, 4, 4 * 2 + 4)
    assert len(provider.bodies) == 12
    assert 0 <= found["low"] <= found["win_rate"] <= found["high"] <= 1
    (folder,) = (tmp_path / "judgings").iterdir()
    asked_for = [path.read_text() for path in folder.glob("prompt-*.md")]
    assert len(asked_for) == 2
    for text in asked_for:
        assert "Untitled" in text
        assert "Concept" not in text
        assert not any(name.id in text for name in runs)


def chosen(said: str) -> list[Choice]:
    """The artist's choices on pairs (a, b), (b, c), ...: the left one, the right one or a tie."""
    pairs = zip("abcdef", "bcdefg", strict=True)
    return [
        Choice(left=left, right=right, winner={"l": left, "r": right, "t": None}[one])
        for (left, right), one in zip(pairs, said, strict=False)
    ]


def test_the_judge_agrees_where_both_preferred_the_same_one() -> None:
    judged = [
        Comparison(left=one.left, right=one.right, winner=one.winner, reasons=[], agreed=True)
        for one in chosen("llrtl")
    ]
    found = agreement(judged, chosen("lrrl"))
    assert (found.pairs, found.decided, found.same) == (4, 3, 2)
    assert found.rate == pytest.approx(2 / 3, abs=1e-4)
    assert found.low < 0.67 < found.high
    assert agreement(judged, chosen("ttt")).rate is None


def test_the_artist_is_asked_once_for_each_pair_and_may_stop(tmp_path: Path) -> None:
    runs = [run(tmp_path), run(tmp_path)]
    pieces = gathered(runs, every=True)
    folder = prepared("judge", pieces, runs, settings(tmp_path), Caps())
    pairs = [
        Comparison(left=left, right=right, winner=left, reasons=[], agreed=True)
        for left, right in (("p01", "p02"), ("p01", "p03"), ("p02", "p03"))
    ]
    shown: list[tuple[str, str]] = []
    answers: list[Answer | None] = ["first", None]

    async def ask(first: Piece, second: Piece, number: int) -> Answer | None:
        shown.append((first.entry.variant, second.entry.variant))
        return answers.pop(0)

    assert [one.winner for one in asyncio.run(asked(folder, pieces, pairs, ask))] == [shown[0][0]]
    answers += ["second", "tie"]
    later = asyncio.run(asked(folder, pieces, pairs, ask))
    assert [one.winner for one in later] == [shown[0][0], shown[2][1], None]
    assert len(shown) == 4, "the first pair was not asked again"
    assert shown[1] == shown[2], "the same order every time"
