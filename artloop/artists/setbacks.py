"""What it means when no answer came: whether it was paid, whether to ask again, and one line that says what to do."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import httpx2
import openai

from artloop.artists.wire import Garbled
from artloop.errors import ProviderError
from artloop.models import Value

KEY = "OPENAI_API_KEY"
SECRET = re.compile(r"(KEY|TOKEN|SECRET)$")
NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
NOT_PAID = {400, 401, 402, 403, 404, 405, 409, 413, 415, 422, 429, 501, 503, 529}
"""A provider that answers so has not begun to work. 408, 500, 502 and 504 may come after the work was done."""
TOO_LONG = re.compile(r"context.?(length|window|size)|maximum context|too many tokens|prompt is too long", re.I)
NO_CREDIT = re.compile(r"insufficient_quota|billing|credit", re.I)
SAID_CHARS = 200


class Setback(Value):
    """Why a call has no answer."""

    said: str
    """One line that says what to do."""
    paid: bool
    """Whether the lost answer may have been paid for."""
    again: bool
    """Whether the same call may succeed in a while."""
    outage: bool = False
    """Whether the provider as a whole seems to be down."""
    wait_s: float | None = None
    """How long the provider asks us to wait."""


def setback(error: openai.APIError | Garbled | ProviderError, now: float) -> Setback:
    """What an error of a provider means; `now` is Unix time, for dates in `Retry-After`.

    A `ProviderError` comes from a hub: it takes no money, and it is down unless the error is fatal.
    """
    if isinstance(error, ProviderError):
        return Setback(said=str(error), paid=False, again=not error.fatal, outage=not error.fatal)
    if isinstance(error, Garbled):
        return _garbled(error)
    if isinstance(error, openai.APIStatusError):
        return _status(error, now)
    sent = not isinstance(error.__cause__, NEVER_SENT)
    if isinstance(error, openai.APITimeoutError):
        said = "the provider did not answer in time; resume later or raise model.timeout_s"
    elif sent:
        said = "the provider dropped the connection before its answer was complete; resume later"
    else:
        said = "the provider cannot be reached; check the network or --base-url, then resume"
    return Setback(said=said, paid=sent, again=True, outage=True)


def _garbled(error: Garbled) -> Setback:
    if error.broken:
        said = f"the provider's answer was broken ({told(str(error))}); resume later"
    else:
        said = f"the provider answered with {error}; check --base-url, or set model.api to chat or responses"
    return Setback(said=said, paid=True, again=error.broken, outage=error.broken)


def _status(error: openai.APIStatusError, now: float) -> Setback:
    code, words = error.status_code, told(error.message)
    paid = code not in NOT_PAID
    wait_s = retry_after(error.response.headers, now)
    match code:
        case 401 | 403:
            said = f"the provider refused the key in {KEY} (litellm/: in its own); set a valid one, then resume"
        case 402:
            said = "the provider's quota is used up; top it up, then resume"
        case 429 if NO_CREDIT.search(f"{error.code} {words}"):
            said = "the provider's quota is used up; top it up, then resume"
        case 404:
            said = f"the provider does not know the model ({words}); choose another --model"
        case 400 | 413 | 422 | 500 if TOO_LONG.search(f"{error.code} {words}"):
            said = f"the request is too long for the model ({words}); choose one with a larger context, then resume"
        case 429:
            said = f"the provider asks us to slow down ({words}); resume later or lower loop.max_concurrency"
            return Setback(said=said, paid=paid, again=True, wait_s=wait_s)
        case 408 | 409 | 425 | 529 | 500 | 502 | 503 | 504:
            said = f"the provider answered with an error ({words}); resume later"
            return Setback(said=said, paid=paid, again=True, outage=True, wait_s=wait_s)
        case _ if code > 500:
            said = f"the provider answered with an error ({words}); resume later"
            return Setback(said=said, paid=paid, again=code != 501, outage=True, wait_s=wait_s)
        case _:
            said = f"the provider rejects the request ({words}); check the model's settings, then resume"
    return Setback(said=said, paid=paid, again=False)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait by `Retry-After-Ms` or `Retry-After` (seconds or an HTTP date); None: nothing usable is said."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name, "")
        if re.fullmatch(r"\d+(\.\d+)?", text.strip()):
            return float(text) * scale
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - now)
        except ValueError:
            continue
    return None


def told(text: str) -> str:
    """Words of a provider as part of one line: cut, and without any key it may have repeated."""
    for name, value in os.environ.items():
        if SECRET.search(name) and len(value) >= 8:
            text = text.replace(value, f"[{name}]")
    line = " ".join(text.split())
    return line if len(line) <= SAID_CHARS else line[:SAID_CHARS] + "..."
