from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from agents.testing import ScriptedModel, assistant_message, function_call

from artloop import telemetry
from artloop.artists.traces import traced
from artloop.models import Verdict
from tests.artists.desk import desk
from tests.artists.test_llm import AT, TIE, task

SCRIPT = [[function_call("paint", {"secret": "words"}, call_id="c1")], [assistant_message(TIE.model_dump_json())]]


async def ask(folder: Path) -> None:
    at = replace(desk(folder, ScriptedModel(SCRIPT)), trace_group="run-1")
    await at.ask("choose", task(), Verdict, AT)


async def test_a_trace_is_kept_with_the_run_and_holds_nothing_that_was_said(tmp_path: Path) -> None:
    file = tmp_path / "trace.jsonl"
    with traced(file):
        await ask(tmp_path)
    await ask(tmp_path)  # nobody listens any more
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    (trace,) = [line for line in lines if line["object"] == "trace"]
    assert (trace["workflow_name"], trace["group_id"], trace["metadata"]["step"]) == ("choose", "run-1", AT.step)
    assert {line["span_data"]["type"] for line in lines if line["object"] == "trace.span"} >= {"agent"}
    assert "secret" not in file.read_text()
    assert "a line" not in file.read_text()


async def test_spans_reach_opentelemetry_with_their_parents(tmp_path: Path) -> None:
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept = InMemorySpanExporter()
    with telemetry.collected("test", SimpleSpanProcessor(kept)), traced(tmp_path / "trace.jsonl"):
        with telemetry.of_run("run-1", "run"), telemetry.span("step choose"):
            await ask(tmp_path)
    spans = {span.name: span for span in kept.get_finished_spans()}
    assert spans["choose"].parent.span_id == spans["step choose"].context.span_id
    assert f"{spans['choose'].context.trace_id:032x}" == telemetry.trace_id("run-1")
    assert spans["agent"].context.trace_id == spans["choose"].context.trace_id
    assert spans["agent"].context.trace_id == spans["choose"].context.trace_id
    assert spans["agent"].end_time >= spans["agent"].start_time
