"""An agent of somebody else, written with the plain MCP client: takes every role of a run and answers by rule.

`python -m tests.hub.outsider URL LOG [ROLE...]` writes a line to LOG for each task it takes and each it hands in.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.rules import reply

ROLES = ("imagine", "draw", "critique", "choose")
HOW = "\n---\nHow to do this task"
"""What follows names the run, and two runs of one brief are to be answered alike."""
WAIT_S = 20
BEAT_SHARE = 0.3
"""Of a lease, after which it is renewed."""


class Outsider:
    """One role of one client; registers anew whenever the hub was away or knows it no more."""

    def __init__(self, url: str, role: str, log: Path, key: str | None = None, thinks_s: float = 0.0) -> None:
        self.url, self.role, self.log, self.thinks_s = url, role, log, thinks_s
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def work(self) -> None:
        """Until the process ends."""
        while True:
            try:
                async with AsyncExitStack() as stack:
                    http = httpx2.AsyncClient(headers=self.headers, timeout=httpx2.Timeout(5, read=60))
                    await stack.enter_async_context(http)
                    streams = streamable_http_client(self.url, http_client=http)
                    client = await stack.enter_async_context(Client(streams))
                    await self._served(client)
            except* Exception:  # noqa: BLE001 - whatever a hub that is killed leaves of a call
                await asyncio.sleep(0.2)  # there is nothing to wait for: the hub is away

    async def _served(self, client: Client) -> None:
        told = await called(client, "register_agent", agent_type=self.role, capabilities=["render"], name="by rule")
        agent = told["id"]
        while True:
            given = await called(client, "poll_tasks", agent_id=agent, max_tasks=1, wait_seconds=WAIT_S)
            for one in given["tasks"]:
                await self._done(client, agent, one)

    async def _done(self, client: Client, agent: str, one: dict[str, Any]) -> None:
        self._note("took", one)
        beat = asyncio.ensure_future(self._beating(client, agent, one))
        try:
            await asyncio.sleep(self.thinks_s)
            asked = one["task_description"].partition(HOW)[0]
            said = reply(one["result_schema"]["properties"], asked, tools_called=True)["say"]
        finally:
            beat.cancel()
        await called(client, "submit_result", agent_id=agent, task_id=one["task_id"], status="completed", result=said)
        self._note("handed in", one)

    async def _beating(self, client: Client, agent: str, one: dict[str, Any]) -> None:
        while True:
            await asyncio.sleep(BEAT_SHARE * one["lease_s"])
            await called(client, "heartbeat", agent_id=agent, task_ids=[one["task_id"]])

    def _note(self, what: str, one: dict[str, Any]) -> None:
        line = json.dumps({"what": what, "task": one["task_id"], "attempt": one["attempt"], "pid": os.getpid()})
        with self.log.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


async def called(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """A tool's structured answer. Raises RuntimeError with the hub's words when it refuses."""
    answer = await client.call_tool(tool, arguments)
    if answer.is_error:
        raise RuntimeError(str(answer.content))
    return dict(answer.structured_content or {})


async def main(url: str, log: str, *roles: str) -> None:
    key, thinks_s = os.environ.get("MCP_API_KEY"), float(os.environ.get("THINKS_S", "0"))
    await asyncio.gather(*(Outsider(url, role, Path(log), key, thinks_s).work() for role in roles or ROLES))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
