import subprocess
import sys

import numpy as np
import pytest

from artloop.errors import UsageError
from artloop.grafix import svg
from artloop.grafix.plotter.layout import PlotOptions
from artloop.grafix.plotter.plotting import plotted, prepared, rehearse
from artloop.grafix.plotter.profiles import PROFILES, SERVO, Profile
from artloop.grafix.svg import Drawing

from ..plotters import Plot, Stroke, beyond, flipped, pen, plot_gcode, plot_hpgl


def rings(count: int, seed: int) -> list[Stroke]:
    """Circles of many points all over the sheet, some of them twice, cut into quarters."""
    chance = np.random.default_rng(seed)
    found = []
    for x, y, radius in chance.uniform((30, 30, 2), (110, 170, 25), (count, 3)):
        angles = np.linspace(0, 2 * np.pi, 81)
        circle = np.round(np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], 1), 3)
        circle[-1] = circle[0]
        found += [[tuple(point) for point in circle[k : k + 21].tolist()] for k in (0, 20, 40, 60)]
    return [*found, *found[: count // 2]]  # type: ignore[list-item]


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    """Read back from its file."""
    pens = [pen(*rings(12, 1)), pen(*rings(8, 2), [(5.0, 5.0), (5.0, 5.0)], name="red")]
    return svg.read(svg.write(Drawing((148, 210), svg.merged(pens))))


@pytest.mark.parametrize("profile", [*PROFILES.values(), None], ids=[*PROFILES, "hpgl"])
def test_every_line_is_plotted_once_and_no_other(drawing: Drawing, profile: Profile | None) -> None:
    text, report = plotted(drawing, profile, PlotOptions())
    plot: Plot = plot_gcode(text, profile) if profile else plot_hpgl(text)
    for number in (1, 2):
        drawn = flipped(drawing, number - 1)
        assert beyond(plot.of(number), drawn) < 0.05 + 0.02
        assert beyond(drawn, plot.of(number)) < 0.05 + 0.02
    points = np.array([point for stroke in plot.strokes for point in stroke])
    assert (points >= 0).all()
    assert (points <= [148, 210]).all()
    circles = 2 * np.pi * (radii(12, 1) + radii(8, 2))
    assert report.pen_down_mm == pytest.approx(circles, rel=0.01)
    assert report.lifts == len(plot.strokes) == 12 + 8 + 1


def test_joining_and_ordering_save_lifts_and_travel(drawing: Drawing) -> None:
    _, report = plotted(drawing, SERVO, PlotOptions())
    _, loose = plotted(drawing, SERVO, PlotOptions(merge_mm=0, simplify_mm=0))
    assert loose.strokes == report.strokes
    assert report.pen_up_mm < 2000


def test_the_next_pen_begins_near_where_the_last_one_ended() -> None:
    hatching = [[(10.0 * k, 10.0), (10.0 * k, 90.0)] for k in range(1, 10)]
    pens = pen([(90.0, 99.0), (50.0, 99.0)]), pen(*hatching, name="red")
    first, second = prepared(Drawing((100, 100), pens), PlotOptions()).pens
    assert first.coords.tolist() == [[50.0, 99.0], [90.0, 99.0]]
    assert second.coords[0].tolist() == [90.0, 90.0]


def test_a_program_is_the_same_every_time(drawing: Drawing) -> None:
    assert plotted(drawing, SERVO, PlotOptions()) == plotted(drawing, SERVO, PlotOptions())


def test_a_plot_that_goes_on_has_the_order_of_the_whole(drawing: Drawing) -> None:
    whole, rest = (plot_gcode(plotted(drawing, SERVO, PlotOptions(from_stroke=n))[0], SERVO) for n in (1, 15))
    assert rest.strokes == whole.strokes[14:]
    assert rest.numbers == whole.numbers[14:]


def test_what_does_not_fit_is_refused_before_anything_is_done() -> None:
    far = Drawing((100, 100), (pen([(1.0, 1.0), (1e12, 1.0)]),))
    with pytest.raises(UsageError, match="at the right"):
        plotted(far, SERVO, PlotOptions())


def test_points_without_a_line_are_nothing_to_plot() -> None:
    text = svg.write(Drawing((100, 100), (pen([(1.0, 1.0), (9.0, 1.0)]),)))
    for points in ("M1,1", "M1,1M2,2M"):
        with pytest.raises(UsageError, match="nothing to plot"):
            plotted(svg.read(text.replace("M1,1 9,1", points)), SERVO, PlotOptions())
    report = plotted(svg.read(text.replace("M1,1 9,1", "M1,1 9,1M2,2M")), SERVO, PlotOptions())[1]
    assert report.strokes == 1


def test_the_rehearsal_uses_what_a_plot_uses() -> None:
    assert rehearse() == 3


def test_neither_the_server_nor_the_command_line_pays_for_numba() -> None:
    source = "import sys, artloop.grafix.server, artloop.cli.taking; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", source], check=False, timeout=60).returncode == 0


def radii(count: int, seed: int) -> float:
    return float(np.random.default_rng(seed).uniform((30, 30, 2), (110, 170, 25), (count, 3))[:, 2].sum())
