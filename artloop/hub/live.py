"""The runs of a hub's workspace as they go on, whoever drives them: each folded from its journal, and told onwards."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from weakref import WeakSet

from artloop.changes import changes
from artloop.errors import ArtloopError
from artloop.events import Event
from artloop.journal import Journal
from artloop.lock import driver
from artloop.models import RunStatus, Value
from artloop.views.progress import State, fold
from artloop.workspace import RunFolder, Workspace

KEPT = 200
"""Runs that are known, the latest ones, and those that went on since."""
LOCKS_S = 5.0
"""How often it is looked whether drivers live: one that is killed tells nobody."""
MOST_EVENTS = 10_000
"""A listener that is further behind loses the oldest."""


class RunEvent(Value):
    """Something that happened to a run."""

    run: str
    number: int
    """In the run's own log."""
    at: float
    """Unix time."""
    event: Event


@dataclass(frozen=True)
class Run:
    """A run as far as it is known."""

    folder: RunFolder
    state: State
    number: int = 0
    """Of the last event that is folded in."""
    driven: bool = False

    @property
    def status(self) -> RunStatus:
        """How it stands: one that has not ended and that nobody drives was interrupted."""
        if self.state.ended is not None:
            return self.state.status
        return "running" if self.driven else "interrupted"


class Listener(AsyncIterator["RunEvent | str"]):
    """Everything that happens from now on; a text names a run whose driver came or went."""

    def __init__(self) -> None:
        self._news: deque[RunEvent | str] = deque(maxlen=MOST_EVENTS)
        self._more = asyncio.Event()

    async def __anext__(self) -> RunEvent | str:
        while not self._news:
            self._more.clear()
            await self._more.wait()
        return self._news.popleft()

    def hear(self, news: RunEvent | str) -> None:
        """Something has happened."""
        self._news.append(news)
        self._more.set()


@dataclass
class Live:
    """What is known of the runs. `heard` is told of each event, and whether it had happened before the hub looked."""

    workspace: Workspace
    heard: Callable[[RunEvent, bool], None] = lambda event, before: None
    _runs: dict[str, Run] = field(default_factory=dict)
    _listeners: WeakSet[Listener] = field(default_factory=WeakSet)

    def every(self) -> list[Run]:
        """The runs that are known, the latest first."""
        return [self._runs[name] for name in sorted(self._runs, reverse=True)]

    def get(self, run_id: str) -> Run | None:
        """A run by its whole id."""
        return self._runs.get(run_id)

    def listen(self) -> Listener:
        """Hear of everything from now on, for as long as the listener is kept."""
        listener = Listener()
        self._listeners.add(listener)
        return listener

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """The runs are followed until the body ends."""
        async with asyncio.TaskGroup() as group:
            following = [group.create_task(self._follow()), group.create_task(self._look_at_locks())]
            try:
                yield
            finally:
                for one in following:
                    one.cancel()

    async def _follow(self) -> None:
        before = True
        async with aclosing(changes(self.workspace.runs)) as told:
            async for names in told:
                for name in sorted(names)[-KEPT:]:
                    await self._take_in(name, before)
                before = False

    async def _take_in(self, name: str, before: bool) -> None:
        folder = RunFolder(self.workspace.runs / name, self.workspace.name)
        known = self._runs.get(name, Run(folder, State()))
        try:
            run, news = await asyncio.to_thread(_read, known)
        except ArtloopError as error:
            logging.getLogger(__name__).warning("run %s cannot be read: %s", name, error)
            return
        self._keep(known, run)
        for one in news:
            self.heard(one, before)
            self._tell(one)

    async def _look_at_locks(self) -> None:
        while True:
            await asyncio.sleep(LOCKS_S)
            for known in [run for run in self.every() if run.state.ended is None]:
                driven = await asyncio.to_thread(_driven, known.folder)
                self._keep(known, replace(self._runs[known.folder.id], driven=driven))

    def _keep(self, known: Run, run: Run) -> None:
        if run.number or run.driven:
            self._runs[run.folder.id] = run
        if run.driven != known.driven:
            self._tell(run.folder.id)

    def _tell(self, news: RunEvent | str) -> None:
        for listener in tuple(self._listeners):
            listener.hear(news)


def _read(run: Run) -> tuple[Run, list[RunEvent]]:
    """The run with what is new folded in, and that; nothing of one whose journal is not there yet."""
    if not run.folder.journal.exists():
        return replace(run, driven=_driven(run.folder)), []
    with Journal.read(run.folder) as journal:
        found = journal.events(after=run.number)
    state = run.state
    for _, at, event in found:
        state = fold(state, event, at)
    number = found[-1][0] if found else run.number
    news = [RunEvent(run=run.folder.id, number=seq, at=at, event=event) for seq, at, event in found]
    return replace(run, state=state, number=number, driven=_driven(run.folder)), news


def _driven(folder: RunFolder) -> bool:
    return driver(folder) is not None
