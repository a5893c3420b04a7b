import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artloop.canonical import canonical, digest, step_for
from artloop.models import Brief, Canvas, Value

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
NAME = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
PLACE = st.tuples(NAME, st.integers(0, 9999), NAME, st.integers(0, 99))


@given(PLAIN)
def test_canonical_json_reads_back_as_the_value(value: object) -> None:
    assert json.loads(canonical(value)) == value


@given(st.dictionaries(st.text(), PLAIN))
def test_the_order_of_keys_does_not_change_the_hash(value: dict[str, object]) -> None:
    assert digest(value) == digest(dict(reversed(value.items())))


@given(PLAIN, PLAIN)
def test_two_values_hash_alike_only_if_they_are_written_alike(left: object, right: object) -> None:
    assert (digest(left) == digest(right)) == (canonical(left) == canonical(right))


@given(st.text(), st.text())
def test_values_do_not_run_into_each_other(left: str, right: str) -> None:
    assert digest(left, right) != digest(left + right)


def test_canonical_json_has_sorted_keys_no_spaces_and_its_letters_as_they_are() -> None:
    assert canonical({"b": [1, 1.0, None], "a": "Ebbe und Flut ∿"}) == '{"a":"Ebbe und Flut ∿","b":[1,1.0,null]}'


def test_a_value_is_written_as_its_fields_wherever_it_stands() -> None:
    canvas = Canvas(width_mm=100, height_mm=200)
    assert canonical([{"on": canvas}]) == '[{"on":{"height_mm":200.0,"width_mm":100.0}}]'


def test_a_brief_that_was_stored_hashes_as_before() -> None:
    brief = Brief(text="tidal memory")
    assert digest(Brief.model_validate_json(brief.model_dump_json())) == digest(brief)


def test_half_a_surrogate_pair_can_be_hashed() -> None:
    assert digest("\ud83d") != digest("\ude00")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_hold_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical([value])


def test_a_set_is_refused_for_it_has_no_order() -> None:
    with pytest.raises(TypeError, match="set"):
        canonical({"tags": {"sea", "moon"}})


@given(PLACE, PLACE)
def test_steps_share_a_key_only_if_they_are_at_the_same_place(left: tuple[str, int, str, int], right: tuple) -> None:
    assert (step_for(*left).key == step_for(*right).key) == (left == right)


def test_a_step_remembers_what_it_was_asked() -> None:
    class Task(Value):
        text: str

    step = step_for("v02", 3, "draw", 1, Task(text="waves"), "prompt")
    assert step.key == "v02/03/draw/1"
    assert step.input_sha256 == digest({"text": "waves"}, "prompt")
    assert step.input_sha256 != step_for("v02", 3, "draw", 1, Task(text="waves"), "another prompt").input_sha256
