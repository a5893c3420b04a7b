import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import Client
from mcp_types import ImageContent

from artloop.errors import UsageError
from artloop.hub import calls
from artloop.taskboard.client import HubClient

from ..grafix.sketches import until
from .served import Served, made_key


@asynccontextmanager
async def agent_of(hub: Served, name: str, agent_type: str) -> AsyncIterator[tuple[HubClient, str]]:
    """A client with an agent that it has registered."""
    async with hub.client(name) as client:
        record = await client.call("register_agent", agent_type=agent_type, name="somebody")
        assert record["owner"] == name
        yield client, record["id"]


async def asked(hub: Served, agent_type: str, **more: Any) -> str:
    """The id of a new task."""
    async with hub.client() as client:
        task = await client.call("create_task", agent_type=agent_type, task_description="do it", **more)
    return str(task["id"])


async def test_an_agent_is_spoken_for_by_its_own_key_alone(hub: Served) -> None:
    task = await asked(hub, "own")
    async with agent_of(hub, "worker", "own") as (worker, agent), hub.client() as other:
        tries: list[tuple[str, dict[str, Any]]] = [
            ("poll_tasks", {"wait_seconds": 0}),
            ("heartbeat", {}),
            ("submit_result", {"task_id": task, "status": "completed", "result": 1}),
            ("create_subtasks", {"task_id": task, "subtasks": [{"agent_type": "own", "task_description": "x"}]}),
        ]
        for tool, arguments in tries:
            with pytest.raises(UsageError, match="spoken for by another key"):
                await other.call(tool, agent_id=agent, **arguments)
        (given,) = (await worker.call("poll_tasks", agent_id=agent, wait_seconds=0))["tasks"]
        assert given["task_id"] == task
        assert (await other.call("drain_agent", agent_id=agent))["state"] == "draining"


async def test_a_worker_sees_its_own_tasks_and_their_parts_only(hub: Served) -> None:
    task, foreign = await asked(hub, "seen", may_split=True), await asked(hub, "unseen")
    async with agent_of(hub, "worker", "seen") as (worker, agent):
        for tool in ("get_task_status", "get_result"):
            for hidden in (task, foreign):
                with pytest.raises(UsageError, match="sees only its own"):
                    await worker.call(tool, task_id=hidden)
        await worker.call("poll_tasks", agent_id=agent, wait_seconds=0)
        assert (await worker.call("get_task_status", task_id=task))["state"] == "in_progress"
        parts = [{"agent_type": "part", "task_description": "a part"}]
        split = await worker.call("create_subtasks", agent_id=agent, task_id=task, subtasks=parts)
        (part,) = split["tasks"]
        assert (await worker.call("get_result", task_id=part["id"], wait_seconds=0))["state"] == "pending"
        with pytest.raises(UsageError, match="sees only its own"):
            await worker.call("get_task_status", task_id=foreign)


async def test_another_worker_does_not_see_them(hub: Served) -> None:
    key = await asyncio.to_thread(made_key, hub.root, "second", "worker")
    task = await asked(hub, "mine")
    async with agent_of(hub, "worker", "mine") as (worker, agent), HubClient(hub.url, key) as second:
        await worker.call("poll_tasks", agent_id=agent, wait_seconds=0)
        with pytest.raises(UsageError, match="sees only its own"):
            await second.call("get_task_status", task_id=task)
        with pytest.raises(UsageError, match="spoken for by another key"):
            await second.call("unregister_agent", agent_id=agent)


@pytest.mark.parametrize(("context", "count"), [(["aGVsbG8=", "eW91"], 2), ({"no": "list"}, 0), ([1, None], 0)])
async def test_pictures_are_looked_at_and_not_read(hub: Served, context: Any, count: int) -> None:
    task = await asked(hub, f"look-{count}", context={"pictures": context})
    async with agent_of(hub, "worker", f"look-{count}") as (worker, agent), hub.plain("worker") as plain:
        (given,) = (await worker.call("poll_tasks", agent_id=agent, wait_seconds=5))["tasks"]
        assert given["context"]["pictures"] == (len(context) if isinstance(context, list) else context)
        seen = await plain.call_tool("get_task_pictures", {"agent_id": agent, "task_id": task})
    assert seen.structured_content == {"pictures": count}
    shown = [part.data for part in seen.content if isinstance(part, ImageContent)]
    assert shown == (context if count else [])


async def test_a_task_is_broken_up_reviewed_and_told_of_in_whole(hub: Served) -> None:
    """One task through all its states, as agents from outside see them."""
    review = {"agent_type": "check", "instructions": "is it good", "target": 5, "max_rounds": 3}
    task = await asked(hub, "make", review=review, result_schema={"type": "string"})
    async with agent_of(hub, "worker", "make") as (maker, agent), agent_of(hub, "worker", "check") as (judge, critic):
        for said, score in (("rough", 2), ("fine", 8)):
            (given,) = (await maker.call("poll_tasks", agent_id=agent, wait_seconds=20))["tasks"]
            where = {"agent_id": agent, "task_id": task, "attempt": given["attempt"]}
            await maker.call("submit_result", **where, status="completed", result=said)
            (checked,) = (await judge.call("poll_tasks", agent_id=critic, wait_seconds=20))["tasks"]
            notes = {"score": score, "notes": f"{said} it is"}
            await judge.call(
                "submit_result", agent_id=critic, task_id=checked["task_id"], status="completed", result=notes
            )
        ended = await maker.call("get_result", task_id=task, wait_seconds=20)
    assert (ended["state"], ended["result"], ended["met"]) == ("completed", "fine", True)
    assert [one["notes"] for one in ended["reviews"]] == ["rough it is", "fine it is"]
    assert given["previous_result"] == "rough"


async def test_what_comes_to_nothing_is_a_dead_letter_until_it_is_opened_again(hub: Served) -> None:
    task = await asked(hub, "fails", max_attempts=1)
    async with agent_of(hub, "worker", "fails") as (worker, agent), hub.client() as client:
        await worker.call("poll_tasks", agent_id=agent, wait_seconds=5)
        error = {"kind": "tired", "message": "no idea", "retryable": True}
        where = {"agent_id": agent, "task_id": task}
        dead = await worker.call("submit_result", **where, status="failed", error=error)
        assert dead["state"] == "dead"
        with pytest.raises(UsageError, match=task):
            await worker.call("submit_result", **where, status="completed", result=1)
        (letter,) = [one for one in (await client.call("list_dead"))["tasks"] if one["id"] == task]
        assert letter["attempts"][0]["error"]["message"] == "no idea"
        assert (await client.call("retry_task", task_id=task))["state"] == "pending"
        assert (await client.call("cancel_task", task_id=task, reason="enough"))["state"] == "failed"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_that_hangs_up_while_it_waits_takes_no_task_with_it(hub: Served, mode: str) -> None:
    agent_type = f"left-{mode}"
    async with agent_of(hub, "worker", agent_type) as (client, agent):
        begun = asyncio.Event()

        async def progress(done: float, total: float | None, message: str | None) -> None:
            begun.set()

        async with hub.plain("worker", mode) as plain:
            wanted = {"agent_id": agent, "wait_seconds": 50}
            waiting = asyncio.ensure_future(plain.call_tool("poll_tasks", wanted, progress_callback=progress))
            async with asyncio.timeout(30):
                await begun.wait()
            waiting.cancel()
            await asyncio.wait([waiting])
        await until(lambda: gone(hub, agent))
        task = await asked(hub, agent_type)
        assert (await client.call("poll_tasks", agent_id=agent, wait_seconds=0))["tasks"][0]["task_id"] == task


def gone(hub: Served, agent: str) -> bool:
    """Whether the audit log has the call of somebody who did not wait."""
    lines = (hub.root / "hub/audit.jsonl").read_text().splitlines()
    return any(agent in line and '"gone"' in line for line in lines)


async def test_a_client_that_wants_progress_hears_that_the_hub_still_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    from mcp.server import MCPServer
    from mcp.server.mcpserver import Context

    monkeypatch.setattr(calls, "PROGRESS_S", 0.01)
    heard = asyncio.Event()
    server = MCPServer("waiting")

    @server.tool(description="Waits until its client has heard twice that it does.")
    async def wait(ctx: Context) -> str:
        await calls.told_meanwhile(ctx, heard.wait(), 1)
        return "done"

    seen: list[float] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        seen.append(done)
        if len(seen) == 2:
            heard.set()

    async with Client(server) as client:
        await client.call_tool("wait", {}, progress_callback=progress)
    assert seen[:2] == sorted(seen[:2])


async def test_what_goes_wrong_while_a_call_waits_is_told_as_it_is(hub: Served) -> None:
    task = await asked(hub, "hasty")
    async with agent_of(hub, "worker", "hasty") as (worker, agent), hub.client() as client:
        waiting = asyncio.ensure_future(client.call("get_result", task_id=task, wait_seconds=50))
        await worker.call("unregister_agent", agent_id=agent)
        with pytest.raises(UsageError, match="has unregistered"):
            await worker.call("poll_tasks", agent_id=agent, wait_seconds=50)
        await client.call("cancel_task", task_id=task, reason="enough")
        assert (await waiting)["error"]["message"] == "enough"


async def test_the_command_line_tells_how_a_hub_stands_and_opens_dead_letters(
    hub: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    from typer.testing import CliRunner

    from artloop.cli import app

    task = await asked(hub, "told", max_attempts=1)
    async with agent_of(hub, "worker", "told") as (worker, agent):
        await worker.call("poll_tasks", agent_id=agent, wait_seconds=5)
        error = {"kind": "lost", "message": "the [bold]ink\nran out"}
        await worker.call("submit_result", agent_id=agent, task_id=task, status="failed", error=error)

    async def printed(*arguments: str) -> str:
        command = ["hub", *arguments, "--hub", hub.url]
        done = await asyncio.to_thread(CliRunner().invoke, app, command)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    monkeypatch.setenv("MCP_API_KEY", hub.keys["orchestrator"])
    assert agent in await printed("status")
    assert json.loads(await printed("status", "--json"))["tasks"]["dead"] >= 1
    assert f"{agent}: lost: the [bold]ink ran out" in await printed("dead", "list")
    assert task in {one["id"] for one in json.loads(await printed("dead", "list", "--json"))["tasks"]}
    assert "pending again" in await printed("dead", "retry", task)
    monkeypatch.setenv("MCP_API_KEY", hub.keys["worker"])
    refused = await asyncio.to_thread(CliRunner().invoke, app, ["hub", "status", "--hub", hub.url])
    assert isinstance(refused.exception, UsageError)
