import pytest

from artloop.grafix.plan import Plan, planned, request_hash
from artloop.models import Failure, RenderRequest
from artloop.source import declared

from .sketches import HEXAGON


def plan(**values: object) -> Plan:
    made = planned(RenderRequest.model_validate({"source": HEXAGON, **values}))
    assert isinstance(made, Plan)
    return made


def refusal(source: str, **values: object) -> Failure:
    made = planned(RenderRequest.model_validate({"source": source, **values}))
    assert isinstance(made, Failure)
    return made


def test_what_a_request_leaves_open_the_sketch_decides() -> None:
    job = plan().job
    assert (job.source, job.seed, job.canvas, job.pen_mm) == (HEXAGON, 3, (100, 80), 0.4)


def test_what_neither_says_has_a_default() -> None:
    made = planned(RenderRequest(source="def draw(t): return []"))
    assert isinstance(made, Plan)
    assert (made.job.seed, made.job.canvas, made.job.pen_mm) == (0, (148, 210), 0.3)


def test_given_values_replace_the_literals_of_the_source() -> None:
    made = plan(params={"sides": 5}, seed=9, canvas_size=(200, 200), pen_mm=0.5)
    found = declared(made.job.source)
    assert (found.params, found.seed, found.canvas, found.pen_mm) == (made.params, 9, (200, 200), 0.5)
    assert made.params == {"sides": 5, "size_mm": 50.0}
    assert (made.job.seed, made.job.canvas, made.job.pen_mm) == (9, (200, 200), 0.5)


def test_a_whole_number_stays_an_int_where_the_sketch_has_one() -> None:
    params = plan(params={"sides": 7.0, "size_mm": 40.0}).params
    assert [type(value) for value in params.values()] == [int, float]


def test_an_unknown_parameter_is_refused_with_the_nearest_name() -> None:
    failure = refusal(HEXAGON, params={"side": 5})
    assert "'side'" in failure.message
    assert "did you mean sides?" in failure.hint


def test_parameters_for_a_sketch_without_any_are_refused() -> None:
    assert "declare PARAMS" in refusal("def draw(t): return []", params={"a": 1}).hint


@pytest.mark.parametrize(
    ("source", "line"),
    [("x = 1\ndef draw(t:\n  pass", 2), ("x = '\n", 1), ("a\0b", None), ("(" * 5000, 1), ("-" * 100_000 + "1", None)],
)
def test_what_is_no_python_is_a_syntax_failure(source: str, line: int | None) -> None:
    failure = refusal(source)
    assert (failure.kind, failure.line) == ("syntax", line)


def test_a_sketch_can_be_too_long() -> None:
    assert "limit" in refusal("x = 1\n" * 100_000).message


@pytest.mark.parametrize("canvas", ["(0, 10)", "(5000, 5000)", "(-148, 210)"])
def test_an_impossible_canvas_is_refused(canvas: str) -> None:
    assert "impossible" in refusal(f"CANVAS = {canvas}\n").message


def test_the_hash_of_a_request_is_that_of_its_content() -> None:
    one = RenderRequest(source=HEXAGON, params={"sides": 5, "size_mm": 2.0})
    same = RenderRequest(params={"size_mm": 2.0, "sides": 5}, source=HEXAGON)
    assert request_hash(one) == request_hash(same) != request_hash(RenderRequest(source=HEXAGON))
