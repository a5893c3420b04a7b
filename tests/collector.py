"""A collector of OpenTelemetry on this machine: what was sent to it over OTLP is kept."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Sent:
    """A span that arrived."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, str]
    links: list[str]
    """Traces it is linked to."""


@dataclass
class Collector:
    """What arrived, and where to send to."""

    port: int = 0
    spans: list[Sent] = field(default_factory=list)
    more: threading.Condition = field(default_factory=threading.Condition)

    @property
    def environment(self) -> dict[str, str]:
        """What makes our programs send here."""
        return {
            "ARTLOOP_TRACES__OTEL": "true",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }

    def take(self, body: bytes) -> None:
        """Read one message."""
        asked: Any = ExportTraceServiceRequest()
        asked.ParseFromString(body)
        found = []
        for one in asked.resource_spans:
            about = {attribute.key: attribute.value.string_value for attribute in one.resource.attributes}
            for scope in one.scope_spans:
                found += [_sent(about["service.name"], span) for span in scope.spans]
        with self.more:
            self.spans += found
            self.more.notify_all()

    def await_span(self, name: str, seconds: float) -> bool:
        """Wait until one of that name has arrived; whether it has."""
        with self.more:
            return self.more.wait_for(lambda: any(span.name == name for span in self.spans), seconds)

    def line(self, span: Sent) -> list[str]:
        """Names of a span and of those it lies in, as far as they arrived."""
        known = {one.id: one for one in self.spans}
        names = [span.name]
        while span.parent in known:
            span = known[span.parent]
            names.append(span.name)
        return names


@contextmanager
def collector() -> Iterator[Collector]:
    """One that listens while the body runs."""
    made = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.take(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *values: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield made
        server.shutdown()


def _sent(service: str, span: Any) -> Sent:
    return Sent(
        service=service,
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        attributes={one.key: one.value.string_value for one in span.attributes},
        links=[link.trace_id.hex() for link in span.links],
    )
