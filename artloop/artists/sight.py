"""Whether a model sees pictures, found out with a tiny one: a paid call, so only for those who ask for it."""

from __future__ import annotations

import base64
import io
import time

import openai
from agents import ModelSettings
from agents.exceptions import ModelBehaviorError
from agents.models.interface import ModelTracing
from openai import AsyncOpenAI
from PIL import Image

from artloop.artists.dialect import refused_part
from artloop.artists.llm import last_words
from artloop.artists.providers import model
from artloop.artists.setbacks import setback
from artloop.artists.wire import Garbled
from artloop.models import Api

MAX_TOKENS = 300
"""Enough for one word, even if the model thinks first."""
SIDE_PX = 32


async def sight(name: str, api: Api, reached: AsyncOpenAI | None) -> tuple[bool, str]:
    """Whether the model named the colour of a red square, and in one line what it did instead."""
    asked = {
        "role": "user",
        "content": [
            {"type": "input_text", "text": "Which colour fills this picture? Answer with one word."},
            {"type": "input_image", "detail": "low", "image_url": red_square()},
        ],
    }
    try:
        answer = await model(name, api, reached).get_response(
            None,
            [asked],  # type: ignore[list-item]
            ModelSettings(max_tokens=MAX_TOKENS),
            [],
            None,
            [],
            ModelTracing.DISABLED,
            previous_response_id=None,
            conversation_id=None,
            prompt=None,
        )
    except openai.APIStatusError as error:
        if refused_part(error, pictures=True, schema=False):
            return False, "takes no pictures; it gets measures and a thumbnail in characters instead"
        return False, setback(error, time.time()).said
    except (openai.APIError, Garbled) as error:
        return False, setback(error, time.time()).said
    except ModelBehaviorError as error:
        return False, str(error).splitlines()[0]
    said = "".join(part["content"] for part in last_words(answer))
    if "red" in said.lower():
        return True, "sees pictures"
    return False, f"takes pictures, but answered {said[:40]!r} to a red one; if it sees none, set model.vision to no"


def red_square() -> str:
    """A data URL."""
    kept = io.BytesIO()
    Image.new("RGB", (SIDE_PX, SIDE_PX), (220, 20, 20)).save(kept, "PNG")
    return f"data:image/png;base64,{base64.b64encode(kept.getvalue()).decode()}"
