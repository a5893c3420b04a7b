from __future__ import annotations

from pathlib import Path

import pytest

from artloop.models import Change, Drawing, Iteration, Variant
from artloop.workspace import RunFolder
from benchmarks.swapped_pictures import alike, match, samples
from tests.fakes import concept, critique, drawn

HERE = Change(place="lower left corner", what="open the dense hatching", amount="2 mm")
THERE = Change(place="upper edge", what="leave more white margin", amount="10 mm")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("the lower left corner", "lower left corner, please", True),
        ("lower left corner", "upper right corner", False),
        ("", "at the top", True),
        ("", "lower edge", False),
    ],
)
def test_phrases_are_alike_when_they_share_half_of_their_words(left: str, right: str, same: bool) -> None:
    assert alike(left, right) == same


@pytest.mark.parametrize(
    ("changes", "matching"),
    [
        ([HERE, THERE], True),
        ([THERE], True),
        ([HERE.model_copy(update={"place": "upper right side"})], False),
        ([HERE.model_copy(update={"what": "crowd lines together"})], False),
        ([], False),
    ],
)
def test_a_critique_matches_when_half_of_its_changes_come_back(changes: list[Change], matching: bool) -> None:
    known = critique(5.0).model_copy(update={"changes": [HERE, THERE]})
    assert match(known, critique(5.0).model_copy(update={"changes": changes})) == matching


def test_every_drawing_is_paired_with_the_picture_of_another_variant(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    drawing = Drawing(source="x", change="c", hypothesis="h")
    done = [Iteration(number=number, drawing=drawing, rendering=drawn(""), critique=critique(5)) for number in (1, 2)]
    variants = [Variant(id=f"v0{n}", concept=concept(n), iterations=done) for n in (1, 2, 3)]
    for variant in variants:
        for number in (1, 2):
            picture = folder.iteration(variant.id, number) / "preview.png"
            picture.parent.mkdir(parents=True)
            picture.write_bytes(b"")
    pairs = [(one.variant.id, one.sibling.parents[2].name) for one in samples(folder, variants)]
    assert pairs == [("v01", "v02")] * 2 + [("v02", "v03")] * 2 + [("v03", "v01")] * 2
    assert list(samples(folder, variants[:1])) == []
