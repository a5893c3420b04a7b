from __future__ import annotations

from typing import Any

from agents import AgentOutputSchema

from artloop.artists.sizes import BYTES_PER_TOKEN, FRAME_TOKENS, PICTURE_TOKENS, request_tokens
from artloop.models import Verdict

PICTURE = {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64," + "A" * 100_000}


def size(asked: Any, schema: Any = None) -> int:
    return request_tokens("be brief", asked, None, [], schema)


def test_a_picture_counts_as_a_picture_and_not_as_its_bytes() -> None:
    told = [{"role": "user", "content": [{"type": "input_text", "text": "look"}]}]
    shown = [{"role": "user", "content": [{"type": "input_text", "text": "look"}, PICTURE]}]
    nested = [{"type": "function_call_output", "call_id": "c1", "output": [PICTURE, PICTURE]}]
    assert PICTURE_TOKENS < size(shown) - size(told) < PICTURE_TOKENS + 100
    assert 2 * PICTURE_TOKENS < size(nested) < 2 * PICTURE_TOKENS + 200


def test_text_counts_by_its_bytes_in_any_language() -> None:
    assert size("潮" * 1_000) >= 3_000 // BYTES_PER_TOKEN + FRAME_TOKENS
    assert size("a" * 3_000) >= 3_000 // BYTES_PER_TOKEN + FRAME_TOKENS


def test_the_form_of_the_answer_is_sent_too() -> None:
    assert size("x", AgentOutputSchema(Verdict)) > size("x") + 100
