"""Where the board's state lies: documents and rankings that change together or not at all. Knows nothing of tasks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from artloop.taskboard.sealing import Seal

T = TypeVar("T")
Ranked = tuple[str, float]
"""A member of a ranking and its score."""
Told = Callable[[str | None], None]
"""Is told each notice of a committed transaction; None: some may have been missed."""
HEAD = 32
"""How many members of a ranking are read at a time, at least."""


class Reader(Protocol):
    """A store as it is at one moment."""

    async def documents(self, kind: str, ids: Sequence[str]) -> list[str | None]:
        """The texts of these documents."""
        ...

    async def every(self, kind: str) -> dict[str, str]:
        """All documents of a kind."""
        ...

    async def least(self, name: str, count: int, above: float | None, upto: float | None) -> list[Ranked]:
        """The first members of a ranking by score, then name, with above < score <= upto."""
        ...

    async def scores(self, name: str, members: Sequence[str]) -> list[float | None]:
        """The scores of these members."""
        ...

    async def size(self, name: str) -> int:
        """How many members a ranking has."""
        ...


@dataclass
class Changes:
    """What a transaction wants changed."""

    documents: dict[str, dict[str, str | None]] = field(default_factory=dict)
    """By kind and id; None: gone. Texts are sealed already."""
    rankings: dict[str, dict[str, float | None]] = field(default_factory=dict)
    """By name and member; None: gone."""
    told: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.documents or self.rankings or self.told)


class Transaction:
    """Reads from a moment of the store; what it writes it sees itself, and the store when it is committed."""

    def __init__(self, reader: Reader, seal: Seal) -> None:
        self.changes = Changes()
        self._reader, self._seal = reader, seal
        self._read: dict[tuple[str, str], str | None] = {}
        self._heads: dict[str, tuple[list[Ranked], bool]] = {}

    async def get(self, kind: str, id: str) -> str | None:
        """A document's text."""
        return (await self.many(kind, [id]))[0]

    async def many(self, kind: str, ids: Sequence[str]) -> list[str | None]:
        """The texts of several documents, in one go."""
        missing = [id for id in dict.fromkeys(ids) if (kind, id) not in self._read]
        if missing:
            for id, text in zip(missing, await self._reader.documents(kind, missing), strict=True):
                self._read[kind, id] = None if text is None else self._seal.opened(text)
        return [self._read[kind, id] for id in ids]

    async def every(self, kind: str) -> dict[str, str]:
        """All documents of a kind, by id."""
        found = {id: self._seal.opened(text) for id, text in (await self._reader.every(kind)).items()}
        for id in self.changes.documents.get(kind, {}):
            if (text := self._read[kind, id]) is None:
                found.pop(id, None)
            else:
                found[id] = text
        return found

    def put(self, kind: str, id: str, text: str) -> None:
        """Write a document."""
        self._read[kind, id] = text
        self.changes.documents.setdefault(kind, {})[id] = self._seal.sealed(text)

    def drop(self, kind: str, id: str) -> None:
        """Remove a document, if it is there."""
        self._read[kind, id] = None
        self.changes.documents.setdefault(kind, {})[id] = None

    def rank(self, name: str, member: str, score: float) -> None:
        """Put a member into a ranking, or move it."""
        self.changes.rankings.setdefault(name, {})[member] = score

    def unrank(self, name: str, member: str) -> None:
        """Take a member out of a ranking, if it is there."""
        self.changes.rankings.setdefault(name, {})[member] = None

    async def least(
        self, name: str, count: int, *, above: float | None = None, upto: float | None = None
    ) -> list[Ranked]:
        """The first `count` members by score, then name, with above < score <= upto."""
        changed = self.changes.rankings.get(name, {})
        kept = [row for row in await self._head(name, count + len(changed), above, upto) if row[0] not in changed]
        own = ((member, score) for member, score in changed.items() if score is not None)
        return sorted([*kept, *_within(own, above, upto)], key=lambda row: (row[1], row[0]))[:count]

    async def members(self, name: str) -> list[str]:
        """All members of a ranking, in order."""
        rows = await self.least(name, HEAD)
        if len(rows) == HEAD:
            rows = await self.least(name, await self.size(name))
        return [member for member, _ in rows]

    async def score(self, name: str, member: str) -> float | None:
        """A member's score."""
        changed = self.changes.rankings.get(name, {})
        return changed[member] if member in changed else (await self._reader.scores(name, [member]))[0]

    async def size(self, name: str) -> int:
        """How many members a ranking has."""
        if name in self._heads and self._heads[name][1]:
            return len(await self.least(name, len(self._heads[name][0]) + len(self.changes.rankings.get(name, {}))))
        changed = self.changes.rankings.get(name, {})
        before = await self._reader.scores(name, list(changed)) if changed else []
        came = sum(score is not None for score in changed.values()) - sum(score is not None for score in before)
        return await self._reader.size(name) + came

    def tell(self, notice: str) -> None:
        """Say something to all who listen, when this is committed."""
        self.changes.told.append(notice)

    async def _head(self, name: str, count: int, above: float | None, upto: float | None) -> list[Ranked]:
        """At least `count` of the first members of the store's own ranking, if there are as many."""
        if above is not None:
            return await self._reader.least(name, count, above, upto)
        rows, whole = self._heads.get(name, ([], False))
        if not whole and len(rows) < count:
            wanted = max(count, HEAD)
            rows = await self._reader.least(name, wanted, None, None)
            self._heads[name] = (rows, len(rows) < wanted)
        return list(_within(rows, None, upto))


class Store(Protocol):
    """Keeps what transactions write; each happens as if it were alone, and is kept when `transact` returns."""

    where: str
    """What to call it in messages; without a password."""

    async def transact(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Commit what `work` writes; nothing if it raises. It may be called again, when another hub was faster.

        Raises `StorageError` when the store cannot be used.
        """
        ...

    def listening(self, told: Told) -> AbstractContextManager[None]:
        """Tell of all that is committed while the body runs."""
        ...


class Listeners:
    """Who is told of committed transactions in this process."""

    def __init__(self) -> None:
        self._told: list[Told] = []

    @contextmanager
    def listening(self, told: Told) -> Iterator[None]:
        """Be told while the body runs."""
        self._told.append(told)
        try:
            yield
        finally:
            self._told.remove(told)

    def tell(self, notices: Iterable[str | None]) -> None:
        """Pass notices on."""
        for notice in notices:
            for told in tuple(self._told):
                told(notice)


async def check_seal(store: Store) -> None:
    """Leave a word sealed with the present key; raises `SettingsError` if the one that is there does not open."""

    async def check(transaction: Transaction) -> None:
        await transaction.get("hub", "seal")
        transaction.put("hub", "seal", '"artloop"')

    await store.transact(check)


def _within(rows: Iterable[Ranked], above: float | None, upto: float | None) -> Iterator[Ranked]:
    for member, score in rows:
        if (above is None or score > above) and (upto is None or score <= upto):
            yield member, score
