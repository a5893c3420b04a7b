"""Sketches with colours, and their differences."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artloop.views.gallery.code import changed, coloured

SOURCE = r'''"""A <title>
of two lines."""
import math  # "no text"


@primitive
def wave(n: int = 12):
    return 'it\'s' + f"{n}" if n > 1.5e3 else len(r"\d")
'''


def plain(lines) -> list[str]:
    """The text without its colours."""
    return [html.unescape(re.sub("<[^>]+>", "", line)) for line in lines]


def of(kind: str) -> list[str]:
    return [
        html.unescape(word)
        for line in coloured(SOURCE)
        for word in re.findall(f'<span class="{kind}">(.*?)</span>', line)
    ]


def test_every_part_of_a_sketch_has_its_colour() -> None:
    assert of("text") == ['"""A <title>', 'of two lines."""', "'it\\'s'", 'f"{n}"', 'r"\\d"']
    assert of("word") == ["import", "def", "return", "if", "else"]
    assert of("name") == ["@primitive", "wave"]
    assert of("number") == ["12", "1.5e3"]
    assert of("note") == ['# "no text"']
    assert of("known") == ["int", "len"]


@given(st.text(alphabet="ab\"'\\\\#\n\r\t <>&{}1.@_é"))
def test_whatever_a_source_is_its_text_stays_and_every_line_is_whole(source: str) -> None:
    lines = coloured(source)
    expected = source.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    assert plain(lines) == expected
    assert all(line.count("<span") == line.count("</span>") for line in lines)


def test_a_difference_shows_what_changed_with_some_lines_around() -> None:
    before = "".join(f"x{n} = {n}\n" for n in range(30))
    after = before.replace("x4 = 4\n", "x4 = 5\n").replace("x20 = 20\n", "")
    rows = changed(before, after)
    kinds = [kind for kind, _ in rows]
    assert [plain([line])[0] for kind, line in rows if kind == "gone"] == ["x4 = 4", "x20 = 20"]
    assert [plain([line])[0] for kind, line in rows if kind == "new"] == ["x4 = 5"]
    assert kinds == ["skip", *["same"] * 3, "gone", "new", *["same"] * 3, "skip", *["same"] * 3, "gone", *["same"] * 3]


@pytest.mark.parametrize("source", ["", "x = 1\n"])
def test_the_same_source_has_no_difference(source: str) -> None:
    assert changed(source, source) == []
