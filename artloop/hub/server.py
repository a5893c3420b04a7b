"""The MCP server of a hub: the task board, runs and sketches as tools, each for the roles that `roles` names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp.server import MCPServer
from mcp_types import ToolAnnotations

import artloop
from artloop.grafix.calls import guarded
from artloop.hub import running, sharing, tasks, work
from artloop.hub.audit import Audit
from artloop.hub.calls import Hub
from artloop.hub.gate import gate
from artloop.hub.roles import MAY

INSTRUCTIONS = (
    "A board of tasks for agents. To work: register_agent, then poll_tasks, do what a task says, submit_result, and "
    "poll again; heartbeat while it takes long. To have work done: create_task, then get_result."
)
READS = {"read_only_hint": True}
ADDS = {"read_only_hint": False, "destructive_hint": False, "idempotent_hint": False}
SETS = {**ADDS, "idempotent_hint": True}
ENDS = {**SETS, "destructive_hint": True}
TOOLS: tuple[tuple[Any, str, dict[str, bool]], ...] = (
    (work.register_agent, "Join as an agent", ADDS),
    (work.poll_tasks, "Wait for work", ADDS),
    (work.get_task_pictures, "Look at a task's pictures", READS),
    (work.heartbeat, "Keep work", SETS),
    (work.submit_result, "Hand work in", ADDS),
    (work.create_subtasks, "Break work up", ADDS),
    (work.drain_agent, "Give no more work", SETS),
    (work.unregister_agent, "Leave", ENDS),
    (work.list_agents, "List agents", READS),
    (tasks.create_task, "Ask for a task", ADDS),
    (tasks.create_tasks, "Ask for tasks", ADDS),
    (tasks.get_task_status, "See how a task stands", READS),
    (tasks.get_result, "Wait for a result", READS),
    (tasks.list_tasks, "List tasks", READS),
    (tasks.cancel_task, "Call a task off", ENDS),
    (tasks.list_dead, "List dead letters", READS),
    (tasks.retry_task, "Open a dead letter again", ADDS),
    (tasks.get_counts, "Count", READS),
    (sharing.get_shared_state, "Read what is shared", READS),
    (sharing.set_shared_state, "Share", ENDS),
    (running.start_run, "Begin a run", {**ADDS, "open_world_hint": True}),
    (running.resume_run, "Go on with a run", {**SETS, "open_world_hint": True}),
    (running.get_run, "See how a run stands", READS),
    (running.list_runs, "List runs", READS),
    (running.add_note, "Say something to a run", ADDS),
    (running.pin_variant, "Keep a variant", SETS),
    (running.drop_variant, "End a variant", ENDS),
    (running.stop_run, "End a run", ENDS),
    (running.get_sketch, "Read a sketch", READS),
    (running.save_sketch, "Keep a sketch", SETS),
)


def build_server(hub: Hub, audit: Audit) -> MCPServer[Hub]:
    """The server of a hub that is open already."""

    @asynccontextmanager
    async def lifespan(_: MCPServer[Hub]) -> AsyncIterator[Hub]:
        yield hub

    server: MCPServer[Hub] = MCPServer(
        "artloop-hub",
        instructions=INSTRUCTIONS,
        version=artloop.__version__,
        lifespan=lifespan,
        log_level="WARNING",
        middleware=[gate(audit, MAY)],
    )
    for tool, title, hints in TOOLS:
        annotations = ToolAnnotations(title=title, **{"open_world_hint": False, **hints})
        server.add_tool(guarded(tool), title=title, annotations=annotations)
    return server
