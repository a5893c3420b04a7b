"""What a hub counts for Prometheus: tasks and agents, calls of tools, runs, tokens, money and renders."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from artloop.events import CallCounted, Rendered, StepFailed
from artloop.hub.audit import Line
from artloop.hub.live import Live, RunEvent
from artloop.models import RunStatus, Usage
from artloop.taskboard.board import Board
from artloop.taskboard.words import ENDED, BoardEvent

__all__ = ["CONTENT_TYPE_LATEST", "Meters"]

SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
CALL_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
STATUSES: tuple[RunStatus, ...] = (
    *("running", "finished", "stalled", "stopped", "timed_out", "budget", "interrupted", "failed"),
)
MOST_OPEN = 100_000
"""Tasks whose beginnings are remembered; of more of them nobody measures how long they took."""


class Meters:
    """The metrics of one hub, in a registry of its own. Counters begin at nothing when the hub does.

    `tools` are those that there are: callers can name others, and no metric must grow with what they think of.
    """

    def __init__(self, tools: Collection[str]) -> None:
        self.registry = CollectorRegistry()
        self._tools = frozenset(tools)
        kind = ["agent_type"]
        self._wait = self._histogram("task_wait", "How long a task was ready before an agent took it", kind)
        self._work = self._histogram("task", "How long an agent had a task, by what became of it", [*kind, "outcome"])
        self._ended = self._counter("tasks_ended", "Tasks that came to an end, by how", [*kind, "state"])
        self._retries = self._counter("task_retries", "Attempts after which a task was put up again", kind)
        self._dead = self._counter("dead_letters", "Tasks whose attempts were used up", kind)
        self._tasks = self._gauge("tasks", "Tasks on the board by state", ["state"])
        self._waiting = self._gauge("tasks_waiting", "Tasks that are ready to be taken", kind)
        self._agents = self._gauge("agents", "Agents that have registered", [*kind, "state"])
        self._busy = self._gauge("agents_busy", "Agents that have a task", kind)
        self._resting = self._gauge("agents_resting", "Agents whose circuit breaker is open", kind)
        self._calls = self._counter("tool_calls", "Calls of tools, by who made them", ["tool", "role", "outcome"])
        self._call_s = self._histogram("tool_call", "How long calls of tools took", ["tool"], CALL_SECONDS)
        self._runs = self._gauge("runs", "Runs the hub knows, the latest 200 and those since, by status", ["status"])
        self._tokens = self._counter("tokens", "Tokens of the runs' model calls", ["direction"])
        self._cost = self._counter("cost_usd", "What the runs' model calls came to, where prices are known", [])
        self._model_calls = self._counter("model_calls", "Model calls of the runs that were answered", [])
        self._renders = self._counter("renders", "Drawings that runs had rendered, by how they came out", ["outcome"])
        self._steps_failed = self._counter("steps_failed", "Steps of runs that broke", ["parked"])
        self._grafix = self._counter(
            "grafix_renders", "Renders at the hub's own Grafix tools; busy: all slots were taken", ["outcome"]
        )
        self._rendering = self._gauge("grafix_renders_in_progress", "Renders at the hub's own Grafix tools", [])
        self._since: dict[str, tuple[str, float]] = {}
        self._spent: dict[str, Usage] = {}

    # -- what happens ------------------------------------------------------------------------------------------------

    def board_event(self, event: BoardEvent) -> None:
        """A task has moved; how long it was where it was is known if that was seen."""
        if event.what != "task":
            return
        before, since = self._since.pop(event.id, ("", 0.0))
        if event.state not in ENDED and len(self._since) < MOST_OPEN:
            self._since[event.id] = (event.state, event.at)
        spent = max(0.0, event.at - since)
        if before == "pending" and event.state == "in_progress":
            self._wait.labels(event.agent_type).observe(spent)
        if before == "in_progress":
            self._work.labels(event.agent_type, event.state).observe(spent)
            if event.state == "pending":
                self._retries.labels(event.agent_type).inc()
        if event.state in ENDED:
            self._ended.labels(event.agent_type, event.state).inc()
        if event.state == "dead":
            self._dead.labels(event.agent_type).inc()

    def run_event(self, told: RunEvent, before: bool) -> None:
        """Something happened in a run; what happened before the hub looked is not counted."""
        event = told.event
        if isinstance(event, CallCounted):
            known = self._spent.get(told.run, Usage())
            self._spent[told.run] = event.usage
            if not before:
                self._count(known, event.usage)
        elif before:
            return
        elif isinstance(event, Rendered):
            self._renders.labels("drawn" if event.ok else "failed").inc()
        elif isinstance(event, StepFailed):
            self._steps_failed.labels(str(event.parked).lower()).inc()

    def tool_call(self, line: Line) -> None:
        """A tool was called."""
        tool = line.tool if line.tool in self._tools else "unknown"
        self._calls.labels(tool, line.role, line.outcome).inc()
        self._call_s.labels(tool).observe(line.ms / 1000)

    async def rendering(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Middleware of the Grafix tools: counts renders, and those for which there was no slot."""
        if ctx.method != "tools/call" or (ctx.params or {}).get("name") != "render":
            return await call_next(ctx)
        with self._rendering.track_inprogress():
            answer = await call_next(ctx)
        self._grafix.labels(_outcome(answer)).inc()
        return answer

    def _count(self, before: Usage, now: Usage) -> None:
        self._tokens.labels("input").inc(max(0, now.input_tokens - before.input_tokens))
        self._tokens.labels("cached").inc(max(0, now.cached_tokens - before.cached_tokens))
        self._tokens.labels("output").inc(max(0, now.output_tokens - before.output_tokens))
        self._model_calls.inc(max(0, now.requests - before.requests))
        self._cost.inc(max(0.0, (now.cost_usd or 0.0) - (before.cost_usd or 0.0)))

    # -- what is -----------------------------------------------------------------------------------------------------

    async def exposed(self, board: Board, live: Live, now: float) -> bytes:
        """Everything in Prometheus's words. Raises `StorageError`."""
        counts, agents = await board.counts(), await board.agents()
        for gauge in (self._tasks, self._waiting, self._agents, self._busy, self._resting, self._runs):
            gauge.clear()
        for state, number in counts.tasks.items():
            self._tasks.labels(state).set(number)
        for agent_type, number in counts.waiting.items():
            self._waiting.labels(agent_type).set(number)
        for agent in agents:
            if agent.state != "gone":
                self._agents.labels(agent.agent_type, agent.state).inc()
                self._busy.labels(agent.agent_type).inc(bool(agent.tasks))
                self._resting.labels(agent.agent_type).inc((agent.rests_until or 0) > now)
        statuses = [run.status for run in live.every()]
        for status in STATUSES:
            self._runs.labels(status).set(statuses.count(status))
        return generate_latest(self.registry)

    def _counter(self, name: str, help: str, labels: list[str]) -> Counter:
        return Counter(f"artloop_{name}", help, labels, registry=self.registry)

    def _gauge(self, name: str, help: str, labels: list[str]) -> Gauge:
        return Gauge(f"artloop_{name}", help, labels, registry=self.registry)

    def _histogram(self, name: str, help: str, labels: list[str], buckets: tuple[float, ...] = SECONDS) -> Histogram:
        return Histogram(f"artloop_{name}_seconds", help, labels, buckets=buckets, registry=self.registry)


def _outcome(answer: HandlerResult) -> str:
    """How a render came out, from what its caller is told."""
    if not isinstance(answer, dict) or answer.get("isError"):
        return "refused"
    told = answer.get("structuredContent") or {}
    if told.get("ok"):
        return "drawn"
    return "busy" if (told.get("failure") or {}).get("kind") == "busy" else "failed"
