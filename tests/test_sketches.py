"""The repertoire: every sketch is what DESIGN section 4 says, and draws on the sheets people use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from artloop.grafix.renderer import Renderer, renderer
from artloop.models import Place, RenderRequest
from artloop.settings import RenderLimits
from artloop.source import declared

SKETCHES = sorted((Path(__file__).parents[1] / "sketches").glob("*.py"))
SHEETS = {"a5": None, "a5-landscape": (210.0, 148.0), "square": (200.0, 200.0)}
CORNERS = {"a5-landscape": 0, "square": 1}
"""There every parameter is at the lowest, or the highest, of its range."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def renders(cache_folder: Path) -> AsyncIterator[Renderer]:
    async with renderer(RenderLimits(timeout_s=60), cache_folder) as made:
        yield made


async def untold(done: int, total: int) -> None:
    """Nobody watches the kernels here."""


def test_there_are_at_least_two_dozen() -> None:
    assert len(SKETCHES) >= 24


@pytest.mark.parametrize("path", SKETCHES, ids=lambda path: path.stem)
def test_a_sketch_declares_itself(path: Path) -> None:
    found = declared(path.read_text())
    assert ":" in found.title
    assert found.canvas == (148, 210)
    assert found.seed is not None
    assert found.pen_mm == 0.3
    assert len(found.tags) >= 8
    assert set(found.params) == set(found.ranges)
    assert len(found.params) >= 3
    for name, (low, high) in found.ranges.items():
        assert low < high
        assert low <= found.params[name] <= high


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("sheet", ["a5", pytest.param("a5-landscape", marks=pytest.mark.slow), "square"])
@pytest.mark.parametrize("path", SKETCHES, ids=lambda path: path.stem)
async def test_a_sketch_draws_inside_the_paper_with_every_gate_open(
    path: Path, sheet: str, renders: Renderer, tmp_path: Path
) -> None:
    source = path.read_text()
    ranges = declared(source).ranges if sheet in CORNERS else {}
    params = {name: bounds[CORNERS[sheet]] for name, bounds in ranges.items()}
    request = RenderRequest(source=source, params=params, canvas_size=SHEETS[sheet], output_formats=("svg",))
    rendering = (await renders.render(request, lambda: (tmp_path, Place()), untold)).rendering
    assert rendering.plottable, rendering.complaint
    assert rendering.metrics is not None
    assert rendering.metrics.margin_min_mm >= 6
    assert 1 <= rendering.metrics.pens <= 3
    assert 60 < rendering.metrics.plot_seconds < (5400 if params else 3600)
