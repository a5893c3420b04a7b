"""Real models over real sockets: what the artist sees of everything a provider may do, and what was paid for it."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from mcp.types import CallToolResult, ImageContent, TextContent, Tool
from PIL import Image, ImageDraw
from starlette.responses import Response

from artloop.artists.dialect import Fitted, Limits
from artloop.artists.door import Reserved
from artloop.artists.providers import client, model
from artloop.errors import ArtloopError, ModelMisbehaved, ProviderError
from artloop.events import Lack, LimitFound
from artloop.models import Api, Manner, Usage, Verdict
from artloop.ports import Receipt
from artloop.prompts import Prompts
from artloop.settings import ModelChoice
from artloop.workspace import write_bytes
from tests.artists.desk import SHIPPED, NoTools, SoftClock, desk, door
from tests.artists.test_llm import AT, TIE, task
from tests.fakes import MemoryCalls
from tests.provider import (
    MODEL,
    Asked,
    Play,
    Provider,
    breaks_off,
    calls,
    hangs,
    refused,
    refuses,
    says,
    sends,
    serving,
    texts,
)

TRIES = 4
KEY = "sk-test-never-shown"
ANSWER = says(TIE.model_dump())
WRONG = says({"winner": "both"})
SLOW_DOWN = "slow down, please"
HTTP_DATE = "Thu, 01 Jan 1970 00:17:10 GMT"
"""30 s after the moment at which the tests' clock begins."""


@dataclass(frozen=True)
class Case:
    """What the provider does, what the artist sees of it, and what was paid."""

    plays: list[Play]
    seen: str
    """What the error says; empty: the answer."""
    paid: int
    """Answers on record."""
    lost: int = 0
    """Calls that may have been paid for."""
    error: type[ArtloopError] = ProviderError
    fatal: bool = False
    pauses: list[tuple[float, float]] = field(default_factory=list)
    """From and to, in seconds."""


CASES = {
    "an answer": Case([ANSWER], "", paid=1),
    "429 with Retry-After in seconds": Case(
        [refused(429, SLOW_DOWN, retry_after="7"), ANSWER], "", paid=1, pauses=[(7, 8)]
    ),
    "429 with Retry-After as a date": Case(
        [refused(429, SLOW_DOWN, retry_after=HTTP_DATE), ANSWER], "", paid=1, pauses=[(30, 31)]
    ),
    "429 that asks for an hour": Case(
        [refused(429, SLOW_DOWN, retry_after="3600"), ANSWER], "", paid=1, pauses=[(60, 60)]
    ),
    "429 to the end": Case([refused(429, SLOW_DOWN)] * TRIES, "slow down", paid=0, pauses=[(0.5, 1), (1, 2), (2, 4)]),
    "a storm of 503 that passes": Case([*[refused(503)] * 3, ANSWER], "", paid=1, pauses=[(0.5, 1), (1, 2), (2, 4)]),
    "a storm of 503": Case([refused(503)] * TRIES, "resume later", paid=0, pauses=[(0.5, 1), (1, 2), (2, 4)]),
    "502, when the work may have been done": Case([refused(502), ANSWER], "", paid=1, lost=1, pauses=[(0.5, 1)]),
    "a hang": Case([hangs, ANSWER], "", paid=1, lost=1, pauses=[(0.5, 1)]),
    "half an answer": Case([breaks_off, ANSWER], "", paid=1, lost=1, pauses=[(0.5, 1)]),
    "half an answer, always": Case(
        [breaks_off] * TRIES, "dropped the connection", paid=0, lost=TRIES, pauses=[(0.5, 1), (1, 2), (2, 4)]
    ),
    "JSON that ends early": Case([sends('{"choices": ['), ANSWER], "", paid=1, lost=1, pauses=[(0.5, 1)]),
    "an error that says 200": Case(
        [sends('{"error": {"message": "upstream is gone"}}'), ANSWER], "", paid=1, lost=1, pauses=[(0.5, 1)]
    ),
    "a web page": Case([sends("<html>hello", "text/html")], "a web page; check --base-url", 0, lost=1, fatal=True),
    "a stream nobody asked for": Case(
        [sends("data: {}\n\n", "text/event-stream")], "a stream although none was asked for", 0, lost=1, fatal=True
    ),
    "a wrong key": Case([refused(401, f"Incorrect API key provided: {KEY}")], "OPENAI_API_KEY", paid=0, fatal=True),
    "an unknown model": Case([refused(404, f"no model {KEY}")], "another --model", paid=0, fatal=True),
    "an exhausted quota": Case([refused(429, code="insufficient_quota")], "quota is used up", paid=0, fatal=True),
    "a request that is too long": Case(
        [refused(400, "This model's maximum context length is 8192 tokens", "context_length_exceeded")],
        "too long for the model",
        paid=0,
        fatal=True,
    ),
    "a setting the model does not know": Case(
        [refused(400, f"temperature is out of range for {KEY}")], "rejects the request", paid=0, fatal=True
    ),
    "text that is no JSON, then an answer": Case([says("I would rather not."), ANSWER], "", paid=2),
    "the wrong schema, twice": Case([WRONG] * 2, "not valid.* again after a repair turn", 2, error=ModelMisbehaved),
    "a refusal, then an answer": Case([refuses, ANSWER], "", paid=2),
    "a refusal, twice": Case([refuses] * 2, "refused to answer, again", paid=2, error=ModelMisbehaved),
    "nothing said, then an answer": Case([says(""), ANSWER], "", paid=2),
    "nothing said, twice": Case([says("")] * 2, "empty, again", paid=2, error=ModelMisbehaved),
    "cut off, then an answer": Case([says('{"first_al', cut=True), ANSWER], "", paid=2),
    "cut off before a word, twice": Case([says("", cut=True)] * 2, "cut off at the limit", 2, error=ModelMisbehaved),
    "an answer in a Markdown fence": Case([says(f"Here:\n```json\n{TIE.model_dump_json()}\n```")], "", paid=1),
    "a tool nobody has": Case([calls(("paint", {}, "c1")), ANSWER], "", paid=2),
    "tool calls without end": Case(
        [calls(("show", {"n": n}, f"c{n}")) for n in range(4)], "4 calls without an answer", 4, error=ModelMisbehaved
    ),
    "a repair turn that is cut short by an outage": Case([WRONG, refused(503), ANSWER], "", paid=2, pauses=[(0.5, 1)]),
}


class Tools(NoTools):
    """A tool server with one tool; it answers, with a picture, when as many calls as expected have come."""

    def __init__(self, together: int = 1) -> None:
        super().__init__()
        self.barrier = asyncio.Barrier(together)

    async def list_tools(self, run_context: Any = None, agent: Any = None) -> list[Any]:
        schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
        return [Tool(name="show", description="Shows a square.", input_schema=schema)]

    async def call_tool(self, tool_name: str, arguments: Any, meta: Any = None) -> CallToolResult:
        await self.barrier.wait()
        shown = ImageContent(type="image", data=base64.b64encode(square()).decode(), mime_type="image/png")
        return CallToolResult(content=[TextContent(type="text", text="ink_mm 120"), shown])


class Ledger:
    """`ports.Purse` that writes down what became of each reservation."""

    def __init__(self) -> None:
        self.ends: list[Usage | None] = []
        """Of the calls so far: what they came to; None: lost."""
        self.open = 0
        self.reserved: list[tuple[int, int | None]] = []

    async def reserve(self, model: str, request_tokens: int, max_output_tokens: int | None) -> Reserved:
        self.open += 1
        self.reserved.append((request_tokens, max_output_tokens))
        return Reserved()

    def settle(self, receipt: Receipt, usage: Usage) -> None:
        self.open -= 1
        self.ends.append(usage)

    def lost(self, receipt: Receipt) -> None:
        self.open -= 1
        self.ends.append(None)


def square() -> bytes:
    """A PNG with a dark square in its upper left."""
    picture = Image.new("L", (96, 64), 255)
    ImageDraw.Draw(picture).rectangle((0, 0, 47, 31), fill=0)
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return kept.getvalue()


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


@pytest.fixture(params=["chat", "responses"])
def api(request: pytest.FixtureRequest) -> Api:
    """Every test here is run in both forms."""
    form: Api = request.param
    return form


@dataclass
class Bench:
    """A desk whose model sits behind real sockets."""

    provider: Provider
    api: Api
    folder: Path
    calls: MemoryCalls = field(default_factory=MemoryCalls)
    clock: SoftClock = field(default_factory=SoftClock)
    purse: Ledger = field(default_factory=Ledger)
    told: list[LimitFound] = field(default_factory=list)
    lacking: set[tuple[str, Lack]] = field(default_factory=set)

    async def ask(
        self, *plays: Play, tools: NoTools | None = None, manner: Manner | None = None, png: bytes = b""
    ) -> Verdict:
        """Let the judge be played by the loopback provider, which plays this."""
        self.provider.script, self.provider.asked = list(plays), []
        choice = ModelChoice(default=MODEL, base_url=self.provider.url, timeout_s=0.4, max_tries=TRIES)
        way = door(self.calls, self.clock, self.purse, choice=choice)
        prompts = Prompts([SHIPPED])
        limits = Limits(self.lacking, self.told.append)
        pictures = [("The drawing:", write_bytes(self.folder / "shown.png", png))] if png else []
        async with client(choice) as reached:
            inner = Fitted(model(MODEL, self.api, reached), MODEL, limits, prompts, chat=self.api == "chat")
            at = replace(
                desk(self.folder, inner, self.calls),
                server=tools or Tools(),
                door=way,
                manners={"choose": manner} if manner else {},
            )
            return await at.ask("choose", task(), Verdict, AT, pictures=pictures)

    async def replayed(self, png: bytes = b"") -> Verdict:
        """The same task from the record alone."""
        pictures = [("The drawing:", write_bytes(self.folder / "shown.png", png))] if png else []
        at = replace(desk(self.folder, None, self.calls), server=Tools())
        return await at.ask("choose", task(), Verdict, AT, pictures=pictures)

    @property
    def usage(self) -> list[Usage]:
        """What each answer on record came to."""
        return [call.usage for call in self.calls.known.values()]


@pytest.fixture
def bench(provider: Provider, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return Bench(provider, api, tmp_path)


@pytest.mark.parametrize("name", CASES)
async def test_whatever_a_provider_does_the_artist_is_told_and_nothing_is_paid_twice(bench: Bench, name: str) -> None:
    case = CASES[name]
    if case.seen:
        with pytest.raises(case.error, match=case.seen) as raised:
            await bench.ask(*case.plays)
        assert getattr(raised.value, "fatal", False) is case.fatal
        assert isinstance(raised.value, ProviderError) or raised.value.repaired  # type: ignore[attr-defined]
        assert KEY not in str(raised.value)
        assert "\n" not in str(raised.value)
    else:
        assert await bench.ask(*case.plays) == TIE
    assert len(bench.provider.asked) == len(case.plays)
    assert len(bench.usage) == case.paid
    assert len(bench.calls.unanswered) == bench.purse.ends.count(None) == case.lost
    assert bench.purse.open == 0
    assert [used for used in bench.purse.ends if used and used.requests] == bench.usage
    for pause, (low, high) in zip(bench.clock.slept, case.pauses, strict=True):
        assert low <= pause <= high


@pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if case.error is not ProviderError or not case.seen]
)
async def test_what_was_paid_replays_the_same_without_a_provider(bench: Bench, name: str) -> None:
    case = CASES[name]
    if case.seen:
        with pytest.raises(case.error) as first:
            await bench.ask(*case.plays)
        with pytest.raises(case.error) as again:
            await bench.replayed()
        assert str(again.value) == str(first.value)
    else:
        assert await bench.ask(*case.plays) == await bench.replayed()
    assert len(bench.provider.asked) == len(case.plays)


async def test_tools_called_together_run_together(bench: Bench) -> None:
    together = calls(("show", {"n": 1}, "c1"), ("show", {"n": 2}, "c2"))
    assert await bench.ask(together, ANSWER, tools=Tools(together=2)) == TIE
    assert len(bench.provider.asked) == 2


async def test_the_pictures_of_task_and_tools_reach_the_model(bench: Bench) -> None:
    assert await bench.ask(calls(("show", {}, "c1")), ANSWER, png=square()) == TIE
    assert [asked.pictures for asked in bench.provider.asked] == [[(96, 64)], [(96, 64)] * 2]


async def test_a_model_without_eyes_gets_measures_and_a_thumbnail(bench: Bench) -> None:
    blind = refused(400, "this model does not support image input")
    assert await bench.ask(blind, calls(("show", {}, "c1")), ANSWER, png=square()) == TIE
    first, *later = bench.provider.asked
    assert first.pictures == [(96, 64)]
    assert [asked.pictures for asked in later] == [[], []]
    seen = [text for text in texts(later[1].body) if "cannot see pictures" in text]
    assert len(seen) == 2
    rows = [line for line in seen[0].splitlines() if line.startswith("@")]
    assert len(rows) == 8
    assert set(rows) == {"@" * 24}
    assert "ink_mm 120" in "".join(texts(later[1].body))
    assert [(found.model, found.lacks) for found in bench.told] == [(MODEL, "pictures")]
    assert len(bench.usage) == 2
    assert await bench.replayed(png=square()) == TIE


async def test_a_model_said_to_be_blind_is_never_sent_a_picture(bench: Bench) -> None:
    bench.lacking.add((MODEL, "pictures"))
    assert await bench.ask(ANSWER, png=square()) == TIE
    assert bench.provider.asked[0].pictures == []
    assert bench.told == []


async def test_a_server_without_schemas_gets_the_schema_in_words(bench: Bench) -> None:
    no_schemas = refused(400, "response_format of type json_schema is not supported (text.format)")
    assert await bench.ask(no_schemas, WRONG, ANSWER) == TIE
    first, *later = bench.provider.asked
    assert first.schema
    assert [asked.schema for asked in later] == [None, None]
    assert all("first_alone" in asked.task for asked in later)
    assert [found.lacks for found in bench.told] == ["schemas"]
    assert len(bench.usage) == 2
    assert await bench.replayed() == TIE


async def test_cached_and_reasoning_tokens_are_kept(bench: Bench) -> None:
    await bench.ask(says(TIE.model_dump(), cached=3, reasoning=7))
    number = bench.provider.asked[0].number
    used = Usage(requests=1, input_tokens=number, cached_tokens=3, output_tokens=10, reasoning_tokens=7)
    assert bench.usage == bench.purse.ends == [used]


async def test_the_tokens_of_an_answer_that_was_cut_off_are_kept(bench: Bench) -> None:
    await bench.ask(says("", cut=True, reasoning=10), ANSWER)
    assert [used.reasoning_tokens for used in bench.usage] == [10, 0]
    assert all(used.input_tokens and used.output_tokens == 10 for used in bench.usage)


async def test_a_role_asks_in_its_own_manner(bench: Bench) -> None:
    await bench.ask(ANSWER, manner=Manner(temperature=0.3, reasoning_effort="low", max_output_tokens=500))
    body = bench.provider.asked[0].body
    assert body["temperature"] == 0.3
    assert (body["reasoning_effort"], body["max_tokens"]) == ("low", 500) if bench.api == "chat" else True
    assert bench.api == "chat" or (body["reasoning"]["effort"], body["max_output_tokens"]) == ("low", 500)
    assert bench.purse.reserved[0][1] == 500
    assert 200 < bench.purse.reserved[0][0] < 5000


async def test_a_task_stopped_while_it_waits_leaves_a_call_that_may_be_paid(bench: Bench) -> None:
    loop, reached = asyncio.get_running_loop(), asyncio.Event()

    def hangs_and_tells(asked: Asked) -> Response:
        loop.call_soon_threadsafe(reached.set)
        return hangs(asked)

    asking = asyncio.create_task(bench.ask(hangs_and_tells))
    await reached.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert len(bench.calls.unanswered) == 1
    assert bench.purse.ends == [None]
