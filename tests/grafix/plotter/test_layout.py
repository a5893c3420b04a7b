import pytest

from artloop.errors import UsageError
from artloop.grafix.plotter.layout import Pace, laid_out, measured
from artloop.grafix.svg import Drawing

from ..plotters import Stroke, listed, pen

LINE: Stroke = [(10.0, 20.0), (60.0, 20.0)]


def drawing(*strokes: Stroke, canvas: tuple[float, float] = (100, 80)) -> Drawing:
    return Drawing(canvas, (pen(*strokes),))


def test_y_is_mirrored_about_the_page_not_the_drawing() -> None:
    (turn,) = laid_out(drawing(LINE)).turns
    assert listed(turn.pen.coords, turn.pen.offsets) == [[(10.0, 60.0), (60.0, 60.0)]]


def test_strokes_are_numbered_over_all_pens_and_left_out_from_the_first_on() -> None:
    both = Drawing((100, 80), (pen(LINE, LINE, LINE), pen(LINE, LINE, name="red")))
    numbers = [[number for number, _ in turn.strokes()] for turn in laid_out(both).turns]
    assert numbers == [[1, 2, 3], [4, 5]]
    rest = laid_out(both, 5)
    assert [(turn.number, turn.first, len(turn.pen.offsets) - 1) for turn in rest.turns] == [(2, 5, 1)]
    assert (rest.total, rest.pens) == (5, 2)
    with pytest.raises(UsageError, match=r"no stroke 6 .* has 5"):
        laid_out(both, 6)


def test_a_plot_is_measured_from_the_origin_and_back() -> None:
    layout = laid_out(drawing([(0.0, 80.0), (30.0, 80.0)], [(30.0, 40.0), (0.0, 40.0)]))
    pace = Pace(draw_mm_s=10, travel_mm_s=20, acceleration_mm_s2=1000, lift_s=0.5)
    report = measured(layout, pace)
    assert (report.strokes, report.lifts, report.pens) == (2, 2, 1)
    assert (report.pen_down_mm, report.pen_up_mm) == (60.0, 80.0)
    drawn, travelled, lifts = 2 * (30 / 10 + 10 / 1000), 2 * (40 / 20 + 20 / 1000), 4 * 0.5
    assert report.seconds == pytest.approx(drawn + travelled + lifts, abs=0.06)
