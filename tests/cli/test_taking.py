from pathlib import Path

import pytest

from artloop.cli.taking import Wanted, plot_from, told
from artloop.errors import UsageError
from artloop.grafix.exports import options_from
from artloop.grafix.plotter.layout import PlotOptions, PlotReport
from artloop.grafix.plotter.profiles import SERVO, ZAXIS

NONE = {"margin_mm": None, "from_stroke": None, "simplify_mm": None}


def test_gcode_is_for_a_z_axis_unless_told_otherwise() -> None:
    assert plot_from("gcode", None, None, **NONE) == Wanted("gcode", ZAXIS, PlotOptions())
    wanted = plot_from("gcode", "servo", None, margin_mm=5, from_stroke=7, simplify_mm=0.0)
    assert wanted == Wanted("gcode", SERVO, options_from(None, 5, from_stroke=7, simplify_mm=0))


def test_hpgl_has_no_profile() -> None:
    assert plot_from("hpgl", None, None, **NONE) == Wanted("hpgl", None, PlotOptions())
    with pytest.raises(UsageError, match="HPGL is the same"):
        plot_from("hpgl", "servo", None, **NONE)


def test_a_profile_may_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text('based_on = "spindle"\n')
    assert plot_from("gcode", str(file), None, **NONE).profile.name == "my-desk"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("form", "profile", "paper", "values", "said"),
    [
        ("pdf", None, None, NONE, "none of svg, png, gcode, hpgl"),
        ("svg", "servo", None, NONE, "takes no options for plotters"),
        ("png", None, "a4", NONE, "takes no options for plotters"),
        ("png", None, None, {"from_stroke": 3}, "takes no options for plotters"),
        ("gcode", "sevro", None, NONE, "did you mean servo"),
        ("gcode", "missing.toml", None, NONE, r"missing\.toml cannot be read"),
        ("gcode", None, "a9", NONE, "paper: canvas 'a9'"),
        ("gcode", None, None, {"from_stroke": 0}, "from_stroke 0"),
        ("hpgl", None, None, {"simplify_mm": -1.0}, "simplify_mm"),
    ],
)
def test_what_makes_no_sense_is_refused(
    form: str, profile: str | None, paper: str | None, values: dict[str, float | None], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        plot_from(form, profile, paper, **values)


def test_a_plot_is_told_in_one_line() -> None:
    report = PlotReport(strokes=12, pens=2, lifts=12, pen_down_mm=12_340, pen_up_mm=560, seconds=90)
    assert told(report) == (
        "12 strokes with 2 pens, 12.34 m drawn, 0.56 m travelled, about 1.5 min without pen changes"
    )
