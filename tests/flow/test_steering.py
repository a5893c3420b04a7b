from __future__ import annotations

import pytest

from artloop.errors import ModelMisbehaved, NotYet
from artloop.events import ConceptReady, Steered, VariantEnded
from artloop.flow.company import Company
from artloop.flow.loop import improve
from artloop.flow.steering import drawn_on, lessons, open_moves, ruled
from artloop.flow.stopping import after_iterations, when_time_is_up
from artloop.flow.studio import make
from artloop.models import (
    Asks,
    Brief,
    Course,
    CritiqueTask,
    Decision,
    Drawing,
    DrawTask,
    GuidingCritique,
    Heeded,
    Iteration,
    Request,
    RethinkTask,
    SteerTask,
    Target,
    TestedCritique,
    Variant,
)
from artloop.ports import Attempt
from tests.fakes import FakeArtists, FakeRender, MemorySteps, Studio, blank, brief, concept, critique, drawn

FOREVER = when_time_is_up(None)
BARS = 'PARAMS = {"bars": 10}\nRANGES = {"bars": (4, 40)}\ndef draw(t): ...\n'
STALLS = brief(iterations=9, stall=2, rethinks=1)


def variant(*scores: float | None, rethought: tuple[int, ...] = (), pinned: bool = False) -> Variant:
    """A variant with these scores; None: could not be plotted."""
    drawing = Drawing(source="", change="", hypothesis="")
    iterations = [
        Iteration(
            number=number,
            drawing=drawing,
            rendering=drawn("") if score is not None else blank(""),
            critique=critique(score) if score is not None else None,
            concept=concept(number) if number in rethought else None,
        )
        for number, score in enumerate(scores, start=1)
    ]
    pins = [Heeded(request=Request(id="r1", what="pin"), iteration=1, before="draw")] if pinned else []
    return Variant(id="v01", concept=concept(1), iterations=iterations, heeded=pins)


SEARCHED = Decision(move="tune", reason="amounts")


def guided(asks: Asks, metric: str = "ink_coverage", low: float = 0.2, source: str = BARS) -> Variant:
    """A variant with one drawing, of which the critic asks this; it measures 0.12."""
    (only,) = variant(5).iterations
    said = {**dict(critique(5)), "targets": [Target(metric=metric, low=low, high=0.3)]}
    asked = GuidingCritique(**said, hypothesis_held="unclear", asks=asks)
    drawing = only.drawing.model_copy(update={"source": source})
    made = only.model_copy(update={"critique": asked, "drawing": drawing})
    return Variant(id="v01", concept=concept(1), iterations=[made])


def followed(made: Variant, *scores: float | None, decision: Decision | None = None) -> Variant:
    """The variant with more iterations, criticised as its first."""
    first = made.iterations[0]
    more = [
        first.model_copy(
            update={"number": number, "decision": decision}
            | ({"critique": first.critique.model_copy(update={"overall": score})} if score and first.critique else {})
            | ({"critique": None, "rendering": blank("")} if score is None else {})
        )
        for number, score in enumerate(scores, start=2)
    ]
    return made.model_copy(update={"iterations": [*made.iterations, *more]})


@pytest.mark.parametrize(
    ("made", "move"),
    [
        (guided("amounts"), "tune"),
        (guided("structure"), "draw"),
        (guided("amounts", low=0.1), "draw"),
        (guided("amounts", low=0.4), "draw"),
        (guided("amounts", metric="bbox_mm"), "draw"),
        (guided("amounts", metric="beauty"), "draw"),
        (guided("amounts", source=BARS.replace("RANGES", "ranges")), "draw"),
        (guided("amounts", source=BARS.replace("(4, 40)", "(4, 4)")), "draw"),
        (followed(guided("amounts"), 6), "tune"),
        (followed(guided("amounts"), 4), "draw"),
        (followed(guided("amounts"), None), "draw"),
        (followed(guided("amounts"), 6, decision=SEARCHED), "draw"),
        (followed(guided("amounts"), 6, 7, decision=SEARCHED), "draw"),
        (followed(guided("amounts"), 4, 3), "rethink"),
    ],
)
def test_a_new_best_of_which_amounts_alone_are_asked_is_searched_once(made: Variant, move: str) -> None:
    assert decided(made, brief(tune_renders=8, stall=2, rethinks=1)).move == move


@pytest.mark.parametrize("renders", [0, 1])
def test_without_renders_nothing_is_searched(renders: int) -> None:
    assert decided(guided("amounts"), brief(tune_renders=renders)).move == "draw"


def test_a_search_says_what_for() -> None:
    said = decided(guided("amounts"), brief(tune_renders=8)).reason
    assert said == "the critic asks for amounts only: ink_coverage 0.2 to 0.3"


@pytest.mark.parametrize(
    ("made", "move"),
    [
        (variant(), "draw"),
        (variant(5, 4), "draw"),
        (variant(5, 6, 4), "draw"),
        (variant(5, 4, 5), "rethink"),
        (variant(5, None, None), "rethink"),
        (variant(5, 4, 5, pinned=True), "draw"),
        (variant(5, 4, 4, 3, rethought=(4,)), "draw"),
        (variant(5, 4, 4, 3, 3, rethought=(4,)), "stop"),
        (variant(5, 4, 4, 3, 6, 1, rethought=(4,)), "draw"),
    ],
)
def test_what_stalls_is_rethought_once_and_then_stops(made: Variant, move: str) -> None:
    assert decided(made, STALLS).move == move


def test_without_patience_everything_is_drawn_on() -> None:
    assert decided(variant(5, 4, 3, 2, 1), brief(stall=0, rethinks=1)).move == "draw"


def test_a_decision_says_why() -> None:
    assert decided(variant(5, None), STALLS).reason.endswith("is a blank sheet")
    assert "best so far" in decided(variant(5, 6), STALLS).reason


def decided(made: Variant, asked: Brief) -> Decision:
    """What a run without a steer agent does."""
    return ruled(made, asked) or drawn_on(made)


@pytest.mark.parametrize(
    ("made", "moves"),
    [
        (variant(5), ["draw", "rethink", "stop"]),
        (variant(5, pinned=True), ["draw", "rethink"]),
        (variant(5, 4, rethought=(2,)), ["draw", "stop"]),
        (guided("structure"), ["draw", "tune", "rethink", "stop"]),
        (followed(guided("amounts"), 4), ["draw", "tune", "rethink", "stop"]),
    ],
)
def test_the_agent_may_choose_what_is_possible(made: Variant, moves: list[str]) -> None:
    assert open_moves(made, brief(tune_renders=8, rethinks=1)) == moves


def test_the_best_of_another_concept_is_not_searched() -> None:
    begun = followed(guided("structure"), 4)
    first, second = begun.iterations
    risen = begun.model_copy(update={"iterations": [first, second.model_copy(update={"concept": concept(2)})]})
    assert "tune" not in open_moves(risen, brief(tune_renders=8))


class Strategist(FakeArtists):
    """Answers with these courses in turn, then fails."""

    def __init__(self, *courses: Course) -> None:
        super().__init__({("v01", 2): 6.0})
        self.courses = list(courses)

    async def steer(self, task: SteerTask, attempt: Attempt) -> Course:
        self.tasks.append(task)
        if not self.courses:
            raise ModelMisbehaved("empty text")
        return self.courses.pop(0)


ASKED = brief(iterations=4, stall=3, rethinks=1)


async def steered(studio: Studio) -> Variant:
    return await improve("v01", concept(1), ASKED, studio.shop, after_iterations(4))


async def test_where_the_rules_leave_it_open_the_agent_decides_and_says_why() -> None:
    courses = [Course(move=move, reason=f"{move} it", knobs=[]) for move in ("draw", "rethink", "stop")]
    studio = Studio(Strategist(*courses), steers=True)
    made = await steered(studio)
    reasons = [(event.decision.move, event.decision.reason) for event in studio.told(Steered)]
    assert reasons == [("draw", "a first drawing"), *((course.move, course.reason) for course in courses)]
    asked = [task for task in studio.artists.tasks if isinstance(task, SteerTask)]
    assert [(task.iteration, len(task.history), task.incumbent) for task in asked] == [(2, 1, 1), (3, 2, 2), (4, 1, 2)]
    assert asked[2].moves == ["draw", "stop"]
    assert (made.status, len(made.iterations)) == ("stalled", 3)


async def test_rules_go_before_the_agent() -> None:
    studio = Studio(Strategist(), render=FakeRender(blank), steers=True)
    await steered(studio)
    assert not any(isinstance(task, SteerTask) for task in studio.artists.tasks)


async def test_an_agent_without_an_answer_leaves_it_to_the_rules_for_good() -> None:
    studio = Studio(Strategist(), steers=True)
    made = await steered(studio)
    assert made.status == "finished"
    assert "gave no answer: empty text" in (made.iterations[1].decision or Decision(move="stop", reason="")).reason
    again = Studio(Strategist(*[Course(move="stop", reason="", knobs=[])] * 9), steps=studio.steps, steers=True)
    assert await steered(again) == made


async def test_without_an_agent_nobody_is_asked() -> None:
    studio = Studio(Strategist())
    await steered(studio)
    assert not any(isinstance(task, SteerTask) for task in studio.artists.tasks)


def drawn_by(studio: Studio) -> list[DrawTask]:
    return [task for task in studio.artists.tasks if isinstance(task, DrawTask)]


async def rethought(studio: Studio, asked: Brief = STALLS) -> Variant:
    """A variant that never gets better than its first drawing."""
    return await improve(
        "v01", concept(1), asked, studio.shop, after_iterations(9), Company({"v01": concept(1), "v02": concept(2)})
    )


async def test_a_rethought_variant_begins_again_and_keeps_the_lessons_and_its_best() -> None:
    studio = Studio(FakeArtists({("v01", 1): 9.0}))
    made = await rethought(studio)
    (task,) = (task for task in studio.artists.tasks if isinstance(task, RethinkTask))
    assert (task.iteration, task.concept, task.siblings) == (4, concept(1), [concept(2)])
    assert [one.number for one in task.history] == [1, 2, 3]
    fourth, fifth = drawn_by(studio)[3:5]
    assert (fourth.concept, fourth.history, fourth.lessons) == (concept(104), [], lessons(task.history))
    assert [one.number for one in fifth.history] == [4]
    assert (fifth.concept, fifth.lessons) == (concept(104), [])
    assert [len(made.iterations), made.status, made.incumbent and made.incumbent.number] == [5, "stalled", 1]
    assert made.concept_of(1) == concept(1)
    assert [event.title for event in studio.told(ConceptReady)] == ["Concept 1", "Concept 104"]
    assert [event.decision.move for event in studio.told(Steered)] == ["draw"] * 3 + ["rethink", "draw", "stop"]
    assert studio.told(VariantEnded)[0].reason == "2 iterations without a better drawing"


async def test_on_a_resume_every_decision_is_as_it_was() -> None:
    first = Studio(FakeArtists({("v01", 1): 9.0}))
    made = await rethought(first)
    again = Studio(steps=first.steps)
    assert await rethought(again) == made
    assert again.artists.tasks == []


async def test_a_run_from_before_decisions_were_kept_goes_on_as_it_was() -> None:
    old = brief(stall=2)
    first = Studio()
    made = await improve("v01", concept(1), old, first.shop, after_iterations(2))
    first.steps.done = {key: value for key, value in first.steps.done.items() if "/steer/" not in key}
    first.steps.started = list(first.steps.done)

    class Committed(MemorySteps):
        async def perform(self, step, result, work):  # type: ignore[no-untyped-def]
            if step.key not in self.done:
                raise NotYet(step.key)
            return self.done[step.key]

    read = Committed()
    read.done = first.steps.done
    again = await improve("v01", concept(1), old, Studio(steps=read).shop, after_iterations(9))
    assert [one.drawing for one in again.iterations] == [one.drawing for one in made.iterations]


async def test_the_critic_is_told_the_hypothesis_and_nothing_else_of_the_drawing() -> None:
    class Tests(FakeArtists):
        async def critique(self, task: CritiqueTask, attempt: Attempt) -> TestedCritique:
            said = await super().critique(task, attempt)
            return TestedCritique(**dict(said), hypothesis_held="refuted")

    studio = Studio(Tests())
    outcome = await make(brief(hypotheses=True, variants=1), "house", studio.shop, FOREVER)
    tasks = [task for task in studio.artists.tasks if isinstance(task, CritiqueTask)]
    assert {task.hypothesis for task in tasks} == {"it breathes"}
    assert [one.held for one in outcome.variants[0].iterations] == ["refuted"] * 3
    assert Variant.model_validate_json(outcome.variants[0].model_dump_json()) == outcome.variants[0]
    assert studio.told(Steered)[1].decision.reason.endswith("its hypothesis refuted")


def test_lessons_are_what_held_and_what_was_still_amiss() -> None:
    assert lessons(variant(5, 4).iterations) == ["worked: the line", "amiss at left edge: more air"]
