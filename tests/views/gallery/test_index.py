"""The page of all runs."""

from pathlib import Path

from artloop.models import RunSummary
from artloop.prompts import Prompts
from artloop.views.gallery.index import write_index
from artloop.workspace import Workspace
from tests.artists.desk import SHIPPED
from tests.exhibition import layered
from tests.views.test_gallery import HOSTILE, Page
from tests.works import rasterised


def indexed(root: Path, *briefs: str, name: str = "default") -> Path:
    """An index of one run for each brief; the first has no winner, the second no gallery."""
    workspace = Workspace(root, name)
    rows = [_row(workspace, number, brief) for number, brief in enumerate(briefs)]
    return write_index(workspace, rows, Prompts([SHIPPED]))


def _row(workspace: Workspace, number: int, brief: str) -> RunSummary:
    folder = workspace.runs / f"2026010{number}-120000-run-000{number}"
    (folder / "final").mkdir(parents=True)
    if number != 1:
        (folder / "gallery.html").write_text("")
    if number:
        (folder / "final" / "preview.png").write_bytes(rasterised(layered(number)))
    return RunSummary(
        id=folder.name,
        brief=brief,
        status="finished" if number else "failed",
        created=f"2026-01-0{number + 1}T12:00:00+00:00",
        winner="v01" if number else None,
        iterations=number + 1,
        cost_usd=0.5,
        folder=str(folder),
    )


def test_runs_hang_newest_first_with_their_winners_and_lead_to_their_galleries(tmp_path: Path) -> None:
    path = indexed(tmp_path, "tide", "storm", "salt")
    page = Page(path.read_text())
    assert path == tmp_path / "runs" / "gallery.html"
    words = [one["data-words"].split()[0] for one in page.all("li")]
    assert words == ["salt", "storm", "tide"]
    pictures = [image["src"] for image in page.all("img")]
    assert len(pictures) == 2, "without a winner there is none"
    assert all(source.startswith("data:image/webp;base64,") for source in pictures)
    pages = [f"2026010{number}-120000-run-000{number}/gallery.html" for number in (2, 0)]
    assert list(dict.fromkeys(link["href"] for link in page.all("a"))) == pages
    assert "artloop gallery 20260101-120000-run-0001" in page.text
    assert "2026-01-01, failed, 1 iteration, $0.50" in page.text


def test_words_of_a_brief_stay_words(tmp_path: Path) -> None:
    page = Page(indexed(tmp_path, HOSTILE, name="lab").read_text())
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert HOSTILE in page.text
