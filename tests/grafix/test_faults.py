import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from artloop.grafix.faults import scrubbed, slowest
from artloop.grafix.sandbox.handle import PACKAGE, environment
from artloop.grafix.sandbox.kernels import kernels_folder

HEAD = "from grafix import E, G, L, primitive\nimport numpy as np\n"
LINES = len(HEAD.splitlines())
OWN = "@primitive\ndef own(*, n=3):\n    {body}\n{more}def draw(t):\n    return G.own({call})\n"

CASES: dict[str, tuple[str, int | None, str, str]] = {
    "mistyped keyword": (
        "def draw(t):\n    return G.grid(scale=9.0,\n    nxx=3)",
        2,
        "G.grid has no parameter 'nxx'",
        "nx",
    ),
    "mistyped keyword of an effect": (
        "def draw(t):\n    g = G.grid(scale=9.0)\n    return E.fill(densty=3.0)(g)",
        3,
        "E.fill has no parameter 'densty'",
        "density",
    ),
    "mistyped keyword of an own primitive": (
        OWN.format(body="pass", more="", call="m=3"),
        5,
        "own has no parameter 'm'",
        "It takes: n",
    ),
    "mistyped primitive": ("def draw(t):\n    return G.gird()", 2, "there is no G.gird", "did you mean G.grid?"),
    "mistyped effect": ("def draw(t):\n    return E.displce()(G.grid())", 2, "there is no E.displce", "E.displace"),
    "effect as primitive": ("def draw(t):\n    return G.fill()", 2, "there is no G.fill", "E.fill(...)(geometry)"),
    "polyline": ("def draw(t):\n    return G.polyline(pts=[])", 2, "there is no G.polyline", "@primitive"),
    "numpy scalar": (OWN.format(body="pass", more="", call="n=np.int64(3)"), 5, "numpy.int64", "cast with float()"),
    "array": (OWN.format(body="pass", more="", call="n=np.ones(3)"), 5, "numpy.ndarray", ".tolist()"),
    "infinite parameter": (OWN.format(body="pass", more="", call="n=float('inf')"), 5, "NaN or infinite", "division"),
    "not a number in coordinates": (
        OWN.format(body="return np.full((2, 3), np.nan), np.array([0, 2])", more="", call=""),
        None,
        "2 points whose coordinates are NaN",
        "division by zero",
    ),
    "two coordinates": (
        OWN.format(body="return np.zeros((3, 2)), np.array([0, 3])", more="", call=""),
        5,
        "coords of shape (3, 2)",
        "zeros for z",
    ),
    "wrong offsets": (
        OWN.format(body="return np.zeros((3, 3)), np.array([0, 2])", more="", call=""),
        5,
        "offsets returned do not fit",
        "np.cumsum",
    ),
    "no tuple": (OWN.format(body="return [1, 2]", more="", call=""), 5, "returned a list", "(N, 3)"),
    "an error inside an own primitive": (OWN.format(body="return 1 / 0", more="", call=""), 3, "ZeroDivisionError", ""),
    "clip with one input": ("def draw(t):\n    return E.clip()(G.grid())", 2, "E.clip takes 2", "(base, mask)"),
    "clip in a chain": (
        "def draw(t):\n    return E.subdivide().clip()(G.grid())",
        2,
        "E.clip takes two geometries",
        "call it first",
    ),
    "draw returns nothing": ("def draw(t):\n    G.grid()", None, "draw returned None", "return"),
    "draw returns an effect": ("def draw(t):\n    return E.fill()", None, "not applied", "(geometry)"),
    "draw returns a number": ("def draw(t):\n    return [G.grid(), 3]", None, "holds a int", "Geometry"),
    "no draw": ("x = 1", None, "defines no function draw(t)", "def draw(t)"),
    "draw without time": ("def draw():\n    return G.grid()", None, "TypeError", "draw(t)"),
    "empty layer": ("def draw(t):\n    return L(name='a').layer([])", 2, "empty list", "leave the layer out"),
    "layer of a list in a list": (
        "def draw(t):\n    return L(name='a').layer([[G.grid()]])",
        2,
        "a list instead",
        "G.name",
    ),
    "no thickness": ("def draw(t):\n    return L(name='a').layer(G.grid(), thickness=0)", 2, "more than 0", "PEN_MM"),
    "default font": ("def draw(t):\n    return G.text(text='a', font='No.ttf')", 2, "font was not found", "GoogleSans"),
    "negative count": ("def draw(t):\n    return G.grid(nx=-2)", 2, "must be at least 0", ""),
    "missing import": ("def draw(t):\n    return math.pi", 2, "NameError", "import math"),
    "missing module": ("import cairo\n", 1, "ModuleNotFoundError", "standard library"),
    "positional argument": ("def draw(t):\n    return G.grid(3)", 2, "TypeError", "keyword-only"),
    "geometry as points": ("def draw(t):\n    return G.grid()[0]", 2, "TypeError", "recipe"),
    "exit": ("import sys\nsys.exit(3)", 2, "ended the program", "sys.exit()"),
    "syntax in exec": ("exec('a b')", 1, "SyntaxError", ""),
}


@pytest.fixture(scope="module")
def explained(cache_folder: Path) -> dict[str, dict[str, Any]]:
    """Every case's failure, all found by one process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.grafix.explained"],
        input=json.dumps([HEAD + source for source, *_ in CASES.values()]),
        env=environment(kernels_folder(cache_folder)),
        cwd=PACKAGE,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(CASES, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_explained_with_its_line_and_what_to_do(name: str, explained: dict[str, dict[str, Any]]) -> None:
    _, line, message, hint = CASES[name]
    failure = explained[name]
    assert failure["line"] == (line + LINES if line else None)
    assert message in failure["message"]
    assert hint in failure["hint"]
    assert not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]|site-packages| at 0x", failure["message"] + failure["hint"])


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("<Thing object at 0x7f00aa> failed", "<Thing object> failed"),
        ("no file '/home/me/drawings/a.py'", "no file 'a.py'"),
        ("File /usr/lib/python3/site-packages/grafix/core.py", "File core.py"),
        ("3/4 of 1/2", "3/4 of 1/2"),
        ("https://example.org/a/b", "https://example.org/a/b"),
    ],
)
def test_addresses_and_folders_are_taken_out(text: str, clean: str) -> None:
    assert scrubbed(text) == clean


def test_an_endless_loop_is_the_first_suspect() -> None:
    source = "while x:\n  pass\nE.growth()(g)\nwhile True:\n  pass\n"
    assert slowest(source) == (4, "make sure that this loop ends")


def test_a_slow_effect_comes_next() -> None:
    line, hint = slowest("x = 1\ng = E.subdivide().reaction_diffusion(steps=9000)(g)\n")
    assert line == 2
    assert "coarser" in hint


def test_without_a_suspect_there_is_no_line() -> None:
    assert slowest("def draw(t): return []")[0] is None
