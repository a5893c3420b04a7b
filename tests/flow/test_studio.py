from __future__ import annotations

import asyncio

import pytest

from artloop.errors import BudgetReached, ModelMisbehaved, ProviderError, StepParked
from artloop.events import Chosen
from artloop.flow.stopping import when_time_is_up
from artloop.flow.studio import make
from artloop.models import ChooseTask, Concepts, Drawing, DrawTask, ImagineTask, Verdict
from artloop.ports import Attempt
from tests.fakes import FakeArtists, FakeRender, Studio, blank, brief

FOREVER = when_time_is_up(None)


async def test_a_run_ends_with_the_best_drawing_of_all_variants() -> None:
    studio = Studio(FakeArtists({("v02", 3): 9.0}))
    outcome = await make(brief(), "house", studio.shop, FOREVER)
    assert outcome.status == "finished"
    assert outcome.selection.winner == "v02"
    assert outcome.selection.ranking[0].iteration == 3
    assert studio.shelf.selection == outcome.selection
    assert [event.selection for event in studio.told(Chosen)] == [outcome.selection]


async def test_variants_work_side_by_side() -> None:
    """Each draw waits until all variants are drawing: one after the other would never end."""

    class Together(FakeArtists):
        def __init__(self) -> None:
            super().__init__()
            self.barrier = asyncio.Barrier(4)

        async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
            await self.barrier.wait()
            return await super().draw(task, attempt)

    async with asyncio.timeout(5):
        outcome = await make(brief(variants=4), "house", Studio(Together()).shop, FOREVER)
    assert len(outcome.variants) == 4


async def test_a_variant_that_fails_does_not_stop_the_others() -> None:
    class OneFails(FakeArtists):
        async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
            if task.variant == "v01":
                raise ModelMisbehaved("refused")
            return await super().draw(task, attempt)

    outcome = await make(brief(), "house", Studio(OneFails()).shop, FOREVER)
    assert [variant.status for variant in outcome.variants] == ["failed", "finished"]
    assert outcome.selection.winner == "v02"
    assert outcome.status == "finished"


async def test_a_run_without_any_drawing_has_failed() -> None:
    outcome = await make(brief(), "house", Studio(render=FakeRender(blank)).shop, FOREVER)
    assert outcome.status == "failed"
    assert outcome.selection.winner is None


async def test_what_concerns_the_whole_run_is_raised_after_all_variants_have_ended() -> None:
    class WrongKey(FakeArtists):
        async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
            if task.variant == "v01":
                raise ProviderError("the key was refused", fatal=True)
            return await super().draw(task, attempt)

    class Strict(Studio):
        pass

    studio = Strict(WrongKey())

    async def perform(step, result, work):  # type: ignore[no-untyped-def]
        return await work(Attempt(step=step.key))

    studio.steps.perform = perform  # type: ignore[method-assign]
    with pytest.raises(ProviderError, match="refused"):
        await make(brief(), "house", studio.shop, FOREVER)
    assert {task.iteration for task in studio.artists.tasks if isinstance(task, DrawTask)} == {1, 2, 3}


async def test_too_few_concepts_are_asked_for_again() -> None:
    class Lazy(FakeArtists):
        async def imagine(self, task: ImagineTask, attempt: Attempt) -> Concepts:
            all_of_them = await super().imagine(task, attempt)
            return all_of_them if attempt.generation else Concepts(concepts=all_of_them.concepts[:1])

    outcome = await make(brief(), "house", Studio(Lazy()).shop, FOREVER)
    assert len(outcome.variants) == 2


async def test_an_idea_agent_that_never_answers_parks_the_run() -> None:
    class Mute(FakeArtists):
        async def imagine(self, task: ImagineTask, attempt: Attempt) -> Concepts:
            raise ModelMisbehaved("empty")

    with pytest.raises(StepParked):
        await make(brief(), "house", Studio(Mute()).shop, FOREVER)


async def test_when_time_is_up_what_was_made_is_kept() -> None:
    now = [0.0]

    class Slow(FakeArtists):
        async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
            now[0] += 31
            return await super().draw(task, attempt)

    stop = when_time_is_up(1, clock=lambda: now[0])
    outcome = await make(brief(variants=1, iterations=9), "house", Studio(Slow()).shop, stop)
    assert outcome.status == "timed_out"
    assert len(outcome.variants[0].iterations) == 2
    assert outcome.selection.winner == "v01"


async def test_a_run_in_which_nobody_gets_better_stalls() -> None:
    outcome = await make(brief(iterations=9, stall=2), "house", Studio().shop, FOREVER)
    assert outcome.status == "stalled"
    assert [len(variant.iterations) for variant in outcome.variants] == [3, 3]


async def test_without_money_for_the_judge_the_critics_scores_decide_and_it_is_said() -> None:
    class Broke(FakeArtists):
        async def choose(self, task: ChooseTask, attempt: Attempt) -> Verdict:
            if task.first.variant == "v02":
                raise BudgetReached("no money left")
            return await super().choose(task, attempt)

    outcome = await make(brief(), "m", Studio(Broke({("v02", 1): 9.0})).shop, FOREVER)
    assert outcome.selection.winner == "v02"
    assert outcome.selection.unpaid
    assert outcome.selection.comparisons == []
    assert outcome.status == "budget"


async def test_verdicts_in_flight_are_kept_when_the_money_runs_out() -> None:
    class OnePaid(FakeArtists):
        async def choose(self, task: ChooseTask, attempt: Attempt) -> Verdict:
            if task.first.variant == "v02":
                raise BudgetReached("no money left")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return await super().choose(task, attempt)

    studio = Studio(OnePaid())
    await make(brief(), "m", studio.shop, FOREVER)
    assert "run/00/choose/0" in studio.steps.done
    assert "run/00/choose/1" not in studio.steps.done


async def test_a_variant_that_cannot_be_paid_ends_alone_with_what_it_has() -> None:
    class Dear(FakeArtists):
        async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
            if (task.variant, task.iteration) == ("v01", 2):
                raise BudgetReached("no money left")
            return await super().draw(task, attempt)

    outcome = await make(brief(), "house", Studio(Dear()).shop, FOREVER)
    assert [variant.status for variant in outcome.variants] == ["budget", "finished"]
    assert [len(variant.iterations) for variant in outcome.variants] == [1, 3]
    assert outcome.status == "budget"
    assert "what was made is kept" in outcome.reason
