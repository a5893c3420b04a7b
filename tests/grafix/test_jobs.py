import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_types import CallToolResult, ImageContent, TextContent

from artloop.errors import StorageError, UsageError
from artloop.grafix.jobs import KEPT_MAX, KEPT_SECONDS, Job, Jobs, jobs

ANSWER = CallToolResult(
    content=[TextContent(type="text", text="drawn"), ImageContent(type="image", data="AAAA", mime_type="image/png")],
    structured_content={"ok": True, "half": 0.5, "nothing": None},
    _meta={"links": ["a"], "cache_hit": False},
)


async def at_once(job: Job) -> CallToolResult:
    job.admit()
    return ANSWER


async def untold(done: int, total: int, message: str) -> None:
    """Nobody watches."""


@pytest.fixture
async def begun(tmp_path: Path) -> AsyncIterator[Jobs]:
    async with jobs(tmp_path / "jobs") as made:
        yield made


async def finished(made: Jobs) -> str:
    job = await made.start(at_once)
    await made.wait(job.id, 10, untold)
    return job.id


async def test_a_job_answers_as_a_call_that_waited_would_have(begun: Jobs) -> None:
    ended = await begun.wait(await finished(begun), 10, untold)
    assert ended.outcome is not None
    assert ended.outcome.state == "finished"
    answer = ended.outcome.answered()
    assert answer is not None
    assert answer.model_dump_json() == ANSWER.model_dump_json()


async def test_a_finished_job_is_found_by_the_next_server(begun: Jobs, tmp_path: Path) -> None:
    job_id = await finished(begun)
    async with jobs(tmp_path / "jobs") as other:
        ended = await other.wait(job_id, 0, untold)
    assert ended.outcome is not None
    assert ended.outcome.answered() == ANSWER


async def test_waiting_ends_with_the_time_or_with_the_job_and_tells_progress(begun: Jobs) -> None:
    go, told = asyncio.Event(), []

    async def work(job: Job) -> CallToolResult:
        job.admit()
        job.report(1, 3, "compiling")
        await go.wait()
        return ANSWER

    async def tell(done: int, total: int, message: str) -> None:
        told.append((done, total, message))
        go.set()

    job = await begun.start(work)
    assert (await begun.wait(job.id, 0, untold)).outcome is None
    ended = await begun.wait(job.id, 60, tell)
    assert ended.outcome is not None
    assert told == [(1, 3, "compiling")]


async def test_all_who_wait_hear_of_the_end(begun: Jobs) -> None:
    go = asyncio.Event()

    async def work(job: Job) -> CallToolResult:
        job.admit()
        await go.wait()
        return ANSWER

    job = await begun.start(work)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        waiting = [group.create_task(begun.wait(job.id, 60, untold)) for _ in range(5)]
        await asyncio.sleep(0)
        go.set()
    assert all(one.result().outcome is not None for one in waiting)


async def test_a_cancelled_job_has_cleaned_up_when_cancel_returns(begun: Jobs) -> None:
    cleaned = []

    async def work(job: Job) -> CallToolResult:
        job.admit()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append(job.id)
        return ANSWER

    job = await begun.start(work)
    for _ in range(2):  # the second time it has ended already
        ended = await begun.cancel(job.id)
        assert ended.outcome is not None
        assert ended.outcome.state == "cancelled"
        assert cleaned == [job.id]


async def test_a_finished_job_cannot_be_cancelled_any_more(begun: Jobs) -> None:
    ended = await begun.cancel(await finished(begun))
    assert ended.outcome is not None
    assert ended.outcome.state == "finished"


async def test_what_was_refused_fails_the_job_in_its_own_words(begun: Jobs) -> None:
    async def work(job: Job) -> CallToolResult:
        job.admit()
        raise UsageError("no such sketch")

    ended = await begun.wait((await begun.start(work)).id, 10, untold)
    assert ended.outcome is not None
    assert (ended.outcome.state, ended.outcome.error) == ("failed", "no such sketch")


async def test_a_mistake_of_ours_fails_one_job_and_is_logged(begun: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    async def work(job: Job) -> CallToolResult:
        job.admit()
        raise ZeroDivisionError("a bug")

    ended = await begun.wait((await begun.start(work)).id, 10, untold)
    assert ended.outcome is not None
    assert ended.outcome.state == "failed"
    assert "ZeroDivisionError" in str(ended.outcome.error)
    assert "a bug" in caplog.text
    await finished(begun)


async def test_work_that_is_not_admitted_leaves_no_job(begun: Jobs, tmp_path: Path) -> None:
    async def busy(job: Job) -> CallToolResult:
        return ANSWER

    job = await begun.start(busy)
    assert job.outcome is not None
    assert not (tmp_path / "jobs").exists()
    with pytest.raises(UsageError, match="there is no job"):
        await begun.wait(job.id, 0, untold)


async def test_a_job_whose_caller_goes_away_before_it_has_the_id_ends(begun: Jobs) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def work(job: Job) -> CallToolResult:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return ANSWER

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        asking = group.create_task(begun.start(work))
        await started.wait()
        asking.cancel()
        await ended.wait()


async def test_the_end_of_the_server_ends_its_jobs_and_is_on_record(tmp_path: Path) -> None:
    async def work(job: Job) -> CallToolResult:
        job.admit()
        await asyncio.Event().wait()
        return ANSWER

    async with jobs(tmp_path) as made:
        job_id = (await made.start(work)).id
    async with jobs(tmp_path) as other:
        ended = await other.wait(job_id, 0, untold)
    assert ended.outcome is not None
    assert ended.outcome.state == "cancelled"


@given(text=st.text(max_size=80) | st.from_regex(r"[0-9a-f]{8}-[0-9a-f]{30,33}") | st.just("../../etc/passwd"))
def test_an_id_that_is_none_is_refused_in_one_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    async def asked() -> None:
        async with jobs(tmp_path_factory.getbasetemp() / "none") as made:
            with pytest.raises(UsageError, match="job") as refusal:
                await made.wait(text, 0, untold)
        assert "\n" not in str(refusal.value)

    asyncio.run(asked())


async def test_unknown_expired_and_damaged_jobs_are_told_apart(tmp_path: Path) -> None:
    now = 1_000_000.0
    async with asyncio.TaskGroup() as group:
        made = Jobs(group, tmp_path, lambda: now)
        job_id = await finished(made)
        with pytest.raises(UsageError, match="there is no job"):
            await made.wait(job_id[:-1] + ("0" if job_id[-1] != "0" else "1"), 0, untold)
        path = tmp_path / f"{job_id}.json"
        path.write_text(path.read_text()[:-10])
        with pytest.raises(UsageError, match="damaged"):
            await made.wait(job_id, 0, untold)
        now += KEPT_SECONDS + 1
        with pytest.raises(UsageError, match="expired: results are kept for 24 hours"):
            await made.wait(job_id, 0, untold)


async def test_the_oldest_results_go_when_there_are_too_many(begun: Jobs, tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    for number in range(KEPT_MAX + 20):
        (tmp_path / "jobs" / f"{number}.json").write_text("{}")
    job_id = await finished(begun)
    kept = {path.stem for path in (tmp_path / "jobs").iterdir()}
    assert len(kept) == KEPT_MAX
    assert job_id in kept


async def test_a_result_that_cannot_be_kept_is_a_failure_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("a file in the way")
    async with jobs(tmp_path / "jobs") as made:
        job_id = await finished(made)
        ended = await made.wait(job_id, 0, untold)
    assert ended.outcome is not None
    assert ended.outcome.state == "failed"
    assert StorageError.__name__ not in str(ended.outcome.error)
    assert "could not be kept" in str(ended.outcome.error)


async def test_ids_cannot_be_guessed_from_one_another(begun: Jobs) -> None:
    tails = {(await finished(begun)).partition("-")[2] for _ in range(20)}
    assert len(tails) == 20
    assert all(len(tail) == 32 for tail in tails)
