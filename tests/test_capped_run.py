"""The real command line under a budget, against a provider that counts what it was paid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from artloop.errors import UsageError
from artloop.models import Caps
from artloop.readback import Story, read_back
from artloop.settings import load
from artloop.wiring import begin
from artloop.workspace import Workspace
from tests.campaign import artloop, finished, killed_at_request, model_options
from tests.fakes import brief
from tests.provider import MODEL, Provider, serving

BRIEF = ["run", "tidal memory", "--variants", "2", "--iterations", "1", "--no-novelty"]
PRICES = f'[prices."{MODEL}"]\ninput = 1.0\noutput = 100.0\n'
ANSWER_USD = 0.4
"""What each of the provider's answers costs at these prices, but for the few tokens of input."""
CAP_USD = 3.9
"""Enough for six of the eleven calls: the longest answer to the seventh, 1.64 USD, would not fit."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as running:
        running.output_tokens = 4_000
        yield running


def story(root: Path) -> Story:
    """What is known of the only run."""
    (folder,) = Workspace(root).every()
    return read_back(folder)


@pytest.mark.slow
def test_a_run_that_hits_its_cap_keeps_what_was_made_and_a_higher_one_goes_on_without_paying_twice(
    tmp_path: Path, cache_folder: Path, provider: Provider
) -> None:
    (tmp_path / "artloop.toml").write_text(PRICES)
    options = (*model_options(provider), "--budget-usd", str(CAP_USD))
    said = finished(*BRIEF, *options, root=tmp_path, cache=cache_folder, code=4)
    assert "estimated" in said
    assert "--budget-usd 7.8" in said
    first = story(tmp_path)
    assert first.status == "budget"
    assert first.selection.winner
    assert first.usage.cost_usd == pytest.approx(6 * ANSWER_USD, rel=0.01)
    assert first.usage.unanswered == 0
    assert len(provider.bodies) == 6

    finished("resume", "last", "--budget-usd", "50", root=tmp_path, cache=cache_folder)
    assert story(tmp_path).status == "finished"
    assert len(provider.bodies) == 11
    assert max(Counter(provider.bodies).values()) == 1, "a call was paid twice"
    folder = Workspace(tmp_path).every()[0]
    assert f"${11 * ANSWER_USD:.2f}" in folder.gallery.read_text()
    assert "identical: 2 drawings" in finished("replay", folder.id, root=tmp_path, cache=cache_folder)


@pytest.mark.slow
def test_a_call_in_flight_when_the_driver_was_killed_counts_as_possibly_paid(
    tmp_path: Path, cache_folder: Path, provider: Provider
) -> None:
    (tmp_path / "artloop.toml").write_text(PRICES)
    process = artloop(*BRIEF, *model_options(provider), "--budget-usd", "2", root=tmp_path, cache=cache_folder)
    assert killed_at_request(process, provider, 1, answered=False)
    said = finished("resume", "last", root=tmp_path, cache=cache_folder, code=4)
    assert "--budget-usd 2 is reached" in said, "the cap of the first session holds"
    usage = story(tmp_path).usage
    assert (usage.requests, usage.unanswered) == (0, 1)
    assert len(provider.bodies) == 1


def test_a_cap_in_money_for_a_model_without_a_price_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    settings = load({"root": tmp_path, "model": {"default": MODEL, "base_url": "http://127.0.0.1:1/v1"}})
    with pytest.raises(UsageError, match="price of loopback-1"):
        begin(brief(), settings, Caps(usd=1.0))
    assert list(tmp_path.iterdir()) == []


def test_a_cap_in_tokens_that_no_call_fits_into_makes_nothing_and_says_so(
    tmp_path: Path, cache_folder: Path, provider: Provider
) -> None:
    options = (*model_options(provider), "--max-tokens", "1000")
    said = finished(*BRIEF, *options, root=tmp_path, cache=cache_folder, code=4)
    assert "--max-tokens 1000 is reached" in said
    assert "no price known for loopback-1" in said
    assert provider.bodies == []
    assert story(tmp_path).status == "budget"
