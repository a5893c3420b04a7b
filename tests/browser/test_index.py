"""The index in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import Visits
from tests.views.gallery.test_index import indexed

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of three runs."""
    return indexed(tmp_path_factory.mktemp("runs"), "tidal memory", "Storm over a city", "salt and memory")


async def test_runs_are_searched_by_their_words(index: Path, visit: Visits) -> None:
    async with visit(index) as one:
        page = one.page
        assert await page.inner_text("output") == "3"
        await page.keyboard.press("Tab")
        await page.keyboard.type("MEMORY tid")
        assert await page.locator(".run:visible h2").all_inner_texts() == ["tidal memory"]
        assert await page.inner_text("output") == "1 of 3"
        await page.keyboard.press("Escape")
        assert await page.locator(".run:visible").count() == 3
        await page.fill("input", "nothing like it")
        assert await page.inner_text("output") == "0 of 3"


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (360, "dark")])
async def test_the_index_fits_and_axe_is_content(index: Path, visit: Visits, width: int, scheme: str) -> None:
    async with visit(index, viewport={"width": width, "height": 800}, color_scheme=scheme) as one:
        assert await one.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert await one.accessible() == []
