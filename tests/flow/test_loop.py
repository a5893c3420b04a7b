from __future__ import annotations

from artloop.errors import CutOff, ModelMisbehaved
from artloop.events import IterationEnded, RepairAsked, VariantEnded
from artloop.flow.loop import improve
from artloop.flow.stopping import after_iterations
from artloop.models import Critique, CritiqueTask, Drawing, DrawTask, Rendering, Request
from artloop.ports import Attempt
from tests.fakes import FakeArtists, FakeRender, Studio, blank, brief, concept, crashed, drawn

THREE = after_iterations(3)


async def test_a_variant_makes_all_its_iterations_and_keeps_the_best() -> None:
    studio = Studio(FakeArtists({("v01", 1): 4.0, ("v01", 2): 7.0, ("v01", 3): 6.0}))
    variant = await improve("v01", concept(1), brief(), studio.shop, THREE)
    assert [one.score for one in variant.iterations] == [4.0, 7.0, 6.0]
    assert variant.incumbent is not None
    assert variant.incumbent.number == 2
    assert [event.better for event in studio.told(IterationEnded)] == [True, True, False]
    assert variant.status == "finished"


async def test_an_equal_score_does_not_replace_the_incumbent() -> None:
    variant = await improve("v01", concept(1), brief(), Studio().shop, THREE)
    assert variant.incumbent is not None
    assert variant.incumbent.number == 1


async def test_a_failed_render_is_shown_to_the_next_draw() -> None:
    def rule(source: str) -> Rendering:
        return drawn(source) if "repaired" in source else crashed(source)

    studio = Studio(render=FakeRender(rule))
    variant = await improve("v01", concept(1), brief(), studio.shop, after_iterations(1))
    first, repair = (task for task in studio.artists.tasks if isinstance(task, DrawTask))
    assert first.broken is None
    assert repair.broken == Drawing(source="# v01 1\n", change="a change", hypothesis="it breathes")
    assert repair.complaint == "exception (line 3): NameError: W"
    assert repair.hint == "define W"
    assert variant.iterations[0].repairs == 1
    assert variant.iterations[0].score == 5.0


async def test_a_closed_gate_triggers_a_repair_and_no_critic_is_paid() -> None:
    studio = Studio(render=FakeRender(blank), max_repairs=2)
    variant = await improve("v01", concept(1), brief(), studio.shop, after_iterations(1))
    assert [event.attempt for event in studio.told(RepairAsked)] == [0, 1]
    assert not any(isinstance(task, CritiqueTask) for task in studio.artists.tasks)
    assert variant.iterations[0].critique is None
    assert variant.status == "failed"
    assert "2 mm of ink is a blank sheet" in (variant.failure or "")


async def test_repairs_cost_no_iteration() -> None:
    calls = iter([crashed, drawn, drawn, drawn])
    studio = Studio(render=FakeRender(lambda source: next(calls)(source)))
    variant = await improve("v01", concept(1), brief(), studio.shop, THREE)
    assert [one.number for one in variant.iterations] == [1, 2, 3]


async def test_a_parked_step_ends_the_variant_and_keeps_what_it_has() -> None:
    class Stubborn(FakeArtists):
        async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
            if task.iteration == 2:
                raise ModelMisbehaved("empty answer")
            return await super().draw(task, attempt)

    studio = Studio(Stubborn())
    variant = await improve("v01", concept(1), brief(), studio.shop, THREE)
    assert variant.status == "failed"
    assert variant.failure == "empty answer"
    assert variant.incumbent is not None
    assert [event.status for event in studio.told(VariantEnded)] == ["failed"]


async def test_a_strange_error_of_an_sdk_ends_only_this_variant() -> None:
    class Leaky(FakeArtists):
        async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
            raise KeyError("choices")

    variant = await improve("v01", concept(1), brief(), Studio(Leaky()).shop, THREE)
    assert variant.failure == "KeyError: 'choices'"


async def test_the_history_a_draw_is_told_ends_with_the_iteration_before() -> None:
    studio = Studio(FakeArtists({("v01", 1): 6.0, ("v01", 2): 3.0}))
    await improve("v01", concept(1), brief(), studio.shop, THREE)
    last = [task for task in studio.artists.tasks if isinstance(task, DrawTask)][-1]
    assert [one.number for one in last.history] == [1, 2]
    assert last.incumbent == 1


async def test_a_second_walk_through_committed_steps_asks_nobody() -> None:
    studio = Studio()
    before = await improve("v01", concept(1), brief(), studio.shop, THREE)
    asked = len(studio.artists.tasks)
    assert await improve("v01", concept(1), brief(), studio.shop, THREE) == before
    assert len(studio.artists.tasks) == asked


async def test_a_step_that_is_cut_off_for_a_stop_ends_its_variant_at_the_boundary_before_it() -> None:
    class Away(FakeArtists):
        async def critique(self, task: CritiqueTask, attempt: Attempt) -> Critique:
            if task.iteration == 2:
                studio.hand.made.append(Request(id="1", what="stop"))
                raise CutOff("called back")
            return await super().critique(task, attempt)

    studio = Studio(Away())
    variant = await improve("v01", concept(1), brief(), studio.shop, after_iterations(3))
    assert variant.status == "stopped"
    assert len(variant.iterations) == 1
    assert "v01/02/before-critique/0" in studio.steps.done, "where a replay finds it"
