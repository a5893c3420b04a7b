"""A run of 200 iterations stays a page that one can send and open."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.gallery import OPEN_MOST_S, SIZE_MOST, TURNS, hung, time_to_open
from tests.browser.conftest import Visits

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.alone]


async def test_a_run_of_200_iterations_is_small_and_opens_at_once(tmp_path: Path, visit: Visits) -> None:
    gallery = hung(tmp_path, strokes=40, points=60)
    assert gallery.stat().st_size < SIZE_MOST
    async with visit(gallery) as one:
        assert await one.page.locator(".card").count() == TURNS
        assert await time_to_open(one.page) < 2 * OPEN_MOST_S, "twice the aim: the machine may be busy"
        await one.page.click("#v01-01 .print")
        await one.page.wait_for_selector("#viewer[data-shown='v01-01']")
