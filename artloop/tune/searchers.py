"""Where in the cube to look next: asked for a generation, told what came of it; the seed decides everything else."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Protocol

import numpy as np

from artloop.errors import UsageError
from artloop.models import TuneTask
from artloop.tune.space import DIGITS, Knob, Space

WAVE = 8
"""Points of a generation where the method does not say."""
SPREAD = 0.3
"""Standard deviation of the first generation: most of the cube is within two of them of anywhere."""
POPULATION_MAX = 4
"""A restart looks wider, with up to so many times the first population."""
GRID_KNOBS = 2
Point = Sequence[float]


class Searcher(Protocol):
    """A method of search."""

    def ask(self) -> list[Point]:
        """The next generation; empty: there is nothing left to try."""
        ...

    def tell(self, losses: list[float]) -> None:
        """What came of it, in the order in which it was asked for."""
        ...


def searcher_for(task: TuneTask, space: Space) -> Searcher:
    """The searcher of the task's method. Raises `UsageError` for a grid over too many parameters."""
    if task.method == "random":
        return Random(len(space.knobs), task.seed)
    if task.method == "grid":
        return Grid(space, task.renders - 1)
    return Evolution(space, task.seed)


class Random:
    """Anywhere, all places being alike."""

    def __init__(self, sides: int, seed: int) -> None:
        self._sides = sides
        self._chance = random.Random(seed)

    def ask(self) -> list[Point]:
        """The next places."""
        return [[self._chance.random() for _ in range(self._sides)] for _ in range(WAVE)]

    def tell(self, losses: list[float]) -> None:
        """Learns nothing."""


class Grid:
    """Evenly over one or two parameters, nearest to the start first."""

    def __init__(self, space: Space, most: int) -> None:
        if len(space.knobs) > GRID_KNOBS:
            names = ", ".join(knob.name for knob in space.knobs)
            raise UsageError(
                f"a grid is for one or two parameters, and the sketch's RANGES have {len(space.knobs)} ({names}); "
                "use --method cma, or take others out of RANGES"
            )
        axes = [np.linspace(0, 1, count).tolist() if count > 1 else [0.5] for count in _counts(space.knobs, most)]
        start = space.point(space.start)
        points = sorted(product(*axes), key=lambda point: (math.dist(point, start), point))
        self._left: Iterator[Point] = iter(points)

    def ask(self) -> list[Point]:
        """The next places, none twice."""
        return list(islice(self._left, WAVE))

    def tell(self, losses: list[float]) -> None:
        """Learns nothing."""


class Evolution:
    """CMA-ES with margin, so that whole numbers do not get stuck; once it has converged it starts over elsewhere.

    Source: Hamano et al. 2022, arXiv 2205.13482, by the package `cmaes`; restarts: Auger and Hansen 2005.
    """

    def __init__(self, space: Space, seed: int) -> None:
        self._knobs = space.knobs
        self._chance = random.Random(seed)
        self._starts = 0
        self._asked: list[tuple[Point, Point]] = []
        self._begin(space.point(space.begin))

    def ask(self) -> list[Point]:
        """The next generation."""
        asked = [self._search.ask() for _ in range(self._search.population_size)]
        self._asked = asked
        return [shown for shown, _ in asked]

    def tell(self, losses: list[float]) -> None:
        """Move towards what was better."""
        self._search.tell([(np.asarray(drawn), loss) for (_, drawn), loss in zip(self._asked, losses, strict=True)])
        shown = np.array([point for point, _ in self._asked])
        if self._search.should_stop() or np.ptp(shown, axis=0).max() < 10.0**-DIGITS:
            self._begin([self._chance.random() for _ in self._knobs])

    def _begin(self, mean: Point) -> None:
        from cmaes import CMAwM  # brings SciPy, which takes a second

        sides = len(self._knobs)
        wider = min(2**self._starts, POPULATION_MAX)
        self._search = CMAwM(
            mean=np.array(mean),
            sigma=SPREAD,
            bounds=np.array([[0.0, 1.0]] * sides),
            steps=np.array([knob.step for knob in self._knobs]),
            seed=self._chance.randrange(2**32),
            population_size=wider * (4 + math.floor(3 * math.log(sides))),
        )
        self._starts += 1


def _counts(knobs: Sequence[Knob], most: int) -> list[int]:
    """How many values of each knob make a grid of at most so many points."""

    def capped(knob: Knob, count: int) -> int:
        return max(1, min(count, knob.values or count))

    if len(knobs) == 1:
        return [capped(knobs[0], most)]
    first = capped(knobs[0], math.isqrt(most))
    second = capped(knobs[1], most // first)
    return [capped(knobs[0], most // second), second]
