"""One trace a run: its id, who is part of it, and log lines that name it."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from artloop import telemetry
from artloop.telemetry import logs, relay
from tests.collector import collector
from tests.hub.served import said, served

STRANGER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PATIENCE_S = 240


def test_sessions_of_a_run_share_a_trace_that_its_name_tells() -> None:
    kept = InMemorySpanExporter()
    with telemetry.collected("test", SimpleSpanProcessor(kept)):
        for _ in range(2):
            with telemetry.of_run("tide", "run"), telemetry.span("step draw"):
                parent = telemetry.traceparent()
        with telemetry.of_run("tide", "errand", parent):
            pass
        with telemetry.of_run("tide", "errand of a stranger", STRANGER):
            pass
        with telemetry.span("something else"):
            pass
    spans = {span.name: span for span in kept.get_finished_spans()}
    traces = {name: f"{span.context.trace_id:032x}" for name, span in spans.items()}
    assert traces.pop("something else") != telemetry.trace_id("tide")
    assert set(traces.values()) == {telemetry.trace_id("tide")}
    assert spans["errand"].parent.span_id == spans["step draw"].context.span_id
    assert spans["errand of a stranger"].parent is None
    assert spans["run"].attributes["artloop.run"] == "tide"


def test_whoever_had_a_run_begun_is_linked_to_and_keeps_a_trace_of_their_own() -> None:
    kept = InMemorySpanExporter()
    with telemetry.collected("test", SimpleSpanProcessor(kept)):
        with telemetry.span("call"), telemetry.of_run("tide", "run"):
            pass
    run, call = kept.get_finished_spans()
    assert run.context.trace_id != call.context.trace_id
    assert [link.context.span_id for link in run.links] == [call.context.span_id]


def test_nobody_who_asks_for_no_spans_makes_any() -> None:
    with telemetry.of_run("tide", "run"), telemetry.span("step"):
        assert telemetry.traceparent() == ""
        assert not telemetry.collecting()


def test_spans_go_back_with_an_answer_as_they_were() -> None:
    there, here = relay.Kept(), InMemorySpanExporter()
    with telemetry.collected("test", SimpleSpanProcessor(there)):
        with telemetry.of_run("tide", "call"), telemetry.span("sketch", isolation="full"):
            parent = telemetry.traceparent()
        with telemetry.of_run("other", "call"):
            pass
        told = json.loads(json.dumps(there.taken(parent)))
        assert there.taken(parent) == []
    with telemetry.collected("test", SimpleSpanProcessor(here)):
        relay.forwarded({relay.META_KEY: told}, "artloop-grafix")
    sketch, call = here.get_finished_spans()
    assert (sketch.name, sketch.attributes["artloop.isolation"]) == ("sketch", "full")
    assert sketch.parent.span_id == call.context.span_id
    assert sketch.resource.attributes["service.name"] == "artloop-grafix"
    assert call.start_time <= sketch.start_time <= sketch.end_time <= call.end_time


def test_a_line_of_the_log_is_an_object_that_names_its_trace() -> None:
    record = logging.makeLogRecord({"name": "artloop.hub", "levelno": 20, "levelname": "INFO", "msg": "a\nb %s"})
    record.args, record.run, record.task = ("c",), "tide", "t-1"
    line = json.loads(logs.JsonLines().format(record))
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "artloop.hub",
        "message": "a\nb c",
        "trace_id": telemetry.trace_id("tide"),
        "run": "tide",
        "task": "t-1",
    }


@pytest.mark.slow
async def test_hub_driver_and_render_server_are_one_trace(tmp_path: Path, cache_folder: Path) -> None:
    with collector() as found, served(tmp_path, cache_folder, **found.environment) as hub:
        async with hub.client() as client:
            asked = {"brief": "tide", "variants": 1, "iterations": 1, "model": "house"}
            run = (await client.call("start_run", **asked))["run_id"]
            agent = (await client.call("register_agent", agent_type="planning"))["id"]
            await client.call("create_task", agent_type="planning", task_description="x", run=run, trace=STRANGER)
            (task,) = (await client.call("poll_tasks", agent_id=agent))["tasks"]
            await client.call("submit_result", agent_id=agent, task_id=task["task_id"], status="completed", result=1)
            assert await asyncio.to_thread(found.await_span, "run", PATIENCE_S)
    mine = [span for span in found.spans if span.trace == telemetry.trace_id(run)]
    assert {span.service for span in mine} == {"artloop-hub", "artloop", "artloop-grafix"}
    sketch = next(span for span in mine if span.name == "sketch")
    assert sketch.service == "artloop-grafix"
    line = found.line(sketch)
    assert line[:3] == ["sketch", "tools/call render", "MCP send tools/call render"]
    assert line[-2:] == ["step draw", "run"]
    (begun,) = [span for span in mine if span.name == "driver started"]
    assert begun.service == "artloop-hub"
    (stranger,) = [span for span in found.spans if span.name == "task planning"]
    assert (stranger.trace, stranger.parent) == tuple(STRANGER.split("-")[1:3])


async def test_a_hub_for_machines_says_everything_in_objects(tmp_path: Path, cache_folder: Path) -> None:
    with served(tmp_path, cache_folder, "--log-format", "json", "--log-level", "info") as hub:
        async with hub.client() as client:
            made = await client.call("create_task", agent_type="planning", task_description="x", run="tide")
            await client.call("cancel_task", task_id=made["id"])  # by then the first was told
        lines = [json.loads(line) for line in said(hub.log).splitlines()]
    assert any("no key was ever made" in line["message"] for line in lines)
    line, *_ = [line for line in lines if line.get("task") == made["id"]]
    assert (line["message"], line["trace_id"]) == (f"task {made['id']} is pending", telemetry.trace_id("tide"))
