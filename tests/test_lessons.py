from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from artloop.cli import app
from artloop.errors import UsageError
from artloop.flow.memory import MOST_KEPT, distilled
from artloop.lessons import CHARS, FILE, MOST, MOST_BYTES, keep_lessons, read_lessons
from artloop.models import Variant
from artloop.workspace import RunFolder, Workspace
from tests.campaign import finished
from tests.fakes import concept
from tests.flow.test_memory import made

RUN = RunFolder(Path("20250101-120000-tide-ab12"))
LATER = RunFolder(Path("20250102-120000-tide-cd34"))


def test_what_one_run_leaves_the_next_one_reads(tmp_path: Path) -> None:
    assert read_lessons(tmp_path) == ([], 0)
    assert keep_lessons(tmp_path, RUN, "tidal\nmemory", ["one line: wide gaps", "less is\nmore"])
    assert read_lessons(tmp_path).lessons == ["one line: wide gaps", "less is more"]
    text = (tmp_path / FILE).read_text()
    assert text.startswith("# Lessons\n")
    assert f"\n## tidal memory ({RUN.id})\n" in text


def test_a_run_that_is_resumed_leaves_its_lessons_once_and_edits_stay(tmp_path: Path) -> None:
    keep_lessons(tmp_path, RUN, "tide", ["wide gaps"])
    edited = (tmp_path / FILE).read_text().replace("wide gaps", "gaps of 4 mm").rstrip("\n")
    (tmp_path / FILE).write_text(edited)
    assert not keep_lessons(tmp_path, RUN, "tide", ["wide gaps"])
    assert (tmp_path / FILE).read_text() == edited
    keep_lessons(tmp_path, LATER, "tide", ["another"])
    assert read_lessons(tmp_path).lessons == ["gaps of 4 mm", "another"]


def test_nothing_learned_leaves_no_file(tmp_path: Path) -> None:
    assert not keep_lessons(tmp_path, RUN, "tide", [])
    assert not (tmp_path / FILE).exists()


def test_of_many_and_long_lessons_the_newest_are_told_and_cut(tmp_path: Path) -> None:
    many = "\n".join(f"* lesson {number} {'x' * 500}" for number in range(MOST + 7))
    (tmp_path / FILE).write_text(f"prose stays mine\n{many}\n-no lesson\n- \n")
    learned = read_lessons(tmp_path)
    assert (len(learned.lessons), learned.left_out) == (MOST, 7)
    assert learned.lessons[-1].startswith(f"lesson {MOST + 6} ")
    assert {len(lesson) for lesson in learned.lessons} == {CHARS}


@pytest.mark.parametrize(
    ("content", "said"), [(b"\xff\xfe- x", "no UTF-8"), (b"- x\n" * (MOST_BYTES // 4 + 1), "more than 256 kB")]
)
def test_a_file_that_cannot_be_used_is_refused_by_name_before_anything_starts(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / FILE).write_bytes(content)
    asked = CliRunner().invoke(app, ["run", "tide", "--learn", "--root", str(tmp_path)])
    assert isinstance(asked.exception, UsageError)
    assert said in str(asked.exception)
    assert FILE in str(asked.exception)
    assert not (tmp_path / "runs").exists()


def test_a_folder_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        read_lessons(tmp_path)


def variant(name: str, *iterations: object, status: str = "finished") -> Variant:
    return Variant.model_validate({"id": name, "concept": concept(1), "iterations": list(iterations), "status": status})


def test_what_is_distilled_is_what_helped_most_what_to_keep_and_what_was_hoped_in_vain() -> None:
    helped = variant(
        "v02", made(1, 4.0), made(2, 6.0, change="wider gaps"), made(3, 6.5, change="a sun"), made(4, 5.0, "refuted")
    )
    assert distilled([variant("v01", made(1, 5.0)), helped], "v02") == [
        'one line: "wider gaps" took it from 4.0 to 6.0 of 10',
        "one line: worth keeping is the line",
        '"a change" did not do what was hoped: it breathes',
    ]
    assert distilled([variant("v01", made(1, None)), variant("v02", made(1, 5.0), status="dropped")], None) == []
    many = [variant(f"v{number:02d}", made(1, 1.0), made(2, 2.0, change=f"{number}")) for number in range(30)]
    assert len(distilled(many, None)) == MOST_KEPT


@pytest.mark.slow
def test_lessons_reach_prompts_and_record_so_that_a_replay_needs_no_file(tmp_path: Path, cache_folder: Path) -> None:
    keep_lessons(tmp_path, RUN, "tide", ["gaps of 4 mm hold"])
    small = ("run", "tide", "--learn", "--variants", "1", "--iterations", "1")
    output = finished(*small, root=tmp_path, cache=cache_folder)
    assert f"heeds 1 lesson of {FILE}" in output
    (run,) = Workspace(tmp_path).every()
    assert run.read_record().brief.learned == ["gaps of 4 mm hold"]
    for prompt in (run.path / "prompt-imagine.md", run.iteration("v01", 1) / "prompt.md"):
        assert "- gaps of 4 mm hold" in prompt.read_text()
    assert len(read_lessons(tmp_path).lessons) > 1
    assert f"({run.id})" in (tmp_path / FILE).read_text()
    (tmp_path / FILE).unlink()
    assert "identical" in finished("replay", run.id, root=tmp_path, cache=cache_folder)
    assert not (tmp_path / FILE).exists()
