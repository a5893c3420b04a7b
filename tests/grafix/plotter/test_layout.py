import pytest

from artloop.errors import UsageError
from artloop.grafix.plotter.layout import Pace, PlotOptions, laid_out, measured, origin
from artloop.grafix.svg import Drawing
from artloop.models import Canvas

from ..plotters import Stroke, listed, pen

LINE: Stroke = [(10.0, 20.0), (60.0, 20.0)]


def drawing(*strokes: Stroke, canvas: tuple[float, float] = (100, 80)) -> Drawing:
    return Drawing(canvas, (pen(*strokes),))


def test_y_is_mirrored_about_the_page_not_the_drawing() -> None:
    (turn,) = laid_out(drawing(LINE), PlotOptions()).turns
    assert listed(turn.pen.coords, turn.pen.offsets) == [[(10.0, 60.0), (60.0, 60.0)]]


def test_on_larger_paper_the_drawing_lies_in_the_middle() -> None:
    options = PlotOptions(paper=Canvas(width_mm=200, height_mm=100))
    (turn,) = laid_out(drawing(LINE), options).turns
    assert listed(turn.pen.coords, turn.pen.offsets) == [[(60.0, 70.0), (110.0, 70.0)]]
    assert origin(drawing(LINE), options) == (-50.0, 90.0)


@pytest.mark.parametrize(
    ("stroke", "options", "said"),
    [
        ([(-1.25, 5.0), (5.0, 5.0)], {}, "1.25 mm at the left;"),
        ([(5.0, 5.0), (100.5, 5.0)], {}, "0.50 mm at the right;"),
        ([(5.0, -2.0), (5.0, 82.0)], {}, "2.00 mm at the top, 2.00 mm at the bottom;"),
        (
            [(5.0, 20.0), (60.0, 20.0)],
            {"margin_mm": 8.0},
            "with a margin of 8 mm: it goes too far by 3.00 mm at the left",
        ),
        (
            [(5.0, 5.0), (60.0, 60.0)],
            {"paper": Canvas(width_mm=60, height_mm=80)},
            "60 x 80 mm: it goes too far by 15.00",
        ),
    ],
)
def test_what_does_not_fit_is_refused_and_by_how_much(stroke: Stroke, options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        laid_out(drawing(stroke), PlotOptions.model_validate(options))


def test_ink_on_the_very_edge_fits() -> None:
    laid_out(drawing([(0.0, 0.0), (100.0, 80.0)]), PlotOptions())


def test_a_margin_that_leaves_no_paper_and_an_empty_drawing_are_refused() -> None:
    with pytest.raises(UsageError, match="leaves nothing"):
        laid_out(drawing(LINE), PlotOptions(margin_mm=40))
    with pytest.raises(UsageError, match="empty"):
        laid_out(drawing(), PlotOptions())


def test_strokes_are_numbered_over_all_pens_and_left_out_from_the_first_on() -> None:
    both = Drawing((100, 80), (pen(LINE, LINE, LINE), pen(LINE, LINE, name="red")))
    numbers = [[number for number, _ in turn.strokes()] for turn in laid_out(both, PlotOptions()).turns]
    assert numbers == [[1, 2, 3], [4, 5]]
    rest = laid_out(both, PlotOptions(from_stroke=5))
    assert [(turn.number, turn.first, len(turn.pen.offsets) - 1) for turn in rest.turns] == [(2, 5, 1)]
    assert (rest.total, rest.pens) == (5, 2)
    with pytest.raises(UsageError, match=r"no stroke 6 .* has 5"):
        laid_out(both, PlotOptions(from_stroke=6))


def test_a_plot_is_measured_from_the_origin_and_back() -> None:
    layout = laid_out(drawing([(0.0, 80.0), (30.0, 80.0)], [(30.0, 40.0), (0.0, 40.0)]), PlotOptions())
    pace = Pace(draw_mm_s=10, travel_mm_s=20, acceleration_mm_s2=1000, lift_s=0.5)
    report = measured(layout, pace)
    assert (report.strokes, report.lifts, report.pens) == (2, 2, 1)
    assert (report.pen_down_mm, report.pen_up_mm) == (60.0, 80.0)
    drawn, travelled, lifts = 2 * (30 / 10 + 10 / 1000), 2 * (40 / 20 + 20 / 1000), 4 * 0.5
    assert report.seconds == pytest.approx(drawn + travelled + lifts, abs=0.06)
