"""An agent of type `testing` for a pipeline: takes tasks from a hub's board until there are none, and runs checks.

A task names a check (`context`: {"check": "tests"}); what that runs is written here and nowhere else, so nobody who can
create tasks can have a command of theirs run. Usage: python deploy/ci/agent.py HUB_URL; the key comes from MCP_API_KEY.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from artloop.errors import ArtloopError
from artloop.taskboard.client import HubClient

CHECKS: dict[str, Sequence[str]] = {"tests": ("make", "test"), "lint": ("make", "check")}
WAIT_S = 50
"""Of a poll. One that brings nothing ends the agent: the queue is empty."""
BEAT_SHARE = 0.3
"""Of a lease, after which it is renewed."""
LAST_LINES = 60
"""Of a check's output: what is handed in."""


class Lost(ArtloopError):
    """The task is somebody else's by now."""


async def work(hub: HubClient, checks: dict[str, Sequence[str]], wait_s: float = WAIT_S) -> int:
    """Take tasks until a poll brings none; how many were done."""
    name = os.environ.get("GITHUB_REPOSITORY", "pipeline")
    agent, done = (await hub.call("register_agent", agent_type="testing", name=name))["id"], 0
    try:
        while tasks := (await hub.call("poll_tasks", agent_id=agent, wait_seconds=wait_s))["tasks"]:
            for task in tasks:
                done += await take(hub, agent, task, checks)
    finally:
        await hub.call("unregister_agent", agent_id=agent)
    return done


async def take(hub: HubClient, agent: str, task: dict[str, Any], checks: dict[str, Sequence[str]]) -> int:
    """Run what a task names and hand in what came of it; 0 when it was lost meanwhile."""
    which = task["context"].get("check")
    named = {"agent_id": agent, "task_id": task["task_id"], "attempt": task["attempt"]}
    if which not in checks:
        known = f"this pipeline has {', '.join(sorted(checks))}"
        error = {"kind": "unknown_check", "message": f"there is no check {which!r}; {known}", "retryable": False}
        await hub.call("submit_result", **named, status="failed", error=error)
        return 1
    try:
        status, said = await kept(hub, agent, task, checks[which])
    except Lost as error:
        sys.stderr.write(f"{error}\n")
        return 0
    lines = said.splitlines()[-LAST_LINES:]
    commit = os.environ.get("GITHUB_SHA", "")
    result = {"check": which, "passed": status == 0, "exit_code": status, "commit": commit, "output": "\n".join(lines)}
    await hub.call("submit_result", **named, status="completed", result=result)
    return 1


async def kept(hub: HubClient, agent: str, task: dict[str, Any], command: Sequence[str]) -> tuple[int, str]:
    """A command's exit code and output, with the task's lease renewed meanwhile. Raises `Lost`; then it is ended."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, stdout=pipe, stderr=asyncio.subprocess.STDOUT, start_new_session=True, env=without_key()
    )
    ended = asyncio.ensure_future(process.communicate())
    try:
        while not (await asyncio.wait([ended], timeout=BEAT_SHARE * task["lease_s"]))[0]:
            beat = await hub.call("heartbeat", agent_id=agent, task_ids=[task["task_id"]])
            if beat["lost"]:
                raise Lost(f"task {task['task_id']} is lost; {command[0]} was ended")
        said, _ = await ended
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await ended
    return process.returncode or 0, said.decode(errors="replace")


def without_key() -> dict[str, str]:
    """The environment of a check: all but the key to the hub."""
    return {name: value for name, value in os.environ.items() if name != "MCP_API_KEY"}


async def main(url: str) -> None:
    async with HubClient(url, os.environ.get("MCP_API_KEY")) as hub:
        sys.stderr.write(f"{await work(hub, CHECKS)} tasks done, the queue is empty\n")


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1]))
    except ArtloopError as error:
        sys.exit(f"{error}")
