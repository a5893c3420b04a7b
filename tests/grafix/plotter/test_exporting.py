"""Files are read back by programs of others, or by machines that know nothing of how they were written."""

import xml.etree.ElementTree as ET
from io import BytesIO

import numpy as np
import pytest
import vpype
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from artloop.errors import UsageError
from artloop.grafix import svg
from artloop.grafix.plotter.assigning import Assignment
from artloop.grafix.plotter.exporting import exported
from artloop.grafix.plotter.layout import PlotOptions
from artloop.grafix.plotter.orders import Export, Exports
from artloop.grafix.plotter.profiles import PROFILES, SERVO
from artloop.grafix.plotter.sheet import Margins, Sheet, placed
from artloop.grafix.svg import Drawing
from artloop.models import Canvas
from artloop.pens import BUILT_IN

from ..plotters import Plot, Stroke, beyond, flipped, listed, pen, plot_gcode, plot_hpgl

INKSCAPE = "{http://www.inkscape.org/namespaces/inkscape}"
SQUARE: Stroke = [(30.0, 30.0), (60.0, 30.0), (60.0, 60.0), (30.0, 60.0), (30.0, 30.0)]
ACROSS: Stroke = [(10.0, 45.0), (90.0, 45.0)]
TWO = Drawing((100, 80), (pen(ACROSS, [(10.0, 70.0), (90.0, 70.0)]), pen(SQUARE, name="hill & dale", color="#c02020")))
COORDINATE = st.integers(100, 7900).map(lambda hundredths: hundredths / 100)
STROKES = st.lists(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=5), min_size=1, max_size=6)
MOVING = st.lists(
    st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=5, unique_by=(lambda p: p[0], lambda p: p[1])),
    min_size=1,
    max_size=6,
)
"""vpype reads no dots."""
SHEETS = st.builds(
    Sheet,
    paper=st.sampled_from(["a6", "a5", "a4", "a3", "a2", "letter", "200x90mm"]).map(Canvas.parse),
    orientation=st.sampled_from(["as named", "portrait", "landscape", "auto"]),
    margins_mm=st.builds(Margins, **{side: st.integers(0, 4) for side in ("top", "right", "bottom", "left")}),
    fit=st.booleans(),
    turn=st.sampled_from([0, 90, 180, 270]),
)
SPLITS = st.sampled_from([None, "pen", 90.0, 400.0])
quick = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def machine(form: str, profile: str, file: bytes) -> Plot:
    text = file.decode()
    return plot_gcode(text, PROFILES[profile]) if form == "gcode" else plot_hpgl(text)


def order(form: str, **values: object) -> Export:
    return Export.model_validate({"form": form, "profile": SERVO if form == "gcode" else None, **values})


def length(strokes: list[Stroke]) -> float:
    return sum(float(np.hypot(*np.diff(np.array(stroke), axis=0).T).sum()) for stroke in strokes)


def inside(plot: Plot, paper: tuple[float, float], margins: Margins, slack: float) -> bool:
    """Whether no pen was outside of the margins, in the machine's coordinates."""
    points = np.array([point for stroke in plot.strokes for point in stroke])
    low, high = (margins.left, margins.bottom), (paper[0] - margins.right, paper[1] - margins.top)
    return bool((points >= np.array(low) - slack).all() and (points <= np.array(high) + slack).all())


# -- G-code and HPGL ---------------------------------------------------------------------------------------------------


@quick
@given(STROKES, STROKES, SHEETS, SPLITS, st.sampled_from(["gcode", "hpgl"]), st.sampled_from(sorted(PROFILES)))
def test_every_stroke_is_plotted_once_where_it_belongs_on_any_paper_in_any_split(
    first: list[Stroke], second: list[Stroke], sheet: Sheet, split: object, form: str, profile: str
) -> None:
    drawing = Drawing((80, 80), svg.merged([pen(*first), pen(*second, name="red")]))
    try:
        laid = placed(drawing, sheet)
    except UsageError:
        return  # what does not fit is refused: test_sheet.py
    chosen = PROFILES[profile] if form == "gcode" else None
    options = PlotOptions(sheet=sheet, merge_mm=0, simplify_mm=0)
    found, files = exported(drawing, order(form, profile=chosen, options=options, split=split))
    plots = [machine(form, profile, file) for file in files]
    near = 0.002 if form == "gcode" else 0.03
    for number in (1, 2):
        if split is None:
            plotted = plots[0].of(number) if form == "hpgl" else by_pen(plots[0], found)[number - 1]
        else:
            mine = [plot for plot, part in zip(plots, found.parts, strict=True) if part.number == number]
            plotted = [stroke for plot in mine for stroke in plot.strokes]
        drawn = flipped(laid, number - 1)
        assert beyond(plotted, drawn, 2.0) < near + 0.012  # segments that agree to 0.01 mm are drawn once
        assert beyond(drawn, plotted, 2.0) < near + 0.012
        assert length(plotted) <= length(drawn) + near * sum(map(len, drawn)) * 2
    assert found.paper == laid.canvas
    assert all(inside(plot, laid.canvas, sheet.margins_mm, near) for plot in plots)
    assert all(report.strokes == len(plot.strokes) for report, plot in zip(found.parts, plots, strict=True))
    if isinstance(split, float):
        assert all(length(plot.strokes) <= split + 1 for plot in plots)


def by_pen(plot: Plot, found: Exports) -> list[list[Stroke]]:
    """G-code asks for a pen between two turns; without a second one all is the first's."""
    return [plot.of(number) for number in range(1, len(found.parts[0].names) + 1)]


def test_each_pen_draws_the_registration_marks_first_and_in_every_file() -> None:
    options = PlotOptions(sheet=Sheet(margins_mm=Margins.all_round(0)))
    found, files = exported(TWO, order("hpgl", options=options, marks=True, split="pen"))
    assert len(files) == 2
    for file, drawn in zip(files, TWO.pens, strict=True):
        plot = plot_hpgl(file.decode())
        crosses, rest = plot.strokes[:8], plot.strokes[8:]
        assert len(rest) == len(drawn.offsets) - 1
        assert length(crosses) == pytest.approx(4 * 2 * 6)
        centres = {tuple(np.round(np.mean(stroke, axis=0), 1)) for stroke in crosses}
        assert centres == {(7.0, 7.0), (7.0, 73.0), (93.0, 7.0), (93.0, 73.0)}
    assert found.warnings == []


def test_marks_where_something_is_drawn_and_ink_at_the_edge_are_told() -> None:
    corner = Drawing((100, 80), (pen([(2.0, 2.0), (30.0, 30.0)]),))
    found, _ = exported(corner, order("svg", marks=True))
    assert any("registration marks lie where" in warning for warning in found.warnings)
    assert any("2.0 mm from the edge" in warning for warning in found.warnings)
    with pytest.raises(UsageError, match="too small for registration marks"):
        exported(Drawing((25, 25), (pen([(2.0, 2.0), (3.0, 3.0)]),)), order("svg", marks=True))


# -- SVG ---------------------------------------------------------------------------------------------------------------


@quick
@given(MOVING, MOVING, SHEETS, st.sampled_from([None, "pen"]))
def test_vpype_and_inkscape_see_the_sheet_the_layers_and_every_stroke(
    tmp_path_factory: pytest.TempPathFactory, first: list[Stroke], second: list[Stroke], sheet: Sheet, split: object
) -> None:
    drawing = Drawing(
        (80, 80), svg.merged([pen(*first, name="a <b> & 'c'"), pen(*second, name="red", color="#c02020")])
    )
    try:
        laid = placed(drawing, sheet)
    except UsageError:
        return
    options = PlotOptions(sheet=sheet, merge_mm=0, simplify_mm=0)
    _, files = exported(drawing, order("svg", options=options, split=split))
    layers = [layer for file in files for layer in inkscape_layers(file)]
    assert layers == [("1 a <b> & 'c'", "#102030", "0.3"), ("2 red", "#c02020", "0.3")]
    path = tmp_path_factory.mktemp("svg") / "plot.svg"
    for place, file in enumerate(files):
        path.write_bytes(file)
        document = vpype.read_multilayer_svg(str(path), quantization=0.1)
        mm = vpype.convert_length("1mm")
        assert document.page_size == pytest.approx((laid.canvas[0] * mm, laid.canvas[1] * mm), abs=0.01)
        assert sorted(document.layers) == ([1, 2] if split is None else [place + 1])
        for number, layer in document.layers.items():
            read = [[(point.real / mm, point.imag / mm) for point in line] for line in layer]
            drawn = listed(laid.pens[number - 1].coords, laid.pens[number - 1].offsets)
            assert beyond(drawn, read, 2.0) < 0.02
            assert beyond(read, drawn, 2.0) < 0.02
            assert layer.property("vp_name") == f"{number} {laid.pens[number - 1].name}"


def inkscape_layers(file: bytes) -> list[tuple[str, str, str]]:
    """Top-level groups of an SVG with a size in mm that its viewBox repeats, if all of them are layers."""
    top = ET.fromstring(file)
    width, height = top.attrib["width"], top.attrib["height"]
    assert width.endswith("mm")
    assert top.attrib["viewBox"] == f"0 0 {width[:-2]} {height[:-2]}"
    groups = list(top)
    assert {group.tag for group in groups} == {"{http://www.w3.org/2000/svg}g"}
    assert {group.attrib[f"{INKSCAPE}groupmode"] for group in groups} == {"layer"}
    return [(g.attrib[f"{INKSCAPE}label"], g.attrib["stroke"], g.attrib["stroke-width"]) for g in groups]


def test_an_svg_that_is_taken_as_drawn_stays_byte_for_byte() -> None:
    text = svg.write(TWO)
    _, (file,) = exported(svg.read(text), order("svg", as_drawn=True))
    assert file.decode() == text


def test_a_plot_of_svg_goes_on_at_a_stroke_with_the_numbers_of_its_pens() -> None:
    options = PlotOptions(from_stroke=3)
    found, (file,) = exported(TWO, order("svg", options=options))
    assert inkscape_layers(file) == [("2 hill & dale", "#c02020", "0.3")]
    assert found.parts[0].strokes == 1
    assert [pen.number for pen in svg.read(file.decode()).pens] == [2]
    with pytest.raises(UsageError, match="no stroke 4"):
        exported(TWO, order("svg", options=PlotOptions(from_stroke=4)))


# -- pens, opaque layers, pictures -------------------------------------------------------------------------------------


def test_layers_go_to_the_pens_people_say() -> None:
    assignments = (Assignment(layer="ink", pen="5"),)
    found, (file,) = exported(TWO, order("hpgl", assignments=assignments))
    assert plot_hpgl(file.decode()).pens == [5, 5, 1]
    assert found.parts[0].names == ["5 ink", "1 hill & dale"]
    one = (Assignment(layer="1", pen="3"), Assignment(layer="2", pen="3"))
    found, (file,) = exported(TWO, order("gcode", assignments=one))
    assert "M0" not in file.decode()
    assert found.parts[0].names == ["3 ink, hill & dale"]


def test_layers_without_a_pen_get_the_nearest_of_the_set() -> None:
    pens = BUILT_IN["fineliners"]
    found, (file,) = exported(TWO, order("svg", pens=pens, assignments=(Assignment(layer="ink", pen="green"),)))
    assert inkscape_layers(file) == [("4 green", "#2e7d4f", "0.4"), ("3 red", "#c8322b", "0.4")]
    assert found.warnings == []
    with pytest.raises(UsageError, match=r"no 'gren'.*did you mean green"):
        exported(TWO, order("svg", pens=pens, assignments=(Assignment(layer="ink", pen="gren"),)))
    with pytest.raises(UsageError, match="no layer 'sky'; it has 1 ink, 2 hill & dale"):
        exported(TWO, order("svg", assignments=(Assignment(layer="sky", pen="1"),)))


def test_what_lies_below_a_closed_shape_of_an_opaque_layer_is_not_drawn() -> None:
    _, (file,) = exported(TWO, order("svg", opaque=("hill & dale",)))
    below, above = svg.read(file.decode()).pens
    pieces = sorted(sorted(stroke) for stroke in listed(below.coords, below.offsets))
    assert pieces == [[(10.0, 45.0), (30.0, 45.0)], [(10.0, 70.0), (90.0, 70.0)], [(60.0, 45.0), (90.0, 45.0)]]
    assert len(above.coords) == len(SQUARE)
    _, (same,) = exported(TWO, order("svg", opaque=("ink",)))  # nothing of it is closed, and it lies below
    assert same == exported(TWO, order("svg"))[1][0]
    with pytest.raises(UsageError, match="no layer 'sky'"):
        exported(TWO, order("svg", opaque=("sky",)))


@pytest.mark.parametrize("opaque", [("all",), ("2", "3")])
def test_every_opaque_layer_hides_all_below_it_and_nothing_of_itself(opaque: tuple[str, ...]) -> None:
    bow: Stroke = [(20.0, 20.0), (40.0, 40.0), (40.0, 20.0), (20.0, 40.0), (20.0, 20.0)]
    low = pen([(0.0, 30.0), (99.0, 30.0)])
    layers = (low, pen(bow, [(0.0, 25.0), (99.0, 25.0)], name="bow"), pen(SQUARE, name="top"))
    _, (file,) = exported(Drawing((100, 80), layers), order("svg", opaque=opaque))
    low, middle, top = svg.read(file.decode()).pens
    assert length(listed(low.coords, low.offsets)) == pytest.approx(99 - 20 - 20, abs=0.01)
    assert length(listed(top.coords, top.offsets)) == pytest.approx(120)
    hidden = length([[(30.0, 30.0), (40.0, 40.0)]]) + 10  # of the bow, what lies in the square
    assert length(listed(middle.coords, middle.offsets)) == pytest.approx(length([bow]) + 99 - hidden, abs=0.01)


def test_a_picture_has_the_resolution_of_the_print_and_the_paper_s_colour() -> None:
    pens = BUILT_IN["gel-on-black"]
    _, (file,) = exported(TWO, order("png", dpi=254.0, pens=pens))
    with Image.open(BytesIO(file)) as picture:
        assert picture.size == pytest.approx((1000, 800), abs=1)
        assert picture.info["dpi"] == pytest.approx((254, 254), abs=0.01)
        assert picture.convert("RGB").getpixel((5, 5)) == (0x15, 0x15, 0x15)
    with pytest.raises(UsageError, match=r"too fine for this paper; 1796 is the limit"):
        exported(TWO, order("png", dpi=2000.0))


def test_a_preview_shows_the_margins_and_where_the_pen_goes_in_the_air() -> None:
    sheet = Sheet(margins_mm=Margins.all_round(5))
    found, (_, preview) = exported(TWO, order("hpgl", preview="svg", options=PlotOptions(sheet=sheet)))
    top = ET.fromstring(preview)
    ways = "".join(path.attrib["d"] for path in list(top)[-2])
    moves = np.array(ways.removeprefix("M").replace("M", " ").replace(",", " ").split(), float).reshape(-1, 2, 2)
    travelled = np.hypot(*(moves[:, 1] - moves[:, 0]).T).sum()
    assert travelled == pytest.approx(found.parts[0].pen_up_mm, abs=0.1)
    dotted = [{name: rect.attrib[name] for name in ("x", "y", "width", "height")} for rect in list(top)[1:2]]
    assert dotted == [{"x": "5", "y": "5", "width": "90", "height": "70"}]
    assert list(top)[-2].attrib["stroke"] not in ("#c02020", "#e8483f")
    _, (_, picture) = exported(TWO, order("hpgl", preview="png"))
    with Image.open(BytesIO(picture)) as image:
        assert image.size == pytest.approx((1600, 1280), abs=1)
