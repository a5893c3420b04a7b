import json
from typing import Any

import pytest

from artloop.house.hearing import Result, heard
from tests.fakes import METRICS
from tests.house.studies import picture

MEASURES = METRICS.model_dump(mode="json")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"ok": True, "metrics": MEASURES, "artifacts": {}}, True),
        ({"ok": True, "metrics": MEASURES, "gates": [{"name": "blank", "ok": True}]}, True),
        (MEASURES, True),
        ({"ok": True, "metrics": MEASURES, "gates_closed": {"blank": "no ink"}}, False),
        ({"ok": True, "metrics": MEASURES, "gates": [{"name": "blank", "ok": False}]}, False),
        ({"ok": False, "failure": {"kind": "syntax"}}, False),
        ({"ok": True}, False),
        ([], False),
        ("no", False),
    ],
)
def test_measures_are_those_of_a_drawing_that_can_be_plotted(data: Any, found: bool) -> None:
    assert (Result(text=json.dumps(data)).measures == METRICS) is found
    assert (Result(text=json.dumps(data)).measures is None) is not found


def test_words_that_are_no_json_measure_nothing() -> None:
    assert Result(text="Error executing tool render").measures is None


def test_results_come_in_the_order_of_the_calls() -> None:
    items = [
        {
            "role": "user",
            "content": [{"type": "input_text", "text": "task"}, {"type": "input_image", "image_url": picture()}],
        },
        {"type": "function_call", "call_id": "a", "name": "render", "arguments": "{}"},
        {"type": "function_call", "call_id": "b", "name": "render", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "b", "output": "second"},
        {
            "type": "function_call_output",
            "call_id": "a",
            "output": [{"type": "input_text", "text": "first"}, {"type": "input_image", "image_url": picture()}],
        },
    ]
    told = heard(items)
    assert [result.text for result in told.results] == ["first", "second"]
    assert [bool(result.picture) for result in told.results] == [True, False]
    assert len(told.pictures) == 1


@pytest.mark.parametrize("items", ["just text", [], [{"role": "user", "content": "text"}], [{"type": "odd"}, None]])
def test_other_input_is_heard_as_nothing(items: Any) -> None:
    assert heard(items).results == []


def test_pictures_from_elsewhere_are_not_looked_at() -> None:
    content = [{"type": "input_image", "image_url": "https://example.org/a.png"}]
    assert heard([{"role": "user", "content": content}]).pictures == []
