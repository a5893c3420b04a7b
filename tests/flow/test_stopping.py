from __future__ import annotations

from artloop.flow.stopping import after_iterations, first_of, when_met, when_time_is_up
from artloop.models import Drawing, Iteration, Variant
from tests.fakes import concept, critique, drawn


def variant(*scores: float) -> Variant:
    drawing = Drawing(source="", change="", hypothesis="")
    iterations = [
        Iteration(number=number, drawing=drawing, rendering=drawn(""), critique=critique(score))
        for number, score in enumerate(scores, start=1)
    ]
    return Variant(id="v01", concept=concept(1), iterations=iterations)


def test_a_variant_ends_when_its_iterations_are_made() -> None:
    stop = after_iterations(2)
    assert stop(variant(5)) is None
    assert stop(variant(5, 6)) == ("finished", "all 2 iterations made")


def test_a_variant_ends_when_its_best_has_the_score_asked_for() -> None:
    stop = when_met(7)
    assert stop(variant()) is None
    assert stop(variant(5, 6.9)) is None
    assert stop(variant(5, 7, 6)) == ("finished", "its best drawing has 7.0 of 10, 7 were asked for")
    assert when_met(None)(variant(10)) is None


def test_time_is_up_at_the_deadline_and_not_before() -> None:
    now = [100.0]
    stop = when_time_is_up(0.5, clock=lambda: now[0])
    now[0] = 129.9
    assert stop(variant()) is None
    now[0] = 130.0
    end = stop(variant())
    assert end is not None
    assert end.status == "timed_out"


def test_without_a_limit_time_is_never_up() -> None:
    assert when_time_is_up(None, clock=lambda: float("inf"))(variant()) is None


def test_the_first_reason_counts() -> None:
    end = first_of(when_time_is_up(1, clock=lambda: 0.0), after_iterations(2), after_iterations(1))(variant(5, 4))
    assert end == ("finished", "all 2 iterations made")
