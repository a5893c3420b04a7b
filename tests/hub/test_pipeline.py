"""The agent of deploy/ci at a real hub."""

import asyncio
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .served import Served

FILE = Path(__file__).parents[2] / "deploy" / "ci" / "agent.py"
CHECKS = {
    "tests": (sys.executable, "-c", "import os; print('all good', os.environ.get('MCP_API_KEY'))"),
    "lint": (sys.executable, "-c", "print('E501'); raise SystemExit(3)"),
    "long": (sys.executable, "-c", "import time; time.sleep(600)"),
}


@pytest.fixture(scope="module")
def agent() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pipeline_agent", FILE)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


async def asked(hub: Served, check: str, **more: Any) -> str:
    async with hub.client() as client:
        asking = {"agent_type": "testing", "task_description": f"run {check}", "context": {"check": check}}
        return str((await client.call("create_task", **asking, **more))["id"])


async def outcome(hub: Served, task: str) -> dict[str, Any]:
    async with hub.client() as client:
        return await client.call("get_result", task_id=task, wait_seconds=30)


async def test_it_runs_what_is_named_until_the_queue_is_empty_and_leaves(
    hub: Served, agent: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCP_API_KEY", hub.keys["worker"])
    tasks = [await asked(hub, check) for check in ("tests", "lint", "rm -rf /")]
    async with hub.client("worker") as client:
        assert await agent.work(client, CHECKS, wait_s=0) == 3
    good, bad, unknown = [await outcome(hub, task) for task in tasks]
    assert (good["result"]["passed"], good["result"]["output"]) == (True, "all good None")
    assert (bad["result"]["passed"], bad["result"]["exit_code"], bad["result"]["output"]) == (False, 3, "E501")
    assert (unknown["state"], unknown["error"]["kind"]) == ("failed", "unknown_check")
    async with hub.client() as client:
        there = (await client.call("list_agents", agent_type="testing", state="active"))["agents"]
    assert there == []


async def test_a_check_whose_task_is_called_off_is_ended(hub: Served, agent: ModuleType) -> None:
    task = await asked(hub, "long", lease_s=2)
    async with hub.client("worker") as client, hub.client() as orchestrator:
        at_work = asyncio.ensure_future(agent.work(client, CHECKS, wait_s=0))
        while (await orchestrator.call("get_task_status", task_id=task))["state"] != "in_progress":
            assert not at_work.done()
        await orchestrator.call("cancel_task", task_id=task, reason="not needed")
        assert await asyncio.wait_for(at_work, 30) == 0
    assert (await outcome(hub, task))["state"] == "failed"
