"""The one door all model calls go out by: how many at a time, what was sent, what it cost, and when to ask again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import openai
from agents import ModelResponse
from agents.exceptions import ModelBehaviorError
from agents.usage import Usage as Counted

from artloop.artists.patience import Breaker, pause
from artloop.artists.setbacks import Setback, setback
from artloop.artists.wire import Garbled, Heard, listening
from artloop.errors import ProviderError
from artloop.models import Usage, Value
from artloop.ports import Asked, Calls, Clock, Purse, Receipt
from artloop.settings import ModelChoice

Send = Callable[[], Awaitable[ModelResponse]]


@dataclass(frozen=True)
class Answer:
    """A complete answer, and what it cost. With a fault it cannot be used."""

    response: ModelResponse
    usage: Usage
    fault: str = ""


class Reserved(Value):
    """The receipt of a purse that counts nothing."""


class OpenPurse:
    """`ports.Purse` without a limit."""

    async def reserve(self, model: str, request_tokens: int, max_output_tokens: int | None) -> Receipt:
        """Always granted."""
        return Reserved()

    def settle(self, receipt: Receipt, usage: Usage) -> None:
        """Nothing was reserved."""

    def lost(self, receipt: Receipt) -> None:
        """Nothing was reserved."""


@dataclass(frozen=True)
class Door:
    """Sends calls to the providers of a run."""

    calls: Calls
    choice: ModelChoice
    slots: asyncio.Semaphore
    clock: Clock
    breaker: Callable[[str], Breaker]
    """The breaker of a model's provider."""
    purse: Purse = field(default_factory=OpenPurse)
    chance: random.Random = field(default_factory=random.Random)

    async def through(self, asked: Asked, send: Send) -> Answer:
        """Send a call until it is answered, `max_tries` times at most, with pauses.

        Raises `ProviderError`, fatal when asking again would not help.
        """
        breaker = self.breaker(asked.model)
        tries, said = 0, ""
        while tries < self.choice.max_tries:
            tries += 1
            async with self.slots:
                await breaker.let_pass()
                outcome = await self._once(asked, send, breaker)
            if isinstance(outcome, Answer):
                return outcome
            if not outcome.again:
                raise ProviderError(outcome.said, fatal=True)
            said = outcome.said
            if tries < self.choice.max_tries:
                await self.clock.sleep(pause(self.choice, tries, outcome.wait_s, self.chance))
        raise ProviderError(said)

    async def _once(self, asked: Asked, send: Send, breaker: Breaker) -> Answer | Setback:
        """One try. It is on record before it is sent; what is then cut off stays counted as possibly paid."""
        try:
            receipt = await self.purse.reserve(asked.model, asked.request_tokens, asked.max_output_tokens)
            self.calls.asking(asked)
            await self.calls.kept()
        except BaseException:
            breaker.let_go()
            raise
        with listening() as heard:
            try:
                answer = answered(await send(), heard)
            except ModelBehaviorError as error:  # complete, and none the SDK can use: paid all the same
                answer = unusable(error, heard)
            except (openai.APIError, Garbled, ProviderError) as error:
                return self._set_back(setback(error, self.clock.date()), asked, receipt, breaker)
            except BaseException:
                self.purse.lost(receipt)
                breaker.let_go()
                raise
        breaker.answered()
        self.purse.settle(receipt, answer.usage)
        return answer

    def _set_back(self, known: Setback, asked: Asked, receipt: Receipt, breaker: Breaker) -> Setback:
        if known.outage:
            breaker.failed()
        else:
            breaker.answered()
        if known.paid:
            self.purse.lost(receipt)
        else:
            self.calls.refused(asked)
            self.purse.settle(receipt, Usage())
        return known


def answered(response: ModelResponse, heard: Heard) -> Answer:
    """The answer with its usage; it has a fault when it was cut off, or says nothing at all."""
    used = response.usage
    usage = heard.usage or Usage(
        requests=used.requests or 1,
        input_tokens=used.input_tokens,
        cached_tokens=used.input_tokens_details.cached_tokens,
        output_tokens=used.output_tokens,
        reasoning_tokens=used.output_tokens_details.reasoning_tokens,
    )
    return Answer(response, usage, heard.fault or ("" if says_something(response) else "the answer is empty"))


def unusable(error: ModelBehaviorError, heard: Heard) -> Answer:
    """A complete answer that the SDK refused to pass on."""
    fault = heard.fault or f"the answer cannot be read: {str(error).splitlines()[0][:200]}"
    usage = heard.usage or Usage(requests=1)
    return Answer(ModelResponse(output=[], usage=Counted(requests=1), response_id=None), usage, fault)


def says_something(response: ModelResponse) -> bool:
    """Whether there is a word, a refusal or a tool call in it."""
    for item in response.output:
        kind = getattr(item, "type", "")
        if kind == "message":
            parts = getattr(item, "content", [])
            if any((getattr(part, "text", "") or getattr(part, "refusal", "")).strip() for part in parts):
                return True
        elif kind != "reasoning":
            return True
    return False
