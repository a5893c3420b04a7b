from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from artloop.grafix.plotter.layout import PlotOptions
from artloop.grafix.presses import Presses, Print
from artloop.grafix.sandbox.handle import Children
from artloop.grafix.sandbox.workers import Job, Outcome
from artloop.settings import RenderLimits

from .sketches import compiled, confinable, ended

pytestmark = pytest.mark.asyncio(loop_scope="module")
JOB = Job("", 0, 0.0, (100.0, 80.0), 0.4)
LINE = b"\0\0\x20\x41" * 2 + b"\0\0\x48\x42" * 2
OUTCOME = Outcome([{"name": "ink", "color": "#336699", "width_mm": 0.4}], [LINE, b"\0\0\0\0\2\0\0\0"], None, b"")
"""From (10, 10) to (50, 50)."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def children() -> AsyncIterator[Children]:
    async with Children() as made:
        yield made


def seccomp(module: str) -> set[str]:
    """What the kernel says of the filters of every process below this one that runs the module."""
    found = [child for child in psutil.Process().children() if not ended(child.pid) and module in child.cmdline()]
    status = [Path(f"/proc/{child.pid}/status").read_text() for child in found]
    return {line for text in status for line in text.splitlines() if line.startswith("Seccomp:")}


async def test_a_drawing_becomes_svg_and_pictures(children: Children) -> None:
    made = await Presses(children, RenderLimits(), 1).press(JOB, OUTCOME, 200.0)
    assert isinstance(made, Print)
    assert b"<path" in made.svg
    assert made.preview[:4] == made.thumbnail[:4] == b"\x89PNG"


@pytest.mark.skipif(not confinable(), reason="needs Linux with Landlock and seccomp")
async def test_a_press_is_confined_and_one_that_keeps_kernels_is_not(children: Children, cache_folder: Path) -> None:
    made = await Presses(children, RenderLimits(), 1).press(JOB, OUTCOME, 0.0)
    assert isinstance(made, Print)
    assert seccomp("artloop.grafix.press") == {"Seccomp:\t2"}
    plotter = Presses(children, RenderLimits(), 1, await compiled(children, cache_folder))
    assert (await plotter.plot(made.svg, None, PlotOptions())).content
    assert seccomp("artloop.grafix.press") == {"Seccomp:\t2", "Seccomp:\t0"}
