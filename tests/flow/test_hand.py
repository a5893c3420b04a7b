from __future__ import annotations

from artloop.events import RequestHeeded, VariantEnded
from artloop.flow.company import Company
from artloop.flow.hand import Ear
from artloop.flow.loop import improve
from artloop.flow.stopping import after_iterations, when_time_is_up
from artloop.flow.studio import make
from artloop.models import CritiqueTask, DrawTask, Request, Variant, What
from tests.fakes import FakeArtists, MemoryHand, MemorySteps, Studio, brief, concept

THREE = after_iterations(3)
FOREVER = when_time_is_up(None)


def asked(what: What, variant: str | None = None, text: str = "", number: int = 1) -> Request:
    """A request."""
    return Request(id=f"r{number}", what=what, variant=variant, text=text)


def studio(asks: dict[str, list[Request]], steps: MemorySteps | None = None, **scores: float) -> Studio:
    """A studio whose artist asks this, at these boundaries; `scores` are the last iterations'."""
    given = {(name, 3): score for name, score in scores.items()}
    return Studio(FakeArtists(given), hand=MemoryHand(asks), steps=steps)


async def test_a_note_reaches_implementer_and_critic_from_the_next_step_on() -> None:
    works = studio({"v01/02/before-critique/0": [asked("note", "v01", "more air")]})
    await improve("v01", concept(1), brief(), works.shop, THREE)
    told = [(type(task), task.iteration, task.notes) for task in works.artists.tasks]  # type: ignore[attr-defined]
    assert told == [
        (DrawTask, 1, []),
        (CritiqueTask, 1, []),
        (DrawTask, 2, []),
        (CritiqueTask, 2, ["more air"]),
        (DrawTask, 3, ["more air"]),
        (CritiqueTask, 3, ["more air"]),
    ]


async def test_a_note_to_nobody_in_particular_reaches_every_variant() -> None:
    works = studio({"v01/02/before-draw/0": [asked("note", None, "calmer")]})
    await make(brief(), "house", works.shop, FOREVER)
    last = [task.notes for task in works.artists.tasks if isinstance(task, DrawTask) and task.iteration == 3]
    assert last == [["calmer"], ["calmer"]]


async def test_a_dropped_variant_ends_at_the_next_step_and_cannot_win() -> None:
    works = studio({"v02/02/before-render/0": [asked("drop", "v02")]}, v02=9.0)
    outcome = await make(brief(), "house", works.shop, FOREVER)
    assert [variant.status for variant in outcome.variants] == ["finished", "dropped"]
    assert "v02/02/render/0" not in works.steps.done
    assert outcome.selection.winner == "v01"
    assert outcome.status == "finished"


async def test_a_pinned_variant_does_not_stall_and_wins_against_better_ones() -> None:
    works = studio({"v01/01/before-draw/0": [asked("pin", "v01")]}, v02=9.0)
    variant = await improve("v01", concept(1), brief(stall=1), works.shop, THREE)
    assert len(variant.iterations) == 3
    works = studio({"v01/01/before-draw/0": [asked("pin", "v01")]}, v02=9.0)
    outcome = await make(brief(stall=1), "house", works.shop, FOREVER)
    assert outcome.selection.winner == "v01"
    assert len(outcome.variants[1].iterations) == 2


async def test_stop_ends_every_variant_with_what_it_has() -> None:
    works = studio({"v01/02/before-draw/0": [asked("stop")]})
    outcome = await make(brief(iterations=9), "house", works.shop, FOREVER)
    assert outcome.status == "stopped"
    assert [variant.status for variant in outcome.variants] == ["stopped", "stopped"]
    assert [len(variant.iterations) for variant in outcome.variants] == [1, 0], "the fakes take turns by variants"
    assert outcome.selection.winner


async def test_a_drop_after_a_variants_last_step_counts_until_the_judging_begins() -> None:
    works = studio({"run/00/before-choose/0": [asked("drop", "v02")]}, v02=9.0)
    outcome = await make(brief(), "house", works.shop, FOREVER)
    assert outcome.selection.winner == "v01"
    assert [event.status for event in works.told(VariantEnded)][-1] == "dropped"
    again = studio({}, works.steps, v02=9.0)
    again.hand.made = [asked("pin", "v02", number=2)]
    assert (await make(brief(), "house", again.shop, FOREVER)).selection.winner == "v01", "the judging had begun"


async def test_when_everything_is_dropped_the_run_was_stopped() -> None:
    works = studio({"v01/01/before-draw/0": [asked("drop", "v01"), asked("drop", "v02", number=2)]})
    outcome = await make(brief(), "house", works.shop, FOREVER)
    assert (outcome.status, outcome.selection.winner) == ("stopped", None)


async def test_on_a_resume_a_request_takes_effect_where_it_did_before() -> None:
    first = studio({"v01/02/before-draw/0": [asked("note", "v01", "more air")]})
    variant = await improve("v01", concept(1), brief(), first.shop, THREE)
    again = Studio(steps=first.steps)
    assert await improve("v01", concept(1), brief(), again.shop, THREE) == variant
    assert again.artists.tasks == []
    assert again.told(RequestHeeded) == first.told(RequestHeeded)


async def test_a_request_never_takes_effect_before_a_step_that_has_begun() -> None:
    first = studio({})
    await improve("v01", concept(1), brief(), first.shop, after_iterations(2))
    first.steps.done.pop("v01/02/critique/0")
    again = studio({}, first.steps)
    again.hand.made = [asked("note", "v01", "more air")]
    variant = await improve("v01", concept(1), brief(), again.shop, THREE)
    assert [(one.iteration, one.before) for one in variant.heeded] == [(3, "steer")]
    assert [task.notes for task in again.artists.tasks] == [[], ["more air"], ["more air"]]  # type: ignore[attr-defined]


async def test_a_boundary_without_a_request_leaves_no_trace() -> None:
    works = studio({})
    await Ear(Variant(id="v01", concept=concept(1)), brief(), Company(), works.shop).listen(1, "draw")
    assert works.steps.started == []
