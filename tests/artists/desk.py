"""A desk without a render server, for tests of what agents may answer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from agents.mcp import MCPServer
from agents.models.interface import Model

from artloop.artists.llm import Desk
from artloop.prompts import Prompts
from artloop.workspace import RunFolder
from tests.fakes import MemoryCalls, MemoryShelf

SHIPPED = Path(__file__).parents[2] / "prompts"


class NoTools(MCPServer):
    """A server that offers nothing."""

    name = "none"

    async def connect(self) -> None: ...

    async def cleanup(self) -> None: ...

    async def list_tools(self, run_context: Any = None, agent: Any = None) -> list[Any]:
        return []

    async def call_tool(self, tool_name: str, arguments: Any, meta: Any = None) -> Any:
        raise AssertionError("there are no tools")

    async def list_prompts(self) -> Any:
        raise AssertionError("there are no prompts")

    async def get_prompt(self, name: str, arguments: Any = None) -> Any:
        raise AssertionError("there are no prompts")


def desk(folder: Path, model: Model | None, calls: MemoryCalls | None = None, max_turns: int = 4) -> Desk:
    """A desk at which this model answers for every role; None: a replay."""
    return Desk(
        prompts=Prompts([SHIPPED]),
        models={"imagine": "m", "draw": "m", "critique": "m", "choose": "m"},
        model_for=lambda role, task: model,
        calls=calls or MemoryCalls(),
        counted=lambda: None,
        server=NoTools(),
        folder=RunFolder(folder),
        shelf=MemoryShelf(),
        slots=asyncio.Semaphore(4),
        max_turns=max_turns,
    )
