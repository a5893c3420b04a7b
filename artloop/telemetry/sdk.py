"""What of OpenTelemetry's SDK is made to measure. Imported where the extra `otel` is there."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import RandomIdGenerator, SpanProcessor, TracerProvider
from opentelemetry.trace import get_tracer_provider, set_tracer_provider


class RunIds(RandomIdGenerator):  # type: ignore[misc]
    """Random ids, but where a run is begun: that trace has the run's."""

    def __init__(self, begun: ContextVar[int | None]) -> None:
        self._begun = begun

    def generate_trace_id(self) -> int:
        """For a span without a parent."""
        found = self._begun.get()
        return int(super().generate_trace_id()) if found is None else found


class Fan(SpanProcessor):  # type: ignore[misc]
    """Hands spans to those who want them at the time: the SDK itself lets go of nobody."""

    def __init__(self, wanting: list[Any]) -> None:
        self._wanting = wanting

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        """A span begins."""
        for one in self._wanting:
            one.on_start(span, parent_context)

    def on_end(self, span: Any) -> None:
        """It has ended."""
        for one in self._wanting:
            one.on_end(span)


def provided(service: str, begun: ContextVar[int | None], wanting: list[Any]) -> None:
    """Have spans made in this process from now on. That can be settled once; later services are the first one."""
    if not isinstance(get_tracer_provider(), TracerProvider):
        provider = TracerProvider(resource=Resource.create({"service.name": service}), id_generator=RunIds(begun))
        provider.add_span_processor(Fan(wanting))
        set_tracer_provider(provider)
