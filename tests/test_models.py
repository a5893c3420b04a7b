import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from artloop.models import (
    PAPERS_MM,
    Brief,
    Canvas,
    Concept,
    Critique,
    Drawing,
    Failure,
    Gate,
    Ident,
    Iteration,
    Place,
    Rendering,
    Score,
    Variant,
)

CONCEPT = Concept(
    title="Ebb", idea="rings", focus="left", technique="rings", pens=["black"], strategy="plain", study=""
)  # fmt: skip
DRAWING = Drawing(source="x = 1", change="all", hypothesis="none")
SHUT = Gate(name="blank", ok=False, measured=3, limit=100, message="blank: 3 mm of ink")
OPEN = Gate(name="too_long", ok=True, measured=3, limit=7200, message="")


def iteration(number: int, score: float | None) -> Iteration:
    critique = None
    if score is not None:
        critique = Critique(
            first_seen="", keep="", changes=[], targets=[], scores=[], overall=score, measured=True
        )  # fmt: skip
    return Iteration(number=number, drawing=DRAWING, rendering=Rendering(ok=score is not None), critique=critique)


def variant(*scores: float | None) -> Variant:
    turns = [iteration(number, score) for number, score in enumerate(scores, start=1)]
    return Variant(id="v01", concept=CONCEPT, iterations=turns)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("a5", (148, 210)),
        (" A4 ", (210, 297)),
        ("a4-portrait", (210, 297)),
        ("a3-landscape", (420, 297)),
        ("148x210mm", (148, 210)),
        ("148.5 x 210 mm", (148.5, 210)),
        ("20x2000", (20, 2000)),
    ],
)
def test_a_canvas_is_read_from_a_paper_or_a_size(text: str, size: tuple[float, float]) -> None:
    assert Canvas.parse(text).size == size


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "0x10",
        "10x0",
        "-5x100",
        "19x100",
        "100x2001",
        "a9",
        "a4-sideways",
        "148x",
        "x210",
        "1e3x100",
        "nanx10",
    ],
)
def test_an_impossible_canvas_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(ValueError, match="canvas '"):
        Canvas.parse(text)


@given(st.floats(20, 2000), st.floats(20, 2000))
def test_a_canvas_reads_back_from_what_it_says(width: float, height: float) -> None:
    canvas = Canvas(width_mm=float(f"{width:g}"), height_mm=float(f"{height:g}"))
    assert Canvas.parse(str(canvas)) == canvas


@pytest.mark.parametrize("name", PAPERS_MM)
def test_a_paper_turned_is_as_wide_as_it_was_high(name: str) -> None:
    assert Canvas.parse(f"{name}-landscape").size == Canvas.parse(name).size[::-1]


def test_a_value_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Canvas().width_mm = 3  # type: ignore[misc]


def test_a_value_has_no_field_that_is_not_declared() -> None:
    with pytest.raises(ValidationError, match="colour"):
        Brief.model_validate({"text": "tide", "colour": "red"})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_json_has_not_is_refused(number: str) -> None:
    with pytest.raises(ValidationError, match="finite"):
        Score.model_validate_json(f'{{"criterion": "line", "value": {number}, "seen": "it"}}')


@pytest.mark.parametrize(
    "field", [{"variants": 0}, {"variants": -1}, {"iterations": 0}, {"stall": -1}, {"pen_mm": 0}, {"pen_mm": 9}]
)
def test_an_impossible_brief_is_refused(field: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match=next(iter(field))):
        Brief.model_validate({"text": "tide", **field})


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True))
def test_an_id_is_a_folder_name(text: str) -> None:
    assert Place(run=text, variant=text, attempt=text).run == text
    assert "/" not in text
    assert text not in (".", "..")


@pytest.mark.parametrize("text", ["", ".", "..", ".a", "-a", "a/b", "a\\b", "a b", "a\n", "é", "a\0", "x" * 65])
def test_what_could_lead_elsewhere_is_no_id(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Ident).validate_python(text)


def test_the_incumbent_is_the_best_and_of_equals_the_first() -> None:
    best = variant(3, None, 7, 7, 5).incumbent
    assert best
    assert best.number == 3


def test_where_no_critic_was_asked_the_last_that_can_be_plotted_is_the_incumbent() -> None:
    plotted = [
        one.model_copy(update={"rendering": Rendering(ok=one.number < 3)})
        for one in variant(None, None, None).iterations
    ]
    best = Variant(id="v01", concept=CONCEPT, iterations=plotted).incumbent
    assert best
    assert best.number == 2


def test_without_a_critique_there_is_no_incumbent() -> None:
    assert variant(None, None).incumbent is None
    assert variant().incumbent is None


@pytest.mark.parametrize(
    ("scores", "stalled"), [([], 0), ([None, None], 2), ([5], 0), ([5, 4, None], 2), ([5, 5], 1), ([5, 4, 6], 0)]
)
def test_a_variant_stalls_since_its_incumbent(scores: list[float | None], stalled: int) -> None:
    assert variant(*scores).stalled_for == stalled


def test_a_rendering_is_plottable_when_it_drew_and_every_gate_is_open() -> None:
    assert Rendering(ok=True, gates=[OPEN]).plottable
    assert not Rendering(ok=True, gates=[OPEN, SHUT]).plottable
    assert not Rendering(ok=False, failure=Failure(kind="timeout", message="20 s")).plottable


def test_a_complaint_says_what_is_wrong_in_one_line() -> None:
    failure = Failure(kind="exception", message="NameError: x", line=7)
    assert Rendering(ok=False, failure=failure).complaint == "exception (line 7): NameError: x"
    assert Rendering(ok=False, failure=Failure(kind="memory", message="too much")).complaint == "memory: too much"
    assert Rendering(ok=True, gates=[OPEN, SHUT]).complaint == "blank: 3 mm of ink"
    assert Rendering(ok=True, gates=[OPEN]).complaint == ""
