"""The server's prompts: what an agent of a run is told, made ready for a person's own chat client."""

from __future__ import annotations

from typing import Annotated, Any

from mcp import MCPError
from mcp.server import MCPServer, ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp_types import INVALID_PARAMS
from pydantic import Field

from artloop.errors import SettingsError
from artloop.prompts import Prompts

COUNT_MAX = 12
NAMES = ("imagine", "draw", "critique")


def add_prompts(server: MCPServer[Any], prompts: Prompts) -> None:
    """Offer `imagine`, `draw` and `critique`; their texts are the `chat_*.md.j2` of `prompts`."""

    def filled(name: str, **values: Any) -> str:
        try:
            return prompts.text(f"chat_{name}.md.j2", **values)
        except SettingsError as error:
            raise MCPError(INVALID_PARAMS, str(error)) from error

    server.middleware.append(_known)

    @server.prompt(title="Imagine drawings")
    def imagine(
        brief: Annotated[str, Field(description="What the drawings are to be about, in a line.")],
        count: Annotated[str, Field(description=f"How many concepts: 1 to {COUNT_MAX}; 4 if left out.")] = "4",
    ) -> str:
        """Think up concepts for pen-plotter drawings that answer a brief."""
        if not (count.isdecimal() and 1 <= int(count) <= COUNT_MAX):
            raise MCPError(INVALID_PARAMS, f"count {count!r} is no whole number from 1 to {COUNT_MAX}")
        return filled("imagine", brief=brief, count=int(count))

    @server.prompt(title="Draw a concept")
    def draw(concept: Annotated[str, Field(description="What to draw: a sentence, or a concept of imagine.")]) -> str:
        """Program a drawing, render it, look at it and mend it until it can be plotted."""
        return filled("draw", concept=concept)

    @server.prompt(title="Criticise a drawing")
    def critique(
        path: Annotated[str, Field(description="The drawing, such as iterations/01/drawing.svg, as render gave it.")],
        concept: Annotated[str, Field(description="What it is meant to show; may be left out.")] = "",
        run_id: Annotated[str, Field(description="Its run; adhoc if left out.")] = "adhoc",
        variant_id: Annotated[str, Field(description="Its variant; v01 if left out.")] = "v01",
    ) -> str:
        """Look at a drawing and say what to keep and what to change."""
        return filled("critique", path=path, concept=concept, run=run_id, variant=variant_id)


async def _known(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Refuse other names in words: the SDK takes one for a fault of the server's."""
    if ctx.method == "prompts/get" and isinstance(ctx.params, dict) and ctx.params.get("name") not in NAMES:
        raise MCPError(INVALID_PARAMS, f"there is no prompt {ctx.params.get('name')!r}; there are {', '.join(NAMES)}")
    return await call_next(ctx)
