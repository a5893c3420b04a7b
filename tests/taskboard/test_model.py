"""The board beside a model of a page: whatever is asked of them, in whatever order, they say the same."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from artloop.errors import Refused, UsageError
from artloop.taskboard.board import Board
from artloop.taskboard.sealing import Plain
from artloop.taskboard.sqlite import opened
from artloop.taskboard.words import TaskError
from tests.artists.desk import SoftClock
from tests.taskboard.places import SETTINGS, spec

ATTEMPTS = 2


@dataclass
class Modelled:
    """A task as the model has it."""

    number: int
    priority: int
    waits: set[str]
    after: set[str] = field(default_factory=set)
    state: str = "pending"
    holder: str | None = None
    until: float = 0.0
    failures: int = 0
    by_dependency: bool = False


class Boards(RuleBasedStateMachine):
    """Asks both the same."""

    tasks, agents = Bundle("tasks"), Bundle("agents")

    def __init__(self) -> None:
        super().__init__()
        self.runner, self.stack, self.clock = asyncio.Runner(), AsyncExitStack(), SoftClock()
        self.model: dict[str, Modelled] = {}
        self.present: set[str] = set()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        store = self.run(self.stack.enter_async_context(opened(folder / "hub.db", Plain())))
        self.board = Board(store, SETTINGS.model_copy(update={"max_attempts": ATTEMPTS}), self.clock)

    def run(self, asked: Any) -> Any:
        """Await."""
        return self.runner.run(_awaited(asked))

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()

    @initialize(target=tasks)
    def begin(self) -> MultipleResults[str]:
        """Something to do, and somebody to do it, or most of the asking would be in vain."""
        first = self.create([], 0)
        return multiple(first, self.create([first], 1), self.create([], 2))

    @initialize(target=agents)
    def come_in(self) -> MultipleResults[str]:
        return multiple(self.register(), self.register())

    # -- what can be asked

    @rule(target=tasks, before=st.lists(tasks, max_size=3), priority=st.integers(-2, 2))
    def create(self, before: list[str], priority: int) -> str:
        before = [id for id in before if self.model[id].state not in ("failed", "dead")]
        (task,) = self.run(self.board.create([spec(dependencies=before, priority=priority)]))
        waits = {id for id in before if self.model[id].state != "completed"}
        made = Modelled(len(self.model), priority, waits, state="blocked" if waits else "pending")
        self.model[task.id] = made
        for id in before:
            self.model[id].after.add(task.id)
        return str(task.id)

    @rule(target=agents)
    def register(self) -> str:
        agent = self.run(self.board.register("draw"))
        self.present.add(agent.id)
        return str(agent.id)

    @rule(agent=agents, most=st.integers(1, 3))
    def poll(self, agent: str, most: int) -> None:
        if agent not in self.present:
            with pytest.raises(UsageError):
                self.run(self.board.poll(agent, most))
            return
        ready = [(-task.priority, task.number, id) for id, task in self.model.items() if task.state == "pending"]
        wanted = [id for *_, id in sorted(ready)[:most]]
        assert [given.task_id for given in self.run(self.board.poll(agent, most))] == wanted
        for id in wanted:
            task = self.model[id]
            task.state, task.holder, task.until = "in_progress", agent, self.clock.at + 60

    @rule(agent=agents, task=tasks, how=st.sampled_from(["completed", "retryable", "for good"]))
    def submit(self, agent: str, task: str, how: str) -> None:
        self.hand_in(agent, task, how)

    @precondition(lambda self: any(task.state == "in_progress" for task in self.model.values()))
    @rule(how=st.sampled_from(["completed", "completed", "retryable", "for good"]), which=st.integers(0, 99))
    def submit_well(self, how: str, which: int) -> None:
        held = [(id, task) for id, task in self.model.items() if task.state == "in_progress"]
        id, task = held[which % len(held)]
        self.hand_in(task.holder or "", id, how)

    def hand_in(self, agent: str, id: str, how: str) -> None:
        error = TaskError(kind="ink", message=how, retryable=how == "retryable")
        asked = self.board.submit(agent, id, "completed" if how == "completed" else "failed", 1, error)
        task = self.model[id]
        if task.state != "in_progress" or task.holder != agent:
            with pytest.raises(Refused):
                self.run(asked)
            return
        self.run(asked)
        if how == "completed":
            self.complete(id)
        else:
            self.fail(id, for_good=how == "for good")

    @rule(agent=agents)
    def heartbeat(self, agent: str) -> None:
        kept = set(self.run(self.board.heartbeat(agent)).kept)
        assert kept == {id for id, task in self.model.items() if task.state == "in_progress" and task.holder == agent}
        for id in kept:
            self.model[id].until = self.clock.at + 60

    @rule(seconds=st.sampled_from([1, 25, 61]))
    def time_passes(self, seconds: int) -> None:
        self.clock.at += seconds
        self.run(self.board.tick())
        for id, task in self.model.items():
            if task.state == "in_progress" and task.until <= self.clock.at:
                self.fail(id, for_good=False)

    @rule(task=tasks)
    def cancel(self, task: str) -> None:
        self.run(self.board.cancel(task, "enough"))
        if self.model[task].state in ("pending", "blocked", "in_progress"):
            self.end(task, "failed")

    @rule(agent=agents)
    def unregister(self, agent: str) -> None:
        self.run(self.board.unregister(agent))
        self.present.discard(agent)
        for task in self.model.values():
            if task.state == "in_progress" and task.holder == agent:
                task.state, task.holder = "pending", None

    @rule(task=tasks)
    def retry(self, task: str) -> None:
        if self.model[task].state != "dead":
            with pytest.raises(UsageError):
                self.run(self.board.retry(task))
            return
        self.run(self.board.retry(task))
        self.model[task].state, self.model[task].failures = "pending", 0
        self.wait_again(task)

    # -- what the model makes of it

    def complete(self, id: str) -> None:
        self.model[id].state = "completed"
        for after in self.model[id].after:
            self.model[after].waits.discard(id)
            if self.model[after].state == "blocked" and not self.model[after].waits:
                self.model[after].state = "pending"

    def fail(self, id: str, *, for_good: bool) -> None:
        task = self.model[id]
        task.failures += 1
        if for_good:
            self.end(id, "failed")
        elif task.failures >= ATTEMPTS:
            self.end(id, "dead")
        else:
            task.state = "pending"

    def end(self, id: str, state: str) -> None:
        self.model[id].state = state
        for after in self.model[id].after:
            if self.model[after].state == "blocked":
                self.model[after].by_dependency = True
                self.end(after, "failed")

    def wait_again(self, id: str) -> None:
        for after in self.model[id].after:
            task = self.model[after]
            held_back = any(self.model[other].state in ("failed", "dead") for other in task.waits)
            if task.state == "failed" and task.by_dependency and not held_back:
                task.state, task.by_dependency = "blocked", False
                self.wait_again(after)

    # -- what must be true at any moment

    @invariant()
    def they_agree(self) -> None:
        found = {task.id: task.state for task in self.run(self.board.tasks(limit=1000))}
        assert found == {id: task.state for id, task in self.model.items()}

    @invariant()
    def agents_have_what_is_theirs(self) -> None:
        for agent in self.run(self.board.agents()):
            held = [id for id, task in self.model.items() if task.state == "in_progress" and task.holder == agent.id]
            assert sorted(agent.tasks) == sorted(held)

    @invariant()
    def what_is_counted_is_there(self) -> None:
        states = [task.state for task in self.model.values()]
        counts = self.run(self.board.counts())
        assert counts.tasks == {state: states.count(state) for state in counts.tasks}
        assert sum(counts.waiting.values()) == states.count("pending")
        due = self.run(self.board.next_due())
        assert due == min((task.until for task in self.model.values() if task.state == "in_progress"), default=None)


async def _awaited(asked: Any) -> Any:
    return await asked


def test_the_board_and_the_model_say_the_same() -> None:
    run_state_machine_as_test(Boards, settings=settings(max_examples=20, stateful_step_count=25, deadline=None))


@pytest.mark.slow
def test_the_board_and_the_model_say_the_same_for_long() -> None:
    run_state_machine_as_test(Boards, settings=settings(max_examples=600, stateful_step_count=60, deadline=None))
