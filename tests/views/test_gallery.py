import base64
import hashlib
import json
import re
import zlib
from collections import Counter
from html.parser import HTMLParser

import pytest

from artloop.models import Brief, Selection, Usage
from artloop.prompts import Prompts
from artloop.views.gallery import whose_eyes, write_gallery
from tests import goldens
from tests.artists.desk import SHIPPED
from tests.exhibition import exhibition
from tests.works import RECORD, hung, spiral

NAMESPACES = ("http://www.w3.org/2000/svg", "http://www.inkscape.org/namespaces/inkscape")
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{ 7 * 7 }}"


class Page(HTMLParser):
    """The elements of a page, its visible text, its script, and what it holds packed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.packed: dict[str, str] = {}
        self.script = self.text = ""
        self._inside: tuple[str, dict[str, str]] = ("", {})
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self._inside = (tag, {name: value or "" for name, value in attrs})
        self.elements.append(self._inside)

    def handle_endtag(self, tag):
        self._inside = ("", {})

    def handle_data(self, data):
        tag, attributes = self._inside
        if tag == "script" and "id" in attributes:
            self.packed[attributes["id"]] = data
        elif tag == "script":
            self.script += data
        elif tag != "style":
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def unpacked(page: Page, name: str) -> bytes:
    return zlib.decompress(base64.b64decode(page.packed[name]))


def made(folder, variants, selection, record=RECORD, usage=None, prompts=None) -> str:
    return write_gallery(record, variants, selection, usage or Usage(requests=84), folder, prompts).read_text()


def test_the_page_is_as_recorded_but_for_styles_script_and_what_is_packed(request, tmp_path):
    page = made(*hung(tmp_path), usage=Usage(requests=84, input_tokens=184220, output_tokens=38102, cost_usd=0.414))
    page = re.sub(r"<style>.*?</style>", "<style></style>", page, flags=re.DOTALL)
    page = re.sub(r"<script>.*?</script>", "<script></script>", page, flags=re.DOTALL)
    page = re.sub(r"sha256-[\w+/=]+", "sha256", page)
    page = re.sub(r"(data:image/[a-z+]+);base64,[\w+/=]+", r"\1", page)
    page = re.sub(r'(<script type="text/plain" id="[\w-]+">)[\w+/=]+', r"\1", page)
    goldens.check(request, "gallery.html", page)


def test_the_winner_is_large_and_every_drawing_has_its_thumbnail_and_its_lines(tmp_path):
    folder, variants, selection = hung(tmp_path)
    page = Page(made(folder, variants, selection))
    drawn = sum(turn.rendering.ok for variant in variants for turn in variant.iterations)
    kinds = Counter(image["src"].partition(";")[0] for image in page.all("img"))
    assert kinds == {"data:image/svg+xml": 1, "data:image/webp": drawn, "data:,": 3}
    large = next(image["src"] for image in page.all("img"))
    lines = (folder.iteration("v04", 5) / "drawing.svg").read_bytes()
    assert base64.b64decode(large.split(",")[1]) == lines
    assert unpacked(page, "drawing-v04-05") == lines
    assert len([name for name in page.packed if name.startswith("drawing-")]) == drawn


def test_what_is_told_of_an_iteration_is_packed_beside_it(tmp_path):
    page = Page(made(*hung(tmp_path)))
    notes = Page(unpacked(page, "notes-v01-04").decode())
    for words in ("The dark bay in the lower left.", "open the hatch", "14.0%", "artloop fork", "RINGS = 4"):
        assert words in notes.text
    assert "What changed against 02" in notes.text, "03 could not be drawn, so 04 was made of 02"
    assert [place["data-region"] for place in notes.all("button") if "data-region" in place] == ["0 67 100 33"]


def test_a_drawing_is_compared_with_what_it_was_made_of_else_with_the_last_one(tmp_path):
    page = Page(made(*exhibition(tmp_path)))
    beside = {one["name"]: one["beside"] for one in json.loads(page.packed["run"])["order"]}
    assert beside["v01-01"] == "", "there is none before it"
    assert beside["v01-04"] == "v01-02", "what was made in between could not be drawn"
    assert beside["v02-03"] == "v02-02", "a rethink begins anew"
    assert beside["v04-03"] == "v02-02", "a crossing has the marks of another variant"


def test_the_page_needs_no_network_and_allows_no_other_script(tmp_path):
    text = made(*hung(tmp_path))
    page = Page(text)
    for name in NAMESPACES:  # names that look like addresses: nothing is fetched from there
        text = text.replace(name, "")
    assert not re.search(r"https?:|//[a-z]+\.|url\(|@import|javascript:", text)
    assert all(image["src"].startswith("data:") for image in page.all("img"))
    assert not page.all("link")
    policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    digest = base64.b64encode(hashlib.sha256(page.script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_words_of_models_and_sketches_stay_words(tmp_path):
    folder, variants, selection = hung(tmp_path)
    turn = variants[3].iterations[4]
    hostile = turn.model_copy(
        update={
            "drawing": turn.drawing.model_copy(update={"source": HOSTILE, "change": HOSTILE, "hypothesis": HOSTILE}),
            "critique": turn.critique.model_copy(update={"first_seen": HOSTILE, "keep": HOSTILE}),
        }
    )
    concept = variants[3].concept.model_copy(update={"title": HOSTILE, "idea": HOSTILE, "pens": [HOSTILE]})
    variants[3] = variants[3].model_copy(update={"concept": concept, "iterations": [hostile], "failure": HOSTILE})
    record = RECORD.model_copy(update={"brief": Brief(text=HOSTILE)})
    page = Page(made(folder, variants, selection, record))
    notes = Page(unpacked(page, "notes-v04-05").decode())
    assert [script for script in page.all("script") if "type" not in script] == [{}]
    assert not notes.all("script")
    for one in (page, notes):
        assert not [name for _, attributes in one.elements for name in attributes if name.startswith("on")]
    assert page.text.count(HOSTILE) > 6
    assert notes.text.count(HOSTILE) == 5
    assert json.loads(page.packed["run"])["order"][-1]["title"] == HOSTILE


def test_a_hostile_drawing_is_only_ever_the_source_of_a_picture(tmp_path):
    folder, variants, selection = hung(tmp_path)
    evil = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
    (folder.iteration("v04", 5) / "drawing.svg").write_text(evil)
    text = made(folder, variants, selection)
    page = Page(text)
    assert "alert" not in text
    assert base64.b64encode(evil.encode()).decode() in text
    assert unpacked(page, "drawing-v04-05").decode() == evil
    order = {one["name"]: one["layered"] for one in json.loads(page.packed["run"])["order"]}
    assert not order["v04-05"], "the script takes it as it is and does not look into it"


def test_a_drawing_of_very_many_lines_is_shown_as_its_picture(tmp_path, monkeypatch):
    monkeypatch.setattr("artloop.views.gallery.hanging.ALL_BYTES", 20_000)
    folder, variants, selection = hung(tmp_path)
    noise = "".join(f'<path d="M{n * 7919 % 148},{n * 104729 % 210} {n * 31 % 148},9"/>' for n in range(4000))
    (folder.iteration("v01", 1) / "drawing.svg").write_text(spiral(2, "#000").replace("</svg>", f"{noise}</svg>"))
    page = Page(made(folder, variants, selection))
    kinds = {one["name"]: one["kind"] for one in json.loads(page.packed["run"])["order"]}
    assert (kinds["v01-01"], kinds["v01-02"]) == ("image/webp", "image/svg+xml")
    assert unpacked(page, "drawing-v01-01")[8:12] == b"WEBP"


def test_missing_and_damaged_pictures_are_said_in_words(tmp_path):
    folder, variants, selection = hung(tmp_path)
    (folder.iteration("v04", 5) / "drawing.svg").unlink()
    (folder.iteration("v04", 5) / "preview.png").write_bytes(b"")
    page = Page(made(folder, variants, selection))
    assert page.text.count("Its picture is missing.") == 2
    assert "drawing-v04-05" not in page.packed


def test_a_run_without_a_winner_shows_what_was_tried(tmp_path):
    folder, variants, _ = hung(tmp_path)
    empty = variants[2].model_copy(update={"id": "v05", "iterations": []})
    text = made(folder, [variants[2], empty], Selection(winner=None))
    assert "No drawing of this run can be plotted." in text
    assert "exception (line 12): name &#39;tide&#39; is not defined" in text
    assert "No iteration was made." in text
    assert 'id="judged"' not in text


@pytest.mark.parametrize(
    ("critic", "judge", "said"),
    [
        (True, True, "The critic and judge of this run are the built-in house heuristics: measured numbers, no eye."),
        (True, False, "The critic of this run is the built-in house heuristic: measured numbers, no eye."),
        (False, True, "The judge of this run is the built-in house heuristic: measured numbers, no eye."),
        (False, False, "The critiques were written by a model that saw the pictures."),
    ],
)
def test_a_reader_is_told_who_looked_and_who_only_measured(tmp_path, critic, judge, said):
    _, variants, selection = hung(tmp_path)
    turn = variants[0].iterations[0]
    seen = turn.model_copy(update={"critique": turn.critique.model_copy(update={"measured": critic})})
    shown = [variants[0].model_copy(update={"iterations": [seen]})]
    assert said in whose_eyes(shown, selection.model_copy(update={"measured": judge}))


def test_the_users_own_template_is_used(tmp_path):
    folder, variants, selection = hung(tmp_path)
    (tmp_path / "gallery.html.j2").write_text("{{ record.brief.text }}: {{ work.turn.number }}")
    assert made(folder, variants, selection, prompts=Prompts([tmp_path, SHIPPED])) == "tidal memory: 5"


def test_the_same_run_gives_the_same_page(tmp_path):
    folder, variants, selection = hung(tmp_path)
    assert made(folder, variants, selection) == made(folder, variants, selection)
