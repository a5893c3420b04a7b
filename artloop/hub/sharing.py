"""The tools for what all agents share: values by key, which may pass away by themselves."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Context
from mcp_types import CallToolResult
from pydantic import Field

from artloop.grafix.answers import result
from artloop.hub.calls import Hub, hub_of
from artloop.models import Value
from artloop.taskboard.words import Json

KeyArg = Annotated[str, Field(description="Its name, 256 characters at most.", min_length=1, max_length=256)]


class SharedValue(Value):
    """A value that all share."""

    key: str
    value: Json = None
    """None: there is none."""


async def get_shared_state(ctx: Context[Hub], key: KeyArg) -> Annotated[CallToolResult, SharedValue]:
    """Read a value that all agents share; null when there is none."""
    return result(SharedValue(key=key, value=await hub_of(ctx).board.get_state(key)))


async def set_shared_state(
    ctx: Context[Hub],
    key: KeyArg,
    value: Annotated[Json, Field(description="Any JSON of 64 KB at most; null removes the key.")],
    ttl: Annotated[float | None, Field(description="Forget it after so many seconds; left out: never.", gt=0)] = None,
) -> Annotated[CallToolResult, SharedValue]:
    """Write a value that all agents share, in place of the one before."""
    await hub_of(ctx).board.set_state(key, value, ttl)
    return result(SharedValue(key=key, value=value))
