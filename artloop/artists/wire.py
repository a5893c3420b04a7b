"""What came over the wire: read before the SDK turns an answer that was paid for into an error without its usage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpx2

from artloop.models import Usage


class Garbled(Exception):
    """A server said 200 and sent something that is no answer. Broken: half an answer, which the next try may mend."""

    def __init__(self, message: str, *, broken: bool) -> None:
        super().__init__(message)
        self.broken = broken


@dataclass
class Heard:
    """What is known of an answer besides what the SDK says."""

    usage: Usage | None = None
    fault: str = ""
    """Why the answer cannot be used, though it is complete."""
    failed: str = ""
    """What the server says went wrong on its side, in an answer that says 200."""


_hearing: ContextVar[Heard | None] = ContextVar("hearing", default=None)


@contextmanager
def listening() -> Iterator[Heard]:
    """Note what the next answer within this task says."""
    heard = Heard()
    token = _hearing.set(heard)
    try:
        yield heard
    finally:
        _hearing.reset(token)


async def note(response: httpx2.Response) -> None:
    """A hook for the client: reads the answer to a call and notes its usage and its end. Raises `Garbled`."""
    heard = _hearing.get()
    if heard is None or response.status_code != 200:
        return
    body = _body(response.headers.get("content-type", ""), await response.aread())
    if isinstance(body.get("choices"), list) and body["choices"]:
        heard.usage, heard.fault = _chat(body)
    elif isinstance(body.get("output"), list):
        heard.usage, heard.fault, heard.failed = _response(body)
    elif error := body.get("error"):
        heard.failed = str(error.get("message", error)) if isinstance(error, dict) else str(error)
    else:
        raise Garbled("JSON without an answer in it", broken=False)
    if heard.failed:
        raise Garbled(heard.failed, broken=True)


def _body(kind: str, content: bytes) -> dict[str, Any]:
    if "event-stream" in kind:
        raise Garbled("a stream although none was asked for", broken=False)
    try:
        body = json.loads(content)
    except ValueError as error:
        page = content.lstrip()[:1] == b"<"
        said = "a web page" if page else "JSON that ends early or is not valid"
        raise Garbled(said, broken=not page) from error
    return body if isinstance(body, dict) else {}


def _chat(body: dict[str, Any]) -> tuple[Usage, str]:
    used = body.get("usage") or {}
    usage = Usage(
        requests=1,
        input_tokens=used.get("prompt_tokens") or 0,
        cached_tokens=(used.get("prompt_tokens_details") or {}).get("cached_tokens") or 0,
        output_tokens=used.get("completion_tokens") or 0,
        reasoning_tokens=(used.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0,
    )
    return usage, _ending(body["choices"][0].get("finish_reason"))


def _response(body: dict[str, Any]) -> tuple[Usage, str, str]:
    used = body.get("usage") or {}
    usage = Usage(
        requests=1,
        input_tokens=used.get("input_tokens") or 0,
        cached_tokens=(used.get("input_tokens_details") or {}).get("cached_tokens") or 0,
        output_tokens=used.get("output_tokens") or 0,
        reasoning_tokens=(used.get("output_tokens_details") or {}).get("reasoning_tokens") or 0,
    )
    status = body.get("status")
    failed = str((body.get("error") or {}).get("message", "no reason given")) if status == "failed" else ""
    why = (body.get("incomplete_details") or {}).get("reason", "max_output_tokens") if status == "incomplete" else ""
    return usage, _ending(why), failed


def _ending(reason: str | None) -> str:
    match reason:
        case "length" | "max_output_tokens":
            return "the answer was cut off at the limit of output tokens"
        case "content_filter":
            return "the answer was withheld by the provider's content filter"
        case _:
            return ""
