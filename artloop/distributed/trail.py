"""The model calls of one errand: `ports.Calls` whose record is in Redis before anybody sees an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from artloop.distributed.errand import Entry
from artloop.errors import LeaseLost
from artloop.ports import Asked, CallRecord, Calls


class Trail:
    """What earlier workers recorded comes back, as does what the driver knows; what is new is kept by `append`.

    `kept` raises `LeaseLost` when `append` says that another worker has the errand.
    """

    def __init__(
        self, known: Iterable[CallRecord], entries: Iterable[Entry], append: Callable[[Entry], Awaitable[bool]]
    ) -> None:
        self.entries = list(entries)
        """All that was said, by earlier workers too."""
        answered = [entry.answered for entry in self.entries if entry.answered]
        self._known = {(one.step, one.generation, one.turn): one for one in (*answered, *known)}
        self._append = append
        self._said: list[Entry] = []
        self._keeping = asyncio.Lock()

    def find(self, step: str, generation: int, turn: int) -> CallRecord | None:
        """The recorded call, if it was answered before."""
        return self._known.get((step, generation, turn))

    def asking(self, asked: Asked) -> None:
        """Keep that a call is about to be sent."""
        self._say(Entry(asked=asked))

    def refused(self, asked: Asked) -> None:
        """The call was turned away."""
        self._say(Entry(refused=asked))

    def commit(self, call: CallRecord) -> CallRecord:
        """Keep an answered call; the first one stays."""
        key = (call.step, call.generation, call.turn)
        if key not in self._known:
            self._say(Entry(answered=call))
            self._known[key] = call
        return self._known[key]

    def _say(self, entry: Entry) -> None:
        self._said.append(entry)
        self.entries.append(entry)

    async def kept(self) -> None:
        """Wait until Redis has all of it, in order."""
        async with self._keeping:
            while self._said:
                if not await self._append(self._said[0]):
                    raise LeaseLost("another worker has this step")
                del self._said[0]


def retold(entries: Iterable[Entry], calls: Calls) -> None:
    """Say a trail to another record; a turn that is answered there already is passed over."""
    for entry in [one for one in entries if not _answered(one, calls)]:
        if entry.asked:
            calls.asking(entry.asked)
        elif entry.refused:
            calls.refused(entry.refused)
        elif entry.answered:
            calls.commit(entry.answered)


def _answered(entry: Entry, calls: Calls) -> bool:
    said = entry.asked or entry.refused or entry.answered
    return said is None or calls.find(said.step, said.generation, said.turn) is not None
