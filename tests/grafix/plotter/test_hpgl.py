import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artloop.errors import UsageError
from artloop.grafix import svg
from artloop.grafix.plotter import hpgl
from artloop.grafix.svg import Drawing

from ... import goldens
from ..plotters import Stroke, flipped, pen, plot_hpgl
from .test_gcode import STROKES, TINY


def test_a_tiny_drawing_reads_as_expected(request: pytest.FixtureRequest) -> None:
    goldens.check(request, "plot.hpgl", hpgl.write(TINY)[0])


@given(STROKES, STROKES, st.integers(1, 3))
def test_what_is_plotted_is_what_was_drawn_mirrored_about_the_page(
    first: list[Stroke], second: list[Stroke], start: int
) -> None:
    drawing = Drawing((80, 80), svg.merged([pen(*first), pen(*second, name="red")]))
    start = min(start, len(first) + len(second))
    text, report = hpgl.write(drawing, start)
    plot = plot_hpgl(text)
    drawn = [(number, stroke) for number in (1, 2) for stroke in flipped(drawing, number - 1)][start - 1 :]
    assert plot.pens == [number for number, _ in drawn]
    assert report.strokes == len(plot.strokes)
    for plotted, (_, stroke) in zip(plot.strokes, drawn, strict=True):
        units = [tuple(np.rint(np.array(point) * 40) / 40) for point in stroke]
        assert deduplicated(plotted) == deduplicated(units)  # type: ignore[arg-type]


def test_long_strokes_are_cut_into_commands_for_small_buffers() -> None:
    stroke = [(float(x % 50), float(x)) for x in range(200)]
    text, _ = hpgl.write(Drawing((60, 200), (pen(stroke),)))
    assert max(map(len, text.splitlines())) < 600
    assert len(plot_hpgl(text).strokes) == 1


def test_the_pen_ends_up_put_away_at_the_origin() -> None:
    assert hpgl.write(TINY)[0].endswith("PU0,0;SP0;\n")


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UsageError, match=r"3\.00 mm at the right"):
        hpgl.write(Drawing((20, 20), (pen([(1.0, 1.0), (23.0, 1.0)]),)))


def deduplicated(stroke: Stroke) -> Stroke:
    return [point for nth, point in enumerate(stroke) if nth == 0 or point != stroke[nth - 1]]
