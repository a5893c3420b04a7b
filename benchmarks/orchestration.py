"""What the loop itself costs, and how close a run with slow models comes to its critical path.

Both use the real Agents SDK, journal and MCP server over stdio; only the model is a rule (`tests/rules.py`).
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from artloop import wiring
from artloop.casting import Cast
from artloop.events import ConceptReady, Event, IterationEnded
from artloop.models import Brief, Place, Rendering, RenderRequest
from artloop.settings import Settings, load
from artloop.workspace import RunFolder
from tests.fakes import METRICS
from tests.provider import MODEL, serving
from tests.rule_model import RuleModel

VARIANTS, ITERATIONS = 4, 5
CALLS_IN_A_ROW = 1 + ITERATIONS * 3 + 1 + 1
"""Imagine; draw (two turns) and critique per iteration; all winners described at once, then all pairs judged."""


class Instant(wiring.RenderClient):
    """A render client whose renders and measurements cost nothing."""

    async def __call__(self, request: RenderRequest, place: Place) -> Rendering:
        return Rendering(ok=True, metrics=METRICS)

    async def measure(self, request: RenderRequest) -> Rendering:
        return Rendering(ok=True, metrics=METRICS)


async def timed(folder: RunFolder, settings: Settings, seconds: float) -> tuple[float, float]:
    """Seconds of a whole run, and of its iterations alone, with a rule that takes `seconds` per call."""
    asked: list[str] = []

    def ruled(cast: Cast, role: str, task: object, attempt: object) -> RuleModel:
        asked.append(role)
        return RuleModel(seconds)

    Cast.model_for = ruled
    starts: list[float] = []
    ends: list[float] = []

    def listen(event: Event) -> None:
        if isinstance(event, ConceptReady):
            starts.append(time.perf_counter())
        if isinstance(event, IterationEnded):
            ends.append(time.perf_counter())

    started = time.perf_counter()
    await wiring.drive(folder, settings, listen)
    assert len(ends) == VARIANTS * ITERATIONS, f"{len(ends)} iterations"
    assert asked.count("draw") >= len(ends), "another model was asked: this measured something else"
    return time.perf_counter() - started, ends[-1] - starts[0]


async def solo_renders(folder: RunFolder, settings: Settings) -> list[float]:
    """Seconds of each render of a run when it is alone on the machine, cache off by a changed seed."""
    seconds = []
    async with wiring.GrafixStdio(
        settings.root, settings.render, settings.cache_folder, folder.path / "solo.log", lambda done, total: None
    ) as server:
        render = wiring.RenderClient(server)
        sources = sorted(folder.path.glob("variants/*/iterations/*/sketch.py"))
        for number, path in enumerate(sources):
            request = RenderRequest(source=path.read_text() + f"\n# solo {number}\n", canvas_size=(148, 210))
            started = time.perf_counter()
            await render(request, Place(run=folder.id, variant="solo", iteration=number + 1))
            seconds.append(time.perf_counter() - started)
    return seconds


def brief(text: str = "tidal memory") -> Brief:
    """Iterations of the same calls each: nothing is searched, and nobody waits to be told apart."""
    return Brief(text=text, variants=VARIANTS, iterations=ITERATIONS, novelty=False, tune_renders=0)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as root, serving() as provider:  # it is looked up there and never asked
        model = {"default": MODEL, "base_url": provider.url}
        settings = load({"root": Path(root), "model": model, "loop": {"challenges": False}})
        asyncio.run(timed(wiring.begin(brief(), settings), settings, 0.0))  # kernels, caches

        real = wiring.RenderClient
        wiring.RenderClient = Instant
        runs = [asyncio.run(timed(wiring.begin(brief(), settings), settings, 0.0)) for _ in range(3)]
        wiring.RenderClient = real
        per = 1000 * statistics.median(iterations for _, iterations in runs) / (VARIANTS * ITERATIONS)
        print(f"orchestration: {per:.0f} ms an iteration with a zero-latency model, its try a cache hit (aim 60)")

        folder = wiring.begin(brief("tidal memory, slowly"), settings)
        wall, _ = asyncio.run(timed(folder, settings, 1.0))
        alone = asyncio.run(solo_renders(folder, settings))
        critical = CALLS_IN_A_ROW * 1.0 + ITERATIONS * statistics.mean(alone)
        print(
            f"wall {wall:.1f} s over critical path {critical:.1f} s = {wall / critical:.2f} (aim 1.10): "
            f"{CALLS_IN_A_ROW} calls of 1 s in a row, a render alone {1000 * statistics.mean(alone):.0f} ms"
        )
