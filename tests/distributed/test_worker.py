"""Workers and drivers over a real server: what is sent is done once, whoever dies, freezes or is called back."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import pytest

from artloop.distributed.errand import Errand, Fault, Outcome
from artloop.distributed.store import Store
from artloop.distributed.worker import IDLE_CHECK
from artloop.errors import ProviderError, StorageError
from artloop.ports import Calls
from tests.distributed.crew import call, draws, driving, errand, outcome, run_record, working
from tests.valkey import Valkey, server

SOON_S = 20.0
"""Within which everything ends on a machine that is busy with other things."""


@pytest.fixture(autouse=True)
def quiet() -> None:
    logging.getLogger("docket").setLevel(logging.CRITICAL)


async def test_what_is_sent_is_done_by_whoever_is_there(server: Valkey, store: Store) -> None:
    todo = errand()
    async with asyncio.timeout(SOON_S), driving(store, server.url, "there", todo.run.id) as post:
        waiting = asyncio.ensure_future(post.outcome(todo))
        async with working(server.url, "there", draws):
            assert (await waiting).result == outcome().result


async def test_a_driver_that_comes_back_finds_what_was_done_meanwhile(server: Valkey, store: Store) -> None:
    todo, did = errand(), list[str]()

    async def once(errand: Errand, calls: Calls) -> Outcome:
        did.append(errand.name)
        return outcome()

    async with asyncio.timeout(SOON_S), working(server.url, "back", once):
        for _ in range(2):
            async with driving(store, server.url, "back", todo.run.id) as post:
                assert (await post.outcome(todo)).result == outcome().result
    assert did == [todo.name]


async def test_a_frozen_worker_loses_its_errand_and_its_late_outcome(server: Valkey, store: Store) -> None:
    todo, said = errand(), list[str]()
    thaw, other_is_there, late = asyncio.Event(), asyncio.Event(), list[bool]()

    async def freezes(errand: Errand, calls: Calls) -> Outcome:
        holder = await store.begin(errand)  # as another worker does to whom the lease has passed
        assert holder is not None
        other_is_there.set()
        await thaw.wait()
        late.append(await store.commit(errand, holder, outcome("in time")))
        return outcome("late")

    async with (
        asyncio.timeout(SOON_S),
        driving(store, server.url, "frozen", todo.run.id) as post,
        working(server.url, "frozen", freezes, said=said),
    ):
        waiting = asyncio.ensure_future(post.outcome(todo))
        await other_is_there.wait()
        thaw.set()
        assert (await waiting).result == outcome("in time").result
    assert late == [True]
    assert said[-1].endswith("no longer this worker's; what was done here is dropped")


async def test_a_worker_that_lost_its_errand_can_record_no_call(server: Valkey, store: Store) -> None:
    todo, recorded = errand(), list[bool]()

    async def loses(errand: Errand, calls: Calls) -> Outcome:
        holder = await store.begin(errand)
        assert holder is not None
        calls.commit(call())
        try:
            await calls.kept()
            recorded.append(True)
        finally:
            await store.commit(errand, holder, outcome("the other's"))
        return outcome("never")

    async with (
        asyncio.timeout(SOON_S),
        driving(store, server.url, "lost", todo.run.id) as post,
        working(server.url, "lost", loses),
    ):
        assert (await post.outcome(todo)).result == outcome("the other's").result
    assert recorded == []
    assert await store.trail(todo.run.id, todo.name) == []


async def test_an_errand_that_workers_die_of_is_given_up(server: Valkey, store: Store) -> None:
    todo = errand(max_deaths=3)
    for _ in range(3):
        await store.begin(todo)  # and nothing is heard of it again
    async with (
        asyncio.timeout(SOON_S),
        driving(store, server.url, "deadly", todo.run.id) as post,
        working(server.url, "deadly", draws),
    ):
        found = await post.outcome(todo)
    assert found.fault == Fault(kind="WorkersDied", message="3 workers died of it, or froze; see their logs")


async def test_an_error_of_ours_comes_back_as_it_was_raised(server: Valkey, store: Store) -> None:
    todo = errand()

    async def refused(errand: Errand, calls: Calls) -> Outcome:
        raise ProviderError("the quota is used up", fatal=True)

    async with (
        asyncio.timeout(SOON_S),
        driving(store, server.url, "error", todo.run.id) as post,
        working(server.url, "error", refused),
    ):
        found = await post.outcome(todo)
    assert found.fault == Fault(kind="ProviderError", message="the quota is used up", flag=True)


async def test_a_bug_in_a_worker_is_tried_as_often_as_workers_may_die(server: Valkey, store: Store) -> None:
    todo, tries = errand(max_deaths=2), list[str]()

    async def breaks(errand: Errand, calls: Calls) -> Outcome:
        tries.append(errand.name)
        raise KeyError("a bug")

    async with (
        asyncio.timeout(SOON_S),
        driving(store, server.url, "bug", todo.run.id) as post,
        working(server.url, "bug", breaks),
    ):
        found = await post.outcome(todo)
    assert found.fault is not None
    assert found.fault.kind == "WorkersDied"
    assert len(tries) == 2


async def test_an_errand_is_called_back_within_a_second(server: Valkey, store: Store) -> None:
    todo = errand()
    begun, ended = asyncio.Event(), asyncio.Event()

    async def endless(errand: Errand, calls: Calls) -> Outcome:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return outcome()

    async with (
        asyncio.timeout(SOON_S),
        driving(store, server.url, "cancel", todo.run.id) as post,
        working(server.url, "cancel", endless),
    ):
        waiting = asyncio.ensure_future(post.outcome(todo))
        await begun.wait()
        called = time.monotonic()
        waiting.cancel()
        await ended.wait()
        took = time.monotonic() - called
        assert (await asyncio.wait([waiting]))[0] == {waiting}
    assert took < 1.0
    again = await store.begin(todo)
    assert again is not None
    assert again.starts == 1, "being called back is no death"


async def test_a_worker_told_to_end_finishes_what_it_has_and_takes_nothing_more(server: Valkey, store: Store) -> None:
    run = run_record()
    first, second = errand(run), errand(run, step="v02/01/draw/0")
    begun, go_on, did = asyncio.Event(), asyncio.Event(), list[str]()

    async def slowly(errand: Errand, calls: Calls) -> Outcome:
        did.append(errand.name)
        begun.set()
        await go_on.wait()
        return outcome()

    async with asyncio.timeout(SOON_S), driving(store, server.url, "term", run.id) as post:
        async with working(server.url, "term", slowly) as stop:
            waiting = asyncio.ensure_future(post.outcome(first))
            await begun.wait()
            stop.set()
            await asyncio.sleep(5 * IDLE_CHECK.total_seconds())  # the look for work it is at may still find some
            left = asyncio.ensure_future(post.outcome(second))
            await asyncio.sleep(5 * IDLE_CHECK.total_seconds())
            go_on.set()
            assert (await waiting).result == outcome().result
        assert did == [first.name]
        async with working(server.url, "term", draws):
            assert (await left).result == outcome().result


async def test_what_a_worker_cannot_finish_in_its_grace_goes_to_another_and_counts_no_death(
    server: Valkey, store: Store
) -> None:
    todo, begun = errand(max_deaths=1), asyncio.Event()

    async def endless(errand: Errand, calls: Calls) -> Outcome:
        begun.set()
        await asyncio.Event().wait()
        return outcome()

    async with asyncio.timeout(SOON_S), driving(store, server.url, "grace", todo.run.id) as post:
        waiting = asyncio.ensure_future(post.outcome(todo))
        async with working(server.url, "grace", endless, grace_s=0.1) as stop:
            await begun.wait()
            stop.set()
        async with working(server.url, "grace", draws):
            assert (await waiting).result == outcome().result


@pytest.mark.parametrize(("concurrency", "everywhere", "most"), [(2, None, 4), (4, 3, 3)])
async def test_no_more_is_done_at_a_time_than_each_and_all_may(
    server: Valkey, store: Store, concurrency: int, everywhere: int | None, most: int
) -> None:
    run, at_once, peak = run_record(), 0, 0

    async def counted(errand: Errand, calls: Calls) -> Outcome:
        nonlocal at_once, peak
        at_once += 1
        peak = max(peak, at_once)
        await asyncio.sleep(0.2)
        at_once -= 1
        return outcome()

    queue = f"limit-{everywhere}"
    async with (
        asyncio.timeout(2 * SOON_S),
        driving(store, server.url, queue, run.id) as post,
        working(server.url, queue, counted, concurrency=concurrency, everywhere=everywhere),
        working(server.url, queue, counted, concurrency=concurrency, everywhere=everywhere),
    ):
        todo = [errand(run, step=f"v{number:02d}/01/draw/0") for number in range(12)]
        await asyncio.gather(*(post.outcome(one) for one in todo))
    assert peak == most


async def test_a_server_that_was_killed_and_came_back_loses_nothing(tmp_path: Path) -> None:
    with server(tmp_path) as own:
        store, run = Store(own.url), run_record()
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def across(errand: Errand, calls: Calls) -> Outcome:
            begun.set()
            await go_on.wait()
            calls.commit(call(step=errand.attempt.step))
            await calls.kept()
            return outcome(errand.name)

        async with (
            asyncio.timeout(2 * SOON_S),
            driving(store, own.url, "killed", run.id) as post,
            working(own.url, "killed", across),
        ):
            todo = [errand(run, step=f"v{number:02d}/01/draw/0") for number in range(3)]
            waiting = [asyncio.ensure_future(post.outcome(one)) for one in todo]
            await begun.wait()
            await asyncio.to_thread(own.kill)
            go_on.set()
            await asyncio.sleep(0.5)
            await asyncio.to_thread(own.start)
            for one, found in zip(todo, await asyncio.gather(*waiting), strict=True):
                assert found.result == outcome(one.name).result
        await store.close()


async def test_a_driver_whose_server_stays_away_is_told_and_does_not_hang(tmp_path: Path) -> None:
    with server(tmp_path) as own:
        store, todo = Store(own.url), errand()
        async with asyncio.timeout(SOON_S), driving(store, own.url, "away", todo.run.id, patience_s=0.5) as post:
            waiting = asyncio.ensure_future(post.outcome(todo))
            await asyncio.sleep(0.2)
            own.kill()
            with pytest.raises(StorageError, match="resume when it is back"):
                await waiting
        await store.close()
