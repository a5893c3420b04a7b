"""`artloop gallery`: of one run, or the index of all."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from artloop.cli import app
from artloop.errors import RunNotFound
from tests.test_judging import run


def gallery(*words: str, root: Path) -> Path:
    """The page that the command names."""
    result = CliRunner().invoke(app, ["gallery", *words, "--root", str(root)], catch_exceptions=False)
    return Path(result.stdout.strip())


def test_a_gallery_is_made_again_and_without_an_id_all_runs_are_indexed(tmp_path: Path) -> None:
    run(tmp_path)
    run(tmp_path)
    first, last = sorted(path.name for path in (tmp_path / "runs").iterdir())
    page = tmp_path / "runs" / last / "gallery.html"
    assert gallery("last", root=tmp_path) == page
    assert 'id="viewer"' in page.read_text()
    index = gallery(root=tmp_path)
    assert index == tmp_path / "runs" / "gallery.html"
    text = index.read_text()
    assert text.index(f'href="{last}/gallery.html"') < text.index(first)
    assert gallery("last", root=tmp_path) == page, "the index is no run"


def test_a_damaged_run_is_named_and_the_others_are_indexed(tmp_path: Path) -> None:
    run(tmp_path)
    (tmp_path / "runs" / "20200101-000000-broken-0000").mkdir()
    result = CliRunner().invoke(app, ["gallery", "--root", str(tmp_path)])
    assert "broken-0000" in result.stderr
    assert "broken" not in (tmp_path / "runs" / "gallery.html").read_text()


def test_an_index_of_nothing_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["gallery", "--root", str(tmp_path)])
    assert isinstance(result.exception, RunNotFound)
    assert list(tmp_path.iterdir()) == []
