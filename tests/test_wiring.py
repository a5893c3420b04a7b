from __future__ import annotations

from artloop.casting import for_run
from artloop.events import Event, KernelsCompiling
from artloop.models import RunRecord
from artloop.settings import load
from artloop.wiring import kernels_told
from tests.fakes import brief


def record(**values: object) -> RunRecord:
    models = {"imagine": "m", "draw": "m", "critique": "house", "choose": "m"}
    fields = {"id": "r", "brief": brief(), "models": models, "created": "now", "artloop": "0", **values}
    return RunRecord.model_validate(fields)


def test_each_step_of_the_compilation_is_told_once() -> None:
    told: list[Event] = []
    progress = kernels_told(told.append)
    for done, total in [(0, 0), (0, 42), (0, 42), (1, 42), (1, 42), (42, 42), (42, 42)]:
        progress(done, total)
    assert told == [KernelsCompiling(done=done, total=42) for done in (0, 1, 42)]


def test_a_run_goes_on_with_the_server_it_was_begun_with() -> None:
    settings = load({})
    assert for_run(record(base_url="http://127.0.0.1:1/v1"), settings).model.base_url == "http://127.0.0.1:1/v1"


def test_a_server_given_now_takes_the_place_of_the_one_on_record() -> None:
    settings = load({"model": {"base_url": "http://127.0.0.1:2/v1"}})
    assert for_run(record(base_url="http://127.0.0.1:1/v1"), settings).model.base_url == "http://127.0.0.1:2/v1"


def test_a_server_is_asked_in_the_form_found_at_the_start_unless_it_is_another_server() -> None:
    begun = record(base_url="http://127.0.0.1:1/v1", api="responses")
    assert for_run(begun, load({})).model.api == "responses"
    assert for_run(begun, load({"model": {"api": "chat"}})).model.api == "chat"
    assert for_run(begun, load({"model": {"base_url": "http://127.0.0.1:2/v1"}})).model.api == "auto"
