import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artloop.errors import UsageError
from artloop.grafix.plotter.sheet import Margins, Sheet, placed, size
from artloop.grafix.svg import Drawing
from artloop.models import Canvas

from ..plotters import Stroke, listed, pen

LINE: Stroke = [(10.0, 20.0), (60.0, 20.0)]


def drawing(*strokes: Stroke, canvas: tuple[float, float] = (100, 80)) -> Drawing:
    return Drawing(canvas, (pen(*strokes),))


def strokes(found: Drawing) -> list[Stroke]:
    return listed(np.round(found.pens[0].coords, 6), found.pens[0].offsets)


def test_on_larger_paper_the_drawing_lies_in_the_middle() -> None:
    found = placed(drawing(LINE), Sheet(paper=Canvas(width_mm=200, height_mm=100)))
    assert found.canvas == (200, 100)
    assert strokes(found) == [[(60.0, 30.0), (110.0, 30.0)]]


def test_margins_that_differ_move_the_middle() -> None:
    paper = Canvas(width_mm=200, height_mm=100)
    found = placed(drawing(LINE), Sheet(paper=paper, margins_mm=Margins(left=20, bottom=6)))
    assert strokes(found) == [[(70.0, 27.0), (120.0, 27.0)]]


@pytest.mark.parametrize(
    ("stroke", "sheet", "said"),
    [
        ([(-1.25, 5.0), (5.0, 5.0)], {}, "1.25 mm at the left;"),
        ([(5.0, 5.0), (100.5, 5.0)], {}, "0.50 mm at the right;"),
        ([(5.0, -2.0), (5.0, 82.0)], {}, "2.00 mm at the top, 2.00 mm at the bottom;"),
        (
            [(5.0, 20.0), (60.0, 20.0)],
            {"margins_mm": Margins.all_round(8)},
            "with a margin of 8 mm: it goes too far by 3.00 mm at the left",
        ),
        (
            [(5.0, 5.0), (60.0, 60.0)],
            {"paper": Canvas(width_mm=60, height_mm=80)},
            "60 x 80 mm: it goes too far by 15.00",
        ),
    ],
)
def test_what_does_not_fit_is_refused_and_by_how_much(stroke: Stroke, sheet: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        placed(drawing(stroke), Sheet.model_validate(sheet))


def test_ink_on_the_very_edge_fits() -> None:
    placed(drawing([(0.0, 0.0), (100.0, 80.0)]), Sheet())


def test_a_margin_that_leaves_no_paper_and_an_empty_drawing_are_refused() -> None:
    with pytest.raises(UsageError, match="leaves nothing"):
        placed(drawing(LINE), Sheet(margins_mm=Margins.all_round(40)))
    with pytest.raises(UsageError, match="empty"):
        placed(drawing(), Sheet())


def test_margins_are_given_as_in_css() -> None:
    assert Margins.parse("4") == Margins(top=4, right=4, bottom=4, left=4)
    assert Margins.parse("4, 7") == Margins(top=4, right=7, bottom=4, left=7)
    assert Margins.parse("1,2,3,4") == Margins(top=1, right=2, bottom=3, left=4)
    for text in ("", "4,5,6", "a", "4 5"):
        with pytest.raises(ValueError, match="is neither like 10"):
            Margins.parse(text)


def test_paper_is_turned_as_asked_or_as_the_drawing_is() -> None:
    a4 = Canvas.parse("a4")
    assert size((100, 80), Sheet(paper=a4)) == (210, 297)
    assert size((100, 80), Sheet(paper=a4, orientation="auto")) == (297, 210)
    assert size((80, 100), Sheet(paper=a4, orientation="landscape")) == (297, 210)
    assert size((80, 80), Sheet(paper=a4, orientation="auto")) == (210, 297)
    assert size((100, 80), Sheet(orientation="portrait")) == (80, 100)


def test_a_drawing_is_turned_clockwise_with_its_sheet() -> None:
    corner: Stroke = [(0.0, 0.0), (30.0, 10.0)]
    for turn, found in {90: (70.0, 30.0), 180: (70.0, 70.0), 270: (10.0, 70.0)}.items():
        sheet = placed(drawing(corner, canvas=(100, 80)), Sheet(turn=turn))  # type: ignore[arg-type]
        assert sheet.canvas == ((80, 100) if turn != 180 else (100, 80))
        assert strokes(sheet)[0][1] == found


@given(
    st.sampled_from(["a6", "a5", "a4", "a3", "a2", "letter", "123x321mm"]),
    st.sampled_from(["as named", "portrait", "landscape", "auto"]),
    st.tuples(*[st.integers(0, 25)] * 4),
    st.sampled_from([0, 90, 180, 270]),
    st.tuples(st.integers(20, 400), st.integers(20, 400)),
)
def test_fitted_to_any_paper_a_drawing_fills_what_the_margins_leave_and_keeps_its_shape(
    paper: str, orientation: str, sides: tuple[int, ...], turn: int, canvas: tuple[int, int]
) -> None:
    top, right, bottom, left = sides
    margins = Margins(top=top, right=right, bottom=bottom, left=left)
    width, height = canvas
    frame: Stroke = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
    sheet = Sheet.model_validate(
        {"paper": Canvas.parse(paper), "orientation": orientation, "margins_mm": margins, "fit": True, "turn": turn}
    )
    found = placed(drawing(frame, canvas=canvas), sheet)
    low, high = found.pens[0].coords.min(axis=0), found.pens[0].coords.max(axis=0)
    gaps = np.array([*(low - (left, top)), *(found.canvas - high - (right, bottom))])
    assert gaps.min() == pytest.approx(0, abs=1e-6)
    assert gaps[:2] == pytest.approx(gaps[2:], abs=1e-6)
    across, down = high - low
    assert across / down == pytest.approx(height / width if turn in (90, 270) else width / height)
