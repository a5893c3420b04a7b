from __future__ import annotations

import pytest

from artloop.events import ConceptReady, Steered, VariantBred
from artloop.flow.stopping import when_time_is_up
from artloop.flow.studio import Outcome, make
from artloop.models import CrossTask, DrawTask, Request, Variant
from tests.fakes import FakeArtists, MemoryHand, MemorySteps, Studio, brief, concept

FOREVER = when_time_is_up(None)
BRIEF = brief(variants=3, iterations=3)
AT = "v02/02/before-draw/0"


def breeds(number: int, *parents: str) -> Request:
    """A request to breed."""
    return Request(id=f"r{number}", what="breed", parents=list(parents))


async def worked(studio: Studio, **changes: object) -> Outcome:
    return await make(BRIEF.model_copy(update=changes), "house", studio.shop, FOREVER)


def asking(*requests: Request, steps: MemorySteps | None = None) -> Studio:
    """A studio whose artist asks this before the second draw of v02."""
    return Studio(FakeArtists({("v03", 1): 7.0}), hand=MemoryHand({AT: list(requests)}), steps=steps)


async def test_a_bred_variant_begins_with_the_idea_of_one_and_the_marks_of_the_other() -> None:
    studio = asking(breeds(1, "v03", "v01"))
    child = (await worked(studio)).variants[3]
    (task,) = (task for task in studio.artists.tasks if isinstance(task, CrossTask))
    assert (task.variant, task.iteration, len(task.siblings)) == ("v04", 1, 3)
    assert (task.crossing.concept.title, task.crossing.marks.title) == ("Concept 2", "Concept 0")
    assert child.concept.title == "Concept 314" == studio.shelf.concepts["v04"].title
    first = next(task for task in studio.artists.tasks if isinstance(task, DrawTask) and task.variant == "v04")
    assert (first.concept, first.marks) == (child.concept, "# v01 1\n")
    assert child.crossed == task.crossing
    assert studio.shelf.variants["v04"].crossed == task.crossing
    assert next(event for event in studio.told(Steered) if event.variant == "v04").decision.move == "cross"
    assert [event.title for event in studio.told(ConceptReady) if event.variant == "v04"] == ["Concept 314"]


async def test_it_makes_the_iterations_that_are_left_and_is_judged_with_the_others() -> None:
    studio = asking(breeds(1, "v01", "v03"))
    outcome = await worked(studio)
    child = outcome.variants[3]
    (event,) = studio.told(VariantBred)
    assert (child.id, child.status, len(child.iterations)) == ("v04", "finished", event.turns)
    assert event.turns < BRIEF.iterations
    assert {place.variant for place in outcome.selection.ranking} == {"v01", "v02", "v03", "v04"}


async def test_two_requests_breed_two_variants_whose_ids_follow_the_requests() -> None:
    studio = asking(breeds(1, "v01", "v03"), breeds(2, "v02", "v01"))
    outcome = await worked(studio)
    assert [variant.id for variant in outcome.variants] == ["v01", "v02", "v03", "v04", "v05"]
    assert [str(event.lineage)[:14] for event in studio.told(VariantBred)] == ["concept of v01", "concept of v02"]


async def test_a_request_for_parents_that_are_not_there_waits_and_harms_nothing() -> None:
    studio = asking(breeds(1, "v01", "v09"))
    assert len((await worked(studio)).variants) == 3


@pytest.mark.parametrize("survivors", [0, 2])
async def test_a_resume_breeds_nothing_twice(survivors: int) -> None:
    first = asking(breeds(1, "v01", "v03"))
    outcome = await worked(first, survivors=survivors)
    again = asking(breeds(1, "v01", "v03"), steps=first.steps)
    assert await worked(again, survivors=survivors) == outcome
    assert again.artists.tasks == []
    assert len(outcome.variants) == 4


async def test_a_replay_breeds_of_the_parents_as_they_were() -> None:
    recorded = asking(breeds(1, "v01", "v03"))
    outcome = await worked(recorded)

    def recall(key, kind):  # type: ignore[no-untyped-def]
        return recorded.steps.done.get(key)

    class Earlier(MemoryHand):
        def requests(self, before):  # type: ignore[no-untyped-def]
            known = recorded.steps.done.get(before.key)
            return known.requests if known else []

    replayed = await worked(Studio(FakeArtists({("v03", 1): 7.0}), hand=Earlier(), recall=recall))
    assert replayed == outcome


def test_a_variant_is_called_after_the_concept_of_its_best_drawing() -> None:
    assert Variant(id="v01", concept=concept(1)).title == "Concept 1"
