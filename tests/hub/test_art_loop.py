from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio
from mcp import Client

from artloop.artists.codex import leash
from artloop.errors import UsageError
from artloop.hub.art_loop import Slots, build_server
from artloop.settings import load
from tests.fake_codex import codex_program, seen
from tests.grafix.sketches import client_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
SKILL = Path(__file__).parents[2] / "docs" / "art_loop" / "SKILL.md"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("art_loop")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(root: Path, cache_folder: Path) -> AsyncIterator[Client]:
    """A client of a server whose artists do what the brief says."""
    program = codex_program(root / "bin", "as-briefed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODEX_API_KEY", "sk-test-codex")
        settings = load({"root": root, "cache": cache_folder, "codex": {"path": str(program)}})
        async with client_of(build_server(settings)) as made:
            yield made


def artists_out() -> list[psutil.Process]:
    """The processes that hold a Codex."""
    held = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):  # a zombie, which holds nothing, counts as none
            held += [child] if leash.__file__ in child.cmdline() else []
    return held


async def called(client: Client, tool: str, **arguments: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """(structured content, `_meta`) of a call."""
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.content
    assert answer.structured_content is not None
    return answer.structured_content, dict(answer.meta or {})


async def ended(client: Client, job_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A job's report when it has ended."""
    return await called(client, "poll_job", job_id=job_id, wait_seconds=120)


async def test_the_tools_are_those_of_the_manual(client: Client) -> None:
    tools = (await client.list_tools()).tools
    assert {tool.name for tool in tools} == {"run_codex_artist", "start_codex_artist", "poll_job", "cancel_job"}
    assert all(f"`{tool.name}`" in SKILL.read_text() for tool in tools)


async def test_an_artist_writes_into_its_variant_only_and_leaves_a_drawing(client: Client, root: Path) -> None:
    asked = {"brief": "draw", "concept": "six lines", "canvas": "a5-landscape", "run_id": "r", "variant_id": "v07"}
    found, meta = await called(client, "run_codex_artist", **asked)
    variant = root / "runs" / "r" / "variants" / "v07"
    assert found["ok"]
    assert (variant / "iterations" / "01" / "drawing.svg").is_file()
    assert found["usage"]["input_tokens"] == 1000
    assert meta["server_received_ms"] <= meta["server_started_ms"] < meta["server_finished_ms"]
    outside = [path for path in root.rglob("*") if path.is_file() and not path.is_relative_to(variant)]
    assert {path.relative_to(root).parts[0] for path in outside} == {"bin"}
    (told,) = seen(root / "bin")
    assert "six lines" in told["prompt"]
    assert "CANVAS = (210, 148)" in told["prompt"]


@pytest.mark.alone
async def test_four_artists_start_at_once_and_the_fifth_is_told_busy(client: Client, root: Path) -> None:
    spreads: list[float] = []
    while not spreads or (min(spreads) > 100 and len(spreads) < 3):  # a machine at work gets three tries at being quick
        names = [f"v0{number}" for number in range(4)]
        asked = {"brief": "meet", "run_id": f"four-{len(spreads)}"}
        begun = await asyncio.gather(
            *(called(client, "start_codex_artist", **asked, variant_id=name) for name in names)
        )
        for tool in ("start_codex_artist", "run_codex_artist"):
            busy, meta = await called(client, tool, **asked)
            assert "busy" in (busy.get("state"), (busy.get("failure") or {}).get("kind"))
            assert meta["retry_after_ms"] > 0
            assert meta["server_finished_ms"] - meta["server_received_ms"] < 1000
        (root / "bin" / "go").touch()  # only now does any of them end
        reports = [await called(client, "poll_job", job_id=report["job_id"], wait_seconds=120) for report, _ in begun]
        (root / "bin" / "go").unlink()
        assert [(report["state"], report["result"]["ok"]) for report, _ in reports] == [("finished", True)] * 4
        starts = [meta["server_started_ms"] for _, meta in reports]
        spreads.append(max(starts) - min(starts))
    assert min(spreads) <= 100


async def test_a_cancelled_artist_is_gone(client: Client) -> None:
    report, _ = await called(client, "start_codex_artist", brief="meet")
    cancelled, _ = await called(client, "cancel_job", job_id=report["job_id"])
    assert cancelled["state"] == "cancelled"
    assert artists_out() == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"brief": "refuse"}, "codex login"),
        ({"brief": "crash"}, "panicked"),
        ({"brief": "x", "canvas": "a9"}, "neither a paper"),
        ({"brief": "x", "run_id": "../x"}, "not possible"),
    ],
)
async def test_what_goes_wrong_is_said_in_words(client: Client, asked: dict[str, str], words: str) -> None:
    answer = await client.call_tool("run_codex_artist", asked)
    assert answer.is_error
    assert words in str(answer.content)


async def test_without_codex_there_is_no_server(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="npm install"):
        build_server(load({"root": tmp_path, "codex": {"path": str(tmp_path / "none")}}))


async def test_only_a_slot_that_was_taken_is_given_back() -> None:
    slots = Slots(1)
    with slots.taken() as first, slots.taken() as second:
        assert (first, second) == (True, False)
    assert slots.free == 1
