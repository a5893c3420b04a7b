"""The hub's page in a real browser, beside a run that a driver makes meanwhile."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from artloop.errors import UsageError
from artloop.lock import driver
from artloop.requests import LeftRequests
from artloop.workspace import Workspace
from tests.browser.conftest import Visit
from tests.hub.served import Served, role_keys, served

pytestmark = pytest.mark.asyncio(loop_scope="session")
LATE_MS = 120_000
"""A loaded machine draws slowly."""
BRIEF = "tide <b>tables</b>"
ERROR = {"kind": "tired", "message": "no more of this", "retryable": True}
Opens = Callable[..., AbstractAsyncContextManager[Visit]]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, cache_folder: Path) -> Iterator[Served]:
    """One with keys."""
    root = tmp_path_factory.mktemp("seen").resolve()
    keys = role_keys(root)
    patient = {"ARTLOOP_HUB__LEASE_S": "900"}  # its planner is looked at for minutes and sends no heartbeat
    with served(root, cache_folder, **patient) as found:
        yield replace(found, keys=keys)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def run(hub: Served) -> AsyncIterator[str]:
    """A run that goes on for longer than the tests look, and a board with something of everything."""
    async with hub.client() as client:
        agent = (await client.call("register_agent", agent_type="planning", name="a planner"))["id"]
        for about in ({"max_attempts": 1}, {}, {}):
            task = await client.call("create_task", agent_type="planning", task_description="Plan the wall", **about)
        blocked = {"dependencies": [task["id"]], "task_description": "Hang the wall", "agent_type": "testing"}
        await client.call("create_task", **blocked)
        (dead,) = (await client.call("poll_tasks", agent_id=agent))["tasks"]
        done = {"agent_id": agent, "task_id": dead["task_id"], "status": "failed", "error": ERROR}
        await client.call("submit_result", **done)
        await client.call("poll_tasks", agent_id=agent)
        asked = {"brief": BRIEF, "variants": 2, "iterations": 100, "model": "house"}
        begun = (await client.call("start_run", **asked))["run_id"]
        yield begun
        with suppress(UsageError):  # a test has stopped it
            await client.call("stop_run", run_id=begun)
    (folder,) = [one for one in Workspace(hub.root).every() if one.id == begun]
    with folder.lock.open() as lock:  # its driver lets go of it when it has ended
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_SH)


@pytest.fixture
def opens(browser: Browser, hub: Served) -> Opens:
    """Logs in as somebody would; what the console complains of, and requests elsewhere, fail the test."""

    @asynccontextmanager
    async def opened(role: str, path: str = "/", **context: Any) -> AsyncIterator[Visit]:
        around = await browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **context})
        page = await around.new_page()
        page.set_default_timeout(LATE_MS)
        base, one = hub.url.removesuffix("/mcp"), Visit(page)
        page.on("console", lambda said: one.complaints.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: one.complaints.append(str(error)))
        page.on("request", lambda asked: one.asked_for(asked.url, base))
        await page.goto(f"{base}{path}")
        await page.fill("#key", hub.keys[role])
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".link.on")
        if path != "/":
            await page.goto(f"{base}{path}")
        yield one
        await around.close()
        assert one.complaints == []

    return opened


async def said(page: Page) -> str:
    """What the page says a button did."""
    await page.wait_for_selector("#said:not(:empty)")
    return await page.inner_text("#said")


async def test_a_run_appears_and_fills_with_pictures_without_being_asked(opens: Opens, run: str) -> None:
    async with opens("viewer") as one:
        page = one.page
        await page.wait_for_selector(".run h3")
        assert await page.inner_text(".run h3") == BRIEF
        await expect(page.locator(".variant img")).to_have_count(2, timeout=LATE_MS)
        for picture in await page.locator(".variant img").all():
            await expect(picture).not_to_have_js_property("naturalWidth", 0)
        before = await page.locator(".bars .bar").count()
        await expect(page.locator(".bars .bar")).not_to_have_count(before, timeout=LATE_MS)
        clock = await page.inner_text(".run time")
        await expect(page.locator(".run time")).not_to_have_text(clock)
        assert await page.locator("button:visible").all_inner_texts() == ["LEAVE"]
        await page.click("text=As a table")
        assert await page.locator("tbody tr", has_text="v01/01/draw/0").count() == 1


async def test_the_board_is_told_as_it_stands_and_what_changes_is_pushed(opens: Opens, hub: Served, run: str) -> None:
    async with opens("viewer") as one, hub.client() as client:
        page = one.page
        rows = await page.locator("section", has=page.locator("#agents-title")).locator("tbody tr").all_inner_texts()
        assert "a planner" in rows[0]
        assert "1 in a row failed" in rows[0]
        assert await page.locator("[aria-label='In progress'] tbody tr").count() == 1
        assert await page.locator("[aria-label=Blocked] tbody tr").count() == 1
        await client.call("create_task", agent_type="critique", task_description="Look <i>closely</i>")
        await page.wait_for_selector("[aria-label=Waiting] td:text-is('Look <i>closely</i>')")


async def test_every_button_of_a_run_does_what_it_says(opens: Opens, hub: Served, run: str) -> None:
    async with opens("orchestrator") as one:
        page = one.page
        await page.click(".variant[data-key=v01] button:has-text('Pin')")
        assert (await said(page)).startswith("pin v01: takes effect before the next step")
        await page.wait_for_selector(".variant[data-key=v01] .doing:has-text('pinned')")
        note = page.locator(".run > header summary:has-text('Note')")
        await note.focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.type("more <i>salt</i>")
        await page.wait_for_timeout(1500)  # what is pushed meanwhile must not take the words away
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#said:has-text('note every variant')")
        assert await note.evaluate("one => one === document.activeElement")
        await page.wait_for_selector(".news:has-text('more <i>salt</i>')")
        await page.click(".variant[data-key=v02] summary:has-text('Drop')")
        await page.click(".variant[data-key=v02] button.do")
        await page.wait_for_selector(".variant[data-key=v02] .doing:has-text('dropped')")
        await page.click(".dead button")
        await page.wait_for_selector("#said:has-text('is pending again')")
        await page.wait_for_selector("#dead-title + p:has-text('None')")
        asked = [one.text for one in requests_of(hub, run)]
        assert "more <i>salt</i>" in asked


def requests_of(hub: Served, run: str) -> list[Any]:
    """What was left with the run."""
    anything: Any = None
    return LeftRequests(Workspace(hub.root).find(run)).requests(anything)


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (800, "dark"), (360, "light"), (360, "dark")])
async def test_it_fits_and_axe_finds_nothing_serious(opens: Opens, run: str, width: int, scheme: Any) -> None:
    async with opens("orchestrator", viewport={"width": width, "height": 800}, color_scheme=scheme) as one:
        await one.page.wait_for_selector(".variant img")
        assert await one.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        await one.page.click(".run > header summary:has-text('Note')")
        assert await one.accessible() == []
        assert await one.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def test_a_run_whose_driver_was_killed_is_resumed(opens: Opens, hub: Served, run: str) -> None:
    async with opens("orchestrator", f"/runs/{run}") as one:
        holder = driver(Workspace(hub.root).find(run))
        assert holder
        os.kill(holder.pid, signal.SIGKILL)
        await one.page.wait_for_selector(".run .state.interrupted")
        await one.page.click("button:has-text('Resume')")
        await one.page.wait_for_selector(f"#said:has-text('run {run} goes on')")
        await one.page.wait_for_selector(".run .state.running")


async def test_a_run_that_is_stopped_has_its_page_and_its_gallery(opens: Opens, run: str) -> None:
    async with opens("orchestrator", f"/runs/{run}") as one:
        page = one.page
        await page.click(".run > header summary:has-text('Stop')")
        await page.click(".run > header button.do")
        await page.wait_for_selector(".run .state.stopped")
        await page.click(".run .facts a:has-text('Gallery')")
        await page.wait_for_selector("#v01")


async def test_a_wrong_key_is_said_to_be_one(browser: Browser, hub: Served) -> None:
    page = await browser.new_page()
    await page.goto(hub.url.removesuffix("/mcp"))
    await page.fill("#key", "artloop_nothing")
    await page.click("button")
    assert "No such key" in await page.inner_text("[role=alert]")
    assert await Visit(page).accessible() == []
    await page.close()
