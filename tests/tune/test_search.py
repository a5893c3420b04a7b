import asyncio
import random

import pytest

from artloop.errors import RenderServerError, UsageError
from artloop.models import Failure, Params, Rendering, RenderRequest, Target, Trial, TuneMethod, TuneTask
from artloop.source import declared
from artloop.tune.search import tuned
from tests.fakes import METRICS

SKETCH = '''"""Bars."""
PARAMS = {"bars": 10, "gap_mm": 2.0, "lean": 0.1, "fixed": 7}
RANGES = {"bars": (4, 40), "gap_mm": (0.5, 4.0), "lean": (0.0, 1.0)}
def draw(t): ...
'''
WISH = [Target(metric="ink_coverage", low=0.30, high=0.32), Target(metric="balance_x", low=-0.02, high=0.02)]


class Bars:
    """A render whose measures follow from the parameters, finished in any order."""

    def __init__(self, seed: int = 0) -> None:
        self.asked: list[Params] = []
        self.chance = random.Random(seed)

    async def __call__(self, request: RenderRequest) -> Rendering:
        params = {**declared(request.source).params, **request.params}
        self.asked.append(params)
        for _ in range(self.chance.randrange(6)):
            await asyncio.sleep(0)
        coverage = min(1.0, params["bars"] / (10 * params["gap_mm"]) / 4)
        found = {"ink_coverage": coverage, "balance_x": params["lean"] - 0.6, "strokes": int(params["bars"])}
        return Rendering(ok=True, metrics=METRICS.model_copy(update=found))


def task(
    source: str = SKETCH, targets: list[Target] = WISH, renders: int = 200, method: TuneMethod = "cma", seed: int = 1
) -> TuneTask:
    request = RenderRequest(source=source)
    return TuneTask(request=request, targets=targets, renders=renders, method=method, seed=seed)


async def test_a_search_meets_its_targets_stops_there_and_writes_them_into_the_sketch() -> None:
    bars = Bars()
    found = await tuned(task(), bars)
    assert found.met
    assert found.ended == "met"
    assert len(found.losses) == len(bars.asked) < 200
    assert found.best.params == {name: declared(found.source).params[name] for name in ("bars", "gap_mm", "lean")}
    assert declared(found.source).params["fixed"] == 7
    assert 0.30 <= found.best.measured["ink_coverage"] <= 0.32


@pytest.mark.parametrize("method", ["cma", "random"])
async def test_the_order_in_which_renders_finish_changes_nothing(method: TuneMethod) -> None:
    results = [await tuned(task(method=method, renders=60), Bars(chance)) for chance in range(4)]
    assert all(result == results[0] for result in results)
    assert await tuned(task(method=method, renders=60, seed=2), Bars()) != results[0]


async def test_a_search_stays_in_its_ranges_and_keeps_whole_numbers_whole() -> None:
    bars = Bars()
    await tuned(task(targets=[Target(metric="strokes", low=900, high=901)], renders=80), bars)
    ranges = declared(SKETCH).ranges
    assert len(bars.asked) == 80
    for params in bars.asked:
        assert isinstance(params["bars"], int)
        assert all(low <= params[name] <= high for name, (low, high) in ranges.items())


async def test_what_is_met_at_the_start_takes_one_render() -> None:
    bars = Bars()
    found = await tuned(task(targets=[Target(metric="strokes", low=10, high=10)]), bars)
    assert (found.met, found.better, len(bars.asked)) == (True, False, 1)
    assert found.source == SKETCH


async def test_a_search_that_finds_nothing_better_says_so_and_leaves_the_sketch() -> None:
    at_best = SKETCH.replace('"bars": 10', '"bars": 40')
    found = await tuned(task(at_best, [Target(metric="strokes", low=900, high=901)], renders=30), Bars())
    assert (found.met, found.better, found.ended) == (False, False, "renders")
    assert found.source == at_best


async def test_what_is_hardly_nearer_is_not_better_and_leaves_the_sketch() -> None:
    async def measure(request: RenderRequest) -> Rendering:
        hardly = 0.0001 * request.params["lean"]
        return Rendering(ok=True, metrics=METRICS.model_copy(update={"balance_x": -hardly}))

    found = await tuned(task(targets=[Target(metric="balance_x", low=-0.9, high=-0.8)], renders=30), measure)
    assert min(found.losses) < found.start.loss
    assert (found.better, found.source, found.best) == (False, SKETCH, found.start)


async def test_the_same_parameters_are_rendered_once_and_a_small_space_comes_to_its_end() -> None:
    small = 'PARAMS = {"bars": 1}\nRANGES = {"bars": (1, 5)}\n'
    bars = Bars()

    async def measure(request: RenderRequest) -> Rendering:
        full = request.model_copy(update={"params": {"gap_mm": 1.0, "lean": 0.0, **request.params}})
        return await bars(full)

    found = await tuned(task(small, [Target(metric="strokes", low=90, high=99)]), measure)
    assert found.ended == "exhausted"
    assert sorted(params["bars"] for params in bars.asked) == [1, 2, 3, 4, 5]
    assert found.best.params == {"bars": 5}


async def test_trials_on_record_are_not_rendered_again() -> None:
    kept: list[Trial] = []

    class Record:
        def find(self, params: Params) -> Trial | None:
            return next((trial for trial in kept if trial.params == params), None)

        def keep(self, trial: Trial) -> None:
            kept.append(trial)

    first = await tuned(task(renders=40), Bars(), Record())
    bars = Bars()
    again = await tuned(task(renders=40), bars, Record())
    assert (again, bars.asked) == (first, [])
    assert len(kept) == len(first.losses)


async def test_a_broken_sketch_is_given_up_early() -> None:
    asked = 0

    async def crash(request: RenderRequest) -> Rendering:
        nonlocal asked
        asked += 1
        return Rendering(ok=False, failure=Failure(kind="exception", message="NameError: W"))

    with pytest.raises(UsageError, match=r"none of \d+ renders gave a drawing: exception: NameError: W"):
        await tuned(task(), crash)
    assert asked < 50


async def test_a_dead_render_server_ends_the_search_as_what_it_is() -> None:
    async def dead(request: RenderRequest) -> Rendering:
        raise RenderServerError("the Grafix server died twice")

    with pytest.raises(RenderServerError, match="died twice"):
        await tuned(task(), dead)


async def test_progress_counts_every_render_and_never_gets_worse() -> None:
    said: list[tuple[int, int, float]] = []
    found = await tuned(task(), Bars(), told=lambda *news: said.append(news))
    assert [done for done, _, _ in said] == list(range(1, len(found.losses) + 1))
    losses = [best for _, _, best in said]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] == 0
