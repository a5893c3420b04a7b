"""The gallery in a real browser: every control, at every width, without a network and without complaints."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Page

from artloop.models import Usage
from artloop.views.gallery import write_gallery
from tests.browser.conftest import Visits
from tests.exhibition import GCODE, exhibition
from tests.works import RECORD

pytestmark = pytest.mark.asyncio(loop_scope="session")
WIDTHS = {360: 740, 800: 1000, 1400: 900}


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the made-up run."""
    folder, variants, selection = exhibition(tmp_path_factory.mktemp("run"))
    return write_gallery(RECORD, variants, selection, Usage(requests=84, cost_usd=0.414), folder)


async def opened(page: Page, name: str) -> None:
    """Wait until the viewer shows that iteration."""
    await page.wait_for_selector(f"#viewer[data-shown='{name}']")
    await page.wait_for_function("[...document.querySelectorAll('.leaf img:not([hidden])')].every(one => one.complete)")


async def seen(page: Page) -> Image.Image:
    """The sheet as it looks."""
    return Image.open(io.BytesIO(await page.locator(".leaf").screenshot())).convert("RGB")


def reds(picture: Image.Image) -> list[int]:
    """The rows in which something is vermilion."""
    red, _, blue = picture.split()
    strong = Image.eval(red, lambda value: 255 if value > 190 else 0).tobytes()
    weak = Image.eval(blue, lambda value: 255 if value < 140 else 0).tobytes()
    width = picture.width
    return sorted({at // width for at, both in enumerate(zip(strong, weak, strict=True)) if all(both)})


async def view(page: Page) -> tuple[float, float, float]:
    """Where the sheet is and how large: x, y, zoom."""
    style = await page.locator(".leaf .sheet").get_attribute("style") or ""
    x, y, zoom = (float(re.search(rf"--{name}: ?(-?[\d.]+)", style)[1]) for name in ("x", "y", "zoom"))  # type: ignore[index]
    return x, y, zoom


async def test_a_card_opens_the_viewer_which_goes_on_and_back_and_closes(gallery: Path, visit: Visits) -> None:
    async with visit(gallery) as one:
        page = one.page
        await page.click("#v01-01 .print")
        await opened(page, "v01-01")
        assert "Salt Lines" in await page.inner_text("#viewer-title")
        await page.click("[data-do=after]")
        await opened(page, "v01-02")
        await page.keyboard.press("ArrowRight")
        await opened(page, "v01-03")
        assert "name 'tide' is not defined" in await page.inner_text(".empty")
        await page.keyboard.press("ArrowLeft")
        await opened(page, "v01-02")
        await page.click("[data-do=before]")
        await opened(page, "v01-01")
        assert page.url.endswith("#v01-01")
        await page.keyboard.press("Escape")
        assert not await page.is_visible("#viewer")
        assert await page.evaluate("document.activeElement.getAttribute('href')") == "#v01-01"
        await page.click("#v02-01 .script a")
        await opened(page, "v02-01")
        await page.click("[data-do=close]")
        assert not await page.is_visible("#viewer")


async def test_an_address_and_the_family_tree_lead_to_a_drawing(gallery: Path, visit: Visits) -> None:
    async with visit(gallery, "#v04-05") as one:
        page = one.page
        await opened(page, "v04-05")
        await page.keyboard.press("Escape")
        node = page.locator(".tree a[href='#v04-03']")
        assert "a crossing of v02 iteration 2 and v01 iteration 2" in (await node.get_attribute("aria-label") or "")
        await node.hover()
        await page.wait_for_selector("#peek:not([hidden])")
        await node.focus()
        await page.keyboard.press("Enter")
        await opened(page, "v04-03")
        assert "Salt on the Ledger" in await page.inner_text("#viewer-title")
        await page.keyboard.press("Escape")
        await page.click(".story li:last-child a")
        await opened(page, "v04-05")


async def test_pens_are_taken_off_and_put_back(gallery: Path, visit: Visits) -> None:
    async with visit(gallery, "#v04-05") as one:
        page = one.page
        await opened(page, "v04-05")
        assert reds(await seen(page))
        await page.locator(".pens label", has_text="vermilion").click()
        await opened(page, "v04-05")
        assert not reds(await seen(page))
        await page.focus(".pens input >> nth=1")
        await page.keyboard.press("Space")
        await opened(page, "v04-05")
        assert reds(await seen(page))


async def test_the_sheet_is_zoomed_by_buttons_keys_wheel_and_a_double_click(gallery: Path, visit: Visits) -> None:
    async with visit(gallery, "#v04-05") as one:
        page = one.page
        await opened(page, "v04-05")
        await page.click("[data-do=in]")
        assert (await view(page))[2] == 1.5
        await page.keyboard.press("+")
        await page.keyboard.press("-")
        await page.click("[data-do=out]")
        assert await view(page) == (0, 0, 1)
        box = await page.locator(".leaf .sheet").bounding_box()
        assert box
        corner = (box["x"] + 10, box["y"] + 10)
        await page.mouse.move(*corner)
        await page.mouse.wheel(0, -320)
        x, y, zoom = await view(page)
        assert zoom > 2
        grown = await page.locator(".leaf .sheet").bounding_box()
        assert grown
        assert (corner[0] - grown["x"]) / zoom == pytest.approx(10, abs=0.5), "what is under the pointer stays there"
        await page.mouse.down()
        await page.mouse.move(corner[0] - 40, corner[1] - 30)
        await page.mouse.up()
        assert await view(page) == (pytest.approx(x - 40), pytest.approx(y - 30), zoom)
        await page.focus(".stage")
        await page.keyboard.press("ArrowRight")
        assert (await view(page))[0] == pytest.approx(x - 100)
        await page.keyboard.press("0")
        assert await view(page) == (0, 0, 1)
        await page.mouse.dblclick(*corner)
        assert (await view(page))[2] == 3


async def test_two_fingers_zoom_and_move_the_sheet(gallery: Path, visit: Visits) -> None:
    async with visit(gallery, "#v04-05", viewport={"width": 360, "height": 740}, has_touch=True) as one:
        page = one.page
        await opened(page, "v04-05")
        fingers = await page.context.new_cdp_session(page)

        async def touch(kind: str, *points: tuple[int, int]) -> None:
            at = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
            await fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

        await touch("touchStart", (160, 300), (200, 300))
        await touch("touchMove", (140, 300), (220, 300))
        await touch("touchMove", (120, 300), (240, 300))
        await touch("touchEnd")
        assert (await view(page))[2] == pytest.approx(3, abs=0.3)


async def test_the_slider_uncovers_the_one_before(gallery: Path, visit: Visits) -> None:
    async with visit(gallery, "#v04-05") as one:
        page = one.page
        await opened(page, "v04-05")
        alone = reds(await seen(page))
        await page.click("[data-do=compare]")
        await opened(page, "v04-05")
        slider = page.locator(".split input")
        await slider.fill("0")
        await page.evaluate("document.querySelector('.cut').style.visibility = 'hidden'")
        assert reds(await seen(page)) == alone
        await slider.focus()
        await page.keyboard.press("End")
        before = reds(await seen(page))
        assert before
        assert before[0] > alone[-1], "its hatching lies lower"
        assert await page.inner_text(".split .left") == "03"
        assert await page.is_visible("[data-do=compare]")
        for _ in range(4):
            await page.click("[data-do=before]")
        await opened(page, "v04-01")
        assert not await page.is_visible("[data-do=compare]"), "a first drawing has none before it"


async def test_the_notes_tell_critique_measures_changes_source_and_cost(gallery: Path, visit: Visits) -> None:
    async with visit(gallery, "#v04-05") as one:
        page = one.page
        await opened(page, "v04-05")
        text = await page.inner_text("#notes")
        for words in ("The dark bay in the lower left.", "9.12 m", "2 calls · 9,000 in · 800 out · $0.0125"):
            assert words in text
        assert await page.locator("#notes .measures path").count() > 10, "small charts"
        await page.get_by_text("What changed against 03").click()
        assert await page.locator("#notes ins").all_inner_texts() == ['"""Salt <Lines> 5"""', "RINGS = 5"]
        assert await page.locator("#notes del").all_inner_texts() == ['"""Salt <Lines> 3"""', "RINGS = 3"]
        await page.get_by_text("Sketch source").click()
        assert "def" in await page.locator("#notes .numbered .word").all_inner_texts()
        place = page.get_by_role("button", name="lower third")
        await place.click()
        box, sheet = [await page.locator(each).bounding_box() for each in (".place-mark", ".leaf .sheet")]
        assert box
        assert sheet
        assert (box["y"] - sheet["y"]) / sheet["height"] == pytest.approx(0.67, abs=0.02)
        await place.click()
        assert await page.locator(".place-mark").count() == 0
        await page.keyboard.press("ArrowLeft")
        await opened(page, "v04-04")
        assert await page.locator("#notes details[data-keeps=source]").get_attribute("open") is not None


async def test_commands_are_copied_and_files_taken_out(gallery: Path, visit: Visits) -> None:
    allowed = ["clipboard-read", "clipboard-write"]
    async with visit(gallery, permissions=allowed, accept_downloads=True) as one:
        page = one.page
        await page.get_by_role("button", name="Copy: Perform it again").click()
        await page.locator(".copy", has_text="Copied").first.wait_for()
        assert await page.evaluate("navigator.clipboard.readText()") == f"artloop replay {RECORD.id}"
        for name, words in (("SVG, in millimetres", None), ("G-code", GCODE), ("Sketch", '"""Salt <Lines> 5"""')):
            async with page.expect_download() as taken:
                await page.get_by_role("link", name=name, exact=True).click()
            path = await (await taken.value).path()
            expected = (gallery.parent / "final" / "drawing.svg").read_text() if words is None else words
            assert path.read_text().startswith(expected)
        await page.click("#v02-04 .print")
        await opened(page, "v02-04")
        await page.get_by_role("button", name="Copy: Go on from here").click()
        await page.locator("dialog .copy", has_text="Copied").first.wait_for()
        told = await page.evaluate("navigator.clipboard.readText()")
        assert told == f"artloop fork {RECORD.id} --variant v02 --iteration 4"
        async with page.expect_download() as taken:
            await page.get_by_role("link", name="SVG", exact=True).click()
        assert (await taken.value).suggested_filename == f"{RECORD.id}-v02-04.svg"
        assert 'inkscape:label="1 indigo"' in (await (await taken.value).path()).read_text()


async def test_a_browser_that_cannot_unpack_shows_picture_words_and_where_the_files_are(
    gallery: Path, visit: Visits
) -> None:
    async with visit(gallery) as one:
        page = one.page
        await page.evaluate("delete window.DecompressionStream")
        await page.click("#v04-05 .print")
        await opened(page, "v04-05")
        assert (await page.locator(".leaf .own").get_attribute("src") or "").startswith("data:image/webp")
        assert "Thin the hatch in the lower third" in await page.inner_text("#notes")
        assert await page.locator("#notes a[href='variants/v04/iterations/05/drawing.svg']").count() == 1


async def test_without_scripts_every_picture_and_word_of_the_cards_is_there(gallery: Path, visit: Visits) -> None:
    async with visit(gallery, java_script_enabled=False) as one:
        assert await one.page.locator(".card .print img").count() == 14
        assert await one.page.is_visible("#v01-03 .none")
        assert not await one.page.is_visible(".copy >> nth=0")


async def test_a_hostile_drawing_does_nothing(tmp_path: Path, visit: Visits) -> None:
    folder, variants, selection = exhibition(tmp_path)
    evil = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' width="148mm" height="210mm" viewBox="0 0 148 210" onload="document.title=1">'
        "<script>document.title=2</script>"
        '<image xlink:href="https://example.org/x.png" width="9" height="9"/><path d="M1,1 9,9" onclick="x()"/></svg>'
    )
    for number in (4, 5):
        (folder.iteration("v04", number) / "drawing.svg").write_text(evil)
    page_file = write_gallery(RECORD, variants, selection, Usage(), folder)
    async with visit(page_file, "#v04-05") as one:
        await opened(one.page, "v04-05")
        await one.page.click("[data-do=compare]")
        await opened(one.page, "v04-05")
        assert await one.page.title() == RECORD.brief.text


@pytest.mark.parametrize("width", WIDTHS)
async def test_at_every_width_nothing_runs_off(gallery: Path, visit: Visits, width: int) -> None:
    async with visit(gallery, viewport={"width": width, "height": WIDTHS[width]}) as one:
        page = one.page
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        await page.click("#v04-05 .print")
        await opened(page, "v04-05")
        await page.click("[data-do=compare]")
        await page.evaluate("document.querySelectorAll('#notes details').forEach(one => { one.open = true; })")
        assert await page.evaluate("document.querySelector('#viewer').scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (360, "dark")])
async def test_axe_finds_nothing_serious(gallery: Path, visit: Visits, width: int, scheme: Any) -> None:
    async with visit(gallery, viewport={"width": width, "height": WIDTHS[width]}, color_scheme=scheme) as one:
        assert await one.accessible() == []
        await one.page.click("#v04-05 .print")
        await opened(one.page, "v04-05")
        await one.page.click("[data-do=compare]")
        await one.page.evaluate("document.querySelectorAll('#notes details').forEach(one => { one.open = true; })")
        assert await one.accessible("#viewer") == []


async def test_printed_it_is_pictures_and_words_without_controls(gallery: Path, visit: Visits) -> None:
    async with visit(gallery) as one:
        await one.page.emulate_media(media="print")
        assert not await one.page.is_visible(".copy >> nth=0")
        assert not await one.page.is_visible(".take")
        assert await one.page.is_visible("#v02-05 .print img")
