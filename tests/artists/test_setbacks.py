from __future__ import annotations

import httpx2
import openai
import pytest

from artloop.artists.setbacks import retry_after, setback, told
from artloop.artists.wire import Garbled

REQUEST = httpx2.Request("POST", "http://127.0.0.1")


def status(code: int, message: str = "no") -> openai.APIStatusError:
    return openai.APIStatusError(message, response=httpx2.Response(code, request=REQUEST), body=None)


def broken(cause: Exception) -> openai.APIConnectionError:
    error = openai.APIConnectionError(request=REQUEST)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Thu, 01 Jan 1970 00:17:10 GMT"}, 30.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, 1000.0) == seconds


@pytest.mark.parametrize(
    ("error", "paid", "again", "outage"),
    [
        (broken(httpx2.ConnectError("refused")), False, True, True),
        (broken(httpx2.ReadError("reset")), True, True, True),
        (broken(httpx2.RemoteProtocolError("half")), True, True, True),
        (openai.APITimeoutError(request=REQUEST), True, True, True),
        (status(401), False, False, False),
        (status(402), False, False, False),
        (status(404), False, False, False),
        (status(413, "too many tokens"), False, False, False),
        (status(429), False, True, False),
        (status(500), True, True, True),
        (status(501), False, False, True),
        (status(503), False, True, True),
        (status(504), True, True, True),
        (status(529), False, True, True),
        (Garbled("half", broken=True), True, True, True),
        (Garbled("a stream", broken=False), True, False, False),
    ],
)
def test_what_was_lost_what_to_ask_again_and_who_is_down(
    error: openai.APIError | Garbled, paid: bool, again: bool, outage: bool
) -> None:
    known = setback(error, 0.0)
    assert (known.paid, known.again, known.outage) == (paid, again, outage)


def test_a_key_that_a_provider_repeats_is_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
    assert told("bad key\n sk-ant-secret") == "bad key [ANTHROPIC_API_KEY]"
    assert "sk-ant-secret" not in setback(status(400, "sk-ant-secret is wrong"), 0.0).said
    assert len(told("x" * 1000)) == 203
