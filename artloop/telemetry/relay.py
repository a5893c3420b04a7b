"""Spans of a process that may not export them itself: they go back with the answer to whoever asked.

The render server has no keys and no network; whoever started it has both. Imported where the extra `otel` is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from artloop import telemetry

META_KEY = "artloop/spans"
"""In the `_meta` of an answer."""
MOST = 1000
"""Spans that wait for an answer to go with."""


class Kept(SpanExporter):  # type: ignore[misc]
    """Keeps finished spans until they are taken."""

    def __init__(self) -> None:
        self._spans: list[Any] = []

    def export(self, spans: Sequence[Any]) -> Any:
        """Keep them, the latest ones."""
        self._spans = [*self._spans, *spans][-MOST:]
        return SpanExportResult.SUCCESS

    def taken(self, traceparent: str) -> list[dict[str, Any]]:
        """Those of one trace, to be sent; they are kept no longer."""
        wanted = traceparent.split("-")[1:2]
        mine = [one for one in self._spans if [f"{one.context.trace_id:032x}"] == wanted]
        self._spans = [one for one in self._spans if one not in mine]
        return [_told(one) for one in mine]


def forwarded(meta: Mapping[str, Any] | None, service: str) -> None:
    """Hand on the spans that came with an answer, as those of that service."""
    for one in (meta or {}).get(META_KEY) or ():
        telemetry.finished(_read(one, service))


def _told(span: Any) -> dict[str, Any]:
    return {
        "name": span.name,
        "trace": f"{span.context.trace_id:032x}",
        "id": f"{span.context.span_id:016x}",
        "parent": f"{span.parent.span_id:016x}" if span.parent else None,
        "kind": span.kind.name,
        "start": span.start_time,
        "end": span.end_time,
        "attributes": dict(span.attributes or {}),
        "failed": span.status.status_code is StatusCode.ERROR,
        "scope": span.instrumentation_scope.name,
    }


def _read(told: Mapping[str, Any], service: str) -> Any:
    trace, sampled = int(told["trace"], 16), TraceFlags(TraceFlags.SAMPLED)

    def context(id: str) -> Any:
        return SpanContext(trace, int(id, 16), is_remote=False, trace_flags=sampled)

    return ReadableSpan(
        name=told["name"],
        context=context(told["id"]),
        parent=context(told["parent"]) if told["parent"] else None,
        resource=Resource.create({"service.name": service}),
        attributes=told["attributes"],
        kind=SpanKind[told["kind"]],
        start_time=told["start"],
        end_time=told["end"],
        status=Status(StatusCode.ERROR if told["failed"] else StatusCode.UNSET),
        instrumentation_scope=InstrumentationScope(told["scope"]),
    )
