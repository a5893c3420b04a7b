from __future__ import annotations

from artloop.events import LessonsLearned
from artloop.flow.loop import improve
from artloop.flow.memory import CHARS, MOST, memory, remembered
from artloop.flow.stopping import after_iterations
from artloop.models import CritiqueTask, Drawing, DrawTask, Iteration, TestedCritique, Variant
from tests.fakes import FakeArtists, FakeRender, Studio, blank, brief, concept, critique, drawn

THREE = after_iterations(3)


def made(number: int, score: float | None, held: str | None = None, change: str = "a change") -> Iteration:
    """An iteration with this score; None: could not be plotted."""
    said = critique(score) if score is not None else None
    tested = TestedCritique(**dict(said), hypothesis_held=held) if said and held else said  # type: ignore[arg-type]
    drawing = Drawing(source="", change=change, hypothesis="it breathes")
    return Iteration(
        number=number, drawing=drawing, rendering=blank("") if score is None else drawn(""), critique=tested
    )


def lessons(before: list[Iteration], iteration: Iteration) -> list[str]:
    return remembered(Variant(id="v01", concept=concept(1), iterations=before), iteration).lessons


def test_a_lesson_says_what_became_of_change_and_hypothesis_and_what_to_keep() -> None:
    first = made(1, 5.0)
    assert lessons([], first) == ['iteration 1, "a change": a beginning, 5.0 of 10', "keep: the line"]
    better = lessons([first], made(2, 6.5, "confirmed"))
    assert better[0] == 'iteration 2, "a change": better, 5.0 to 6.5; that "it breathes" was confirmed'
    worse = lessons([first], made(2, 4.0, "refuted"))
    assert worse == ['iteration 2, "a change": no better, 5.0 to 4.0; that "it breathes" was refuted']
    assert lessons([first], made(2, None))[0].endswith("could not be plotted: 2 mm of ink is a blank sheet")


def test_a_new_concept_is_measured_by_itself() -> None:
    again = made(2, 4.0).model_copy(update={"concept": concept(7)})
    assert "a beginning" in lessons([made(1, 9.0)], again)[0]


def test_a_wordy_model_does_not_flood_the_memory() -> None:
    assert len(lessons([], made(1, 5.0, change="more " * 500))[0]) < CHARS + 60
    many = [remembered(Variant(id="v01", concept=concept(1)), made(number, 5.0)) for number in range(1, 20)]
    told = memory(Variant(id="v01", concept=concept(1), iterations=many))
    assert (len(told), told[-1]) == (MOST, "keep: the line")


async def test_lessons_are_told_to_the_next_draw_and_to_nobody_else() -> None:
    studio = Studio(FakeArtists({("v01", 1): 6.0}))
    variant = await improve("v01", concept(1), brief(memory=True), studio.shop, THREE)
    draws = [task.memory for task in studio.artists.tasks if isinstance(task, DrawTask)]
    assert draws[0] == []
    assert draws[1] == variant.iterations[0].lessons
    assert len(draws[2]) == 3
    assert all("memory" not in dict(task) for task in studio.artists.tasks if isinstance(task, CritiqueTask))
    assert [event.iteration for event in studio.told(LessonsLearned)] == [1, 2, 3]


async def test_a_run_without_memory_tells_nothing() -> None:
    studio = Studio(render=FakeRender())
    variant = await improve("v01", concept(1), brief(), studio.shop, THREE)
    assert [one.lessons for one in variant.iterations] == [[], [], []]
    assert all(task.memory == [] for task in studio.artists.tasks if isinstance(task, DrawTask))
    assert studio.told(LessonsLearned) == []
