import os
from pathlib import Path

import pytest

from artloop.cli.taking import Chosen, export_from, form_of, path_for, summary, take, told
from artloop.errors import UsageError
from artloop.grafix.plotter.assigning import Assignment
from artloop.grafix.plotter.choices import options_from
from artloop.grafix.plotter.layout import PlotOptions
from artloop.grafix.plotter.orders import Export, Exports, PartReport
from artloop.grafix.plotter.profiles import SERVO, ZAXIS
from artloop.settings import Settings

REPORT = PartReport(
    strokes=12, pens=2, lifts=12, pen_down_mm=12_340, pen_up_mm=560, seconds=90, names=["1 ink", "2 red"]
)


def test_gcode_is_for_a_z_axis_unless_told_otherwise() -> None:
    assert export_from("gcode") == Export(form="gcode", profile=ZAXIS, options=PlotOptions())
    wanted = export_from("gcode", profile="servo", margin="5", from_stroke=7, simplify_mm=0.0)
    assert wanted.options == options_from(None, 5, from_stroke=7, simplify_mm=0.0)
    assert wanted.profile == SERVO


def test_a_picture_is_as_it_was_drawn_unless_somebody_wants_a_plot() -> None:
    assert export_from("svg").as_drawn
    assert export_from("png", dpi=600.0, preview="png").as_drawn
    for option in ({"paper": "a4"}, {"marks": True}, {"split": "pen"}, {"opaque": ["all"]}, {"assign": ["ink=2"]}):
        assert not export_from("svg", **option).as_drawn
    assert not export_from("hpgl").as_drawn


@pytest.mark.parametrize(
    ("output", "form"),
    [(None, "svg"), ("tide", "svg"), ("tide.PNG", "png"), ("tide.nc", "gcode"), ("tide.plt", "hpgl"), ("t.svg", "svg")],
)
def test_the_ending_of_the_file_says_what_is_wanted(output: str | None, form: str) -> None:
    assert form_of(Path(output) if output else None) == form


def test_a_profile_may_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text('based_on = "spindle"\n')
    assert export_from("gcode", profile=str(file)).profile.name == "my-desk"  # type: ignore[union-attr]


def test_ink_is_given_in_metres_and_pens_by_layer() -> None:
    wanted = export_from("hpgl", split="2.5m", assign=["shade=2", "a=b=blue"])
    assert wanted.split == 2500
    assert wanted.assignments == (Assignment(layer="shade", pen="2"), Assignment(layer="a=b", pen="blue"))


@pytest.mark.parametrize(
    ("form", "given", "said"),
    [
        ("pdf", {}, "none of svg, png, gcode, hpgl"),
        ("svg", {"profile": "servo"}, "--profile is for --format gcode"),
        ("hpgl", {"profile": "servo"}, "HPGL is the same"),
        ("svg", {"dpi": 300.0}, "--dpi is for --format png"),
        ("png", {"dpi": 3.0}, "--dpi 3"),
        ("gcode", {"profile": "sevro"}, "did you mean servo"),
        ("gcode", {"profile": "missing.toml"}, r"missing\.toml cannot be read"),
        ("gcode", {"paper": "a9"}, "--paper: canvas 'a9'"),
        ("gcode", {"margin": "1,2,3"}, "margin '1,2,3' is neither"),
        ("gcode", {"margin": "-3"}, "--margin -3.0: .*greater than or equal to 0"),
        ("gcode", {"simplify_mm": -1.0}, "--simplify -1"),
        ("gcode", {"orientation": "upright"}, "--orientation upright"),
        ("gcode", {"turn": 45}, "--turn 45"),
        ("gcode", {"from_stroke": 0}, "--from-stroke 0"),
        ("hpgl", {"split": "layer"}, "neither `pen` nor metres"),
        ("hpgl", {"split": "0m"}, "neither `pen` nor metres"),
        ("hpgl", {"assign": ["shade"]}, "--assign 'shade' is not like LAYER=PEN"),
        ("svg", {"preview": "pdf"}, "--preview pdf"),
    ],
)
def test_what_makes_no_sense_is_refused(form: str, given: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        export_from(form, **given)


def test_a_folder_is_no_file_to_write(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder; name a file in it"):
        take(Settings(), Chosen(b"", "tide"), export_from("svg"), tmp_path)


def test_a_pipe_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is a device or a pipe"):
        take(Settings(), Chosen(b"", "tide"), export_from("svg"), tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()


def test_a_plot_is_told_in_one_line() -> None:
    assert told(REPORT) == (
        "12 strokes with 2 pens, 12 lifts, 12.34 m drawn, 0.56 m travelled, about 1.5 min without pen changes"
    )


def test_a_summary_names_paper_pens_files_and_doubts() -> None:
    blue = REPORT.model_copy(update={"pen": "blue", "number": 2, "part": 3, "pens": 1})
    lines = summary(Exports(paper=(210, 297), scale=1.0, parts=[REPORT, blue], warnings=["ink at the edge"]))
    assert lines[0] == "paper 210 x 297 mm, true to size"
    assert lines[1].startswith("pens 1 ink, 2 red: 12 strokes")
    assert lines[2].startswith("2 blue part 3: 12 strokes with 1 pen")
    assert lines[3:] == ["in all 2 files, 24.68 m drawn, about 3.0 min", "warning: ink at the edge"]


def test_a_part_is_called_after_its_pen() -> None:
    blue = REPORT.model_copy(update={"pen": "Deep Blue/1", "number": 2})
    assert path_for(Path("out/plot.gcode"), REPORT) == Path("out/plot.gcode")
    assert path_for(Path("out/plot.gcode"), blue) == Path("out/plot-2-deep-blue-1.gcode")
    assert path_for(Path("plot.svg"), blue.model_copy(update={"part": 4})) == Path("plot-2-deep-blue-1-part4.svg")
