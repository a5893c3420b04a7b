"""Traces stay with the run: one JSON line a span in `trace.jsonl`, and OpenTelemetry only where it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from agents import set_trace_processors
from agents.tracing import Span, Trace, TracingProcessor

from artloop import telemetry
from artloop.workspace import storage


@contextmanager
def traced(file: Path) -> Iterator[None]:
    """Write what agents do within to `file`. In place of the SDK's own processor, which would send it to OpenAI."""
    with ExitStack() as stack:
        with storage(file):
            opened = stack.enter_context(file.open("a", encoding="utf-8"))
        processors: list[TracingProcessor] = [TraceFile(file, opened)]
        if telemetry.collecting():
            processors.append(OtelSpans())
        set_trace_processors(processors)
        stack.callback(set_trace_processors, [])
        yield


class TraceFile(TracingProcessor):
    """Writes a line for each trace that starts and each span that ends: names, times, usage; never what was said."""

    def __init__(self, path: Path, file: TextIO) -> None:
        self._path, self._file = path, file

    def on_trace_start(self, trace: Trace) -> None:
        """One task of one role."""
        self._write(trace.export())

    def on_trace_end(self, trace: Trace) -> None:
        """Its spans say all."""

    def on_span_start(self, span: Span[Any]) -> None:
        """Written when it ends."""

    def on_span_end(self, span: Span[Any]) -> None:
        """An agent's turn, a model call, a tool call."""
        self._write(span.export())

    def shutdown(self) -> None:
        """The file is closed by who opened it."""

    def force_flush(self) -> None:
        """Put what was written on disk."""
        self._file.flush()

    def _write(self, exported: dict[str, Any] | None) -> None:
        if exported:
            with storage(self._path):
                self._file.write(json.dumps(exported, default=str) + "\n")
                self._file.flush()


class OtelSpans(TracingProcessor):
    """Turns each finished span of the SDK into one of OpenTelemetry, with the same times and parents.

    A task is part of what is open where it begins: of its step.
    """

    def __init__(self) -> None:
        from opentelemetry.trace import get_tracer

        self._tracer = get_tracer(telemetry.NAME)
        self._open: dict[str, Any] = {}

    def on_trace_start(self, trace: Trace) -> None:
        """One task of one role."""
        span = self._tracer.start_span(trace.name, attributes=_plain(trace.export() or {}))
        self._open[trace.trace_id] = span

    def on_trace_end(self, trace: Trace) -> None:
        """The task is done."""
        if span := self._open.pop(trace.trace_id, None):
            span.end()

    def on_span_start(self, span: Span[Any]) -> None:
        """An agent's turn, a model call or a tool call begins."""
        from opentelemetry.trace import set_span_in_context

        parent = self._open.get(span.parent_id or "") or self._open.get(span.trace_id)
        context = set_span_in_context(parent) if parent else None
        self._open[span.span_id] = self._tracer.start_span(
            span.span_data.type, context=context, start_time=_nanoseconds(span.started_at)
        )

    def on_span_end(self, span: Span[Any]) -> None:
        """It has ended."""
        if found := self._open.pop(span.span_id, None):
            found.set_attributes(_plain(span.span_data.export() or {}))
            found.end(end_time=_nanoseconds(span.ended_at))

    def shutdown(self) -> None:
        """The provider is shut down by who made it."""

    def force_flush(self) -> None:
        """The provider sends what it has when it is shut down."""


def _plain(exported: dict[str, Any]) -> dict[str, str]:
    return {key: value if isinstance(value, str) else json.dumps(value, default=str) for key, value in exported.items()}


def _nanoseconds(moment: str | None) -> int | None:
    return int(datetime.fromisoformat(moment).timestamp() * 1e9) if moment else None
