"""One Chromium for the tests of a module, and pages that notice what they should not do."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
SERIOUS = ("serious", "critical")


@dataclass
class Visit:
    """A page that was opened, and what went wrong on it."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def asked_for(self, url: str, origin: str) -> None:
        """A request was sent: one that leaves this origin is a complaint."""
        if not url.startswith(("data:", "blob:", f"{origin}/")):
            self.complaints.append(f"asked for {url}")

    async def accessible(self, within: str = "body") -> list[str]:
        """What axe finds that is serious or critical."""
        await self.page.evaluate(AXE)
        found = await self.page.evaluate("within => axe.run(within, {resultTypes: ['violations']})", within)
        return [
            f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
            for one in found["violations"]
            if one["impact"] in SERIOUS
            for node in one["nodes"]
        ]


Visits = Callable[..., AbstractAsyncContextManager[Visit]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The Chromium that CHROMIUM names, or the one that is installed. Tests of other modules count their processes."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium: install the package chromium, or set CHROMIUM to where one is")
    async with async_playwright() as playwright:
        # a container's root has no sandbox; the pages are our own
        chromium = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        await chromium.close()


@pytest.fixture
def visit(browser: Browser) -> Visits:
    """Opens a file as somebody would; errors on its console and requests of the network fail the test."""

    @asynccontextmanager
    async def opened(path: Path, anchor: str = "", **context: Any) -> AsyncIterator[Visit]:
        around = await browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **context})
        page = await around.new_page()
        page.set_default_timeout(20_000)
        one = Visit(page)
        page.on("console", lambda said: one.complaints.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: one.complaints.append(str(error)))
        page.on("request", lambda asked: _note(one, asked.url, path))
        await page.goto(f"{path.resolve().as_uri()}{anchor}")
        yield one
        await around.close()
        assert one.complaints == []

    return opened


def _note(visit: Visit, url: str, path: Path) -> None:
    if not url.startswith(("data:", "blob:")) and url.partition("#")[0] != path.resolve().as_uri():
        visit.complaints.append(f"asked for {url}")
