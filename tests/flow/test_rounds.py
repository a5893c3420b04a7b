from __future__ import annotations

import pytest

from artloop.errors import NotYet
from artloop.events import IterationEnded, RoundEnded
from artloop.flow.rounds import survival
from artloop.flow.stopping import after_iterations, when_time_is_up
from artloop.flow.studio import Outcome, make, worked
from artloop.models import CrossTask, Drawing, DrawTask, Heeded, Iteration, Request, Variant
from tests.fakes import FakeArtists, MemorySteps, Studio, brief, concept, critique, drawn

FOREVER = when_time_is_up(None)
SCORES = {("v01", 1): 8.0, ("v02", 1): 4.0, ("v03", 1): 7.0, ("v04", 1): 3.0, ("v02", 2): 9.0}
ROUNDS = brief(variants=4, iterations=3, survivors=2, memory=True)


def variant(name: str, *scores: float, status: str = "running", pinned: bool = False) -> Variant:
    """A variant with these scores."""
    iterations = [
        Iteration(
            number=number,
            drawing=Drawing(source=f"# {name} {number}", change="", hypothesis=""),
            rendering=drawn(""),
            critique=critique(score),
        )
        for number, score in enumerate(scores, start=1)
    ]
    pins = [Heeded(request=Request(id="r1", what="pin"), iteration=1, before="draw")] if pinned else []
    made = Variant(id=name, concept=concept(int(name[1:])), iterations=iterations, heeded=pins)
    return made.model_copy(update={"status": status})


async def run(studio: Studio, **changes: object) -> Outcome:
    return await make(ROUNDS.model_copy(update=changes), "house", studio.shop, FOREVER)


def test_the_weakest_become_crossings_of_the_strongest_each_of_another_pair() -> None:
    found = survival(1, [variant("v01", 5, 8), variant("v02", 4), variant("v03", 7), variant("v04", 3)], 2)
    assert found.survivors == ["v01", "v03"]
    assert [(one.variant, str(one.crossing.lineage)) for one in found.restarts] == [
        ("v02", "concept of v01, marks of v03/01"),
        ("v04", "concept of v03, marks of v01/02"),
    ]
    assert found.restarts[1].crossing.source == "# v01 2"
    later = survival(2, [variant("v01", 8), variant("v02", 4), variant("v03", 7)], 2)
    assert str(later.restarts[0].crossing.lineage) == "concept of v03, marks of v01/01"


@pytest.mark.parametrize(
    ("others", "restarts"),
    [
        ([variant("v03", 1.0)], ["v03"]),
        ([variant("v03", 1.0, pinned=True)], []),
        ([variant("v03", 1.0, status="stalled")], []),
        ([variant("v03")], ["v03"]),
        ([variant("v03", 9.0, status="dropped"), variant("v04", 1.0)], ["v04"]),
    ],
)
def test_only_what_goes_on_and_is_not_pinned_begins_again(others: list[Variant], restarts: list[str]) -> None:
    found = survival(1, [variant("v01", 5), variant("v02", 6), *others], 2)
    assert [one.variant for one in found.restarts] == restarts


def test_one_drawing_alone_crosses_nothing() -> None:
    assert survival(1, [variant("v01", 5), variant("v02"), variant("v03")], 2).restarts == []


async def test_variants_wait_for_each_other_and_the_lineage_is_kept() -> None:
    studio = Studio(FakeArtists(SCORES))
    outcome = await run(studio)
    ends = [event.iteration for event in studio.told(IterationEnded)]
    assert ends == sorted(ends)
    assert [(event.survivors, event.restarts) for event in studio.told(RoundEnded)] == [
        (["v01", "v03"], ["v02", "v04"]),
        (["v02", "v01"], ["v03", "v04"]),
    ]
    crosses = [(task.variant, task.iteration) for task in studio.artists.tasks if isinstance(task, CrossTask)]
    assert crosses == [("v02", 2), ("v04", 2), ("v03", 3), ("v04", 3)]
    second = outcome.variants[1]
    assert second.crossed is not None
    assert str(second.crossed.lineage) == "concept of v01, marks of v03/01"
    assert second.title == "Concept 322"
    assert [len(one.iterations) for one in outcome.variants] == [3, 3, 3, 3]
    assert studio.shelf.variants["v04"].crossed == outcome.variants[3].crossed


async def test_a_crossing_shows_its_implementer_the_marks_until_it_has_a_drawing_of_its_own() -> None:
    studio = Studio(FakeArtists(SCORES))
    await run(studio)
    second = [task for task in studio.artists.tasks if isinstance(task, DrawTask) and task.variant == "v02"]
    assert [task.marks for task in second] == ["", "# v03 1\n", "# v03 1\n"]
    assert [len(task.history) for task in second] == [0, 0, 1]


async def test_what_is_shared_is_told_to_the_others_in_the_next_round_and_not_before() -> None:
    studio = Studio(FakeArtists(SCORES))
    await run(studio, survivors=0, share=True)
    told = {(task.variant, task.iteration): task.shared for task in studio.artists.tasks if isinstance(task, DrawTask)}
    assert told["v01", 1] == []
    assert [lesson[:4] for lesson in told["v02", 2]] == ["v01:", "v01:", "v03:", "v03:", "v04:", "v04:"]
    assert "keep: the line" in told["v02", 2][1]
    assert len(told["v02", 3]) > len(told["v02", 2])


async def test_a_resume_meets_as_before() -> None:
    first = Studio(FakeArtists(SCORES))
    outcome = await run(first, share=True)
    again = Studio(steps=first.steps)
    assert await run(again, share=True) == outcome
    assert again.artists.tasks == []


async def test_a_run_that_was_cut_off_is_read_back_as_far_as_it_goes() -> None:
    first = Studio(FakeArtists(SCORES))
    await run(first)

    class Committed(MemorySteps):
        async def perform(self, step, result, work):  # type: ignore[no-untyped-def]
            if step.key not in self.done:
                raise NotYet(step.key)
            return self.done[step.key]

    for last in range(1, len(first.steps.done) + 1):
        read = Committed()
        read.done = dict(list(first.steps.done.items())[:last])
        found = await worked(ROUNDS, Studio(steps=read).shop, after_iterations(3))
        made = sum("critique" in key for key in read.done)
        assert sum(len(one.iterations) for one in found) == made


async def test_a_variant_that_ends_does_not_hold_the_others_up() -> None:
    outcome = await run(Studio(FakeArtists({**SCORES, ("v01", 1): 9.9})), stall=1)
    assert {one.status for one in outcome.variants} <= {"finished", "stalled"}
    assert outcome.selection.winner
