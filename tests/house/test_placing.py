import pytest

from artloop.house import moves, placing
from artloop.house.words import chance, meaning
from artloop.models import Canvas, Metrics
from tests.fakes import METRICS
from tests.house.studies import FIELD, field_sight, sight

CALM = meaning("calm")


def fitting(**boxes: tuple[int, int, int, int]) -> set[str]:
    seen = sight(**boxes) if boxes else field_sight()
    return {move.name for move in moves.MOVES if placing.suits(move, FIELD, seen, METRICS)}


def test_a_figure_is_not_cut_to_pieces() -> None:
    figure = fitting(ink=(240, 300, 360, 312), red=(300, 700, 302, 702))
    assert {"slip", "card"} <= figure
    assert not figure & {"panes", "window", "medallion", "turn", "glass", "slats"}
    assert {"panes", "window", "turn"} <= fitting()


def test_a_drawing_whose_second_pen_speaks_gets_no_other_voice() -> None:
    assert {"sun", "voice"} <= fitting()
    assert not fitting(ink=(48, 48, 544, 792), red=(200, 200, 420, 420)) & {"sun", "voice", "echo"}


def test_tags_and_crowded_lines_speak_against_a_move() -> None:
    night = FIELD.replace('"calm"', '"suns"')
    assert not placing.suits(moves.BY_NAME["sun"], night, field_sight(), METRICS)
    tight = Metrics.model_validate({**METRICS.model_dump(), "spacing_p05_mm": 0.4})
    assert not placing.suits(moves.BY_NAME["echo"], FIELD, field_sight(), tight)


@pytest.mark.parametrize("name", ["turn", "voice", "sun", "medallion"])
def test_a_disc_is_placed_on_lines_and_away_from_the_edge(name: str) -> None:
    move, seen = moves.BY_NAME[name], field_sight()
    values = placing.settings(move, seen, Canvas(), CALM, chance("x"))
    assert values is not None
    x, y, radius = (values[f"{name}_{part}"] for part in ("x", "y", "mm"))
    assert radius + 12 < x * 148 < 148 - radius - 12
    assert radius + 12 < y * 210 < 210 - radius - 12
    assert all(low <= values[key] <= high for key, (low, high) in move.ranges.items())


def test_a_disc_that_finds_no_place_is_not_drawn() -> None:
    corner = sight(ink=(48, 48, 140, 140))
    assert placing.settings(moves.BY_NAME["turn"], corner, Canvas(), CALM, chance("x")) is None


def test_the_sun_beside_a_figure_stands_in_the_air() -> None:
    figure = sight(ink=(60, 500, 540, 500 + 7), red=(60, 780, 62, 782))
    values = placing.settings(moves.BY_NAME["sun"], figure, Canvas(), CALM, chance("x"))
    assert values is not None
    assert abs(values["sun_y"] * 210 - 125) > values["sun_mm"]


def test_a_night_brief_makes_a_crescent() -> None:
    sun = moves.BY_NAME["sun"]
    phases = [placing.settings(sun, field_sight(), Canvas(), meaning(text), chance(1)) for text in ("night", "day")]
    assert [values and values["sun_phase"] for values in phases] == [0.62, 0.0]


def test_without_a_picture_only_moves_that_need_no_place_are_made() -> None:
    blind = {move.name for move in moves.MOVES if placing.suits(move, FIELD, None, METRICS)}
    assert blind == {"slip", "card"}
