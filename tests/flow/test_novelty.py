from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from artloop.errors import ModelMisbehaved
from artloop.events import SentBack
from artloop.flow.novelty import distance, told_apart
from artloop.flow.stopping import when_time_is_up
from artloop.flow.studio import Outcome, make
from artloop.models import Concept, Drawing, DrawTask, Nearness, Place, ReimagineTask
from artloop.ports import Attempt
from tests.fakes import FakeArtists, FakeRender, MemoryDistances, MemorySteps, Studio, blank, brief, concept, drawn

FOREVER = when_time_is_up(None)
NOVEL = brief(novelty=True, iterations=2)
CLOSE = {("v01/01", "v02/01"): 0.1}
APART = [concept(1), concept(2).model_copy(update={"study": "tide"}), concept(3).model_copy(update={"study": "reef"})]


class Different(FakeArtists):
    """Imagines concepts that nobody would take for one."""

    async def imagine(self, task, attempt):  # type: ignore[no-untyped-def]
        said = await super().imagine(task, attempt)
        kept = [one.model_copy(update={"study": f"study {n}"}) for n, one in enumerate(said.concepts)]
        return said.model_copy(update={"concepts": kept})


async def worked(studio: Studio) -> Outcome:
    return await make(NOVEL, "house", studio.shop, FOREVER)


def draws(studio: Studio, name: str) -> list[DrawTask]:
    return [task for task in studio.artists.tasks if isinstance(task, DrawTask) and task.variant == name]


def test_one_concept_told_twice_is_close_and_two_of_one_study_are_not() -> None:
    one = Concept(
        title="Salt lines",
        idea="A low sun over flat water; the lines crowd at the horizon.",
        focus="the gap",
        technique="flow lines",
        pens=["ink"],
        strategy="absence",
        study="tide",
    )
    twice = one.model_copy(update={"title": "The salt lines", "strategy": "one line", "pens": ["red"]})
    other = one.model_copy(
        update={"idea": "Nets hung to dry, seen from below.", "technique": "hatching", "title": "Nets"}
    )
    assert distance(one, twice) < 0.2
    assert distance(one, other) > 0.5
    assert distance(one, one.model_copy(update={"study": "reef"})) == 1.0
    assert (
        distance(one, one)
        == distance(one.model_copy(update={"title": "潮"}), one.model_copy(update={"title": "潮"}))
        == 0
    )


async def test_a_concept_too_close_to_an_earlier_one_is_sent_back_once() -> None:
    studio = Studio()
    kept = await told_apart(brief(variants=3), [APART[0], concept(1), APART[2]], studio.shop)
    assert kept == [APART[0], concept(202).model_copy(update={"study": "another"}), APART[2]]
    (task,) = studio.artists.tasks
    assert isinstance(task, ReimagineTask)
    assert (task.variant, task.near, task.siblings) == ("v02", "v01", [APART[0], APART[2]])
    assert [(event.variant, event.iteration) for event in studio.told(SentBack)] == [("v02", 0)]
    again = Studio(steps=studio.steps)
    assert await told_apart(brief(variants=3), [APART[0], concept(1), APART[2]], again.shop) == kept
    assert again.artists.tasks == []


async def test_concepts_that_differ_cost_nothing() -> None:
    studio = Studio()
    assert await told_apart(brief(variants=3), APART, studio.shop) == APART
    assert studio.artists.tasks == []


async def test_an_idea_agent_without_another_idea_keeps_its_concept() -> None:
    class Stubborn(FakeArtists):
        async def reimagine(self, task: ReimagineTask, attempt: Attempt) -> Concept:
            raise ModelMisbehaved("there is a concept of that title already")

    assert await told_apart(brief(), [concept(1), concept(1)], Studio(Stubborn()).shop) == [concept(1), concept(1)]


async def test_a_drawing_too_close_to_a_siblings_is_sent_back_once_and_no_repair_is_used_up() -> None:
    studio = Studio(Different(), distances=MemoryDistances(CLOSE), max_repairs=0)
    outcome = await worked(studio)
    first, second, *_ = draws(studio, "v02")
    assert (first.apart_from, second.apart_from) == ("", "v01/01")
    assert second.broken is not None
    assert second.complaint == "too close to v01/01"
    made = outcome.variants[1].iterations[0]
    assert (made.apart_from, made.repairs, made.drawing.source) == ("v01/01", 0, "# v02 1 repaired\n")
    assert len(draws(studio, "v02")) == 3, "the second try is kept, however close it is"
    assert "v02/02/novelty/0" not in studio.steps.done, "one concept is sent back once"
    assert [(event.variant, event.iteration) for event in studio.told(SentBack)] == [("v02", 1)]


async def test_what_cannot_be_drawn_otherwise_stays_as_it_was() -> None:
    def rule(source: str):  # type: ignore[no-untyped-def]
        return blank(source) if "repaired" in source else drawn(source)

    studio = Studio(Different(), FakeRender(rule), distances=MemoryDistances(CLOSE))
    made = (await worked(studio)).variants[1].iterations[0]
    assert (made.drawing.source, made.rendering.plottable, made.repairs) == ("# v02 1\n", True, 2)


async def test_a_resume_compares_with_nothing_else_than_before() -> None:
    first = Studio(Different(), distances=MemoryDistances(CLOSE))
    outcome = await worked(first)
    again = Studio(steps=first.steps)
    assert await worked(again) == outcome
    assert again.artists.tasks == []


async def test_a_replay_takes_what_was_compared_from_the_record() -> None:
    recorded = Studio(Different(), distances=MemoryDistances(CLOSE))
    outcome = await worked(recorded)

    def recall(key, kind):  # type: ignore[no-untyped-def]
        return recorded.steps.done.get(key)

    replayed = await worked(Studio(Different(), recall=recall, steps=MemorySteps()))
    assert replayed.variants == outcome.variants
    assert recorded.steps.done["v02/01/novelty/0"] == Nearness(nearest="v01/01", distance=0.1, too_close=True)


async def test_what_the_variants_of_a_fork_have_in_common_is_nothing_to_keep_apart_from() -> None:
    studio = Studio(Different(), distances=MemoryDistances(CLOSE), common=1)
    await worked(studio)
    assert not studio.told(SentBack)


async def test_a_run_without_novelty_compares_nothing() -> None:
    studio = Studio(distances=MemoryDistances(CLOSE))
    await make(brief(), "house", studio.shop, FOREVER)
    assert not [key for key in studio.steps.done if "novelty" in key]


@pytest.mark.parametrize("variants", [1, 3])
async def test_the_spread_is_of_all_pairs_of_best_drawings(variants: int) -> None:
    studio = Studio(FakeArtists(), distances=MemoryDistances({("v01/01", "v03/01"): 0.3}))
    found = (await make(brief(variants=variants), "house", studio.shop, FOREVER)).selection.spread
    if variants == 1:
        assert found is None
    else:
        assert found is not None
        assert (found.mean, found.least, found.pair) == (0.5, 0.3, ("v01", "v03"))


@pytest.mark.parametrize(("in_order", "sent_back"), [(True, "v02"), (False, "v01")])
async def test_in_order_it_does_not_matter_who_is_faster(in_order: bool, sent_back: str) -> None:
    looked = asyncio.Event()

    class SlowFirst(Different):
        async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
            if task.variant == "v01" and task.iteration == 1:
                await looked.wait()
            return await super().draw(task, attempt)

    class Watched(MemoryDistances):
        async def __call__(self, one: Place, others: Sequence[Place]) -> list[float]:
            looked.set()
            return await super().__call__(one, others)

    studio = Studio(SlowFirst(), distances=Watched(CLOSE), in_order=in_order)
    outcome = await asyncio.wait_for(worked(studio), 30)
    assert [event.variant for event in studio.told(SentBack)] == [sent_back]
    assert [one.status for one in outcome.variants] == ["finished", "finished"]


async def test_in_order_nobody_waits_for_a_variant_that_draws_no_more() -> None:
    class Fails(Different):
        async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
            if task.variant == "v01":
                raise ModelMisbehaved("no sketch")
            return await super().draw(task, attempt)

    studio = Studio(Fails(), distances=MemoryDistances(CLOSE), in_order=True)
    for survivors in (0, 2):
        asked = NOVEL.model_copy(update={"variants": 3, "survivors": survivors})
        outcome = await asyncio.wait_for(make(asked, "house", studio.shop, FOREVER), 30)
        assert [one.status for one in outcome.variants] == ["failed", "finished", "finished"]
