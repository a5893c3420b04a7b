"""What a hub counts, read back as Prometheus reads it; and a dashboard that asks for nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from artloop.clock import WallClock
from artloop.events import CallCounted, Rendered
from artloop.hub.audit import Line
from artloop.hub.live import Live, RunEvent
from artloop.hub.meters import Meters
from artloop.models import Usage
from artloop.settings import HubSettings
from artloop.taskboard.opening import opened_board
from artloop.taskboard.words import BoardEvent, TaskSpec
from artloop.workspace import Workspace

from .served import Served

GRAFANA = Path(__file__).parents[2] / "deploy" / "grafana" / "artloop.json"
NAME = re.compile(r"artloop_[a-z_]+")
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(said: bytes) -> Samples:
    """Name and labels to value."""
    families = text_string_to_metric_families(said.decode())
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def value(found: Samples, name: str, **labels: str) -> float:
    """A sample; nothing is nought."""
    return found.get((f"artloop_{name}", frozenset(labels.items())), 0.0)


async def exposed(meters: Meters, root: Path) -> Samples:
    async with opened_board(HubSettings(), root / "hub", WallClock(), print) as board:
        return read(await meters.exposed(board, Live(Workspace(root)), 0.0))


def moved(task: str, state: str, at: float) -> BoardEvent:
    return BoardEvent(at=at, what="task", id=task, state=state, agent_type="draw")


def spent(tokens: int, cost: float | None) -> CallCounted:
    return CallCounted(usage=Usage(requests=tokens // 100, input_tokens=tokens, output_tokens=7, cost_usd=cost))


async def test_waiting_and_work_are_timed_and_ends_are_counted(tmp_path: Path) -> None:
    meters = Meters([])
    story = [("pending", 100.0), ("in_progress", 103.0), ("pending", 110.0), ("in_progress", 111.0), ("dead", 131.0)]
    for state, at in story:
        meters.board_event(moved("t-1", state, at))
    meters.board_event(moved("seen late", "completed", 140.0))
    found = await exposed(meters, tmp_path)
    assert value(found, "task_wait_seconds_sum", agent_type="draw") == 4
    assert value(found, "task_wait_seconds_count", agent_type="draw") == 2
    assert value(found, "task_seconds_sum", agent_type="draw", outcome="pending") == 7
    assert value(found, "task_seconds_sum", agent_type="draw", outcome="dead") == 20
    assert value(found, "task_retries_total", agent_type="draw") == 1
    assert value(found, "dead_letters_total", agent_type="draw") == 1
    assert value(found, "tasks_ended_total", agent_type="draw", state="dead") == 1
    assert value(found, "tasks_ended_total", agent_type="draw", state="completed") == 1
    assert value(found, "task_seconds_count", agent_type="draw", outcome="completed") == 0


async def test_what_was_spent_before_the_hub_looked_is_not_counted(tmp_path: Path) -> None:
    meters = Meters([])
    drawn = Rendered(variant="v01", iteration=1, attempt=0, ok=True, complaint="", measures={})
    told = [(spent(1000, 0.5), True), (drawn, True), (spent(1500, 0.75), False), (drawn, False)]
    for number, (event, before) in enumerate(told):
        meters.run_event(RunEvent(run="one", number=number, at=0, event=event), before)
    meters.run_event(RunEvent(run="two", number=1, at=0, event=spent(200, None)), False)
    found = await exposed(meters, tmp_path)
    assert value(found, "tokens_total", direction="input") == 700
    assert value(found, "cost_usd_total") == 0.25
    assert value(found, "model_calls_total") == 7
    assert value(found, "renders_total", outcome="drawn") == 1


async def test_a_tool_that_a_caller_made_up_makes_no_metric(tmp_path: Path) -> None:
    meters = Meters(["create_task"])
    for tool in ("create_task", "made_up", "made_up_too"):
        meters.tool_call(Line(at=0, key="k", role="worker", tool=tool, ids={}, outcome="ok", ms=20))
    found = await exposed(meters, tmp_path)
    assert value(found, "tool_calls_total", tool="create_task", role="worker", outcome="ok") == 1
    assert value(found, "tool_calls_total", tool="unknown", role="worker", outcome="ok") == 2


async def test_two_hubs_in_one_process_count_apart(tmp_path: Path) -> None:
    first, second = Meters([]), Meters([])
    first.board_event(moved("t", "dead", 1.0))
    assert value(await exposed(second, tmp_path), "dead_letters_total", agent_type="draw") == 0


@pytest.fixture
def asked() -> set[str]:
    """Every metric that a query of the Grafana dashboard names."""
    panels = json.loads(GRAFANA.read_text())["panels"]
    assert len(panels) > 15
    return {name for panel in panels for target in panel["targets"] for name in NAME.findall(target["expr"])}


def families(meters: Meters) -> set[str]:
    """The names under which samples are exposed."""
    found: set[str] = set()
    for family in meters.registry.collect():
        ends: dict[str, Any] = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
        found |= {family.name + end for end in ends.get(family.type, [""])}
    return found


def test_every_query_of_the_grafana_dashboard_names_a_metric_and_every_metric_is_shown(asked: set[str]) -> None:
    there = families(Meters([]))
    assert asked - there == set()
    unseen = {name for name in there - asked if not name.endswith(("_sum", "_count"))}
    assert unseen == set()


def test_every_metric_is_told_of_in_the_operations_guide() -> None:
    told = set(NAME.findall((GRAFANA.parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")))
    there = families(Meters([]))
    known = {re.sub(r"_(bucket|sum|count)$", "", name) for name in there}
    assert told == known


async def test_a_hub_tells_what_it_does_to_those_who_may_look(hub: Served) -> None:
    async with hub.client() as client:
        agent = (await client.call("register_agent", agent_type="metered"))["id"]
        made = await client.call("create_task", **TaskSpec(agent_type="metered", task_description="x").model_dump())
        await client.call("poll_tasks", agent_id=agent, max_tasks=1)
        before = read(hub.answer(path="/metrics", Authorization=f"Bearer {hub.keys['viewer']}")[2])
        await client.call("submit_result", agent_id=agent, task_id=made["id"], status="completed", result=1)
    status, headers, body = hub.answer(path="/metrics", Authorization=f"Bearer {hub.keys['viewer']}")
    assert (status, headers["content-type"].partition(";")[0]) == (200, "text/plain")
    found = read(body)
    assert value(before, "agents_busy", agent_type="metered") == 1
    assert value(found, "agents_busy", agent_type="metered") == 0
    assert value(found, "agents", agent_type="metered", state="active") == 1
    assert value(found, "tasks_ended_total", agent_type="metered", state="completed") == 1
    assert value(found, "task_wait_seconds_count", agent_type="metered") == 1
    assert value(found, "tool_calls_total", tool="submit_result", role="orchestrator", outcome="ok") >= 1
    assert value(found, "runs", status="running") == 0
    assert hub.answer(path="/metrics", Authorization=f"Bearer {hub.keys['worker']}")[0] == 403
    assert hub.answer(path="/metrics")[0] == 401
