import pytest

from artloop.house.look import see
from artloop.models import Canvas
from tests.house.studies import field_sight, picture, sight


def test_an_empty_share_and_a_field_are_told_from_a_figure() -> None:
    figure = sight(ink=(240, 300, 360, 480))
    assert figure.empty > 0.9 > 0.5 > field_sight().empty
    assert field_sight().fill == pytest.approx(1, abs=0.05)


def test_colour_is_what_is_clearly_tinted() -> None:
    assert sight().accent == 0
    assert 0.02 < sight(red=(400, 100, 440, 140)).accent < 0.4


def test_the_picture_of_a_blank_sheet_holds_nothing() -> None:
    blank = sight(ink=(0, 0, 0, 0))
    assert (blank.empty, blank.fill, blank.accent) == (1, 0, 0)


def test_the_darkest_disc_is_found_where_the_ink_is() -> None:
    there = sight(ink=(0, 600, 200, 800))
    dark = there.within(there.ink, 16)
    row, column = divmod(int(dark.argmax()), dark.shape[1])
    assert row > dark.shape[0] * 0.7
    assert column < dark.shape[1] * 0.4


@pytest.mark.parametrize("canvas", ["a3", "20x20mm", "2000x20mm"])
def test_any_sheet_can_be_looked_at(canvas: str) -> None:
    assert see(picture(), Canvas.parse(canvas)).ink.min() >= 0
