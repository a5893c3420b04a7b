from pathlib import Path

import pytest

from artloop.errors import UsageError
from artloop.models import PenSet, PlotterPen
from artloop.pens import BUILT_IN, EXAMPLE, FILE, pen_set, pen_sets


def test_sets_are_built_in_and_those_of_the_workspace_come_on_top(tmp_path: Path) -> None:
    assert pen_sets(tmp_path) == BUILT_IN
    (tmp_path / FILE).write_text(
        f'[desk]\npaper = "#f4efe4"\n{EXAMPLE}\n[black]\npens = [{{ name = "Ink", color = "#0A0A0A" }}]\n'
    )
    desk = PenSet(name="desk", paper="#f4efe4", pens=(PlotterPen(name="black", color="#111111", width_mm=0.3),))
    assert pen_set("desk", tmp_path) == desk
    assert pen_set("black", tmp_path).pens == (PlotterPen(name="Ink", color="#0a0a0a"),)
    assert set(pen_sets(tmp_path)) == {*BUILT_IN, "desk"}


def test_an_unknown_set_comes_with_the_nearest_name_and_where_to_add_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"did you mean fineliners\?\), or add \[finliners\] to .*pens\.toml"):
        pen_set("finliners", tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a\n", "cannot be read"),
        ("a = 3\n", "a is no set of pens"),
        ("[a]\n", r"\[a\] pens: field required"),
        ("[a]\npens = []\n", r"\[a\] pens: "),
        ('[a]\npens = [{ name = "x", color = "blue" }]\n', r"\[a\] pens\.0\.color"),
        ('[a]\npens = [{ name = "x", color = "#000000", width = 1 }]\n', r"\[a\] pens\.0\.width"),
        ('[a]\npens = [{ name = "<b>", color = "#000000" }]\n', r"\[a\] pens\.0\.name"),
        (
            '[a]\npens = [{ name = "x", color = "#000000" }, { name = "X", color = "#111111" }]\n',
            "two pens are called x",
        ),
        ('[a]\npens = [{ name = "x", color = "#000000", width_mm = 50 }]\n', r"\[a\] pens\.0\.width_mm"),
    ],
)
def test_a_file_that_says_it_wrong_is_named_with_the_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(UsageError, match=said) as caught:
        pen_set("a", tmp_path)
    assert FILE in str(caught.value)


def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="cannot be read"):
        pen_sets(tmp_path)
    (tmp_path / FILE).write_text("#" * 300_000)
    with pytest.raises(UsageError, match="too large"):
        pen_sets(tmp_path)
