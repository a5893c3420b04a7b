import subprocess
from pathlib import Path

import pytest

from artloop.flow.loop import improve
from artloop.flow.revisions import change, unified
from artloop.flow.stopping import after_iterations
from artloop.models import Drawing, DrawTask
from artloop.workspace import RunFolder
from tests.fakes import FakeRender, Studio, brief, concept, crashed, drawn

AFTER = "revisions/1/sketch.py"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\nb", "a\nb\nc"),
        ("a\nb\n", "a\nb"),
        ("", "new\n"),
        ("a\x0cb\u2028c\r\nd\n", "a\x0cb\u2028c\r\nD\n"),
        ("one\n" * 40, "one\n" * 20 + "two\n" + "one\n" * 20),
    ],
)
def test_git_makes_the_child_of_the_parent_and_the_diff(before: str, after: str, tmp_path: Path) -> None:
    (tmp_path / "sketch.py").write_bytes(before.encode())
    diff = unified(before, after, "a/sketch.py", "b/sketch.py")
    git = ["git", "apply", "--unidiff-zero", "--allow-empty", "-"]
    subprocess.run(git, input=diff.encode(), cwd=tmp_path, check=True, timeout=60)
    assert (tmp_path / "sketch.py").read_bytes() == after.encode()


def test_what_did_not_change_has_an_empty_diff() -> None:
    assert unified("a\n", "a\n", "before", "after") == ""


def test_a_first_drawing_is_all_new_unless_the_artist_gave_a_sketch() -> None:
    task = DrawTask(brief=brief(), variant="v01", concept=concept(1), iteration=1)
    made = Drawing(source="a\nc\n", change="", hypothesis="")
    assert change(task, made, 0).splitlines()[:2] == ["--- /dev/null", "+++ iterations/01/revisions/1/sketch.py"]
    given = task.model_copy(update={"brief": brief(sketch="a\nb\n")})
    assert change(given, made, 0).splitlines()[3:] == [" a", "-b", "+c"]


async def test_every_revision_is_kept_with_its_diff_to_what_it_was_made_from() -> None:
    render = FakeRender(lambda source: crashed(source) if source == "# v01 2\n" else drawn(source))
    works = Studio(render=render)
    await improve("v01", concept(1), brief(), works.shop, after_iterations(3))
    kept = works.shelf.revisions
    assert list(kept) == [("v01", 1, 0), ("v01", 2, 0), ("v01", 2, 1), ("v01", 3, 0)]
    assert kept["v01", 2, 1][0] == "# v01 2 repaired\n"
    heads = [diff.splitlines()[:2] for _, diff in kept.values()]
    assert heads == [
        ["--- /dev/null", "+++ iterations/01/revisions/1/sketch.py"],
        ["--- iterations/01/sketch.py", "+++ iterations/02/revisions/1/sketch.py"],
        ["--- iterations/02/revisions/1/sketch.py", "+++ iterations/02/revisions/2/sketch.py"],
        ["--- iterations/01/sketch.py", "+++ iterations/03/revisions/1/sketch.py"],
    ]


def test_a_revision_lies_in_the_iterations_folder_whatever_its_text(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.keep_revision("v01", 2, 0, "# half a pair: \ud800\n", "+# half a pair: \ud800\n")
    kept = tmp_path / "variants/v01/iterations/02/revisions/1"
    assert (kept / "sketch.py").read_text() == "# half a pair: ?\n"
    assert (kept / "change.diff").read_text() == "+# half a pair: ?\n"
