import pytest

from artloop.cli.health import advice, shortfall
from artloop.grafix.sandbox.levels import CONFINED


@pytest.mark.parametrize("level", sorted(CONFINED))
def test_where_sketches_are_confined_there_is_nothing_to_do(level: str) -> None:
    assert advice(level) == ""


def test_where_they_are_not_the_doctor_says_what_follows() -> None:
    assert "--allow-unsafe" in advice("process")


def test_the_best_level_falls_short_of_nothing_and_another_says_why() -> None:
    assert shortfall("full") == ""
    assert shortfall("bwrap").startswith(" (not full: ")
