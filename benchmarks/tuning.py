"""Tuning against random search: share of targets reached, renders and seconds, on sketches of the repertoire.

The targets are three measures of a drawing with seeded random parameters, a quarter of a standard deviation wide to
either side, none of them met at the start: they can be met, and somebody else chose them. Both searches have the same
renders, seed and machine, one after the other for each sketch.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from artloop.grafix.renderer import renderer
from artloop.house.repertoire import Repertoire, Study
from artloop.models import Rendering, RenderRequest, Target, Tuned, TuneMethod, TuneTask
from artloop.ports import Measure
from artloop.settings import RenderLimits, load
from artloop.tune.search import tuned
from artloop.tune.space import space_of
from artloop.workspace import resource_folders

MEASURES = (
    *("strokes", "ink_mm", "pen_up_mm", "ink_coverage", "balance_x", "balance_y", "symmetry_h", "density_entropy"),
    *("orientation_entropy", "fractal_dimension", "compressibility", "spacing_p05_mm"),
)
SAMPLES, TARGETS, HALF_WIDTH = 8, 3, 0.25
METHODS: tuple[TuneMethod, ...] = ("cma", "random")


@asynccontextmanager
async def measuring() -> AsyncIterator[Measure]:
    """A renderer with this machine's kernels and nothing in its cache."""
    with tempfile.TemporaryDirectory() as folder:
        for kernels in load().cache_folder.glob("numba-*"):
            (Path(folder) / kernels.name).symlink_to(kernels)
        async with renderer(RenderLimits(), Path(folder)) as made:

            async def report(done: int, total: int) -> None:
                """Nobody watches."""

            async def measure(request: RenderRequest) -> Rendering:
                return (await made.measure(request, report)).rendering

            yield measure


async def goal(study: Study, seed: int, measure: Measure) -> list[Target]:
    """Three measures of a drawing elsewhere in the ranges, none of them met at the start."""
    chance = random.Random(f"{study.name} {seed}")
    task = TuneTask(request=RenderRequest(source=study.source), targets=[])
    space = space_of(task)
    points = [[chance.random() for _ in space.knobs] for _ in range(SAMPLES)]
    wanted = [task.request, *(task.request.model_copy(update={"params": space.params(point)}) for point in points)]
    start, *others = [found for found in await asyncio.gather(*map(measure, wanted)) if found.metrics]
    hidden = next(found for found in others if found.plottable)
    found = []
    for name in chance.sample(MEASURES, len(MEASURES)):
        spread = statistics.pstdev(getattr(one.metrics, name) for one in others)
        middle, now = getattr(hidden.metrics, name), getattr(start.metrics, name)
        if abs(now - middle) > HALF_WIDTH * spread > 0:
            low, high = middle - HALF_WIDTH * spread, middle + HALF_WIDTH * spread
            found.append(Target(metric=name, low=low, high=high))
    return found[:TARGETS]


async def searched(study: Study, targets: list[Target], method: TuneMethod, renders: int, measure: Measure) -> Tuned:
    """One search."""
    request = RenderRequest(source=study.source)
    return await tuned(TuneTask(request=request, targets=targets, renders=renders, method=method, seed=1), measure)


def targets_met(found: Tuned) -> int:
    """How many of the targets the best drawing meets."""
    values = found.best.measured
    return sum(target.low <= values.get(target.metric, float("nan")) <= target.high for target in found.targets)


async def main(sketches: int, goals: int, renders: int) -> None:
    """A line for every search, then both methods side by side."""
    studies = Repertoire.read(resource_folders(Path(), "sketches")).studies[:sketches]
    results: dict[TuneMethod, list[tuple[Tuned, float]]] = {method: [] for method in METHODS}
    async with measuring() as measure:
        await measure(RenderRequest(source=studies[0].source))
        for study in studies:
            for seed in range(goals):
                targets = await goal(study, seed, measure)
                for method in METHODS:
                    began = time.perf_counter()
                    found = await searched(study, targets, method, renders, measure)
                    results[method].append((found, time.perf_counter() - began))
                    told(study.name, found, results[method][-1][1])
    for method, made in results.items():
        conclude(method, made)


def told(name: str, found: Tuned, seconds: float) -> None:
    """One search in one line."""
    what = ", ".join(target.metric for target in found.targets)
    print(
        f"{name:<18} {found.method:<7} {targets_met(found)}/{len(found.targets)} met, "
        f"distance {found.start.loss:.2f} -> {found.best.loss:.2f}, "
        f"{len(found.losses)} renders, {seconds:.1f} s ({what})",
        flush=True,
    )


def conclude(method: TuneMethod, made: list[tuple[Tuned, float]]) -> None:
    """All searches of one method."""
    count = len(made)
    met = sum(found.met for found, _ in made)
    single = sum(targets_met(found) for found, _ in made)
    every = sum(len(found.targets) for found, _ in made)
    better = sum(found.better for found, _ in made)
    renders = sum(len(found.losses) for found, _ in made)
    seconds = sum(taken for _, taken in made)
    left = statistics.mean(found.best.loss / found.start.loss for found, _ in made)
    print(
        f"{method}: all targets met in {met} of {count}, single targets {single} of {every}, start beaten in {better}, "
        f"distance left {left:.0%}, {renders} renders, {seconds:.0f} s ({renders / seconds:.1f} a second)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sketches", type=int, default=12)
    parser.add_argument("--goals", type=int, default=1, help="sets of targets for each sketch")
    parser.add_argument("--renders", type=int, default=150, help="of each search, at most")
    options = parser.parse_args()
    asyncio.run(main(options.sketches, options.goals, options.renders))
