"""An artist who ends a variant does not wait for a model on another machine."""

from __future__ import annotations

import asyncio

import pytest

from artloop.beside import beside
from artloop.distributed.cutting import Scissors
from artloop.errors import CutOff
from artloop.models import Request, What
from artloop.ports import Attempt, Step

AT = Attempt(step="v01/02/draw/0")


async def forever() -> str:
    await asyncio.Event().wait()
    return "never"


async def at_once() -> str:
    return "made"


@pytest.mark.parametrize(("what", "variant"), [("stop", None), ("drop", "v01")])
async def test_a_step_in_work_is_called_back_within_a_second(what: What, variant: str | None) -> None:
    asked: list[Request] = []
    scissors = Scissors(lambda: asked, lambda step: False)
    async with asyncio.timeout(10), beside(scissors.watch()):
        working = asyncio.ensure_future(scissors.around(AT, forever()))
        await asyncio.sleep(0)
        asked.append(Request(id="1", what=what, variant=variant))
        async with asyncio.timeout(1):
            with pytest.raises(CutOff, match="v01/02/draw/0"):
                await working


async def test_what_concerns_another_variant_cuts_off_nothing() -> None:
    asked = [Request(id="1", what="drop", variant="v02"), Request(id="2", what="note", text="more air")]
    loop, looked = asyncio.get_running_loop(), asyncio.Event()

    async def until_looked() -> str:
        await looked.wait()
        return "made"

    def requests() -> list[Request]:
        loop.call_soon_threadsafe(looked.set)
        return asked

    scissors = Scissors(requests, lambda step: False)
    async with asyncio.timeout(10), beside(scissors.watch()):
        assert await scissors.around(AT, until_looked()) == "made"


async def test_a_step_before_which_something_took_effect_is_left_to_its_end() -> None:
    boundaries: list[str] = []
    asked = [Request(id="1", what="stop")]

    def begun(step: Step) -> bool:
        boundaries.append(step.key)
        return True

    scissors = Scissors(lambda: asked, begun)
    async with asyncio.timeout(10), beside(scissors.watch()):
        assert await scissors.around(AT, at_once()) == "made"
    assert boundaries == ["v01/02/before-draw/0"]


async def test_a_timeout_of_the_work_itself_stays_one() -> None:
    async def too_late() -> str:
        raise TimeoutError("the work's own")

    scissors = Scissors(list, lambda step: False)
    with pytest.raises(TimeoutError, match="the work's own"):
        await scissors.around(AT, too_late())
