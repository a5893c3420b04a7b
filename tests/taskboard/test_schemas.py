import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from artloop.errors import UsageError
from artloop.taskboard.limits import check_spec, measured
from artloop.taskboard.schemas import check_schema, flaw
from tests.taskboard.places import spec


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


def test_a_result_is_checked_where_it_is_wrong() -> None:
    found = flaw({"properties": {"a": {"type": "string"}}}, {"a": 1})
    assert found is not None
    assert (found.kind, found.retryable) == ("invalid", True)
    assert found.message == "the result does not meet its schema at $.a: 1 is not of type 'string'"
    assert flaw({"properties": {"a": {"type": "string"}}}, {"a": "1"}) is None


def test_what_a_schema_refers_to_is_never_fetched() -> None:
    asked = []

    class Ears(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Ears) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = flaw({"$ref": f"http://127.0.0.1:{server.server_port}/schema"}, 1)
        server.shutdown()
    assert found is not None
    assert not found.retryable
    assert "which is not in it" in found.message
    assert asked == []


def test_a_schema_that_refers_to_itself_without_end_is_no_way_to_stop_the_hub() -> None:
    found = flaw({"$ref": "#"}, 1)
    assert found is not None
    assert "without end" in found.message
    deep: dict[str, object] = {}
    for _ in range(3000):
        deep = {"not": deep}
    with pytest.raises(UsageError, match="nested too deep"):
        check_schema(deep)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (nested(65), "nested more than 64 deep"),
        (nested(100_000), "nested more than 64 deep"),
        ("x" * 99, "has 101 bytes as JSON, 100 are allowed"),
        (float("inf"), "is not JSON"),
        ({"a": b"bytes"}, "is not JSON"),
        ("\ud800", "is not JSON"),
    ],
)
def test_what_is_too_large_too_deep_or_no_json_is_refused(value: object, message: str) -> None:
    with pytest.raises(UsageError, match=f"a thing .*{message}|a thing {message}"):
        measured(value, "a thing", 100)


def test_what_is_just_within_the_limits_is_taken() -> None:
    assert measured("x" * 98, "a thing", 100) == '"' + "x" * 98 + '"'
    measured(nested(63), "a thing", 1000)


def test_a_task_may_have_a_megabyte() -> None:
    check_spec(spec(context={"text": "x" * 990_000}))
    with pytest.raises(UsageError, match="1000000 are allowed; put the bulk into files"):
        check_spec(spec(context={"text": "x" * 1_000_000}))
