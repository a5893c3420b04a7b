"""Where a critic's words point, and what there is to type."""

import pytest

from artloop.views.gallery.told import commands, commands_of, region
from tests.works import RECORD


@pytest.mark.parametrize(
    ("place", "box"),
    [
        ("lower third", (0, 67, 100, 33)),
        ("the upper left corner", (0, 0, 25, 25)),
        ("lower left", (0, 55, 45, 45)),
        ("in the middle", (30, 30, 40, 40)),
        ("at the right, middle part", (55, 30, 45, 40)),
        ("the foot of the page", (0, 55, 100, 45)),
        ("the empty part", None),
        ("off the middle", None),
        ("left and right", None),
        ("all over", None),
        ("", None),
    ],
)
def test_words_that_name_a_place_become_one(place: str, box: tuple[int, int, int, int] | None) -> None:
    assert region(place) == box


def test_commands_lead_back_to_the_workspace() -> None:
    assert all(line.endswith(" --workspace lab") for _, line in commands(RECORD, "lab"))
    assert not any("--workspace" in line for _, line in commands(RECORD, "default"))
    forked = dict(commands_of(RECORD.id, "v02", 3, "lab"))["Go on from here, in a new run"]
    assert forked == f"artloop fork {RECORD.id} --variant v02 --iteration 3 --workspace lab"
