import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artloop.grafix import svg
from artloop.grafix.svg import Drawing, Pen

INKSCAPE = "{http://www.inkscape.org/namespaces/inkscape}"
SVG = "{http://www.w3.org/2000/svg}"


def pen(*strokes: list[tuple[float, float]], name: str = "ink", color: str = "#102030", width: float = 0.3) -> Pen:
    coords = np.array([point for stroke in strokes for point in stroke], float).reshape(-1, 2)
    return Pen(name, color, width, coords, np.cumsum([0, *map(len, strokes)]))


def drawn(*layers: Pen, canvas: tuple[float, float] = (148, 210)) -> Drawing:
    return Drawing(canvas, svg.merged(layers))


def test_a_drawing_is_written_in_millimetres_with_a_layer_per_pen() -> None:
    text = svg.write(drawn(pen([(0, 0), (10, 0.5)]), pen([(1, 1), (2, 2)], name="red", color="#ff0000", width=0.5)))
    root = ET.fromstring(text)
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("148mm", "210mm", "0 0 148 210")
    layers = root.findall(f"{SVG}g")
    assert [layer.get(f"{INKSCAPE}label") for layer in layers] == ["1 ink", "2 red"]
    assert {layer.get(f"{INKSCAPE}groupmode") for layer in layers} == {"layer"}
    assert [layer.get("stroke-width") for layer in layers] == ["0.3", "0.5"]
    assert [path.get("d") for path in root.iter(f"{SVG}path")] == ["M0,0 10,0.5", "M1,1 2,2"]


def test_layers_of_one_pen_are_merged_in_order_of_appearance() -> None:
    first, other, again = pen([(0, 0), (1, 1)]), pen([(5, 5), (6, 6)], name="red"), pen([(2, 2), (3, 3)])
    pens = svg.merged([first, other, again])
    assert [one.name for one in pens] == ["ink", "red"]
    assert pens[0].coords.tolist() == [[0, 0], [1, 1], [2, 2], [3, 3]]


def test_the_same_name_in_another_colour_or_width_is_another_pen() -> None:
    line = [(0.0, 0.0), (1.0, 1.0)]
    assert len(svg.merged([pen(line), pen(line, color="#000000"), pen(line, width=0.5)])) == 3


def test_coordinates_have_at_most_three_decimals_and_no_minus_zero() -> None:
    text = svg.write(drawn(pen([(-0.0001, 1.23456), (100.1, -2.5)])))
    assert 'd="M0,1.235 100.1,-2.5"' in text


def test_points_without_a_line_are_dropped() -> None:
    assert svg.merged([pen([(1, 1)], [(0, 0), (1, 0)])])[0].offsets.tolist() == [0, 2]
    assert svg.merged([pen([(1, 1)])]) == ()


def test_many_strokes_share_a_path() -> None:
    text = svg.write(drawn(pen(*[[(0, i), (9, i)] for i in range(401)])))
    assert text.count("<path") == 3


def test_a_name_cannot_break_out_of_its_label() -> None:
    name = 'a"><script>&\n'
    text = svg.write(drawn(pen([(0, 0), (1, 1)], name=name)))
    assert ET.fromstring(text)[0].get(f"{INKSCAPE}label") == f"1 {name}"
    assert "<script" not in text


@pytest.mark.parametrize("text", ["", "<svg/>", '<svg viewBox="0 0 10 10"><path d="M0 0"/></svg>'])
def test_an_svg_of_another_program_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="it"):
        svg.read(text)


COORDINATE = st.floats(-5000, 5000, allow_nan=False)
STROKE = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=6)


@given(st.lists(STROKE, min_size=1, max_size=8), st.text(st.characters(codec="utf-8", categories=["L", "N", "P"])))
def test_what_is_written_can_be_read_back_exactly(strokes: list[list[tuple[float, float]]], name: str) -> None:
    before = drawn(pen(*strokes, name=name or "ink"))
    after = svg.read(svg.write(before))
    assert after.canvas == before.canvas
    assert (after.pens[0].name, after.pens[0].color) == (before.pens[0].name, before.pens[0].color)
    assert np.array_equal(after.pens[0].coords, before.pens[0].coords)
    assert np.array_equal(after.pens[0].offsets, before.pens[0].offsets)


def test_an_empty_drawing_is_an_empty_sheet() -> None:
    text = svg.write(drawn())
    assert len(ET.fromstring(text)) == 0
    assert svg.read(text).pens == ()
