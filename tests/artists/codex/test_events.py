from __future__ import annotations

import json

import pytest

from artloop.artists.codex.events import said
from artloop.errors import ModelMisbehaved, ProviderError, RenderServerError
from artloop.models import Usage


def lines(*events: dict[str, object]) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def message(text: str) -> dict[str, object]:
    return {"type": "item.completed", "item": {"id": "i", "type": "agent_message", "text": text}}


def turn(count: int) -> dict[str, object]:
    usage = {"input_tokens": 10 * count, "cached_input_tokens": count, "output_tokens": 2 * count}
    return {"type": "turn.completed", "usage": usage}


def failing(words: str) -> str:
    return lines({"type": "error", "message": words}, {"type": "turn.failed", "error": {"message": words}})


def test_the_last_message_is_the_answer_and_all_turns_are_counted() -> None:
    heard = said(lines(message("thinking"), turn(1), message("done"), turn(2)), "", 0)
    assert heard.text == "done"
    assert heard.usage == Usage(requests=1, input_tokens=30, cached_tokens=3, output_tokens=6)


def test_what_is_no_event_is_passed_over() -> None:
    assert said("WARNING: old\n\x00[1]\n" + lines(message("done"), turn(1)) + '{"type":', "", 0).text == "done"


def test_counts_that_are_none_are_nought() -> None:
    heard = said(lines(message("x"), {"type": "turn.completed", "usage": {"input_tokens": None}}), "", 0)
    assert heard.usage == Usage(requests=1)


@pytest.mark.parametrize(
    ("words", "fatal", "advice"),
    [
        ("unexpected status 401 Unauthorized: Incorrect API key provided", True, "codex login"),
        ("Quota exceeded. Check your plan and billing details.", True, "resume"),
        ("You've hit your usage limit. Visit the settings to purchase more credits", True, "resume"),
        ("The model `m` does not exist", True, "codex.model"),
        ("We're currently experiencing high demand, which may cause temporary errors.", False, "resume later"),
        ("exceeded retry limit, last status: 429 Too Many Requests", False, "resume later"),
    ],
)
def test_a_providers_refusal_says_what_to_do(words: str, fatal: bool, advice: str) -> None:
    with pytest.raises(ProviderError, match=advice) as caught:
        said(failing(words), "", 1)
    assert caught.value.fatal == fatal


def test_a_server_that_codex_cannot_start_is_the_render_servers_trouble() -> None:
    log = "WARNING: x\nError: thread/start failed: required MCP servers failed to initialize: grafix\nWARNING: y\n"
    with pytest.raises(RenderServerError, match="doctor"):
        said("", log, 1)


def test_a_crash_without_a_word_names_the_status() -> None:
    with pytest.raises(ProviderError, match="status 139"):
        said("", "", 139)


def test_an_end_without_an_answer_is_the_models_fault() -> None:
    with pytest.raises(ModelMisbehaved, match="without an answer"):
        said(lines(turn(1)), "", 0)
    with pytest.raises(ModelMisbehaved, match="without an answer"):
        said(lines(message("  "), turn(1)), "", 0)
