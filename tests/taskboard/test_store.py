import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artloop.taskboard.sealing import Plain
from artloop.taskboard.store import Reader, Transaction
from tests.taskboard.places import Place

Work = Callable[[Transaction], Awaitable[Any]]


async def test_what_is_written_is_there_after_opening_again(place: Place) -> None:
    async def write(tx: Transaction) -> None:
        tx.put("task", "a", '{"n": 1}')
        tx.put("task", "b", "静か")
        tx.rank("due", "a", 2.5)

    async with place.open() as store:
        await store.transact(write)
    async with place.open() as store:
        assert await store.transact(lambda tx: tx.many("task", ["b", "none", "a"])) == ["静か", None, '{"n": 1}']
        assert await store.transact(lambda tx: tx.every("task")) == {"a": '{"n": 1}', "b": "静か"}
        assert await store.transact(lambda tx: tx.least("due", 5)) == [("a", 2.5)]


async def test_a_transaction_that_raises_leaves_nothing(place: Place) -> None:
    async def work(tx: Transaction) -> None:
        tx.put("task", "a", "1")
        tx.rank("due", "a", 1)
        tx.tell("a")
        raise KeyError("a")

    heard: list[str | None] = []
    async with place.open() as store:
        with store.listening(heard.append), pytest.raises(KeyError):
            await store.transact(work)
        assert await store.transact(lambda tx: tx.get("task", "a")) is None
        assert await store.transact(lambda tx: tx.size("due")) == 0
    assert "a" not in heard


async def test_a_transaction_sees_what_it_has_written(place: Place) -> None:
    async def work(tx: Transaction) -> None:
        tx.put("task", "a", "2")
        tx.drop("task", "b")
        tx.rank("due", "b", 9)
        tx.unrank("due", "c")
        tx.rank("due", "e", 4)
        assert await tx.many("task", ["a", "b"]) == ["2", None]
        assert await tx.every("task") == {"a": "2"}
        assert await tx.least("due", 3) == [("a", 1), ("d", 4), ("e", 4)]
        assert await tx.least("due", 9, above=1, upto=4) == [("d", 4), ("e", 4)]
        assert await tx.members("due") == ["a", "d", "e", "b"]
        assert await tx.size("due") == 4
        assert [await tx.score("due", member) for member in "abc"] == [1, 9, None]

    async with place.open() as store:
        await store.transact(_filled)
        await store.transact(work)
        assert await store.transact(lambda tx: tx.members("due")) == ["a", "d", "e", "b"]


async def _filled(tx: Transaction) -> None:
    for number, name in enumerate("abcd", start=1):
        tx.put("task", name, "1")
        tx.rank("due", name, number)
    tx.drop("task", "c")
    tx.drop("task", "d")


async def test_transactions_of_two_hubs_never_lose_each_others_writes(place: Place) -> None:
    async def count(tx: Transaction) -> None:
        number = int(await tx.get("hub", "n") or 0)
        tx.put("hub", "n", str(number + 1))

    async with place.open() as one, place.open() as other:
        await asyncio.gather(*[store.transact(count) for _ in range(40) for store in (one, other)])
        assert await one.transact(lambda tx: tx.get("hub", "n")) == "80"


async def test_a_transaction_never_sees_half_of_another(place: Place) -> None:
    async def write(tx: Transaction, number: int) -> None:
        tx.put("hub", "a", str(number))
        tx.rank("hub", "b", number)

    async def read(tx: Transaction) -> tuple[Any, Any]:
        first = await tx.get("hub", "a")
        await asyncio.sleep(0)
        return first, await tx.score("hub", "b")

    async with place.open() as one, place.open() as other:
        await one.transact(lambda tx: write(tx, 0))
        writing = asyncio.gather(*[one.transact(lambda tx, n=n: write(tx, n)) for n in range(40)])
        seen = [await other.transact(read) for _ in range(40)]
        await writing
    assert all(float(first) == second for first, second in seen)


async def test_who_listens_hears_what_is_committed_in_order(place: Place) -> None:
    async def work(tx: Transaction) -> None:
        tx.tell("one")
        tx.tell("two")

    heard: list[str | None] = []
    async with place.open() as store:
        with store.listening(heard.append):
            await store.transact(work)
        await store.transact(work)
    assert [notice for notice in heard if notice] == ["one", "two"]


class Kept:
    """`Reader` of rankings in memory."""

    def __init__(self, scores: dict[str, float]) -> None:
        self.kept = scores

    async def least(self, name: str, count: int, above: float | None, upto: float | None) -> list[tuple[str, float]]:
        rows = sorted(self.kept.items(), key=lambda row: (row[1], row[0]))
        return [row for row in rows if (above is None or row[1] > above) and (upto is None or row[1] <= upto)][:count]

    async def scores(self, name: str, members: Any) -> list[float | None]:
        return [self.kept.get(member) for member in members]

    async def size(self, name: str) -> int:
        return len(self.kept)

    documents = every = None


MEMBERS = st.sampled_from([f"m{n}" for n in range(80)])
SCORES = st.integers(0, 9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.dictionaries(MEMBERS, SCORES, max_size=70),
    changes=st.lists(st.tuples(MEMBERS, st.none() | SCORES), max_size=30),
    looks=st.lists(st.tuples(st.integers(1, 90), st.none() | SCORES, st.none() | SCORES), max_size=6),
)
async def test_a_ranking_with_changes_is_as_if_they_were_written(
    before: dict[str, float],
    changes: list[tuple[str, float | None]],
    looks: list[tuple[int, float | None, float | None]],
) -> None:
    reader: Reader = Kept(before)  # type: ignore[assignment]
    tx, model = Transaction(reader, Plain()), Kept(dict(before))
    for number, (count, above, upto) in enumerate([*looks, (90, None, None)]):
        for member, score in changes[number :: len(looks) + 1]:
            if score is None:
                tx.unrank("r", member)
                model.kept.pop(member, None)
            else:
                tx.rank("r", member, score)
                model.kept[member] = score
        assert await tx.least("r", count, above=above, upto=upto) == await model.least("r", count, above, upto)
        assert await tx.size("r") == len(model.kept)
        assert await tx.members("r") == [member for member, _ in await model.least("r", 90, None, None)]
