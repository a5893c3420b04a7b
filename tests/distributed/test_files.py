"""Which files travel with an errand, and which come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from artloop.distributed.blobs import FolderBlobs
from artloop.distributed.files import Hashes, cleared, fetched, inside, mentioned, sent, stale, stamps
from artloop.errors import StorageError, UsageError
from artloop.models import Artifact, Candidate, DescribeTask, DrawTask, Rendering
from artloop.workspace import RunFolder, write_bytes
from tests.fakes import brief, concept


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    run = RunFolder(tmp_path / "here" / "run")
    for name in ("sketch.py", "drawing.svg", "preview.png", "metrics.json", "log.txt"):
        for number in (1, 2):
            write_bytes(run.iteration("v01", number) / name, f"{name} {number}".encode())
    write_bytes(run.iteration("v01", 1) / "tries" / "abc" / "drawing.svg", b"a try")
    return run


def draw_task() -> DrawTask:
    return DrawTask(brief=brief(), variant="v01", concept=concept(1), iteration=3)


def names(paths: list[Path], folder: RunFolder) -> list[str]:
    return [path.relative_to(folder.variant("v01")).as_posix() for path in paths]


def test_an_artist_may_look_at_the_finished_drawings_of_its_variant_and_at_nothing_else(folder: RunFolder) -> None:
    assert set(names(mentioned(draw_task(), folder), folder)) == {
        f"iterations/0{number}/{name}"
        for number in (1, 2)
        for name in ("sketch.py", "drawing.svg", "preview.png", "metrics.json")
    }


def test_a_judge_may_look_at_the_pictures_it_judges(folder: RunFolder) -> None:
    preview = Artifact(name="preview.png", path="iterations/02/preview.png", mime="image/png", bytes=1, sha256="0" * 64)
    rendering = Rendering(ok=True, artifacts=[preview])
    one = Candidate(variant="v01", iteration=2, title="t", rendering=rendering, score=5.0)
    assert names(mentioned(DescribeTask(brief=brief(), candidate=one), folder), folder) == ["iterations/02/preview.png"]


def test_files_get_from_one_folder_to_another_and_only_what_is_new_is_moved(folder: RunFolder, tmp_path: Path) -> None:
    blobs, there, other = FolderBlobs(tmp_path / "blobs"), set[str](), RunFolder(tmp_path / "there" / "run")
    files = sent(mentioned(draw_task(), folder), folder, blobs, Hashes(), there)
    fetched(files, other, blobs, Hashes())
    for path in files:
        assert (other.path / path).read_bytes() == (folder.path / path).read_bytes()
    before = {path: path.stat().st_mtime_ns for path in other.path.rglob("*.svg")}
    fetched(files, other, blobs, Hashes())
    assert {path: path.stat().st_mtime_ns for path in other.path.rglob("*.svg")} == before


@pytest.mark.parametrize("path", ["journal.db", "run.json", "/etc/passwd", "final/drawing.svg", "prompt/../run.json"])
def test_a_worker_cannot_write_elsewhere_in_a_run(folder: RunFolder, path: str) -> None:
    with pytest.raises(StorageError, match="none of a step's"):
        inside(folder, path)


def test_a_worker_cannot_lead_out_of_a_run(folder: RunFolder) -> None:
    with pytest.raises(UsageError, match="leads out"):
        inside(folder, "variants/../../x")


def test_what_an_earlier_render_left_goes_when_the_next_one_draws_nothing(folder: RunFolder) -> None:
    cleared(folder, ("v01", 2), {"variants/v01/iterations/02/sketch.py": "0" * 64})
    assert sorted(path.name for path in folder.iteration("v01", 2).iterdir()) == ["sketch.py"]
    assert (folder.iteration("v01", 1) / "drawing.svg").is_file()


def test_what_only_a_worker_has_is_not_shown_to_its_artists(folder: RunFolder) -> None:
    stale(folder, "v01", {"variants/v01/iterations/01/drawing.svg": "0" * 64})
    left = {path.relative_to(folder.path).as_posix() for path in folder.path.rglob("drawing.svg")}
    assert left == {"variants/v01/iterations/01/drawing.svg", "variants/v01/iterations/01/tries/abc/drawing.svg"}


def test_what_was_made_is_told_from_what_was_there(folder: RunFolder) -> None:
    before = stamps(("v01", 2), folder)
    write_bytes(folder.iteration("v01", 2) / "critique.json", b"{}")
    write_bytes(folder.iteration("v01", 2) / "log.txt", b"another")
    after = stamps(("v01", 2), folder)
    assert sorted(path.name for path in after if before.get(path) != after[path]) == ["critique.json", "log.txt"]
