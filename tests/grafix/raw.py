"""The server over stdio, and a client that knows JSON-RPC and nothing else."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from artloop.grafix.sandbox.handle import PACKAGE
from artloop.settings import RenderLimits

LINE_MAX = 1 << 26


class RawClient:
    """Requests by number, so that they can be cancelled and their answers' order be seen."""

    def __init__(self, server: asyncio.subprocess.Process) -> None:
        self.server = server
        self.order: list[int] = []
        """Numbers of the requests, as they were answered."""
        self.progress: list[dict[str, Any]] = []
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}

    def ask(self, method: str, **params: Any) -> int:
        """Send a request without waiting; its number."""
        number = len(self._answers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        self._send({"id": number, "method": method, "params": params})
        return number

    def call(self, tool: str, arguments: dict[str, Any], meta: dict[str, Any] | None = None) -> int:
        """Ask for a tool."""
        return self.ask("tools/call", name=tool, arguments=arguments, _meta=meta or {})

    def cancel(self, number: int) -> None:
        """Tell the server that nobody waits for that answer."""
        self._send({"method": "notifications/cancelled", "params": {"requestId": number, "reason": "test"}})

    async def answer(self, number: int) -> dict[str, Any]:
        """The result of a request; an error of the protocol fails the test."""
        async with asyncio.timeout(300):
            message = await self._answers[number]
        assert "result" in message, message
        result: dict[str, Any] = message["result"]
        return result

    async def called(self, tool: str, arguments: dict[str, Any], meta: dict[str, Any] | None = None) -> dict[str, Any]:
        """A tool's result."""
        return await self.answer(self.call(tool, arguments, meta))

    async def shake_hands(self) -> None:
        """As a client of the year 2025 does."""
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
        await self.answer(self.ask("initialize", **hello))
        self._send({"method": "notifications/initialized"})

    async def listen(self) -> None:
        """Take what the server says until it ends."""
        assert self.server.stdout is not None
        async for line in self.server.stdout:
            message = json.loads(line)
            if message.get("method") == "notifications/progress":
                self.progress.append(message["params"])
            elif "id" in message and "method" not in message:
                self.order.append(message["id"])
                self._answers[message["id"]].set_result(message)

    def _send(self, message: dict[str, Any]) -> None:
        assert self.server.stdin is not None
        self.server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


@asynccontextmanager
async def raw_client(root: Path, cache_folder: Path, **limits: Any) -> AsyncIterator[RawClient]:
    """A client of a server process of its own, which ends with the block as it would with its client."""
    command = ["-P", "-m", "artloop.grafix", "--root", str(root), "--cache", str(cache_folder), "--allow-unsafe"]
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        "--limits",
        RenderLimits(**limits).model_dump_json(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": str(PACKAGE), "PYTHONHASHSEED": "0"},
        limit=LINE_MAX,
    )
    client = RawClient(server)
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(client.listen())
        try:
            await client.shake_hands()
            yield client
            assert server.stdin is not None
            server.stdin.close()
            async with asyncio.timeout(60):
                await listening
                await server.wait()
        finally:
            if server.returncode is None:
                server.kill()
                await server.wait()
