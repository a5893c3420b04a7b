"""Which model stands behind a name, and in which form its server is asked. Keys come from the environment only."""

from __future__ import annotations

import difflib
import os
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
from agents import Model, OpenAIChatCompletionsModel, OpenAIResponsesModel
from openai import AsyncOpenAI

from artloop.artists.setbacks import KEY, setback, told
from artloop.artists.wire import note
from artloop.errors import ProviderError, UsageError
from artloop.models import Api, Manner, Role
from artloop.settings import ModelChoice, RoleChoice

HOUSE = "house"
HUB = "hub"
"""Agents from outside, who take their tasks from a hub's board."""
FREE = frozenset({HOUSE, HUB})
"""Who costs this run nothing."""
LITELLM = "litellm/"
OPENAI = "api.openai.com"
ROLES: tuple[Role, ...] = ("imagine", "draw", "critique", "choose", "steer")
ABSENT = {404, 405, 501}


def names(choice: ModelChoice) -> dict[Role, str]:
    """The model of each role; the judge is the critic unless another is named, and nobody steers unless named."""
    named = {role: role_choice(choice, role).name for role in ROLES}
    named["choose"] = named["choose"] or named["critique"]
    asked = [role for role in ROLES if role != "steer" or named["steer"] not in (None, HOUSE)]
    return {role: named[role] or choice.default for role in asked}


def role_choice(choice: ModelChoice, role: Role) -> RoleChoice:
    """What is set for one role."""
    found: RoleChoice = getattr(choice.roles, role)
    return found


def manners(choice: ModelChoice) -> dict[Role, Manner]:
    """How each role asks, where anything is set."""
    fields = set(Manner.model_fields)
    every = {role: Manner(**role_choice(choice, role).model_dump(include=fields)) for role in ROLES}
    return {role: manner for role, manner in every.items() if manner != Manner()}


def blind(choice: ModelChoice, models: dict[Role, str]) -> set[str]:
    """The models that are said to see no pictures."""
    said: dict[str, set[str | None]] = {}
    for role, name in models.items():
        said.setdefault(name, set()).add(role_choice(choice, role).vision)
    unless_said = choice.vision == "no"
    return {name for name, words in said.items() if "no" in words or (unless_said and "yes" not in words)}


def on_base_url(models: dict[Role, str]) -> set[str]:
    """The models that OpenAI, or the server at `base_url`, is asked for."""
    return {name for name in models.values() if name not in FREE and not name.startswith(LITELLM)}


def provider_of(name: str, choice: ModelChoice) -> str:
    """Who answers for a model: a host, or the provider's name in LiteLLM."""
    if name in FREE:
        return name
    if name.startswith(LITELLM):
        return name.removeprefix(LITELLM).partition("/")[0]
    return (urlsplit(choice.base_url).netloc if choice.base_url else "") or OPENAI


def client(choice: ModelChoice) -> AsyncOpenAI:
    """A client of OpenAI, or of the OpenAI-compatible server at `base_url`; retries are ours, not the client's."""
    key = os.environ.get(KEY)
    if choice.base_url:
        check_url(choice.base_url)
    if key is None and choice.base_url is None:
        wanted = next(iter(sorted(on_base_url(names(choice)))), "")
        raise UsageError(f"model {wanted!r} needs {KEY} in the environment or --base-url URL; or use --model {HOUSE}")
    return AsyncOpenAI(
        api_key=key or "not-needed",
        base_url=choice.base_url,
        max_retries=0,
        timeout=choice.timeout_s,
        http_client=openai.DefaultAsyncHttpx2Client(event_hooks={"response": [note]}),
    )


def check_url(base_url: str) -> None:
    """Refuse what is no address, or holds a secret: it is kept with the run."""
    parts = urlsplit(base_url)
    if "@" in parts.netloc or parts.query:
        raise UsageError(f"--base-url holds a password and would be kept with the run; put the key into {KEY} instead")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UsageError(f"--base-url {base_url!r} is no address; write it like http://127.0.0.1:11434/v1")


def model(name: str, api: Api, reached: AsyncOpenAI | None) -> Model:
    """The SDK's model for a name."""
    if name.startswith(LITELLM):
        return litellm_model(name)
    assert reached is not None
    if api == "responses":
        return OpenAIResponsesModel(model=name, openai_client=reached)
    return OpenAIChatCompletionsModel(model=name, openai_client=reached)


def litellm_model(name: str) -> Model:
    """A model of any provider that LiteLLM knows; the key is in the variable that LiteLLM reads."""
    try:
        import litellm
        from agents.extensions.models.litellm_model import LitellmModel
    except ImportError as error:
        raise UsageError(f"model {name!r} needs an extra; install it with: pip install 'artloop[litellm]'") from error
    litellm.suppress_debug_info = True
    found: Model = LitellmModel(model=name.removeprefix(LITELLM))
    return found


async def check(choice: ModelChoice, now: float = 0.0) -> None:
    """Refuse unknown models before anything is made or paid. Servers that list no models are taken at their word."""
    for name in sorted(name for name in names(choice).values() if name.startswith(LITELLM)):
        litellm_model(name)
    if wanted := on_base_url(names(choice)):
        known = await listed(choice, now)
        for name in sorted(wanted - set(known)) if known else ():
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or known[:3]
            raise UsageError(f"unknown model {name!r}; the provider offers {', '.join(near)}, ...")


async def listed(choice: ModelChoice, now: float = 0.0) -> list[str]:
    """The models a provider says it has; empty: it does not say."""
    async with client(choice) as reached:
        try:
            return [entry.id for entry in (await reached.models.list()).data or ()]
        except openai.NotFoundError:
            return []
        except openai.APIError as error:
            raise ProviderError(setback(error, now).said, fatal=True) from error
        except (ValueError, AttributeError) as error:
            raise UsageError(f"--base-url {choice.base_url} answers, but not as a model server does") from error


async def form(choice: ModelChoice) -> Api:
    """In which form to ask: as set, by Responses at OpenAI itself, else as the server at `base_url` can.

    It is asked with an empty request, which no server answers with words, so nothing is paid. ChatCompletions is
    preferred: of the two it is the one that compatible servers have long had.
    """
    if choice.api != "auto":
        return choice.api
    if choice.base_url is None:
        return "responses"
    async with client(choice) as reached:
        for api, path in (("chat", "/chat/completions"), ("responses", "/responses")):
            if await offers(reached, path, choice.base_url):
                return "chat" if api == "chat" else "responses"
    raise UsageError(
        f"--base-url {choice.base_url} offers neither ChatCompletions nor Responses; give the address up to /v1,"
        " or set model.api"
    )


async def offers(reached: AsyncOpenAI, path: str, base_url: str) -> bool:
    """Whether a server knows a path: it may refuse an empty request, but not as something it has never heard of."""
    try:
        await reached.post(path, cast_to=httpx2.Response, body={})
    except openai.APIStatusError as error:
        return error.status_code not in ABSENT or "model" in told(error.message).lower()
    except openai.APIError as error:
        raise ProviderError(setback(error, 0.0).said, fatal=True) from error
    return True


def arguments(name: str, choice: ModelChoice) -> dict[str, Any]:
    """What a model's library must be told with each call: LiteLLM would ask again by itself, unseen by us."""
    if not name.startswith(LITELLM):
        return {}
    return {"num_retries": 0, "max_retries": 0, "timeout": choice.timeout_s}


def loses_pictures(name: str, api: Api) -> bool:
    """Whether pictures in tool results would be lost on the way; LiteLLM passes them on in each provider's form."""
    return api == "chat" and not name.startswith(LITELLM)
