"""The search: render the start, then generation after generation until all is met or the renders are used up."""

from __future__ import annotations

import asyncio
from typing import Literal

from artloop.canonical import canonical
from artloop.errors import UsageError, first_of
from artloop.models import Params, Trial, Tuned, TuneTask
from artloop.ports import Measure, Searched, Trials
from artloop.source import replaced
from artloop.tune.objective import check, judged
from artloop.tune.searchers import Searcher, searcher_for
from artloop.tune.space import Space, space_of

STALE = 50
"""Generations in a row that brought nothing new: there is nothing left to try."""
WORTH = 0.99
"""What comes no nearer than this share of the start's distance is not better than the start, and changes nothing."""
HOPELESS = 24
"""Renders without a single drawing: the sketch is broken, whatever its parameters."""


class Unkept:
    """`ports.Trials` of a search that is never taken up again."""

    def find(self, params: Params) -> Trial | None:
        """Nothing is on record."""

    def keep(self, trial: Trial) -> None:
        """Nothing is kept."""


def unwatched(done: int, total: int, best: float) -> None:
    """Nobody watches."""


async def tuned(task: TuneTask, measure: Measure, trials: Trials | None = None, told: Searched = unwatched) -> Tuned:
    """Search the parameters of the task's sketch; those on record in `trials` are not rendered again.

    The same task gives the same result in whichever order renders finish: a generation is asked for as a whole and
    told in its order. Raises `UsageError` for an unknown metric and a sketch without anything to search or to see.
    """
    check(task.targets)
    space = space_of(task)
    bench = Bench(task, measure, Unkept() if trials is None else trials, told)
    await bench.tried([space.start, space.begin])
    ended = await _searched(bench, searcher_for(task, space), space)
    start = bench.made[0]
    best = bench.best if bench.best.loss <= WORTH * start.loss else start
    return Tuned(
        source=replaced(task.request.source, PARAMS={**task.request.params, **best.params}),
        method=task.method,
        targets=task.targets,
        start=start,
        best=best,
        losses=[trial.loss for trial in bench.made],
        ended=ended,
    )


class Bench:
    """The renders of one search: each set of parameters once, never more than the task allows."""

    def __init__(self, task: TuneTask, measure: Measure, trials: Trials, told: Searched) -> None:
        self._task = task
        self._measure = measure
        self._trials = trials
        self._told = told
        self._known: dict[str, Trial] = {}
        self.made: list[Trial] = []
        """In the order in which they were asked for."""

    @property
    def best(self) -> Trial:
        """Of equals the first."""
        return min(self.made, key=lambda trial: trial.loss)

    @property
    def spent(self) -> bool:
        """Whether no render is left."""
        return len(self.made) >= self._task.renders

    async def tried(self, asked: list[Params]) -> list[Trial]:
        """Their trials, in their order; those beyond the last render are left out."""
        fresh = {canonical(params): params for params in asked if canonical(params) not in self._known}
        new = list(fresh.values())[: self._task.renders - len(self.made)]
        try:
            async with asyncio.TaskGroup() as group:
                for params in new:
                    group.create_task(self._try(params))
        except BaseExceptionGroup as errors:
            raise first_of(errors) from errors
        self.made += [self._known[canonical(params)] for params in new]
        return [self._known[key] for params in asked if (key := canonical(params)) in self._known]

    async def _try(self, params: Params) -> None:
        trial = self._trials.find(params)
        if trial is None:
            request = self._task.request
            merged = request.model_copy(update={"params": {**request.params, **params}})
            trial = judged(params, await self._measure(merged), self._task.targets)
            self._trials.keep(trial)
        self._known[canonical(params)] = trial
        best = min(trial.loss for trial in self._known.values())
        self._told(len(self._known), self._task.renders, best)


async def _searched(bench: Bench, searcher: Searcher, space: Space) -> Literal["met", "renders", "exhausted"]:
    """Go on until there is a reason to end."""
    stale = 0
    while bench.best.loss > 0:
        if bench.spent:
            return "renders"
        if len(bench.made) >= HOPELESS and all(trial.failure for trial in bench.made):
            raise UsageError(f"none of {len(bench.made)} renders gave a drawing: {bench.best.failure}; mend the sketch")
        points = searcher.ask()
        before = len(bench.made)
        trials = await bench.tried([space.params(point) for point in points])
        stale = stale + 1 if len(bench.made) == before else 0
        if not points or stale >= STALE:
            return "exhausted"
        if len(trials) == len(points):
            searcher.tell([trial.loss for trial in trials])
    return "met"
