import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from artloop.grafix.sandbox.forks import AVAILABLE, Forks, forks
from artloop.grafix.sandbox.handle import Children
from artloop.grafix.sandbox.jail import LAYERS
from artloop.grafix.sandbox.levels import Way
from artloop.grafix.sandbox.parent import ZygoteGoneError
from artloop.grafix.sandbox.workers import Job, Outcome, WorkerPool
from artloop.settings import RenderLimits

from ..sketches import DRAW, compiled, ended, offspring, until, waiting, workers

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not AVAILABLE, reason="workers are forked on Linux only"),
]
RECYCLE_AFTER = 3
TURNS = 10
"""Of the event loop: by then a fork waits for its zygote."""


@pytest_asyncio.fixture(loop_scope="module", params=[RECYCLE_AFTER], ids=["soon replaced"])
async def source(cache_folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[tuple[Children, Forks]]:
    """A zygote of its own, that is replaced after so many workers."""
    before = offspring()
    async with AsyncExitStack() as stack:
        children = await stack.enter_async_context(Children())
        kernels = await compiled(children, cache_folder)
        group = await stack.enter_async_context(asyncio.TaskGroup())
        yield children, stack.enter_context(forks(group, children, kernels, request.param))
    await until(lambda: offspring() <= before)


@pytest_asyncio.fixture(loop_scope="module")
async def pool(source: tuple[Children, Forks]) -> WorkerPool:
    children, made = source
    pool = WorkerPool(children, RenderLimits(timeout_s=30), [Way("full", made, LAYERS)])
    await pool.tested()  # else a test may take the self-test's worker for its own
    return pool


async def ran(pool: WorkerPool, source: str) -> Outcome:
    return await pool.run(Job(source + DRAW, 0, 0.0, (100.0, 80.0), 0.4))


async def begun(besides: int = 0) -> tuple[psutil.Process, psutil.Process]:
    """A worker and its zygote, as soon as there are any."""
    found: list[tuple[psutil.Process, psutil.Process]] = []

    def seen() -> bool:
        pairs = [(worker, worker.parent()) for worker in workers()]
        found[:] = [(worker, zygote) for worker, zygote in pairs if zygote and zygote.pid != besides]
        return bool(found)

    await until(seen)
    return found[0]


async def test_a_cancelled_render_kills_its_worker(pool: WorkerPool) -> None:
    task = asyncio.ensure_future(ran(pool, "while True: pass"))
    worker, zygote = await begun()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: ended(worker.pid))
    assert not ended(zygote.pid)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("source", [500], indirect=True, ids=["lasting"])
async def test_wherever_a_fork_is_cancelled_nothing_stays_open(source: tuple[Children, Forks]) -> None:
    children, made = source
    await made.ready()
    us, cancelled = psutil.Process(), 0
    for turns in range(TURNS):
        before = us.num_fds()
        forking = asyncio.create_task(made.worker())
        for _ in range(turns):
            await asyncio.sleep(0)
        cancelled += forking.cancel()
        await asyncio.wait([forking])
        if not forking.cancelled():
            children.stop(forking.result())
        await until(lambda before=before: us.num_fds() == before)
    gc.collect()  # a stream that nobody closed warns
    assert cancelled > TURNS // 2


async def test_a_render_whose_zygote_is_killed_is_done_once_more(pool: WorkerPool) -> None:
    task = asyncio.ensure_future(ran(pool, "import time\ntime.sleep(0.5)"))
    worker, zygote = await begun()
    zygote.kill()
    assert (await task).failure is None
    await until(lambda: ended(worker.pid))


@pytest.mark.alone
async def test_a_render_whose_zygote_is_killed_twice_is_given_up(pool: WorkerPool) -> None:
    task = asyncio.ensure_future(ran(pool, "while True: pass"))
    _, first = await begun()
    first.kill()
    worker, second = await begun(besides=first.pid)
    second.kill()
    with pytest.raises(ZygoteGoneError, match="died"):
        await task
    await until(lambda: ended(worker.pid))


@pytest.mark.alone
async def test_a_zygote_that_has_forked_often_is_replaced_without_a_gap(pool: WorkerPool) -> None:
    slow = asyncio.ensure_future(ran(pool, "import time\ntime.sleep(3)"))
    _, first = await begun()
    for _ in range(RECYCLE_AFTER):
        assert (await ran(pool, "")).failure is None
    assert (await slow).failure is None
    await until(lambda: ended(first.pid) and len(offspring()) == 1)
    assert (await ran(pool, "")).failure is None


async def spare(zygote: psutil.Process) -> psutil.Process:
    """The worker that a zygote has forked ahead."""
    await until(lambda: any(waiting(child) for child in zygote.children()))
    return next(child for child in zygote.children() if waiting(child))


@pytest_asyncio.fixture(loop_scope="module")
async def warm(pool: WorkerPool) -> psutil.Process:
    """The zygote of a pool that has rendered, when it has loaded all kernels."""
    task = asyncio.ensure_future(ran(pool, "import time\ntime.sleep(0.5)"))
    _, zygote = await begun()
    assert (await task).failure is None
    async with asyncio.timeout(120):
        while not any(waiting(child) for child in zygote.children()):
            assert (await ran(pool, "")).failure is None  # whoever has rendered forks ahead, if it can
            await asyncio.sleep(0.2)
    return zygote


@pytest.mark.parametrize("source", [500], indirect=True, ids=["lasting"])
async def test_a_warm_zygote_forks_a_worker_ahead_that_the_next_render_gets(
    pool: WorkerPool, warm: psutil.Process
) -> None:
    ahead = await spare(warm)
    outcome = await ran(pool, "import os\nprint(os.getpid())")
    assert int(outcome.log) == ahead.pid
    await until(lambda: ended(ahead.pid))
    assert (await spare(warm)).pid != ahead.pid


@pytest.mark.alone
@pytest.mark.parametrize("source", [500], indirect=True, ids=["lasting"])
async def test_a_worker_forked_ahead_that_has_died_is_not_used(pool: WorkerPool, warm: psutil.Process) -> None:
    ahead = await spare(warm)
    ahead.kill()
    await until(lambda: ended(ahead.pid) and not warm.children())
    assert (await ran(pool, "")).failure is None


@pytest.mark.parametrize("source", [500], indirect=True, ids=["lasting"])
async def test_with_its_zygote_a_worker_forked_ahead_ends_too(pool: WorkerPool, warm: psutil.Process) -> None:
    ahead = await spare(warm)
    warm.kill()
    await until(lambda: ended(ahead.pid))
    assert (await ran(pool, "")).failure is None
