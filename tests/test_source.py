import ast
import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artloop.source import Declared, declared, replaced

SKETCH = '''\
"""Étude: rings on the ebb ∿

More about it.
"""
PARAMS = {"rings": 24, "swell": 0.5}  # the author's choice
RANGES = {"rings": (6, 60), "swell": [0, 1.5]}
SEED = 1
TAGS = ("sea", "rings")
CANVAS = (148, 210)
PEN_MM: float = 0.3
NOTE = "wörds ∿"; W, H = CANVAS
'''
NUMBER = st.integers(-(10**12), 10**12) | st.floats(-1e12, 1e12)
PARAMS = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), NUMBER, max_size=4)


def test_a_sketch_says_what_it_declares() -> None:
    assert declared(SKETCH) == Declared(
        title="Étude: rings on the ebb ∿",
        params={"rings": 24, "swell": 0.5},
        ranges={"rings": (6, 60), "swell": (0, 1.5)},
        seed=1,
        tags=("sea", "rings"),
        canvas=(148, 210),
        pen_mm=0.3,
    )


def test_a_sketch_that_declares_nothing_is_empty() -> None:
    assert declared("x = 1") == Declared(title="")


@pytest.mark.parametrize(
    "nonsense",
    [
        "PARAMS = 5",
        "PARAMS = make()",
        "PARAMS = {[]: 1}",
        "PARAMS = {'a': 'many', 2: 3, 'b': 1e999}",
        f"PARAMS = {{'a': {'9' * 400}}}",
        "RANGES = {'a': 3, 'b': (1,), 'c': ('low', 'high'), 'd': (0, 1e999)}",
        "SEED = 'one'",
        "TAGS = 5",
        "TAGS = 'sea'",
        "TAGS = (1, None)",
        "CANVAS = (148,)",
        "CANVAS = 'a5'",
        "CANVAS = (-1e999, 210)",
        "PEN_MM = 1e999",
        "PEN_MM = '0.3'",
        "def f():\n    PARAMS = {'a': 1}",
    ],
)
def test_a_declaration_that_is_nonsense_is_ignored(nonsense: str) -> None:
    assert declared(nonsense) == Declared(title="")


@pytest.mark.parametrize(
    "broken",
    ["PARAMS = {", "x = \0", "x = '\ud800'", "x = " + "-" * 100_000 + "1", "(" * 1000, "if x:\n\ty\n        z"],
)
def test_source_that_cannot_be_parsed_is_a_syntax_error_and_nothing_else(broken: str) -> None:
    with pytest.raises(SyntaxError):
        declared(broken)
    with pytest.raises(SyntaxError):
        replaced(broken, SEED=2)


def test_the_last_declaration_counts() -> None:
    source = "SEED = 1\nSEED = 2\n"
    assert declared(source).seed == 2
    assert replaced(source, SEED=3) == "SEED = 1\nSEED = 3\n"


def test_values_replace_literals_and_leave_everything_else_to_the_letter() -> None:
    changed = replaced(SKETCH, PARAMS={"rings": 30}, SEED=7, CANVAS=(100.0, 150.5), PEN_MM=0.5)
    assert changed == (
        SKETCH.replace('{"rings": 24, "swell": 0.5}', '{\n    "rings": 30,\n    "swell": 0.5,\n}')
        .replace("SEED = 1", "SEED = 7")
        .replace("(148, 210)", "(100, 150.5)")
        .replace("0.3", "0.5")
    )


def test_nothing_given_changes_nothing() -> None:
    assert replaced(SKETCH) == SKETCH
    assert replaced(SKETCH, PARAMS=None, SEED=1, CANVAS=(148.0, 210.0)) == SKETCH


def test_what_a_sketch_does_not_declare_is_not_added() -> None:
    assert replaced("SEED = 1\n", CANVAS=(100, 100), PARAMS={"a": 1}) == "SEED = 1\n"


def test_values_computed_from_a_declaration_follow_it() -> None:
    space: dict[str, object] = {}
    exec(replaced(SKETCH, CANVAS=(297.0, 420.0)), space)
    assert (space["W"], space["H"]) == (297, 420)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_ends_are_kept(end: str) -> None:
    changed = replaced(SKETCH.replace("\n", end), SEED=7, PEN_MM=0.5)
    assert changed == SKETCH.replace("SEED = 1", "SEED = 7").replace("0.3", "0.5").replace("\n", end)


@given(before=PARAMS, given_=PARAMS, seed=st.integers(0, 2**31), letters=st.text("aé∿🌊'\" \t#"))
def test_what_was_put_in_is_read_out(
    before: dict[str, float], given_: dict[str, float], seed: int, letters: str
) -> None:
    source = f"NOTE = {letters!r}; PARAMS = {before!r}; SEED = -1; LAST = {letters!r}\n"
    changed = replaced(source, PARAMS=given_, SEED=seed)
    assert declared(changed).params == {**before, **given_}
    assert declared(changed).seed == seed
    rest = [ast.unparse(node) for node in ast.parse(changed).body]
    assert rest[0] == f"NOTE = {letters!r}"
    assert rest[3] == f"LAST = {letters!r}"


@given(st.text(max_size=200))
def test_no_text_makes_it_raise_anything_but_a_syntax_error(text: str) -> None:
    with contextlib.suppress(SyntaxError):
        replaced(text, SEED=3, PARAMS={"a": 1})
        declared(text)


@pytest.mark.parametrize("path", sorted((Path(__file__).parent.parent / "sketches").glob("*.py")), ids=lambda p: p.stem)
def test_every_sketch_of_the_repertoire_declares_all_it_should(path: Path) -> None:
    sketch = declared(path.read_text(encoding="utf-8"))
    assert sketch.title
    assert sketch.tags
    assert sketch.canvas
    assert sketch.seed is not None
    assert set(sketch.ranges) <= set(sketch.params)
    assert all(low <= sketch.params[name] <= high for name, (low, high) in sketch.ranges.items())
