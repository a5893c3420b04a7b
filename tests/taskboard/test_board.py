"""The rules, on every store; time is the test's own."""

from __future__ import annotations

import pytest

from artloop.errors import Refused, StorageError, UsageError
from artloop.taskboard.board import Board
from artloop.taskboard.store import Transaction
from artloop.taskboard.words import Review, TaskError
from tests.artists.desk import SoftClock
from tests.taskboard.places import SETTINGS, Place, spec

REVIEW = Review(agent_type="critic", instructions="Is it drawn well?", target=7, max_rounds=2)


# -- who gets what -----------------------------------------------------------------------------------------------------


async def test_higher_priorities_come_first_then_the_older(place: Place) -> None:
    async with place.desk() as desk:
        tasks = [await desk.task(priority=priority) for priority in (0, 5, 0, -3, 5)]
        agent = await desk.agent()
        assert await desk.taken(agent, 9) == [tasks[index].id for index in (1, 4, 0, 2, 3)]


async def test_an_agent_gets_only_what_its_type_and_capabilities_fit(place: Place) -> None:
    async with place.desk() as desk:
        await desk.task("critique")
        both = await desk.task(requires=["svg", "colour"])
        one = await desk.task(requires=["svg"])
        plain = await desk.task()
        assert await desk.taken(await desk.agent("draw"), 9) == [plain.id]
        assert await desk.taken(await desk.agent("draw", "svg", "3d"), 9) == [one.id]
        assert await desk.taken(await desk.agent("draw", "colour", "svg"), 9) == [both.id]


async def test_a_task_is_given_once(place: Place) -> None:
    async with place.desk() as desk:
        await desk.task()
        assert len(await desk.taken(await desk.agent(), 5)) == 1
        assert await desk.taken(await desk.agent(), 5) == []


async def test_an_assignment_carries_all_that_is_needed(place: Place) -> None:
    async with place.desk() as desk:
        before = await desk.task(key="before")
        schema = {"type": "object"}
        await desk.task(
            context={"静": [1]}, dependencies=[before.id], result_schema=schema, lease_s=7, may_split=True, trace="00-a"
        )
        agent = await desk.agent()
        await desk.do(agent, {"made": 1})
        given = await desk.take(agent)
        assert (given.context, given.result_schema, given.lease_s) == ({"静": [1]}, schema, 7)
        assert (given.attempt, given.may_split, given.trace) == (1, True, "00-a")
        assert given.results == {before.id: {"made": 1}}


async def test_strangers_cannot_poll(place: Place) -> None:
    async with place.desk() as desk:
        with pytest.raises(UsageError, match="there is no agent nobody; register first"):
            await desk.board.poll("nobody")


# -- dependencies ------------------------------------------------------------------------------------------------------


async def test_a_task_starts_when_all_it_depends_on_is_completed(place: Place) -> None:
    async with place.desk() as desk:
        first, second, last = await desk.board.create(
            [spec("a", key="one"), spec("b", key="two"), spec("c", dependencies=["one", "two"])]
        )
        assert (last.state, last.spec.dependencies) == ("blocked", [first.id, second.id])
        await desk.do(await desk.agent("a"), 1)
        assert await desk.state(last.id) == "blocked"
        await desk.do(await desk.agent("b"), 2)
        assert await desk.state(last.id) == "pending"
        assert (await desk.take(await desk.agent("c"))).results == {first.id: 1, second.id: 2}


async def test_a_dependency_that_is_completed_already_counts(place: Place) -> None:
    async with place.desk() as desk:
        before = await desk.task()
        await desk.do(await desk.agent())
        assert (await desk.task(dependencies=[before.id])).state == "pending"


async def test_a_batch_goes_up_whole_or_not_at_all(place: Place) -> None:
    async with place.desk() as desk:
        for bad, message in [
            ([spec(dependencies=["t-99"])], "there is no task t-99"),
            ([spec(key="a", dependencies=["b"]), spec(key="b", dependencies=["a"])], "wait for each other"),
            ([spec(key="a", dependencies=["a"])], "wait for each other"),
            ([spec(key="a"), spec(key="a")], "two tasks of one batch have the key 'a'"),
            ([spec(result_schema={"type": "colour"})], "result_schema is no JSON Schema"),
            ([], "a batch has 1 to 1000 tasks"),
        ]:
            with pytest.raises(UsageError, match=message):
                await desk.board.create([spec(), *bad] if bad else [])
        assert await desk.board.tasks() == []


async def test_nothing_can_depend_on_what_has_failed(place: Place) -> None:
    async with place.desk() as desk:
        task = await desk.task()
        await desk.board.cancel(task.id, "enough")
        with pytest.raises(UsageError, match=f"{task.id} has failed, so nothing can depend on it"):
            await desk.task(dependencies=[task.id])


async def test_a_known_key_is_the_task_there_is(place: Place) -> None:
    async with place.desk() as desk:
        task = await desk.task(key="tide 1")
        again, other = await desk.board.create([spec(key="tide 1", priority=9), spec(dependencies=["tide 1"])])
        assert again == task
        assert other.spec.dependencies == [task.id]
        assert len(await desk.board.tasks()) == 2


async def test_what_depends_on_a_failed_task_fails_too_however_far_away(place: Place) -> None:
    async with place.desk() as desk:
        chain = [spec(key="k0")] + [spec("later", key=f"k{n}", dependencies=[f"k{n - 1}"]) for n in range(1, 60)]
        tasks = await desk.board.create(chain)
        await desk.fail(await desk.agent(), retryable=False)
        last = await desk.board.get(tasks[-1].id)
        assert (last.state, last.error.kind if last.error else "") == ("failed", "dependency")
        assert (await desk.board.counts()).tasks["failed"] == 60


# -- leases ------------------------------------------------------------------------------------------------------------


async def test_a_silent_agents_task_goes_back(place: Place) -> None:
    async with place.desk() as desk:
        task, silent = await desk.task(), await desk.agent()
        await desk.take(silent)
        await desk.later(59)
        assert await desk.state(task.id) == "in_progress"
        await desk.later(2)
        other = await desk.take(await desk.agent())
        assert (other.task_id, other.attempt) == (task.id, 2)
        first = (await desk.board.get(task.id)).attempts[0]
        assert (first.agent, first.error.kind if first.error else "") == (silent, "silent")


async def test_a_heartbeat_keeps_a_task_and_tells_which_are_lost(place: Place) -> None:
    async with place.desk() as desk:
        task, agent = await desk.task(), await desk.agent()
        await desk.take(agent)
        for _ in range(5):
            await desk.later(40)
            assert (await desk.board.heartbeat(agent)).kept == [task.id]
        beat = await desk.board.heartbeat(agent, [task.id, "t-77"])
        assert (beat.kept, beat.lost) == ([task.id], ["t-77"])
        await desk.later(61)
        assert (await desk.board.heartbeat(agent, [task.id])).lost == [task.id]


async def test_retries_wait_twice_as_long_each_time_up_to_a_bound(place: Place) -> None:
    async with place.desk(retry_base_s=10, retry_cap_s=15, max_attempts=9) as desk:
        task, agent = await desk.task(), await desk.agent()
        waits = []
        for _ in range(4):
            failed = await desk.fail(agent)
            waits.append(failed.not_before - desk.clock.at)
            assert failed.state == "pending"
            assert await desk.taken(agent) == []
            await desk.later(15)
        assert 0 <= waits[0] <= 10
        assert all(0 <= wait <= 15 for wait in waits)
        assert await desk.state(task.id) == "pending"


async def test_a_task_whose_attempts_are_used_up_is_dead_with_every_error(place: Place) -> None:
    async with place.desk() as desk:
        task, agent = await desk.task(max_attempts=2), await desk.agent()
        await desk.fail(agent, message="one")
        await desk.fail(agent, message="two")
        (dead,) = await desk.board.dead()
        assert (dead.id, dead.state) == (task.id, "dead")
        assert [attempt.error.message for attempt in dead.attempts if attempt.error] == ["one", "two"]


async def test_what_cannot_be_retried_fails_at_once(place: Place) -> None:
    async with place.desk() as desk:
        await desk.task()
        failed = await desk.fail(await desk.agent(), retryable=False)
        assert (failed.state, failed.error.message if failed.error else "") == ("failed", "no ink")


async def test_a_dead_letter_is_tried_again_with_all_that_waited_for_it(place: Place) -> None:
    async with place.desk() as desk:
        task, other = await desk.board.create([spec(key="a", max_attempts=1), spec("other", key="b", max_attempts=1)])
        both = await desk.task(dependencies=[task.id, other.id])
        one = await desk.task("later", dependencies=[task.id])
        await desk.fail(agent := await desk.agent())
        await desk.fail(await desk.agent("other"))
        with pytest.raises(UsageError, match="is no dead letter: it is failed"):
            await desk.board.retry(one.id)
        assert (await desk.board.retry(task.id)).state == "pending"
        assert await desk.state(one.id) == "blocked"
        assert await desk.state(both.id) == "failed", "the other one is dead still"
        await desk.do(agent)
        assert await desk.state(one.id) == "pending"
        await desk.board.retry(other.id)
        assert await desk.state(both.id) == "blocked"


# -- handing in --------------------------------------------------------------------------------------------------------


async def test_late_double_and_foreign_results_are_refused_with_the_reason(place: Place) -> None:
    async with place.desk() as desk:
        task, agent, other = await desk.task(), await desk.agent(), await desk.agent()
        for sender, reason in [(agent, "it was never given to them")]:
            with pytest.raises(Refused, match=reason):
                await desk.board.submit(sender, task.id, "completed", 1)
        await desk.take(agent)
        with pytest.raises(Refused, match="it was never given to them"):
            await desk.board.submit(other, task.id, "completed", 1)
        await desk.later(61)
        with pytest.raises(Refused, match=r"taken from them \(silent\) and waits to be taken anew"):
            await desk.board.submit(agent, task.id, "completed", 1)
        await desk.take(other)
        with pytest.raises(Refused, match=rf"taken from them \(silent\) and agent {other} has it now"):
            await desk.board.submit(agent, task.id, "completed", 1)
        await desk.later(61)
        await desk.take(other)
        with pytest.raises(Refused, match="attempt 2 has ended and attempt 3 is under way"):
            await desk.board.submit(other, task.id, "completed", 1, attempt=2)
        await desk.board.submit(other, task.id, "completed", 2, attempt=3)
        with pytest.raises(Refused, match="it has completed already"):
            await desk.board.submit(other, task.id, "completed", 3)
        with pytest.raises(UsageError, match="there is no task t-99"):
            await desk.board.submit(other, "t-99", "completed", 3)
        assert (await desk.board.get(task.id)).result == 2


async def test_a_result_that_is_not_its_schema_is_a_failed_attempt_that_says_where(place: Place) -> None:
    async with place.desk() as desk:
        schema = {"type": "object", "properties": {"marks": {"type": "array", "items": {"type": "integer"}}}}
        task = await desk.task(result_schema=schema)
        answered = await desk.do(await desk.agent(), {"marks": [1, "two"]})
        assert (answered.id, answered.state) == (task.id, "pending")
        assert answered.error is not None
        assert answered.error.kind == "invalid"
        assert "at $.marks[1]: 'two' is not of type 'integer'" in answered.error.message
        assert (await desk.do(await desk.agent(), {"marks": [1]})).state == "completed"


async def test_a_result_that_is_too_large_or_no_json_leaves_the_task_as_it_is(place: Place) -> None:
    async with place.desk() as desk:
        task, agent = await desk.task(), await desk.agent()
        await desk.take(agent)
        for result in ["x" * 4_000_001, float("nan"), {1, 2}]:
            with pytest.raises(UsageError):
                await desk.board.submit(agent, task.id, "completed", result)
        assert await desk.state(task.id) == "in_progress"
        assert (await desk.board.submit(agent, task.id, "completed", "x" * 3_900_000)).state == "completed"


# -- reviews -----------------------------------------------------------------------------------------------------------


async def test_a_result_that_meets_the_target_completes_the_task(place: Place) -> None:
    async with place.desk() as desk:
        task, agent, critic = await desk.task(review=REVIEW), await desk.agent(), await desk.agent("critic")
        assert (await desk.do(agent, {"svg": 1})).state == "blocked"
        review = await desk.take(critic)
        assert review.context == {"description": "a tide", "result": {"svg": 1}, "round": 1}
        await desk.board.submit(critic, review.task_id, "completed", {"score": 7.0, "notes": "good"})
        found = await desk.board.get(task.id)
        assert (found.state, found.met, found.result) == ("completed", True, {"svg": 1})
        assert [(one.round, one.score, one.notes) for one in found.reviews] == [(1, 7.0, "good")]


async def test_a_result_below_the_target_goes_back_to_its_maker_until_the_limit(place: Place) -> None:
    async with place.desk() as desk:
        task, maker, other = await desk.task(review=REVIEW), await desk.agent(), await desk.agent()
        critic = await desk.agent("critic")
        await desk.do(maker, "first")
        await desk.do(critic, {"score": 3, "notes": "thin"})
        assert await desk.taken(other) == [], "it is kept for its maker"
        given = await desk.take(maker)
        assert (given.task_id, given.previous_result, given.reviews[0].notes) == (task.id, "first", "thin")
        await desk.board.submit(maker, task.id, "completed", "second")
        await desk.do(critic, {"score": 4})
        found = await desk.board.get(task.id)
        assert (found.state, found.met, found.result, len(found.reviews)) == ("completed", False, "second", 2)


async def test_a_task_is_kept_for_its_maker_for_a_while_only(place: Place) -> None:
    async with place.desk() as desk:
        task, maker, other = await desk.task(review=REVIEW), await desk.agent(), await desk.agent()
        await desk.do(maker)
        await desk.do(await desk.agent("critic"), {"score": 1})
        assert await desk.taken(other) == []
        await desk.later(31)
        assert await desk.taken(other) == [task.id]


async def test_a_review_that_dies_leaves_the_task_completed_and_says_so(place: Place) -> None:
    async with place.desk(max_attempts=1) as desk:
        task = await desk.task(review=REVIEW)
        await desk.do(await desk.agent())
        await desk.fail(await desk.agent("critic"), message="blind")
        found = await desk.board.get(task.id)
        assert (found.state, found.met) == ("completed", None)
        assert (found.reviews[0].score, found.reviews[0].notes) == (None, "the review came to nothing: blind")


# -- splitting ---------------------------------------------------------------------------------------------------------


async def test_a_task_that_is_split_comes_back_with_the_results_of_its_parts(place: Place) -> None:
    async with place.desk(max_attempts=1) as desk:
        task, agent, other = await desk.task(may_split=True), await desk.agent(), await desk.agent()
        await desk.take(agent)
        good, bad = await desk.board.split(agent, task.id, [spec("good", key="p"), spec("bad")])
        assert (good.parent, await desk.state(task.id)) == (task.id, "blocked")
        with pytest.raises(Refused, match="handed it in or split it already"):
            await desk.board.submit(agent, task.id, "completed", 1)
        await desk.do(await desk.agent("good"), 1)
        await desk.fail(await desk.agent("bad"), message="no paper")
        assert await desk.taken(other) == [], "it is kept for the agent that split it"
        given = await desk.take(agent)
        assert given.results == {good.id: 1}
        assert given.errors[bad.id].message == "no paper"
        assert (await desk.board.submit(agent, task.id, "completed", 2)).state == "completed"


async def test_only_who_may_can_split_and_parts_cannot_wait_for_the_whole(place: Place) -> None:
    async with place.desk() as desk:
        plain, agent = await desk.task(), await desk.agent()
        await desk.take(agent)
        with pytest.raises(UsageError, match="may not be broken up"):
            await desk.board.split(agent, plain.id, [spec()])
        task = await desk.task(may_split=True)
        after = await desk.task("later", dependencies=[task.id])
        await desk.take(agent)
        for wait_for in (task.id, after.id):
            with pytest.raises(UsageError, match=f"a part of {task.id} cannot depend on {wait_for}"):
                await desk.board.split(agent, task.id, [spec("part", dependencies=[wait_for])])
        assert await desk.state(task.id) == "in_progress"


async def test_cancelling_ends_parts_reviews_and_what_depends_on_it(place: Place) -> None:
    async with place.desk() as desk:
        task, agent = await desk.task(may_split=True), await desk.agent()
        after = await desk.task("later", dependencies=[task.id])
        await desk.take(agent)
        (part,) = await desk.board.split(agent, task.id, [spec("part", may_split=True)])
        helper = await desk.agent("part")
        await desk.take(helper)
        (inner,) = await desk.board.split(helper, part.id, [spec("part")])
        await desk.take(helper)
        found = await desk.board.cancel(task.id, "the artist went home")
        assert (found.state, found.error) == (
            "failed",
            TaskError(kind="cancelled", message="the artist went home", retryable=False),
        )
        assert [await desk.state(id) for id in (part.id, inner.id, after.id)] == ["failed"] * 3
        assert (await desk.board.heartbeat(helper, [inner.id])).lost == [inner.id]
        assert (await desk.board.cancel(task.id, "again")).error == found.error
        reviewed = await desk.task(review=REVIEW)
        await desk.do(agent)
        await desk.board.cancel(reviewed.id, "enough")
        assert await desk.taken(await desk.agent("critic")) == []


# -- agents ------------------------------------------------------------------------------------------------------------


async def test_the_tasks_of_an_agent_that_unregisters_go_back_at_once(place: Place) -> None:
    async with place.desk(max_attempts=1) as desk:
        task, agent = await desk.task(), await desk.agent()
        await desk.take(agent)
        gone = await desk.board.unregister(agent)
        assert (gone.state, gone.tasks) == ("gone", [])
        assert await desk.taken(await desk.agent()) == [task.id]
        with pytest.raises(UsageError, match="has unregistered; register again"):
            await desk.board.poll(agent)
        assert (await desk.board.heartbeat(agent, [task.id])).lost == [task.id]


async def test_a_draining_agent_finishes_what_it_has_and_gets_nothing_new(place: Place) -> None:
    async with place.desk() as desk:
        task, agent = await desk.task(), await desk.agent()
        await desk.take(agent)
        await desk.task()
        assert (await desk.board.drain(agent)).state == "draining"
        assert await desk.taken(agent) == []
        assert (await desk.board.submit(agent, task.id, "completed")).state == "completed"
        assert [one.id for one in await desk.board.agents(state="draining")] == [agent]


async def test_an_agent_that_fails_too_often_rests_then_gets_one_task(place: Place) -> None:
    async with place.desk(breaker_failures=2, breaker_rest_s=60, max_attempts=9) as desk:
        agent = await desk.agent()
        for _ in range(3):
            await desk.task(max_attempts=9)
        await desk.fail(agent)
        await desk.fail(agent)
        assert await desk.taken(agent, 5) == []
        await desk.later(61)
        (given,) = await desk.taken(agent, 5)
        assert await desk.taken(agent, 5) == [], "one until it has done it"
        await desk.board.submit(agent, given, "failed")
        assert await desk.taken(agent, 5) == []
        await desk.later(61)
        await desk.do(agent)
        assert len(await desk.taken(agent, 5)) == 2
        (record,) = await desk.board.agents("draw")
        assert (record.completed, record.failed, record.failures_in_a_row) == (1, 3, 0)


async def test_what_is_kept_for_an_agent_that_goes_or_rests_is_offered_to_others(place: Place) -> None:
    async with place.desk() as desk:
        task, maker, other = await desk.task(review=REVIEW), await desk.agent(), await desk.agent()
        await desk.do(maker)
        await desk.do(await desk.agent("critic"), {"score": 1})
        await desk.board.unregister(maker)
        assert await desk.taken(other) == [task.id]


# -- the board as a whole ----------------------------------------------------------------------------------------------


async def test_tasks_are_listed_by_state_type_and_run_page_by_page(place: Place) -> None:
    async with place.desk() as desk:
        tasks = [await desk.task("ab"[n % 2], run=f"r{n % 3}", context={"n": n}) for n in range(12)]
        await desk.do(await desk.agent("a"), "big")
        listed = await desk.board.tasks(limit=5, after=tasks[3].id)
        assert [task.id for task in listed] == [task.id for task in tasks[4:9]]
        assert listed[0].spec.context == {}
        assert [task.id for task in await desk.board.tasks(agent_type="a", run="r0")] == [tasks[0].id, tasks[6].id]
        assert [task.id for task in await desk.board.tasks(state="completed")] == [tasks[0].id]
        assert (await desk.board.tasks(state="completed"))[0].result is None


async def test_shared_state_lasts_as_long_as_it_was_said(place: Place) -> None:
    async with place.desk() as desk:
        await desk.board.set_state("palette", ["ochre"], ttl_s=10)
        await desk.board.set_state("paper", {"w": 148})
        assert await desk.board.get_state("palette") == ["ochre"]
        desk.clock.at += 11
        assert await desk.board.get_state("palette") is None, "even before anybody has tidied up"
        await desk.later(0)
        assert (await desk.board.counts()).shared_keys == 1
        await desk.board.set_state("paper", None)
        assert await desk.board.get_state("paper") is None
        assert (await desk.board.counts()).shared_keys == 0
        for key, value in [("", 1), ("k" * 257, 1), ("k", "x" * 64_000)]:
            with pytest.raises(UsageError):
                await desk.board.set_state(key, value)


async def test_old_tasks_are_removed_unless_something_open_needs_them(place: Place) -> None:
    async with place.desk() as desk:
        needed = await desk.task()
        await desk.task("later", dependencies=[needed.id])
        old = await desk.task(key="old", run="r1")
        agent = await desk.agent()
        await desk.do(agent)
        await desk.do(agent)
        await desk.later(100)
        young = await desk.task()
        await desk.do(await desk.agent())
        assert await desk.board.prune(50) == 1
        assert await desk.state(needed.id) == "completed"
        assert await desk.state(young.id) == "completed"
        with pytest.raises(UsageError, match=f"there is no task {old.id}"):
            await desk.board.get(old.id)
        assert (await desk.task(key="old")).id != old.id
        assert await desk.board.tasks(run="r1") == []
        assert agent not in [one.id for one in await desk.board.agents()]


async def test_it_counts_what_there_is(place: Place) -> None:
    async with place.desk() as desk:
        first = await desk.task()
        await desk.task("later", dependencies=[first.id])
        await desk.task()
        await desk.take(await desk.agent())
        counts = await desk.board.counts()
        assert counts.tasks == {"pending": 1, "blocked": 1, "in_progress": 1, "completed": 0, "failed": 0, "dead": 0}
        assert (counts.waiting, counts.agents) == ({"draw": 1}, {"draw": 1})
        assert await desk.board.next_due() == desk.clock.at + 60


async def test_a_damaged_document_is_named_and_left_as_it_is(place: Place) -> None:
    async def damage(tx: Transaction) -> None:
        tx.put("card", "t-1", '{"id": 1}')

    async with place.open() as store:
        board = Board(store, SETTINGS, SoftClock())
        await board.create([spec()])
        await store.transact(damage)
        with pytest.raises(StorageError, match="the hub's document card t-1 is damaged"):
            await board.get("t-1")
        assert await store.transact(lambda tx: tx.get("card", "t-1")) == '{"id": 1}'
