import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from mcp import Client

from artloop.grafix import svg
from artloop.grafix.gates import gates
from artloop.grafix.pens import apart, lent, pen_for
from artloop.grafix.places import META_KEY
from artloop.models import Place
from artloop.pens import BUILT_IN
from artloop.settings import RenderLimits

from .plotters import pen
from .sketches import rendering, served
from .test_metrics import hatch, measured

FINE = BUILT_IN["fineliners"]
LINE = [(10.0, 10.0), (90.0, 10.0)]
SKETCH = """
from grafix import G, L
def draw(t):
    square = G.grid(scale=50.0, center=(50.0, 50.0, 0.0))
    return [L(name="Blue").layer(square), L(name="sky").layer(square, color=(1.0, 0.6, 0.0))]
"""


def test_a_layer_is_drawn_with_the_pen_of_its_name_in_colour_and_width() -> None:
    (layer,), strange = lent([pen(LINE, name="GREEN", color="#ff0000", width=2)], FINE)
    assert (layer.name, layer.color, layer.width_mm, layer.number) == ("green", "#2e7d4f", 0.4, 4)
    assert strange == []


@pytest.mark.parametrize(
    ("color", "name", "same"),
    [
        ("#101215", "black", True),
        ("#204e9f", "blue", True),
        ("#c02020", "red", True),
        ("#99d9ff", "blue", False),
        ("#ff9900", "red", False),
    ],
)
def test_without_a_name_the_nearest_colour_counts_and_one_far_off_is_told(color: str, name: str, same: bool) -> None:
    found = pen_for(pen(LINE, name="layer", color=color), FINE)
    assert (found[0].name, found[1]) == (name, same)
    strange = lent([pen(LINE, name="layer", color=color)], FINE).strange
    assert bool(strange) != same


def test_colours_are_apart_as_they_look() -> None:
    assert apart("#000000", "#ffffff") == pytest.approx(100, abs=0.1)
    assert apart("#808080", "#808080") == 0
    assert apart("#ff0000", "#00ff00") == pytest.approx(170.6, abs=0.5)


def test_there_is_a_gate_for_pens_only_where_there_is_a_set_and_it_stays_open() -> None:
    limits = RenderLimits()
    assert [gate.name for gate in gates(measured(*hatch(2)), limits)] == ["blank", "off_paper", "overdrawn", "too_long"]
    gate = gates(measured(*hatch(2)), limits, FINE, ("layer 'sky' is drawn with blue",))[-1]
    assert (gate.name, gate.ok, gate.measured) == ("pens", True, 1)
    assert gate.message == "layer 'sky' is drawn with blue: name each layer after its pen (black, blue, red, green)"
    assert gates(measured(*hatch(2)), limits, FINE)[-1].message == ""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory, cache_folder: Path) -> AsyncIterator[tuple[Client, Path]]:
    root = tmp_path_factory.mktemp("root").resolve()
    async with served(root, cache_folder) as made:
        yield made, root


@pytest.mark.asyncio(loop_scope="module")
async def test_a_host_that_names_pens_gets_drawings_of_them_and_hears_what_was_mended(
    client: tuple[Client, Path],
) -> None:
    server, root = client
    place = Place(run="pens", pens=FINE).model_dump(mode="json")
    results = [await server.call_tool("render", {"source": SKETCH}, meta={META_KEY: place}) for _ in range(2)]
    plain = rendering(await server.call_tool("render", {"source": SKETCH, "run_id": "plain"}))
    for result in results:  # the second comes from the cache
        found = rendering(result)
        assert found.plottable
        assert "'sky' (#ff9900) is drawn with the pen nearest in colour, red" in found.gates[-1].message
        assert "mended" in json.loads(result.content[0].text)  # type: ignore[union-attr]
    folder = root / "runs/pens/variants/v01/iterations/01"
    layers = svg.read((folder / "drawing.svg").read_text()).pens
    assert [(layer.name, layer.color, layer.width_mm, layer.number) for layer in layers] == [
        ("blue", "#1f4fa3", 0.4, 2),
        ("red", "#c8322b", 0.4, 3),
    ]
    assert json.loads((folder / "manifest.json").read_text())["pens"]["name"] == "fineliners"
    assert [gate.name for gate in plain.gates][-1] == "too_long"
