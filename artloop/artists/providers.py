"""Which model stands behind a name, and whether it can be reached. Keys come from the environment only."""

from __future__ import annotations

import difflib
import os
from urllib.parse import urlsplit

import openai
from agents import Model, OpenAIChatCompletionsModel, OpenAIResponsesModel
from openai import AsyncOpenAI

from artloop.errors import ProviderError, UsageError
from artloop.models import Role
from artloop.settings import ModelChoice

HOUSE = "house"
KEY = "OPENAI_API_KEY"


def names(choice: ModelChoice) -> dict[Role, str]:
    """The model of each role."""
    return {
        "imagine": choice.default,
        "draw": choice.default,
        "critique": choice.critic or choice.default,
        "choose": choice.judge or choice.critic or choice.default,
    }


def client(choice: ModelChoice) -> AsyncOpenAI:
    """A client of OpenAI, or of the OpenAI-compatible server at `base_url`; retries are ours, not the client's."""
    key = os.environ.get(KEY)
    if choice.base_url and "@" in urlsplit(choice.base_url).netloc:
        raise UsageError(f"--base-url holds a password and would be kept with the run; put the key into {KEY} instead")
    if key is None and choice.base_url is None:
        wanted = next(name for name in names(choice).values() if name != HOUSE)
        raise UsageError(f"model {wanted!r} needs {KEY} in the environment or --base-url URL; or use --model {HOUSE}")
    return AsyncOpenAI(api_key=key or "not-needed", base_url=choice.base_url, max_retries=0, timeout=choice.timeout_s)


def model(name: str, choice: ModelChoice, reached: AsyncOpenAI) -> Model:
    """OpenAI itself speaks Responses; compatible servers speak ChatCompletions."""
    if choice.base_url is None:
        return OpenAIResponsesModel(model=name, openai_client=reached)
    return OpenAIChatCompletionsModel(model=name, openai_client=reached)


async def check(choice: ModelChoice) -> None:
    """Refuse unknown models before anything is made or paid. Servers that list no models are taken at their word."""
    wanted = {name for name in names(choice).values() if name != HOUSE}
    try:
        async with client(choice) as reached:
            known = [entry.id for entry in (await reached.models.list()).data]
    except openai.APIError as error:
        if isinstance(error, openai.NotFoundError):
            return
        raise provider_error(error) from error
    for name in wanted - set(known) if known else ():
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or known[:3]
        raise UsageError(f"unknown model {name!r}; the provider offers {', '.join(near)}, ...")


def provider_error(error: openai.APIError) -> ProviderError:
    """What a provider's refusal means, in one line that says what to do."""
    match error:
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            said, fatal = f"the provider refused the key in {KEY}; set a valid one", True
        case openai.NotFoundError():
            said, fatal = f"the provider does not know the model ({error.message}); choose another --model", True
        case openai.RateLimitError() if error.code == "insufficient_quota":
            said, fatal = "the provider's quota is used up; top it up, then resume", True
        case openai.APITimeoutError():
            said, fatal = "the provider did not answer in time; resume later or raise model.timeout_s", False
        case openai.APIConnectionError():
            said, fatal = "the provider cannot be reached; check the network or --base-url, then resume", False
        case _:
            said, fatal = f"the provider answered with an error ({error.message}); resume later", False
    return ProviderError(said, fatal=fatal)
