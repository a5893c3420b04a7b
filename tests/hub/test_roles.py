import json
from typing import Any

import pytest

from artloop.errors import UsageError
from artloop.hub.roles import MAY, RENDERING, ROLES, Role
from artloop.hub.server import TOOLS

from .served import Served, made_key, revoke

NAMES = [tool.__name__ for tool, _, _ in TOOLS]
PATHS = ("/mcp", "/grafix/mcp")
PING = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


def called(tool: str) -> dict[str, Any]:
    """A call as a client of 2025 sends it."""
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": {}}}


def test_every_tool_is_for_some_role_and_no_role_is_named_for_another() -> None:
    assert sorted(MAY) == sorted(NAMES)
    assert all(MAY.values())


def test_a_worker_does_its_work_and_a_viewer_changes_nothing() -> None:
    reads = {tool.__name__ for tool, _, hints in TOOLS if hints.get("read_only_hint")}
    assert {tool for tool in NAMES if "viewer" in MAY[tool]} <= reads
    orders = {
        "create_task",
        "create_tasks",
        "cancel_task",
        "retry_task",
        "start_run",
        "stop_run",
        "save_sketch",
        "add_note",
    }
    assert not {tool for tool in orders if "worker" in MAY[tool]}
    assert {tool for tool in NAMES if "orchestrator" in MAY[tool]} == set(NAMES)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("tool", NAMES)
async def test_a_tool_may_be_called_with_the_roles_it_is_for_and_no_other(hub: Served, tool: str, role: Role) -> None:
    said = ""
    async with hub.client(role) as client:
        try:
            await client.call(tool)
        except UsageError as error:
            said = str(error)
    refused = f"{tool} is for the role" in said
    assert refused == (role not in MAY[tool])
    assert not refused or f"the key {role!r} is a {role}'s" in said


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_role_is_shown_its_own_tools(hub: Served, role: Role, mode: str) -> None:
    async with hub.plain(role, mode) as client:
        found = {tool.name for tool in (await client.list_tools()).tools}
    assert found == {tool for tool in NAMES if role in MAY[tool]}


@pytest.mark.parametrize("role", ROLES)
def test_the_grafix_tools_are_for_those_who_draw(hub: Served, role: Role) -> None:
    status, _, body = hub.post(PING, path="/grafix/mcp", Authorization=f"Bearer {hub.keys[role]}")
    assert status == (400 if role in RENDERING else 403)  # 400: no session, so it has passed
    assert (b"worker" in body) == (role not in RENDERING)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("tool", [*NAMES, "render", "export_gcode"])
def test_without_a_key_with_a_wrong_one_and_with_a_revoked_one_nothing_answers(
    hub: Served, revoked: str, tool: str, path: str
) -> None:
    for key in (None, "artloop_" + "x" * 43, revoked, hub.keys["worker"] + "x", hub.keys["worker"][:-1]):
        given = {"Authorization": f"Bearer {key}"} if key else {}
        status, headers, body = hub.post(called(tool), path=path, **given)
        assert (status, headers["www-authenticate"]) == (401, "Bearer")
        assert key is None or key.encode() not in body


@pytest.fixture(scope="module")
def revoked(hub: Served) -> str:
    """The key of somebody who has left."""
    key = made_key(hub.root, "left", "orchestrator")
    assert hub.post(PING, Authorization=f"Bearer {key}")[0] == 400
    revoke(hub.root, "left")
    return key


async def test_a_session_is_of_use_to_its_own_key_alone(hub: Served) -> None:
    own = {"Authorization": f"Bearer {hub.keys['worker']}"}
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    session = hub.post(message, **own)[1]["mcp-session-id"]
    assert hub.post(PING, Mcp_Session_Id=session, **own)[0] == 200
    assert hub.post(PING, Mcp_Session_Id=session, Authorization=f"Bearer {hub.keys['viewer']}")[0] == 404


def test_each_tool_explains_itself_its_arguments_and_its_answer(hub: Served) -> None:
    status, _, body = hub.post(PING, Mcp_Session_Id=_session(hub), Authorization=f"Bearer {hub.keys['orchestrator']}")
    assert status == 200
    tools = json.loads(body.partition(b"data: ")[2] or body)["result"]["tools"]
    for tool in tools:
        assert len(tool["description"]) > 30, tool["name"]
        assert tool["outputSchema"]["properties"], tool["name"]
        assert "readOnlyHint" in tool["annotations"], tool["name"]
        assert all("description" in argument for argument in tool["inputSchema"]["properties"].values()), tool["name"]


def _session(hub: Served) -> str:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    return hub.post(message, Authorization=f"Bearer {hub.keys['orchestrator']}")[1]["mcp-session-id"]
