"""Viewing copies, thumbnails and what is packed."""

import base64
import io
import re
import zlib
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from artloop.grafix import svg
from artloop.views.gallery.pictures import drawn, found, packed, thumbnail, viewing_copy
from tests.exhibition import layered
from tests.works import rasterised, spiral

POINTS = st.lists(st.tuples(*[st.floats(-20, 300, allow_nan=False)] * 2), min_size=2, max_size=6)


def points(path: str) -> np.ndarray:
    """Where a path of relative steps goes, in mm; its strokes one after the other."""
    steps = [float(word) for word in re.findall(r"-?\d+", path)]
    return np.cumsum(np.array(steps).reshape(-1, 2), axis=0) / 50


@given(st.lists(POINTS, min_size=1, max_size=4))
def test_a_viewing_copy_is_at_most_a_hundredth_of_a_millimetre_off(strokes: list) -> None:
    coords, offsets = np.concatenate([np.array(one) for one in strokes]), np.cumsum([0, *map(len, strokes)])
    text = svg.write(svg.Drawing((148.0, 210.0), (svg.Pen("ink & co", "#102030", 0.3, coords, offsets),)))
    copy = viewing_copy(text)
    (path,) = re.findall(r' d="([^"]*)"', copy)
    assert path.count("m") == len(strokes)
    assert np.abs(points(path) - coords).max() <= 0.0106
    for told in ('width="148mm"', 'viewBox="0 0 7400 10500"', 'stroke-width="15"', 'label="1 ink &amp; co"'):
        assert told in copy


def test_a_viewing_copy_looks_the_same_and_takes_a_fraction() -> None:
    text = layered(3, 60, 200)
    copy = viewing_copy(text)
    assert len(packed(copy.encode())) < len(packed(text.encode())) / 3
    before, after = (np.asarray(Image.open(io.BytesIO(rasterised(one))).convert("L"), float) for one in (text, copy))
    assert np.abs(before - after).mean() < 1


def test_an_svg_of_another_program_stays_as_it_is() -> None:
    for text in (
        spiral(2, "#000"),
        layered(1).replace("<g ", '<g onclick="x()" ', 1),
        layered(1).replace("M", "Mx", 1),
        "",
    ):
        assert viewing_copy(text) == text


def test_lines_that_take_too_much_become_a_picture(tmp_path: Path) -> None:
    (tmp_path / "drawing.svg").write_text(layered(1))
    (tmp_path / "preview.png").write_bytes(rasterised(layered(1)))
    lines, picture = drawn(tmp_path, 100_000), drawn(tmp_path, 100)
    assert (lines.kind, lines.layered) == ("image/svg+xml", True)
    assert (picture.kind, picture.layered) == ("image/webp", False)
    assert picture.uri.startswith("data:image/webp;base64,UklGR")
    assert zlib.decompress(base64.b64decode(lines.packed)).decode() == viewing_copy(layered(1))


def test_what_is_missing_damaged_or_a_link_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "preview.png").write_bytes(b"\x89PNG")
    assert drawn(tmp_path, 100).uri == ""
    assert thumbnail(b"", (10, 10)) == b""
    assert found(tmp_path, "drawing.svg") == b""


def test_a_thumbnail_lies_on_white() -> None:
    stream = io.BytesIO()
    Image.new("RGBA", (400, 800), (0, 0, 0, 0)).save(stream, "PNG")
    small = Image.open(io.BytesIO(thumbnail(stream.getvalue(), (100, 100))))
    assert small.size == (50, 100)
    assert small.convert("L").getextrema()[0] > 250
