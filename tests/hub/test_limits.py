from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from artloop.errors import UsageError
from artloop.hub.app import LARGEST_BODY
from artloop.hub.pace import Bucket, Paced
from artloop.hub.roles import Caller
from artloop.settings import HubSettings
from artloop.taskboard.limits import SHARED_KEYS
from artloop.taskboard.opening import opened_store
from artloop.taskboard.store import Transaction

from .served import Served

MODERN = {"Mcp_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/call", "Mcp_Name": "set_shared_state"}


def deep(levels: int) -> Any:
    """Lists in lists."""
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


@pytest.mark.parametrize("path", ["/mcp", "/grafix/mcp"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_more_than_ten_megabytes_is_refused(hub: Served, path: str, chunked: bool) -> None:
    key = {"Authorization": f"Bearer {hub.keys['worker']}"}
    body = b'{"x": "' + b"x" * LARGEST_BODY + b'"}'
    if chunked:
        body = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
        key["Transfer_Encoding"] = "chunked"
    assert hub.post(body, path=path, **key)[0] == 413
    assert hub.answer(path="/healthz")[0] == 200


async def test_one_that_is_a_little_smaller_is_read_and_refused_in_words(hub: Served) -> None:
    async with hub.client() as client:
        with pytest.raises(UsageError, match="64000 are allowed"):
            await client.call("set_shared_state", key="large", value="x" * (LARGEST_BODY - 10_000))
        with pytest.raises(UsageError, match="1000000 are allowed"):
            await client.call("create_task", agent_type="a", task_description="x", context={"x": "x" * 5_000_000})


@pytest.mark.parametrize("levels", [65, 150])
async def test_values_nested_too_deep_are_refused_in_words(hub: Served, levels: int) -> None:
    async with hub.client() as client:
        for tool, arguments in (
            ("set_shared_state", {"key": "deep", "value": deep(levels)}),
            ("create_task", {"agent_type": "a", "task_description": "x", "context": {"x": deep(levels)}}),
        ):
            with pytest.raises(UsageError, match="nested more than 64 deep"):
                await client.call(tool, **arguments)


@pytest.mark.parametrize("levels", [300, 100_000])
@pytest.mark.parametrize("headers", [{}, MODERN])
def test_what_no_parser_should_follow_is_an_error_and_the_hub_goes_on(
    hub: Served, levels: int, headers: dict[str, str]
) -> None:
    value = "[" * levels + "]" * levels
    body = '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "set_shared_state", "arguments": '
    body += f'{{"key": "deep", "value": {value}}}}}}}'
    key = {"Authorization": f"Bearer {hub.keys['orchestrator']}"}
    status, _, answer = hub.post(body.encode(), **headers, **key)
    assert (status, b"error" in answer) == (400, True)
    assert hub.answer(path="/healthz")[0] == 200


async def test_ten_thousand_shared_keys_are_held_and_the_next_is_refused(hub: Served) -> None:
    keys = [f"k{number}" for number in range(SHARED_KEYS)]

    async def fill(transaction: Transaction) -> None:
        for key in keys:
            transaction.put("shared", key, '{"value": 1, "until": null}')
            transaction.rank("shared", key, 0.0)

    async def empty(transaction: Transaction) -> None:
        for key in keys:
            transaction.drop("shared", key)
            transaction.unrank("shared", key)

    async with opened_store(HubSettings(), hub.root / "hub", print) as store, hub.client("worker") as client:
        await store.transact(fill)
        with pytest.raises(UsageError, match="shared state has 10000 keys"):
            await client.call("set_shared_state", key="one more", value=1)
        assert (await client.call("set_shared_state", key="k9999", value=2))["value"] == 2
        assert (await client.call("get_shared_state", key="k9999"))["value"] == 2
        await store.transact(empty)


def test_a_bucket_lets_through_what_a_minute_brings() -> None:
    bucket = Bucket(60, 0.0)
    assert [bucket.wait_s(0.0) for _ in range(60)] == [0.0] * 60
    assert bucket.wait_s(0.0) == pytest.approx(1.0)
    assert bucket.wait_s(0.5) == pytest.approx(0.5)
    assert [bucket.wait_s(2.0), bucket.wait_s(2.0)] == [0.0, 0.0]
    assert bucket.wait_s(2.0) > 0
    assert [bucket.wait_s(9999.0) for _ in range(60)] == [0.0] * 60
    assert bucket.wait_s(9999.0) > 0


def test_a_key_that_calls_too_often_is_told_when_to_come_again_and_others_are_not() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("ok")(scope, receive, send)

    paced = Paced(app, 3, clock=lambda: 0.0)

    def as_caller(name: str) -> ASGIApp:
        async def asked(scope: Scope, receive: Receive, send: Send) -> None:
            await paced({**scope, "user": Caller(name, "worker")}, receive, send)

        return asked

    first, second, nobody = (TestClient(as_caller(name)) for name in ("first", "second", ""))
    assert [first.post("/mcp").status_code for _ in range(4)] == [200, 200, 200, 429]
    late = first.post("/mcp")
    assert (late.headers["retry-after"], "3 calls a minute" in late.text) == ("20", True)
    assert first.get("/").status_code == 200
    assert second.post("/mcp").status_code == 200
    assert {nobody.post("/mcp").status_code for _ in range(9)} == {200}
