"""A desk without a render server, for tests of what agents may answer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from agents.mcp import MCPServer
from agents.models.interface import Model

from artloop.artists.door import Door, OpenPurse
from artloop.artists.llm import Desk
from artloop.artists.patience import Breaker
from artloop.ports import Purse
from artloop.prompts import Prompts
from artloop.settings import ModelChoice
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


class SoftClock:
    """Time that passes when somebody sleeps, and at no other time."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.at

    def date(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)


def door(
    calls: MemoryCalls, clock: SoftClock | None = None, purse: Purse | None = None, choice: ModelChoice | None = None
) -> Door:
    """A door with one breaker for all, whose pauses take no time."""
    clock = clock or SoftClock()
    set_to = choice or ModelChoice()
    breaker = Breaker("loopback", set_to, clock, lambda event: None)
    return Door(calls, set_to, asyncio.Semaphore(4), clock, lambda name: breaker, purse or OpenPurse())


def desk(folder: Path, model: Model | None, calls: MemoryCalls | None = None, max_turns: int = 4) -> Desk:
    """A desk at which this model answers for every role; None: a replay."""
    calls = calls or MemoryCalls()
    return Desk(
        prompts=Prompts([SHIPPED]),
        models={"imagine": "m", "draw": "m", "critique": "m", "choose": "m"},
        model_for=lambda role, task, attempt: model,
        calls=calls,
        counted=lambda: None,
        server=NoTools(),
        folder=RunFolder(folder),
        shelf=MemoryShelf(),
        door=door(calls),
        max_turns=max_turns,
    )
