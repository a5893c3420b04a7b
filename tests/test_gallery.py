import base64
import hashlib
import re
import shlex
from html.parser import HTMLParser

import pytest

from artloop.gallery import whose_eyes, write_gallery
from artloop.models import Brief, Selection, Usage
from artloop.prompts import Prompts
from tests import goldens
from tests.works import RECORD, hang, hung, iteration, spiral

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{ 7 * 7 }}"


class Page(HTMLParser):
    """The elements of a page and its visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.inside: dict[str, str] = {}
        self.text = ""
        self._tag = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self._tag = tag
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag):
        self._tag = ""

    def handle_data(self, data):
        if self._tag in ("script", "style"):
            self.inside[self._tag] = self.inside.get(self._tag, "") + data
        else:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def made(folder, variants, selection, record=RECORD, usage=None, prompts=None) -> str:
    return write_gallery(record, variants, selection, usage or Usage(requests=84), folder, prompts).read_text()


def test_the_page_is_as_recorded_but_for_styles_and_pictures(request, tmp_path):
    page = made(*hung(tmp_path), usage=Usage(requests=84, input_tokens=184220, output_tokens=38102, cost_usd=0.414))
    page = re.sub(r"<style>.*?</style>", "<style></style>", page, flags=re.DOTALL)
    page = re.sub(r"(data:image/[a-z+]+);base64,[\w+/=]+", r"\1", page)
    goldens.check(request, "gallery.html", page)


def test_the_winner_is_large_and_every_drawing_has_its_picture(tmp_path):
    folder, variants, selection = hung(tmp_path)
    page = Page(made(folder, variants, selection))
    pictures = [image for image in page.all("img") if image["src"].startswith("data:image/svg+xml;base64,")]
    drawn = sum(turn.rendering.ok for variant in variants for turn in variant.iterations)
    assert len(pictures) == drawn + 1
    first = base64.b64decode(pictures[0]["src"].split(",")[1])
    assert first == (folder.iteration("v04", 5) / "drawing.svg").read_bytes()


def test_the_page_needs_no_network_and_allows_no_other_script(tmp_path):
    text = made(*hung(tmp_path))
    page = Page(text)
    assert not re.search(r"https?:|//[a-z]+\.|url\(|@import|javascript:", text)
    assert all(image["src"].startswith("data:") for image in page.all("img"))
    assert not page.all("link")
    policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    digest = base64.b64encode(hashlib.sha256(page.inside["script"].encode()).digest()).decode()
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
    assert len(page.all("script")) == 1
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert page.text.count(HOSTILE) > 8


def test_a_hostile_drawing_is_only_ever_the_source_of_a_picture(tmp_path):
    folder, variants, selection = hung(tmp_path)
    evil = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
    (folder.iteration("v04", 5) / "drawing.svg").write_text(evil)
    text = made(folder, variants, selection)
    assert "alert" not in text
    assert base64.b64encode(evil.encode()).decode() in text


def test_a_drawing_of_many_lines_is_shown_as_its_picture(tmp_path):
    folder, variants, selection = hung(tmp_path)
    place = folder.iteration("v01", 1)
    (place / "drawing.svg").write_text(spiral(2, "#000") + " " * 150_000)
    assert base64.b64encode((place / "preview.png").read_bytes()).decode() in made(folder, variants, selection)


def test_missing_and_damaged_pictures_are_said_in_words(tmp_path):
    folder, variants, selection = hung(tmp_path)
    (folder.iteration("v04", 5) / "drawing.svg").unlink()
    (folder.iteration("v04", 5) / "preview.png").write_bytes(b"")
    assert made(folder, variants, selection).count("Its picture is missing.") == 2


def test_a_long_run_stays_a_page_one_can_open(tmp_path):
    folder, variants, _ = hung(tmp_path)
    turns = [iteration(number, 5.0) for number in range(1, 201)]
    for turn in turns:
        hang(folder.iteration("v01", turn.number), spiral(3, "#000") + " " * 120_000)
    long = variants[0].model_copy(update={"iterations": turns})
    assert len(made(folder, [long], Selection(winner="v01"))) < 15_000_000


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


def test_the_command_to_ask_anew_survives_a_shell(tmp_path):
    folder, variants, selection = hung(tmp_path)
    brief = Brief(text='it\'s "night" & $HOME; rm -rf', stall=2)
    models = {"imagine": "big", "draw": "big", "critique": "eye", "choose": "house"}
    record = RECORD.model_copy(update={"brief": brief, "models": models})
    text = Page(made(folder, variants, selection, record)).text
    words = shlex.split(next(line for line in text.splitlines() if "artloop run" in line).split("Ask anew")[-1])
    assert words[:3] == ["artloop", "run", brief.text]
    options = dict(zip(words[3::2], words[4::2], strict=True))
    assert options["--model"] == "big"
    assert options["--critic-model"] == "eye"
    assert options["--judge-model"] == "house"
    assert options["--stall"] == "2"


def test_the_users_own_template_is_used(tmp_path):
    folder, variants, selection = hung(tmp_path)
    (tmp_path / "gallery.html.j2").write_text("{{ record.brief.text }}: {{ work.turn.number }}")
    assert made(folder, variants, selection, prompts=Prompts([tmp_path])) == "tidal memory: 5"


def test_the_same_run_gives_the_same_page(tmp_path):
    folder, variants, selection = hung(tmp_path)
    assert made(folder, variants, selection) == made(folder, variants, selection)
