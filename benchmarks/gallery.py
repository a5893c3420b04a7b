"""The gallery of a made-up run of 200 iterations, its drawings as large as real ones: its size, how fast it opens."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from playwright.async_api import Page, async_playwright

from artloop.models import Usage
from artloop.views.gallery import write_gallery
from tests.exhibition import long_run
from tests.works import RECORD

TURNS = 200
STROKES, POINTS = 120, 150
"""Of each drawing: 18 000 points, a quarter of a megabyte."""
SIZE_MOST, OPEN_MOST_S = 15_000_000, 2.0


def hung(folder: Path, strokes: int = STROKES, points: int = POINTS) -> Path:
    """The gallery of the run."""
    run, variants, selection = long_run(folder, TURNS, strokes, points)
    return write_gallery(RECORD, variants, selection, Usage(requests=TURNS), run)


async def time_to_open(page: Page) -> float:
    """Seconds from the address to a page that is whole, laid out and answers."""
    script = "performance.getEntriesByType('navigation')[0].loadEventEnd"
    before = time.perf_counter()
    await page.reload(wait_until="load")
    await page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    return max(time.perf_counter() - before, await page.evaluate(script) / 1000)


async def opened(address: str) -> list[float]:
    """Seconds of five times opening it; none without a Chromium."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path:
        return []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = await browser.new_page()
        await page.goto(address)
        found = [await time_to_open(page) for _ in range(5)]
        await browser.close()
    return found


def main() -> None:
    """Print size, and the times to write and to open."""
    with tempfile.TemporaryDirectory() as name:
        before = time.perf_counter()
        gallery = hung(Path(name))
        written = time.perf_counter() - before
        drawing = next(Path(name).rglob("drawing.svg")).stat().st_size
        found = sorted(asyncio.run(opened(gallery.resolve().as_uri())))
        size = gallery.stat().st_size
    print(
        f"gallery: {TURNS} iterations of {drawing / 1e3:.0f} kB each, {size / 1e6:.1f} MB (aim {SIZE_MOST / 1e6:.0f})"
    )
    print(f"  made and written in {written:.1f} s,", end=" ")
    if found:
        print(f"opens in {found[2]:.2f} s (median; aim {OPEN_MOST_S:g}), {found[-1]:.2f} s (worst of 5)")
    else:
        print("not opened: no Chromium here")


if __name__ == "__main__":
    main()
