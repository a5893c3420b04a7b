from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from artloop.artists.providers import blind, check, client, form, manners, model, names, provider_of
from artloop.errors import ProviderError, UsageError
from artloop.models import Manner
from artloop.settings import ModelChoice
from tests.provider import MODEL, Provider, serving


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    with serving() as running:
        yield running


def test_the_judge_is_the_critic_unless_another_is_named() -> None:
    critic = {"critique": {"name": "b"}}
    assert names(ModelChoice(default="a", roles=critic))["choose"] == "b"
    assert names(ModelChoice(default="a", roles={**critic, "choose": {"name": "c"}}))["choose"] == "c"


@pytest.mark.parametrize("named", [None, "house"])
def test_nobody_steers_unless_a_model_is_named_for_it(named: str | None) -> None:
    assert "steer" not in names(ModelChoice(default="a", roles={"steer": {"name": named}}))
    assert names(ModelChoice(default="a", roles={"steer": {"name": "b"}}))["steer"] == "b"
    assert names(ModelChoice(default="a"))["critique"] == "a"


def test_only_roles_with_a_manner_of_their_own_are_kept() -> None:
    choice = ModelChoice(roles={"draw": {"temperature": 0.2, "name": "m"}, "choose": {"name": "n"}})
    assert manners(choice) == {"draw": Manner(temperature=0.2)}


def test_a_role_that_is_said_to_see_overrules_the_rest() -> None:
    choice = ModelChoice(default="m", vision="no", roles={"critique": {"name": "eye", "vision": "yes"}})
    assert blind(choice, names(choice)) == {"m"}


@pytest.mark.parametrize("url", ["http://me:secret@127.0.0.1/v1", "http://127.0.0.1/v1?api-key=secret"])
def test_a_password_in_a_url_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="password"):
        client(ModelChoice(default="m", base_url=url))


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(UsageError, match="no address"):
        client(ModelChoice(default="m", base_url="localhost:11434"))


@pytest.mark.parametrize(
    ("offers", "found"),
    [({"/chat/completions", "/responses"}, "chat"), ({"/responses"}, "responses"), ({"/chat/completions"}, "chat")],
)
async def test_a_server_is_asked_for_its_form_without_a_paid_call(
    provider: Provider, offers: set[str], found: str
) -> None:
    provider.offers = offers
    assert await form(ModelChoice(default=MODEL, base_url=provider.url)) == found
    assert provider.asked == []


async def test_a_form_that_is_set_is_not_asked_for() -> None:
    assert await form(ModelChoice(default="m", base_url="http://127.0.0.1:9/v1", api="responses")) == "responses"
    assert await form(ModelChoice(default="m")) == "responses"


async def test_a_server_of_another_kind_is_refused(provider: Provider) -> None:
    provider.offers = set()
    with pytest.raises(UsageError, match="neither ChatCompletions nor Responses"):
        await form(ModelChoice(default=MODEL, base_url=provider.url))


async def test_a_server_that_is_not_there_is_named_before_anything_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    with pytest.raises(ProviderError, match="--base-url"):
        await check(ModelChoice(default="m", base_url="http://127.0.0.1:9/v1"))


async def test_a_server_that_lists_no_models_is_taken_at_its_word(provider: Provider) -> None:
    provider.offers = {"/chat/completions"}
    await check(ModelChoice(default="anything", base_url=provider.url))


@pytest.mark.skipif(importlib.util.find_spec("litellm") is not None, reason="the extra is installed")
async def test_a_missing_extra_is_named_with_how_to_get_it() -> None:
    with pytest.raises(UsageError, match=r"artloop\[litellm\]"):
        await check(ModelChoice(default="litellm/anthropic/claude"))
    with pytest.raises(UsageError, match=r"artloop\[litellm\]"):
        model("litellm/anthropic/claude", "chat", None)


def test_each_provider_is_known_by_name() -> None:
    here = ModelChoice(base_url="http://127.0.0.1:8000/v1")
    found = [provider_of(name, here) for name in ("house", "m", "litellm/anthropic/claude")]
    assert found == ["house", "127.0.0.1:8000", "anthropic"]
    assert provider_of("gpt-5", ModelChoice()) == "api.openai.com"
