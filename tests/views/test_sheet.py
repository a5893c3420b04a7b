from pathlib import Path

import pytest
from PIL import Image, ImageChops

from artloop.models import Brief, Canvas, Selection, Standing
from artloop.views.sheet import HEIGHT_MAX, WIDTH_MAX, contact_sheet
from artloop.workspace import RunFolder
from tests.works import RECORD, concept, hang, hung, iteration, spiral


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        assert image.format == "PNG"
        return image.convert("RGB")


def changed(before: Image.Image, after: Image.Image) -> tuple[int, int, int, int] | None:
    assert before.size == after.size
    return ImageChops.difference(before, after).getbbox()


def test_every_variant_and_iteration_has_its_place(tmp_path):
    folder, made, selection = hung(tmp_path)
    path = contact_sheet(RECORD, made, selection, folder)
    sheet = opened(path)
    assert path == folder.contact_sheet
    assert 1500 < sheet.width <= WIDTH_MAX
    before = sheet
    for column, number in enumerate((1, 5)):
        hang(folder.iteration("v02", number), "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 148 210'/>")
        after = opened(contact_sheet(RECORD, made, selection, folder))
        left, top, right, bottom = changed(before, after)
        assert (left < sheet.width / 3) == (column == 0)
        assert sheet.height / 4 < top < bottom < sheet.height / 2
        assert right - left < 400
        before = after


def test_the_winner_is_circled_where_the_judge_chose_it(tmp_path):
    folder, made, selection = hung(tmp_path)
    without = opened(contact_sheet(RECORD, made, selection.model_copy(update={"winner": None}), folder))
    left, top, right, bottom = changed(without, opened(contact_sheet(RECORD, made, selection, folder)))
    assert left > without.width * 0.75
    assert top > without.height * 0.7
    assert 400 < right - left < 460
    assert bottom - top > right - left


def test_the_same_run_gives_the_same_bytes(tmp_path):
    folder, made, selection = hung(tmp_path)
    first = contact_sheet(RECORD, made, selection, folder).read_bytes()
    assert contact_sheet(RECORD, made, selection, folder).read_bytes() == first


def test_a_damaged_or_missing_picture_leaves_an_empty_frame(tmp_path):
    folder, made, selection = hung(tmp_path)
    whole = opened(contact_sheet(RECORD, made, selection, folder))
    (folder.iteration("v01", 1) / "preview.png").write_bytes(b"\x89PNG\r\n\x1a\ncut short")
    (folder.iteration("v01", 2) / "preview.png").unlink()
    left, _, right, _ = changed(whole, opened(contact_sheet(RECORD, made, selection, folder)))
    assert left < 100
    assert 700 < right < 900


def test_a_run_in_which_nothing_was_made_still_has_a_sheet(tmp_path):
    folder, made, _ = hung(tmp_path)
    empty = [made[0].model_copy(update={"iterations": [], "status": "failed", "failure": "no concept"})]
    assert opened(contact_sheet(RECORD, empty, Selection(winner=None), folder)).width >= 900
    assert opened(contact_sheet(RECORD, [], Selection(winner=None), folder)).height > 100


@pytest.mark.parametrize("canvas", [Canvas(width_mm=2000, height_mm=20), Canvas(width_mm=20, height_mm=2000)])
def test_odd_papers_and_long_words_fit(tmp_path, canvas):
    folder, made, selection = hung(tmp_path)
    record = RECORD.model_copy(update={"brief": Brief(text="Gezeitengedächtnis 潮の記憶 " * 20, canvas=canvas)})
    sheet = opened(contact_sheet(record, made, selection, folder))
    assert sheet.width <= WIDTH_MAX
    assert sheet.height < 5000


def test_long_runs_show_first_last_best_and_some_between(tmp_path):
    folder = RunFolder(tmp_path / "run")
    turns = [iteration(number, 9.0 if number == 8 else 5.0) for number in range(1, 121)]
    long = hung(tmp_path)[1][0].model_copy(update={"iterations": turns, "concept": concept("Long")})
    sheet = opened(contact_sheet(RECORD, [long], Selection(winner=None), folder))
    assert sheet.width <= WIDTH_MAX
    for number in (1, 8, 120):
        hang(folder.iteration("v01", number), spiral(6, "#000000"))
        after = opened(contact_sheet(RECORD, [long], Selection(winner=None), folder))
        assert changed(sheet, after)
        sheet = after


def test_of_very_many_variants_the_best_ranked_are_shown(tmp_path):
    folder, made, _ = hung(tmp_path)
    many = [made[0].model_copy(update={"id": f"v{number:03d}", "iterations": []}) for number in range(200)]
    ranking = [Standing(variant="v199", iteration=1, points=9, score=9)]
    sheet = opened(contact_sheet(RECORD, many, Selection(winner="v199", ranking=ranking), folder))
    assert sheet.height <= HEIGHT_MAX
