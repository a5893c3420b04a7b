from __future__ import annotations

from artloop.errors import UsageError
from artloop.events import Rendered, Searching, StationEntered, Steered
from artloop.flow.loop import improve
from artloop.flow.stopping import after_iterations
from artloop.models import (
    Brief,
    Course,
    Critique,
    CritiqueTask,
    Drawing,
    DrawTask,
    GuidingCritique,
    Knob,
    Place,
    SteerTask,
    Target,
    Tuned,
    TuneTask,
    Variant,
)
from artloop.ports import Attempt, Searched
from tests.fakes import FakeArtists, FakeSearch, Studio, brief, concept

WISH = [Target(metric="ink_coverage", low=0.2, high=0.3), Target(metric="strokes", low=0, high=400)]
TUNES = brief(tune_renders=24, hypotheses=True)


class Amounts(FakeArtists):
    """Draws lines that can be more or fewer; the critic asks for more of them."""

    async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
        drawing = await super().draw(task, attempt)
        lines = f'{drawing.source}PARAMS = {{"lines": 10}}\nRANGES = {{"lines": (8, 60)}}\n'
        return drawing.model_copy(update={"source": lines})

    async def critique(self, task: CritiqueTask, attempt: Attempt) -> Critique:
        said = dict(await super().critique(task, attempt))
        return GuidingCritique(**{**said, "targets": WISH}, hypothesis_held="confirmed", asks="amounts")


def studio(best: float = 0.0) -> Studio:
    return Studio(Amounts({("v01", 2): 6.0, ("v01", 3): 7.0}), search=FakeSearch(best))


async def improved(at: Studio, iterations: int = 2, asked: Brief = TUNES) -> Variant:
    return await improve("v01", concept(1), asked, at.shop, after_iterations(iterations))


async def test_what_a_search_found_is_rendered_and_criticised_as_a_drawing_with_a_hypothesis() -> None:
    at = studio()
    second = (await improved(at)).iterations[1]
    assert [type(task) for task in at.artists.tasks] == [DrawTask, CritiqueTask, CritiqueTask]
    assert '"lines": 20' in second.drawing.source
    assert second.drawing.change == "tuned lines 10 to 20 in 24 renders: everything asked for"
    assert second.drawing.hypothesis == "more air; ink_coverage 0.2 to 0.3"
    assert at.artists.tasks[-1].hypothesis == second.drawing.hypothesis  # type: ignore[attr-defined]
    assert (second.held, second.decision and second.decision.move) == ("confirmed", "tune")
    assert [event.iteration for event in at.told(Rendered)] == [1, 2]
    assert "tune" in [event.station for event in at.told(StationEntered)]
    assert [event.done for event in at.told(Searching)] == list(range(2, 25, 2))


async def test_a_search_is_for_every_wish_and_has_a_seed_of_its_own() -> None:
    at = studio()
    await improved(at, iterations=4)
    first, second = at.search.tasks
    assert first.targets == WISH
    assert (first.renders, first.request.pen_mm, first.request.canvas_size) == (24, 0.3, (148.0, 210.0))
    assert first.seed != second.seed
    again = studio()
    await improved(again, iterations=4)
    assert again.search.tasks == at.search.tasks


async def test_a_search_that_comes_to_nothing_is_said_and_the_artist_draws_instead() -> None:
    at = studio(best=1.0)
    second = (await improved(at)).iterations[1]
    assert [type(task) for task in at.artists.tasks] == [DrawTask, CritiqueTask, DrawTask, CritiqueTask]
    why = "a search for ink_coverage 0.2 to 0.3 came to nothing: 24 renders brought it no nearer"
    assert second.decision is not None
    assert (second.decision.move, second.decision.reason) == ("draw", why)
    assert [event.decision.move for event in at.told(Steered)] == ["draw", "tune", "draw"]


async def test_a_sketch_that_cannot_be_searched_is_drawn_and_the_reason_said() -> None:
    class Refused(FakeSearch):
        async def __call__(self, task: TuneTask, place: Place, told: Searched) -> Tuned:
            raise UsageError("the sketch declares no PARAMS")

    at = Studio(Amounts(), search=Refused())
    second = (await improved(at)).iterations[1]
    assert second.decision is not None
    assert second.decision.reason.endswith("came to nothing: the sketch declares no PARAMS")


async def test_on_a_resume_no_search_is_made_again() -> None:
    for best in (0.0, 1.0):
        first = studio(best)
        made = await improved(first, iterations=3)
        again = Studio(steps=first.steps, search=FakeSearch(0.5))
        assert await improved(again, iterations=3) == made
        assert (again.artists.tasks, again.search.tasks) == ([], [])


async def test_what_an_agent_wants_searched_is_searched() -> None:
    knob = Knob(name="lines", start=12, low=10, high=14)

    class Steering(Amounts):
        async def steer(self, task: SteerTask, attempt: Attempt) -> Course:
            assert task.knobs == [Knob(name="lines", start=20, low=8, high=60)]
            assert task.wishes == WISH[:1]
            return Course(move="tune", reason="fewer", knobs=[knob])

    at = Studio(Steering({("v01", 2): 6.0}), search=FakeSearch(), steers=True)
    await improved(at, iterations=3)
    assert [task.knobs for task in at.search.tasks] == [[], [knob]]


async def test_a_run_that_was_begun_without_searches_goes_on_without_them() -> None:
    at = studio()
    await improved(at, asked=brief(hypotheses=True))
    assert at.search.tasks == []
