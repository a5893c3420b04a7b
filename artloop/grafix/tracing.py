"""Spans of a render go back to whoever started this server: it has no key to send them elsewhere, and no network."""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext

from artloop import telemetry
from artloop.grafix.places import is_hosted


def spans_sent_back() -> ServerMiddleware[Any]:
    """Middleware, the outermost one: hosts that trace a call are told its spans in the answer's `_meta`."""
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    from artloop.telemetry.relay import META_KEY, Kept

    kept, stack = Kept(), ExitStack()
    stack.enter_context(telemetry.collected("artloop-grafix", SimpleSpanProcessor(kept)))
    atexit.register(stack.close)

    async def sending(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        answer = await call_next(ctx)
        spans = kept.taken(str((ctx.meta or {}).get("traceparent", "")))
        if not spans or ctx.method != "tools/call" or not isinstance(answer, dict) or not is_hosted(ctx.meta):
            return answer
        return {**answer, "_meta": {**(answer.get("_meta") or {}), META_KEY: spans}}

    return sending
