import asyncio
import json
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from artloop.errors import ProviderError, UsageError
from artloop.hub.serve import serve
from artloop.settings import Settings, load
from artloop.taskboard.client import HubClient
from artloop.web.listening import Address

from .served import Served, made_key, revoke, role_keys, served

LIST = {"jsonrpc": "2.0", "id": 7, "method": "tools/list"}
SECRET = "a secret that belongs in no log"


def refusal(root: Path, host: str = "127.0.0.1", port: int = 0) -> str:
    """What a hub says that does not start."""

    def configured(**_: object) -> Settings:
        return load({"root": root})

    with pytest.raises(UsageError) as refused:
        serve(configured, None, Address(host, port))
    return str(refused.value)


@pytest.mark.parametrize("path", ["/healthz", "/mcp", "/grafix/mcp", "/", "/other"])
def test_a_host_that_a_page_may_have_rebound_is_refused_on_every_path(hub: Served, path: str) -> None:
    key = {"Authorization": f"Bearer {hub.keys['orchestrator']}"}
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "192.168.0.7", ""):
        assert hub.answer(path=path, Host=host, **key)[0] == 421


@pytest.mark.parametrize("path", ["/healthz", "/mcp", "/grafix/mcp", "/"])
def test_pages_of_other_origins_are_refused_on_every_path(hub: Served, path: str) -> None:
    key = {"Authorization": f"Bearer {hub.keys['orchestrator']}"}
    for origin in ("http://evil.example", "http://localhost.evil.example", "null", "file://", "http://192.168.0.7"):
        assert hub.answer(path=path, Origin=origin, **key)[0] == 403
    assert hub.post(LIST, Origin="http://localhost:5173", **key)[0] == 400  # it has passed the door


def test_only_the_health_needs_no_key(hub: Served) -> None:
    assert hub.answer(path="/healthz")[::2] == (200, b"ok\n")
    for path in ("/", "/mcp", "/grafix/mcp", "/metrics", "/events", "/healthz/", "/healthz/x", "//healthz", "/nothing"):
        assert hub.answer(path=path)[0] == 401, path
    assert hub.answer(path="/nothing", Authorization=f"Bearer {hub.keys['viewer']}")[0] == 404


def test_where_it_must_not_serve_it_says_so(hub: Served, tmp_path: Path) -> None:
    assert f"process {hub.process.pid}" in (said := refusal(hub.root))
    assert "end that hub first" in said
    assert "in use" in refusal(tmp_path, port=hub.port)
    assert "hub key add" in refusal(tmp_path, "0.0.0.0")
    made_key(tmp_path, "ada", "viewer")
    revoke(tmp_path, "ada")
    assert "hub key add" in refusal(tmp_path, "0.0.0.0")


def test_beyond_this_machine_it_answers_to_addresses_and_allowed_names(tmp_path: Path, cache_folder: Path) -> None:
    key = made_key(tmp_path, "ada", "viewer")
    with served(tmp_path, cache_folder, "--host", "0.0.0.0", "--allow-host", "studio.example") as hub:
        for host in ("studio.example", "10.1.2.3:8424", socket.gethostname()):
            assert hub.post(LIST, Host=host, Authorization=f"Bearer {key}")[0] == 400
            assert hub.post(LIST, Host=host)[0] == 401
        assert hub.post(LIST, Host="evil.example", Authorization=f"Bearer {key}")[0] == 421


@pytest.fixture(scope="module")
def open_hub(tmp_path_factory: pytest.TempPathFactory, cache_folder: Path) -> Iterator[Served]:
    """Nobody ever made a key."""
    with served(tmp_path_factory.mktemp("open").resolve(), cache_folder) as found:
        yield found


async def test_three_plain_clients_share_the_work_of_a_chain(open_hub: Served) -> None:
    """Each registers, polls and hands in; results reach the tasks that wait for them."""
    async with open_hub.plain() as asker:
        batch = [
            {
                "agent_type": "chain",
                "task_description": f"part {n}",
                "key": f"p{n}",
                "dependencies": [f"p{n - 1}"] * (n > 0),
            }
            for n in range(9)
        ]
        made = await asker.call_tool("create_tasks", {"tasks": batch})
        assert made.structured_content is not None
        ids = [task["id"] for task in made.structured_content["tasks"]]

        async def work(mode: str, count: int) -> int:
            async with open_hub.plain(mode=mode) as client:
                agent = await told(client, "register_agent", agent_type="chain")
                done = 0
                while done < count:
                    given = await told(client, "poll_tasks", agent_id=agent["id"], wait_seconds=20)
                    for task in given["tasks"]:
                        so_far = [text for result in task["results"].values() for text in result]
                        mine = [*so_far, task["task_description"]]
                        where = {"agent_id": agent["id"], "task_id": task["task_id"], "attempt": task["attempt"]}
                        await told(client, "submit_result", **where, status="completed", result=mine)
                        done += 1
                return done

        async with asyncio.TaskGroup() as group:
            for mode in ("auto", "legacy", "auto"):
                group.create_task(work(mode, 3))
            last = await told(asker, "get_result", task_id=ids[-1], wait_seconds=50)
    assert last["state"] == "completed"
    assert last["result"] == [f"part {n}" for n in range(9)]


async def told(client: Any, tool: str, **arguments: Any) -> dict[str, Any]:
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.content
    return dict(answer.structured_content)


async def test_a_hub_that_is_killed_loses_nothing_that_it_has_answered(tmp_path: Path, cache_folder: Path) -> None:
    keys = await asyncio.to_thread(role_keys, tmp_path)
    answered: dict[str, str] = {}
    port = 0
    for life in range(2):
        with served(tmp_path, cache_folder, port=port) as found:
            hub, port = replace(found, keys=keys), found.port
            async with hub.client() as client, hub.client("worker") as worker:
                agent = (await worker.call("register_agent", agent_type=f"work{life}"))["id"]
                for _ in range(3):
                    task = await client.call("create_task", agent_type=f"work{life}", task_description="do")
                    answered[task["id"]] = "pending"
                done, begun = (await worker.call("poll_tasks", agent_id=agent, max_tasks=2))["tasks"]
                answered[begun["task_id"]] = "in_progress"
                where = {"agent_id": agent, "task_id": done["task_id"]}
                handed = await worker.call("submit_result", **where, status="completed", result=life)
                answered[done["task_id"]] = handed["state"]
                waiting = asyncio.ensure_future(worker.call("get_result", task_id=begun["task_id"], wait_seconds=50))
                await client.call("set_shared_state", key="life", value=life)
                hub.process.send_signal(signal.SIGKILL)
                await asyncio.to_thread(hub.process.wait)
                for call in (waiting, client.call("get_counts")):
                    with pytest.raises(ProviderError, match="away"):
                        await call
    with served(tmp_path, cache_folder, port=port) as found:
        async with replace(found, keys=keys).client() as client:
            listed = (await client.call("list_tasks"))["tasks"]
            assert {task["id"]: task["state"] for task in listed} == answered
            assert (
                sorted(answered.values()) == ["completed", "completed", "in_progress", "in_progress"] + ["pending"] * 2
            )
            assert (await client.call("get_shared_state", key="life"))["value"] == 1


async def test_the_door_shuts_when_the_first_key_is_made(tmp_path: Path, cache_folder: Path) -> None:
    with served(tmp_path, cache_folder) as hub:
        async with HubClient(hub.url) as client:
            await client.call("get_counts")
            key = await asyncio.to_thread(made_key, tmp_path, "ada", "orchestrator")
            with pytest.raises(UsageError, match="Bearer"):
                await client.call("get_counts")
        async with HubClient(hub.url, key) as client:
            await client.call("set_shared_state", key="k", value=SECRET)
    lines = [json.loads(line) for line in (tmp_path / "hub/audit.jsonl").read_text().splitlines()]
    assert [(line["key"], line["tool"], line["outcome"]) for line in lines] == [
        ("", "get_counts", "ok"),
        ("ada", "set_shared_state", "ok"),
    ]
    assert SECRET not in (tmp_path / "hub/audit.jsonl").read_text()
