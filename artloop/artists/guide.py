"""The guide to Grafix as its server tells it: the long, unchanging beginning of prompts, for providers to cache."""

from __future__ import annotations

from agents.mcp import MCPServer
from mcp.types import TextContent

from artloop.errors import RenderServerError
from artloop.models import Role

GUIDED: frozenset[Role] = frozenset({"imagine", "draw"})
"""The roles that must know what Grafix can draw; critic and judge look at pictures."""


async def grafix_guide(server: MCPServer) -> str:
    """How to write sketches for the installed Grafix, and what there is in it; the same text until it is upgraded."""
    result = await server.call_tool("describe_api", {})
    text = "\n".join(part.text for part in result.content if isinstance(part, TextContent)).strip()
    if result.is_error or not text:
        raise RenderServerError(f"the Grafix server does not describe itself ({text[:100]}); try: artloop doctor")
    return text
