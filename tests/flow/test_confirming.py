from __future__ import annotations

from artloop.events import Confirmed, VariantEnded
from artloop.flow.confirming import MAX_REDRAWS
from artloop.flow.loop import improve
from artloop.flow.stopping import after_iterations
from artloop.models import Answer, CritiqueTask, DrawTask, Variant
from tests.fakes import FakeArtists, FakeRender, MemoryConfirm, MemorySteps, Studio, brief, concept, crashed, drawn

TWO = after_iterations(2)
NO = Answer(accepted=False, note="more air")
FIRST = "v01/01/confirm/0"


async def improved(works: Studio) -> Variant:
    return await improve("v01", concept(1), brief(), works.shop, TWO)


def tasks(works: Studio, kind: type[DrawTask] | type[CritiqueTask]) -> list[DrawTask | CritiqueTask]:
    return [task for task in works.artists.tasks if isinstance(task, kind)]


async def test_what_is_refused_is_drawn_again_with_the_note_before_a_critic_is_paid() -> None:
    works = Studio(confirm=MemoryConfirm({FIRST: NO}))
    variant = await improved(works)
    told = [task.refused for task in tasks(works, DrawTask) if isinstance(task, DrawTask)]
    assert [[one.note for one in refused] for refused in told] == [[], ["more air"], []]
    assert [task.iteration for task in tasks(works, CritiqueTask)] == [1, 2]
    assert [[answer.accepted for answer in one.answers] for one in variant.iterations] == [[False, True], [True]]
    assert [one.repairs for one in variant.iterations] == [0, 0]


async def test_redraws_are_bounded_and_what_stays_refused_never_counts() -> None:
    confirm = MemoryConfirm({f"v01/01/confirm/{attempt}": NO for attempt in range(9)})
    variant = await improved(Studio(confirm=confirm))
    assert [question.redraws for question in confirm.asked] == [*range(MAX_REDRAWS, -1, -1), MAX_REDRAWS]
    assert variant.iterations[0].refused
    assert variant.iterations[0].critique is None
    assert variant.incumbent is variant.iterations[1]
    decision = variant.iterations[1].decision
    assert decision
    assert decision.reason == "the artist refused the last one"


async def test_a_variant_of_which_nothing_is_accepted_says_so() -> None:
    confirm = MemoryConfirm({f"v01/0{turn}/confirm/{attempt}": NO for turn in (1, 2) for attempt in range(9)})
    works = Studio(confirm=confirm)
    assert (await improved(works)).status == "failed"
    assert works.told(VariantEnded)[-1].reason == "the artist accepted no drawing"


async def test_answers_are_on_record_and_nobody_is_asked_again() -> None:
    first = Studio(confirm=MemoryConfirm({FIRST: NO}))
    variant = await improved(first)
    again = Studio(steps=first.steps, confirm=MemoryConfirm())
    assert await improved(again) == variant
    assert again.shop.confirm.asked == []  # type: ignore[union-attr]
    assert again.told(Confirmed) == first.told(Confirmed)
    silent = Studio(steps=first.steps)
    assert await improved(silent) == variant, "answers hold in a session that does not ask"


async def test_what_an_earlier_session_went_on_from_is_not_asked_about() -> None:
    steps = MemorySteps()
    await improve("v01", concept(1), brief(), Studio(steps=steps).shop, after_iterations(1))
    confirm = MemoryConfirm()
    await improved(Studio(steps=steps, confirm=confirm))
    assert [question.iteration for question in confirm.asked] == [2]


async def test_what_cannot_be_plotted_can_be_refused_too_and_repairs_stay_bounded() -> None:
    broken = FakeRender(lambda source: drawn(source) if "repaired" in source else crashed(source))
    confirm = MemoryConfirm({FIRST: NO})
    works = Studio(render=broken, confirm=confirm)
    variant = await improved(works)
    assert [(one.iteration, one.attempt, one.final) for one in confirm.asked] == [
        (1, 0, False),
        (1, 1, False),
        (1, 2, True),
        (2, 0, False),
        (2, 1, True),
    ]
    assert [one.repairs for one in variant.iterations] == [1, 1]
    assert [task.broken is not None for task in tasks(works, DrawTask) if isinstance(task, DrawTask)] == [
        *(False, False, True),
        *(False, True),
    ]


async def test_the_question_shows_what_was_changed() -> None:
    confirm = MemoryConfirm(final_only=True)
    await improved(Studio(FakeArtists({("v01", 1): 7.0}), confirm=confirm))
    assert confirm.asked[1].diff.splitlines()[:2] == [
        "--- iterations/01/sketch.py",
        "+++ iterations/02/revisions/1/sketch.py",
    ]
