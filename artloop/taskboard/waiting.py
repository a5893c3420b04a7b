"""Whoever waits for the board in this process: for a task to end, for work, for anything to happen."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from artloop.taskboard.words import ENDED, Assignment, BoardEvent

MOST_EVENTS = 10_000
"""A listener that is further behind loses the oldest."""


@dataclass(eq=False)
class Ask:
    """An agent that waits for work."""

    agent_id: str
    agent_type: str
    most: int
    answer: asyncio.Future[list[Assignment]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Listener(AsyncIterator[BoardEvent]):
    """Everything that happens from now on."""

    def __init__(self) -> None:
        self._events: deque[BoardEvent] = deque(maxlen=MOST_EVENTS)
        self._more = asyncio.Event()

    def __aiter__(self) -> Listener:
        return self

    async def __anext__(self) -> BoardEvent:
        while not self._events:
            self._more.clear()
            await self._more.wait()
        return self._events.popleft()

    def hear(self, event: BoardEvent) -> None:
        """Something has happened."""
        self._events.append(event)
        self._more.set()


class Waiting:
    """Knows who waits for what, and wakes them."""

    def __init__(self) -> None:
        self.alarm = asyncio.Event()
        """Set when the board's own task has something to do."""
        self.hungry: set[str] = set()
        """Agent types that wait for work and may have got some."""
        self.news = 0
        """Grows when anything may have got work."""
        self._ends: dict[str, set[asyncio.Event]] = {}
        self._asks: list[Ask] = []
        self._unwanted: list[tuple[str, list[Assignment]]] = []
        self._listeners: weakref.WeakSet[Listener] = weakref.WeakSet()

    def listen(self) -> Listener:
        """Hear of everything from now on, for as long as the listener is kept."""
        listener = Listener()
        self._listeners.add(listener)
        return listener

    @contextmanager
    def for_end(self, task_id: str) -> Iterator[asyncio.Event]:
        """An event that is set when the task may have ended."""
        event = asyncio.Event()
        self._ends.setdefault(task_id, set()).add(event)
        try:
            yield event
        finally:
            self._ends[task_id].discard(event)
            if not self._ends[task_id]:
                del self._ends[task_id]

    async def work(self, ask: Ask, seconds: float, *, missed: bool) -> list[Assignment]:
        """Be given work when there is some; missed: there may be some already."""
        self._asks.append(ask)
        if missed:
            self._hunger({ask.agent_type})
        try:
            async with asyncio.timeout(seconds):
                await ask.answer
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            self._refuse(ask)
            raise
        finally:
            self._asks.remove(ask)
        return [] if ask.answer.cancelled() else ask.answer.result()

    def asking(self, most: int) -> list[Ask]:
        """Those who may be given work now, who came first before the others."""
        asks = [ask for ask in self._asks if ask.agent_type in self.hungry and not ask.answer.done()]
        self.hungry = {ask.agent_type for ask in asks[most:]}
        if self.hungry:
            self.alarm.set()
        return asks[:most]

    def answer(self, ask: Ask, given: list[Assignment]) -> None:
        """Give work to an agent, if it still waits."""
        if given and ask.answer.done():
            self._unwanted.append((ask.agent_id, given))
        elif given:
            ask.answer.set_result(given)

    def unwanted(self) -> list[tuple[str, list[Assignment]]]:
        """What was given to agents that had stopped waiting."""
        found, self._unwanted = self._unwanted, []
        return found

    def _refuse(self, ask: Ask) -> None:
        if ask.answer.done() and not ask.answer.cancelled():
            self._unwanted.append((ask.agent_id, ask.answer.result()))
            self.alarm.set()

    def _hunger(self, agent_types: set[str]) -> None:
        self.news += 1
        waiting = {ask.agent_type for ask in self._asks} & agent_types
        if waiting:
            self.hungry |= waiting
            self.alarm.set()

    def told(self, notice: str | None) -> None:
        """See `store.Told`."""
        if notice is None:
            self.wake_all()
            return
        event = BoardEvent.model_validate_json(notice)
        for listener in tuple(self._listeners):
            listener.hear(event)
        if event.what == "task" and event.state in ENDED:
            for waiter in self._ends.get(event.id, ()):
                waiter.set()
        if (event.what, event.state) in (("task", "pending"), ("agent", "active")):
            self._hunger({event.agent_type})

    def wake_all(self) -> None:
        """Anything may have happened."""
        for waiters in self._ends.values():
            for waiter in waiters:
                waiter.set()
        self._hunger({ask.agent_type for ask in self._asks})
