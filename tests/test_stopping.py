from __future__ import annotations

from artloop.models import Drawing, Iteration, Variant
from artloop.stopping import after_iterations, first_of, when_stalled, when_time_is_up
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


def test_a_variant_stalls_after_k_iterations_without_a_better_drawing() -> None:
    stop = when_stalled(2)
    assert stop(variant(5, 4)) is None
    assert stop(variant(5, 6, 4)) is None
    end = stop(variant(5, 4, 5))
    assert end is not None
    assert end.status == "stalled"


def test_zero_patience_never_stalls() -> None:
    assert when_stalled(0)(variant(5, 4, 3, 2, 1)) is None


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
    end = first_of(when_stalled(1), after_iterations(2))(variant(5, 4))
    assert end is not None
    assert end.status == "stalled"
