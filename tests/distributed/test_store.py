"""Who may write: the worker that began an errand last, and once."""

from __future__ import annotations

from pathlib import Path

import pytest

from artloop.distributed.errand import Entry
from artloop.distributed.store import Keys, Store, patiently
from artloop.errors import StorageError
from tests.distributed.crew import asked, call, errand, outcome, run_record
from tests.valkey import server


async def test_an_outcome_is_kept_once_and_then_nobody_begins_the_errand(store: Store) -> None:
    todo = errand()
    begun = await store.begin(todo)
    assert begun is not None
    assert await store.commit(todo, begun, outcome("first"))
    assert not await store.commit(todo, begun, outcome("second"))
    (kept,) = await store.outcomes(todo.run.id, [todo.name])
    assert kept == outcome("first")
    assert await store.begin(todo) is None


async def test_a_worker_that_froze_may_write_nothing_once_another_has_its_errand(store: Store) -> None:
    todo = errand()
    frozen = await store.begin(todo)
    later = await store.begin(todo)
    assert frozen is not None
    assert later is not None
    assert not await store.append(todo, frozen, Entry(answered=call(response="late")))
    assert not await store.commit(todo, frozen, outcome("late"))
    assert await store.append(todo, later, Entry(answered=call(response="in time")))
    assert [entry.answered for entry in await store.trail(todo.run.id, todo.name)] == [call(response="in time")]
    assert await store.commit(todo, later, outcome("in time"))
    assert await store.trail(todo.run.id, todo.name) == [], "it is in the outcome"


async def test_whoever_begins_an_errand_again_finds_what_was_answered(store: Store) -> None:
    todo = errand()
    first = await store.begin(todo)
    assert first is not None
    for entry in (Entry(asked=asked()), Entry(answered=call()), Entry(asked=asked(1))):
        assert await store.append(todo, first, entry)
    second = await store.begin(todo)
    assert second is not None
    assert second.starts == 2
    assert second.trail == [Entry(asked=asked()), Entry(answered=call()), Entry(asked=asked(1))]


async def test_an_errand_given_back_in_good_order_counts_no_death(store: Store) -> None:
    todo = errand()
    first = await store.begin(todo)
    assert first is not None
    await store.release(todo, first)
    assert not await store.commit(todo, first, outcome()), "what was given back is nobody's"
    second = await store.begin(todo)
    assert second is not None
    assert second.starts == 1


async def test_a_forgotten_errand_begins_anew_and_gives_no_old_right_back(store: Store) -> None:
    todo = errand()
    old = await store.begin(todo)
    assert old is not None
    await store.forget(todo.run.id, todo.name)
    assert not await store.commit(todo, old, outcome("old"))
    new = await store.begin(todo)
    assert new is not None
    assert (new.starts, new.trail) == (1, [])
    assert not await store.commit(todo, old, outcome("old"))
    assert await store.commit(todo, new, outcome("new"))


async def test_nothing_of_a_run_stays_but_the_count_of_its_rights(store: Store) -> None:
    run = run_record()
    for number in range(3):
        todo = errand(run, step=f"v01/0{number}/draw/0")
        begun = await store.begin(todo)
        assert begun is not None
        await store.append(todo, begun, Entry(asked=asked()))
        await store.commit(todo, begun, outcome())
    await store.forget_run(run.id)
    assert await store.redis.keys(Keys(run.id).named("*").replace("{", "[{]").replace("}", "[}]")) == [
        Keys(run.id).named("number")
    ]


async def test_whoever_waits_for_redis_is_told_when_it_takes_too_long(tmp_path: Path) -> None:
    with server(tmp_path) as away:
        lone = Store(away.url)
        away.kill()
        with pytest.raises(StorageError, match=r"has been away for 0 s; nothing is lost"):
            await patiently(lambda: lone.outcomes("run", ["name"]), 0.2, lone.shown)
        await lone.close()
