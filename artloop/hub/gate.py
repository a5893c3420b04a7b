"""What every call of a tool passes: is it for this caller's role, and what is left of it in the audit log."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import anyio
from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext

from artloop.errors import UsageError
from artloop.grafix.answers import refused
from artloop.hub.audit import Audit, Outcome
from artloop.hub.roles import Caller, Role, caller_of


def gate(audit: Audit, may: Mapping[str, frozenset[Role]] | None = None) -> ServerMiddleware[Any]:
    """Middleware: refuses the tools that are not for the caller's role, does not list them, and logs every call.

    Without a table all tools are for everybody who has come so far.
    """

    async def passing(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.method not in ("tools/call", "tools/list"):
            return await call_next(ctx)
        caller = caller_of(ctx.request)
        if ctx.method == "tools/list":
            return listed(await call_next(ctx), caller, may)
        params = ctx.params or {}
        tool, named = str(params.get("name")), params.get("arguments")
        began = time.monotonic()
        outcome: Outcome = "failed"
        try:
            if may and tool in may and caller.role not in may[tool]:
                outcome = "forbidden"
                return forbidden(caller, tool, may[tool])
            answer = await call_next(ctx)
            outcome = "refused" if isinstance(answer, dict) and answer.get("isError") else "ok"
            return answer
        except MCPError:
            outcome = "refused"
            raise
        except anyio.get_cancelled_exc_class():
            outcome = "gone"
            raise
        finally:
            ms = round(1000 * (time.monotonic() - began))
            audit.write(caller.name, caller.role, tool, named if isinstance(named, dict) else {}, outcome, ms)

    return passing


def forbidden(caller: Caller, tool: str, roles: frozenset[Role]) -> dict[str, Any]:
    """The refusal of a tool, as it goes out."""
    said = f"{tool} is for the role {' or '.join(sorted(roles))}, and the key {caller.name!r} is a {caller.role}'s"
    answer = refused(UsageError(f"{said}; use another key, or ask whoever keeps the hub's"))
    return answer.model_dump(by_alias=True, mode="json", exclude_none=True)


def listed(answer: HandlerResult, caller: Caller, may: Mapping[str, frozenset[Role]] | None) -> HandlerResult:
    """The list without the tools that are for others."""
    if not may or not isinstance(answer, dict):
        return answer
    kept = [tool for tool in answer.get("tools", []) if caller.role in may.get(tool["name"], ())]
    return {**answer, "tools": kept}
