import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from artloop.errors import RenderServerError
from artloop.grafix.sandbox.forks import AVAILABLE, RECYCLE_AFTER, Forks
from artloop.grafix.sandbox.handle import Children
from artloop.grafix.sandbox.jail import LAYERS
from artloop.grafix.sandbox.levels import CONFINED, Way, ways
from artloop.grafix.sandbox.spares import Spares
from artloop.grafix.sandbox.walls import Wall
from artloop.grafix.sandbox.workers import WorkerPool
from artloop.settings import RenderLimits

from ..sketches import compiled, confinable
from .world import ran

pytestmark = pytest.mark.asyncio(loop_scope="module")
WAYS = {"bwrap": ["bwrap", "process"], "seatbelt": ["seatbelt", "process"], "process": ["process"]}
BLOCKED = Wall(("false",))
"""Whatever is started behind it ends at once."""
needs_jail = pytest.mark.skipif(not confinable(), reason="needs Linux with Landlock and seccomp")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def kernels(cache_folder: Path) -> AsyncIterator[tuple[Children, Path]]:
    async with Children() as children:
        yield children, await compiled(children, cache_folder)


@pytest_asyncio.fixture(loop_scope="module")
async def group() -> AsyncIterator[asyncio.TaskGroup]:
    async with asyncio.TaskGroup() as made:
        yield made


@needs_jail
async def test_a_way_that_leaks_is_passed_over_for_the_next_that_does_not(
    kernels: tuple[Children, Path], group: asyncio.TaskGroup
) -> None:
    made = Forks(group, *kernels, RECYCLE_AFTER)
    leaking, tight = Way("full", made, LAYERS - {"landlock"}), Way("bwrap", made, LAYERS)
    pool = WorkerPool(kernels[0], RenderLimits(), [leaking, tight, Way("process", made, LAYERS)])
    assert await pool.tested() == "bwrap"
    assert pool.failings == {"full": "the self-test could read a file, write a file"}
    made.close()


@needs_jail
async def test_a_way_that_cannot_start_is_passed_over_and_says_why(
    kernels: tuple[Children, Path], group: asyncio.TaskGroup
) -> None:
    blocked, made = Forks(group, *kernels, RECYCLE_AFTER, BLOCKED), Forks(group, *kernels, RECYCLE_AFTER)
    pool = WorkerPool(kernels[0], RenderLimits(), [Way("bwrap", blocked, LAYERS), Way("process", made, LAYERS)])
    assert await pool.tested() == "process"
    assert "did not start" in pool.failings["bwrap"]
    assert (await ran(pool, "")).failure is None
    made.close()


async def test_workers_that_are_started_behind_a_wall_are_put_to_the_same_test(
    kernels: tuple[Children, Path], group: asyncio.TaskGroup
) -> None:
    open_wall, plain = (Spares(group, *kernels, size=1, wall=wall) for wall in (Wall(("env",)), Wall(())))
    pool = WorkerPool(kernels[0], RenderLimits(), [Way("seatbelt", open_wall), Way("process", plain)])
    assert await pool.tested() == "process"
    assert "the self-test" in pool.failings["seatbelt"]
    open_wall.close()
    plain.close()


async def test_when_nothing_can_start_at_all_that_is_an_error(
    kernels: tuple[Children, Path], group: asyncio.TaskGroup
) -> None:
    blocked = Forks(group, *kernels, RECYCLE_AFTER, BLOCKED)
    pool = WorkerPool(kernels[0], RenderLimits(), [Way("full", blocked, LAYERS), Way("process", blocked, LAYERS)])
    with pytest.raises(RenderServerError, match="did not start"):
        await pool.tested()


@pytest.mark.parametrize("wanted", ["auto", "bwrap", "seatbelt", "process"])
async def test_the_last_way_confines_nothing_and_what_was_asked_for_stands_before_it(
    kernels: tuple[Children, Path], group: asyncio.TaskGroup, wanted: str
) -> None:
    with ways(wanted, group, *kernels, size=1) as found:  # type: ignore[arg-type]
        levels = [way.level for way in found]
    assert levels[-1] == "process"
    assert set(levels[:-1]) <= CONFINED
    assert levels == [level for level in WAYS.get(wanted, levels) if level in levels]
    assert wanted != "auto" or not AVAILABLE or levels[0] == "full"
