"""Traces: one for each run, whoever works on it and wherever, for its id follows from the run's.

Nothing is made where nothing was asked for: without a provider OpenTelemetry's spans are empty.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

from artloop.errors import SettingsError

NAME = "artloop"
MISSING = "traces.otel needs an extra; install it with: pip install 'artloop[otel]', or set it to false"
_run_begun: ContextVar[int | None] = ContextVar("run_begun", default=None)
_processors: list[Any] = []
"""Where finished spans go: those of this process and those that were made elsewhere for it."""


def trace_id(run: str) -> str:
    """The id of a run's trace, 32 hexadecimal digits."""
    return hashlib.sha256(run.encode()).hexdigest()[:32]


@contextmanager
def exported(service: str, wanted: bool) -> Iterator[None]:
    """While the body runs, spans go where OTEL_EXPORTER_OTLP_ENDPOINT says. Raises `SettingsError`."""
    if not wanted:
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise SettingsError(MISSING) from error
    with collected(service, BatchSpanProcessor(OTLPSpanExporter())):
        yield


@contextmanager
def collected(service: str, processor: Any) -> Iterator[None]:
    """While the body runs, the spans of this process go to a processor of the SDK's; it is shut down at the end."""
    from artloop.telemetry.sdk import provided

    provided(service, _run_begun, _processors)
    _processors.append(processor)
    try:
        yield
    finally:
        _processors.remove(processor)
        processor.shutdown()


def collecting() -> bool:
    """Whether anybody wants spans."""
    return bool(_processors)


def finished(span: Any) -> None:
    """A span that was made elsewhere goes where those of this process go."""
    for processor in _processors:
        processor.on_end(span)


@contextmanager
def span(name: str, **attributes: str | int | float) -> Iterator[None]:
    """A span around the body, within the one that is open here."""
    if not _processors:
        yield
        return
    with _tracer().start_as_current_span(name, attributes=_named(attributes)):
        yield


@contextmanager
def of_run(run: str, name: str, parent: str = "", **attributes: str | int | float) -> Iterator[None]:
    """A span in the trace of a run: below `parent`, a traceparent of that trace, or a beginning of its own.

    What was open here before, somebody's call perhaps, is linked to.
    """
    if not _processors:
        yield
        return
    from opentelemetry.context import Context
    from opentelemetry.trace import Link, get_current_span

    caller = get_current_span().get_span_context()
    links = [Link(caller)] if caller.is_valid and f"{caller.trace_id:032x}" != trace_id(run) else []
    with ExitStack() as stack:
        stack.callback(_run_begun.reset, _run_begun.set(int(trace_id(run), 16)))
        context = _context(parent) if parent.split("-")[1:2] == [trace_id(run)] else Context()
        named = _named({"run": run, **attributes})
        stack.enter_context(_tracer().start_as_current_span(name, context=context, links=links, attributes=named))
        yield


def spent(name: str, parent: str, began: float, ended: float, **attributes: str | int | float) -> None:
    """A span of something that is over, from one Unix time to another, within the one that a traceparent names."""
    if not _processors or not parent:
        return
    made = _tracer().start_span(
        name, context=_context(parent), start_time=int(began * 1e9), attributes=_named(attributes)
    )
    made.end(end_time=int(ended * 1e9))


def traceparent() -> str:
    """The span that is open here, as W3C writes it; empty: there is none."""
    if not _processors:
        return ""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent", "")


def current_trace() -> str:
    """The id of the trace that is open here; empty: none is."""
    return traceparent().partition("-")[2].partition("-")[0]


def _context(parent: str) -> Any:
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": parent}, Context())


def _tracer() -> Any:
    from opentelemetry.trace import get_tracer

    return get_tracer(NAME)


def _named(attributes: dict[str, Any]) -> dict[str, Any]:
    return {f"{NAME}.{name}": value for name, value in attributes.items()}
