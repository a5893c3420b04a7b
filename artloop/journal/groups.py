"""Writes a journal in groups: what is said in one turn of the event loop is one transaction, in the order it was said.

Side by side, hundreds of steps end in the same moment; together they wait for the disk once. Where no loop runs, each
statement is written at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import Any

from artloop.errors import ArtloopError
from artloop.journal.file import JournalFile, Statement


class Groups:
    """What was said and is not written yet, and who waits for it."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file
        self._said: list[Statement] = []
        self._about = set[Hashable]()
        self._on_disk = False
        self._waiting: list[tuple[int, asyncio.Future[bool]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unheard: ArtloopError | None = None

    def rows(self, sql: str, *values: Any, about: Hashable = None) -> list[tuple[Any, ...]]:
        """What a query answers. It knows what was said before: all of it, or what was said `about` the same."""
        if about is None or not self._about.isdisjoint((about, None)):
            self.write()
        return self._file.rows(sql, *values)

    def keep(self, sql: str, *values: Any, about: Hashable = None) -> None:
        """Say a statement that must outlive a power cut: it is on disk when `kept` returns."""
        self._on_disk = True
        self._say((sql, values), about)

    def note(self, sql: str, *values: Any, about: Hashable = None) -> None:
        """Say a statement that outlives this process but perhaps not a power cut; alone it does not wait for the disk.

        For events and the starts of steps, which cost nothing to lose.
        """
        self._say((sql, values), about)

    async def kept(self) -> bool:
        """Wait until everything said so far is written; returns whether the last of it changed a row.

        Raises what the disk says: then none of it is written.
        """
        self._raise_unheard()
        if not self._said:
            return False
        waits: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((len(self._said) - 1, waits))
        return await waits

    def write(self) -> None:
        """Write what was said, all or none of it. Raises, here and to everybody who waits, what the disk says."""
        self._raise_unheard()
        said, waiting, on_disk = self._said, self._waiting, self._on_disk
        self._said, self._waiting, self._on_disk = [], [], False
        self._about.clear()
        try:
            changed = self._file.together(said, on_disk=on_disk) if said else []
        except BaseException as error:
            for _, waits in waiting:
                if not waits.done():
                    waits.set_exception(error)
            raise
        for last, waits in waiting:
            if not waits.done():
                waits.set_result(changed[last])

    def close(self) -> None:
        """Write what is left and let go of the file."""
        try:
            self.write()
        finally:
            self._file.close()

    def _say(self, statement: Statement, about: Hashable) -> None:
        self._raise_unheard()
        self._said.append(statement)
        self._about.add(about)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.write()
            return
        if len(self._said) == 1 or loop is not self._loop:
            self._loop = loop
            loop.call_soon(self._end_turn)

    def _end_turn(self) -> None:
        heard = bool(self._waiting)
        try:
            self.write()
        except ArtloopError as error:
            self._unheard = None if heard else error

    def _raise_unheard(self) -> None:
        """An error that nobody waited for is told to whoever comes next."""
        error, self._unheard = self._unheard, None
        if error:
            raise error
