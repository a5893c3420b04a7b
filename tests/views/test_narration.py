from __future__ import annotations

import pytest

from artloop.events import Event, FilesRestored, LessonsLearned, RoundEnded, SentBack, VariantBred
from artloop.models import Lineage, Nearness
from artloop.views.narration import plain

NEAR = Nearness(nearest="v02/03", distance=0.1234, too_close=True)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            SentBack(variant="v01", iteration=2, nearness=NEAR),
            "v01 2/5 goes back once, too close to v02/03 (distance 0.12)",
        ),
        (
            SentBack(variant="v01", iteration=0, nearness=NEAR.model_copy(update={"nearest": "v02"})),
            "v01 concept goes back once, too close to v02 (distance 0.12)",
        ),
        (
            VariantBred(variant="v05", lineage=Lineage(concept_of="v01", marks_of="v03", iteration=2), turns=1),
            "v05 is bred, concept of v01, marks of v03/02, for 1 iteration",
        ),
        (
            RoundEnded(number=2, survivors=["v01", "v03"], restarts=["v02"]),
            "round 2: v01, v03 ahead; v02 to begin again as crossings",
        ),
        (RoundEnded(number=1, survivors=[], restarts=[]), "round 1: nobody ahead"),
        (FilesRestored(variant="v01", iteration=2, same=True), "v01 2/5 had lost files; drawn again, the same"),
        (
            FilesRestored(variant="v01", iteration=2, same=False),
            "v01 2/5 had lost files; drawn again, NOT the same: Grafix or its settings have changed since",
        ),
        (LessonsLearned(variant="v01", iteration=1, lessons=["a", "b"]), "v01 1/5 learned: a; b"),
    ],
)
def test_what_happens_between_variants_is_told_in_a_line(event: Event, line: str) -> None:
    assert plain(event, 5) == line
