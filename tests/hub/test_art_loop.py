from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from mcp import Client

from artloop.errors import UsageError
from artloop.hub.art_loop import Slots, build_server
from artloop.settings import Settings, load
from tests.fake_codex import codex_program, seen

TOOLS = {"run_codex_artist", "start_codex_artist", "poll_job", "cancel_job"}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_API_KEY", "sk-test-codex")


def settings(root: Path, cache: Path, mode: str) -> Settings:
    program = codex_program(root / "bin", mode)
    return load({"root": root, "cache": cache, "codex": {"path": str(program)}})


@asynccontextmanager
async def serving(root: Path, cache: Path, mode: str) -> AsyncIterator[Client]:
    """A client of a server whose artists behave like this."""
    async with Client(build_server(settings(root, cache, mode))) as client:
        yield client


async def called(client: Client, tool: str, **arguments: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """(structured content, `_meta`) of a call."""
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.content
    assert answer.structured_content is not None
    return answer.structured_content, dict(answer.meta or {})


async def ended(client: Client, job_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A job's report when it has ended."""
    return await called(client, "poll_job", job_id=job_id, wait_seconds=120)


async def test_four_artists_work_at_once_and_the_fifth_is_told_busy(tmp_path: Path, cache_folder: Path) -> None:
    spreads = []
    async with serving(tmp_path, cache_folder, "meet") as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
        for number in range(3):  # a machine that is busy otherwise gets three tries at being quick
            start = {"brief": "waves", "run_id": f"r{number}"}
            begun = await asyncio.gather(
                *(called(client, "start_codex_artist", **start, variant_id=f"v0{n}") for n in range(4))
            )
            for tool in ("start_codex_artist", "run_codex_artist"):
                busy, meta = await called(client, tool, **start)
                assert "busy" in (busy.get("state"), (busy.get("failure") or {}).get("kind"))
                assert meta["retry_after_ms"] > 0
                assert meta["server_finished_ms"] - meta["server_received_ms"] < 1000
            (tmp_path / "bin" / "go").touch()  # only now does any of them end
            reports = [await ended(client, report["job_id"]) for report, _ in begun]
            (tmp_path / "bin" / "go").unlink()
            assert [report["state"] for report, _ in reports] == ["finished"] * 4
            assert all(report["result"]["ok"] for report, _ in reports)
            starts = [meta["server_started_ms"] for _, meta in reports]
            assert all(meta["server_received_ms"] <= meta["server_started_ms"] for _, meta in reports)
            spreads.append(max(starts) - min(starts))
            if spreads[-1] <= 100:
                break
    assert min(spreads) <= 100


async def test_an_artist_writes_into_its_variant_only_and_leaves_a_drawing(tmp_path: Path, cache_folder: Path) -> None:
    async with serving(tmp_path, cache_folder, "draw") as client:
        found, meta = await called(
            client, "run_codex_artist", brief="waves", concept="six lines", canvas="a5-landscape", run_id="r", variant_id="v07"
        )
    variant = tmp_path / "runs" / "r" / "variants" / "v07"
    assert found["ok"]
    assert (variant / "iterations" / "01" / "drawing.svg").is_file()
    assert found["usage"]["input_tokens"] == 1000
    assert meta["server_started_ms"] < meta["server_finished_ms"]
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_relative_to(variant)]
    assert {path.relative_to(tmp_path).parts[0] for path in outside} == {"bin"}
    (told,) = seen(tmp_path / "bin")
    assert "six lines" in told["prompt"]
    assert "CANVAS = (210, 148)" in told["prompt"]


async def test_a_cancelled_artist_is_gone(tmp_path: Path, cache_folder: Path) -> None:
    async with serving(tmp_path, cache_folder, "meet") as client:
        report, _ = await called(client, "start_codex_artist", brief="waves")
        cancelled, _ = await called(client, "cancel_job", job_id=report["job_id"])
        assert cancelled["state"] == "cancelled"
        left = [each for each in psutil.process_iter(["cmdline"]) if str(tmp_path / "bin") in str(each.info["cmdline"])]
        assert left == []


async def test_what_goes_wrong_is_said_in_words(tmp_path: Path, cache_folder: Path) -> None:
    async with serving(tmp_path, cache_folder, "refuse") as client:
        for arguments, words in (
            ({"brief": "waves"}, "codex login"),
            ({"brief": "waves", "canvas": "a9"}, "neither a paper"),
            ({"brief": "waves", "run_id": "../x"}, "not possible"),
        ):
            answer = await client.call_tool("run_codex_artist", arguments)
            assert answer.is_error
            assert words in str(answer.content)


def test_without_codex_there_is_no_server(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="npm install"):
        build_server(load({"root": tmp_path, "codex": {"path": str(tmp_path / "none")}}))


def test_only_a_slot_that_was_taken_is_given_back() -> None:
    slots = Slots(1)
    with slots.taken() as first, slots.taken() as second:
        assert (first, second) == (True, False)
    assert slots.free == 1
