"""The model calls of an errand, from one machine's record to another's."""

from __future__ import annotations

import pytest

from artloop.distributed.errand import Entry
from artloop.distributed.trail import Trail, retold
from artloop.errors import LeaseLost
from tests.distributed.crew import asked, call
from tests.fakes import MemoryCalls


async def kept(entry: Entry) -> bool:
    return True


async def lost(entry: Entry) -> bool:
    return False


def test_what_an_earlier_worker_recorded_and_what_the_driver_knows_is_found() -> None:
    trail = Trail([call(0)], [Entry(asked=asked(1)), Entry(answered=call(1))], kept)
    assert trail.find("v01/01/draw/0", 0, 0) == call(0)
    assert trail.find("v01/01/draw/0", 0, 1) == call(1)
    assert trail.find("v01/01/draw/0", 0, 2) is None


async def test_what_is_said_is_kept_in_order_and_the_first_answer_stays() -> None:
    entries: list[Entry] = []

    async def append(entry: Entry) -> bool:
        entries.append(entry)
        return True

    trail = Trail([], [], append)
    trail.asking(asked())
    assert trail.commit(call(response="first")) == call(response="first")
    assert trail.commit(call(response="second")) == call(response="first")
    await trail.kept()
    await trail.kept()
    assert entries == [Entry(asked=asked()), Entry(answered=call(response="first"))]


async def test_whoever_lost_the_errand_is_told_before_anything_is_asked() -> None:
    trail = Trail([], [], lost)
    trail.asking(asked())
    with pytest.raises(LeaseLost):
        await trail.kept()


def test_a_trail_is_told_in_order_and_an_answered_turn_is_not_told_twice() -> None:
    calls = MemoryCalls()
    gone, refused = Entry(asked=asked()), [Entry(asked=asked()), Entry(refused=asked())]
    entries = [gone, *refused, Entry(asked=asked()), Entry(answered=call())]
    retold(entries, calls)
    retold(entries, calls)
    assert calls.find("v01/01/draw/0", 0, 0) == call()
    assert calls.unanswered == [asked()], "the lost one may have been paid"
