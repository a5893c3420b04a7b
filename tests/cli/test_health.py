from __future__ import annotations

from collections.abc import Iterator

import pytest

from artloop.cli.health import Finding, advice, extras, models, shortfall
from artloop.grafix.sandbox.levels import CONFINED
from artloop.settings import Settings, load
from tests.provider import MODEL, Provider, refused, says, serving

KEY = "sk-test-never-shown"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving() as running:
        yield running


def settings(provider: Provider, **model: object) -> Settings:
    return load({"root": "/nowhere", "model": {"default": MODEL, "base_url": provider.url, **model}})


def by_name(found: list[Finding]) -> dict[str, Finding]:
    assert KEY not in "".join(finding.model_dump_json() for finding in found)
    return {finding.name: finding for finding in found}


async def test_without_a_model_the_house_draws_and_nobody_is_asked() -> None:
    (found,) = await models(load({"root": "/nowhere"}), probe=True)
    assert found.ok
    assert "draw house" in found.found


@pytest.mark.parametrize(("path", "form"), [("/chat/completions", "ChatCompletions"), ("/responses", "Responses")])
async def test_a_provider_that_answers_is_named_with_its_form(provider: Provider, path: str, form: str) -> None:
    provider.offers = {path, "/models"}
    found = by_name(await models(settings(provider), probe=False))
    assert found["provider"].found.endswith(f"answers, is asked by {form}, models listed: 1")
    assert found["provider"].ok
    assert provider.asked == [], "this must not be paid"


@pytest.mark.parametrize(
    ("says_so", "said"),
    [
        (says("Red."), "sees pictures"),
        (says("I see a blue sky"), "set model.vision to no"),
        (refused(400, "this model does not support images"), "takes no pictures"),
        (refused(429, "slow down"), "slow down"),
    ],
)
async def test_a_probe_says_who_sees_pictures(provider: Provider, says_so: object, said: str) -> None:
    provider.script = [says_so]  # type: ignore[list-item]
    found = by_name(await models(settings(provider), probe=True))
    assert said in found["pictures"].found
    assert [asked.pictures for asked in provider.asked] == [[(32, 32)]]


async def test_a_provider_that_is_not_there_is_named_with_what_to_do(provider: Provider) -> None:
    gone = settings(provider, base_url="http://127.0.0.1:9/v1")
    found = by_name(await models(gone, probe=False))
    assert not found["provider"].ok
    assert found["provider"].found == "127.0.0.1:9"
    assert "--base-url" in found["provider"].advice


async def test_a_model_the_provider_does_not_have_is_named_with_those_it_has(provider: Provider) -> None:
    found = by_name(await models(settings(provider, default="loopback-2"), probe=False))
    assert not found["provider"].ok
    assert MODEL in found["provider"].advice


async def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    found = by_name(await models(load({"root": "/nowhere", "model": {"default": "gpt-5"}}), probe=False))
    assert "OPENAI_API_KEY" in found["provider"].advice


def test_what_is_missing_is_named_with_how_to_get_it() -> None:
    found = extras()
    assert found.ok
    assert ("missing" in found.found) == ("pip install" in found.advice)


@pytest.mark.parametrize("level", sorted(CONFINED))
def test_where_sketches_are_confined_there_is_nothing_to_do(level: str) -> None:
    assert advice(level) == ""


def test_where_they_are_not_the_doctor_says_what_follows() -> None:
    assert "--allow-unsafe" in advice("process")


def test_the_best_level_falls_short_of_nothing_and_another_says_why() -> None:
    assert shortfall("full") == ""
    assert shortfall("bwrap").startswith(" (not full: ")
