from pathlib import Path

from artloop.grafix.manifest import revision


def test_the_revision_is_read_from_a_branch_a_packed_branch_and_a_commit(tmp_path: Path) -> None:
    (tmp_path / "refs/heads").mkdir(parents=True)
    (tmp_path / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / "packed-refs").write_text("# pack-refs\nabc refs/heads/main\n")
    assert revision(tmp_path) == "abc"
    (tmp_path / "refs/heads/main").write_text("def\n")
    assert revision(tmp_path) == "def"
    (tmp_path / "HEAD").write_text("123\n")
    assert revision(tmp_path) == "123"


def test_without_a_repository_there_is_no_revision(tmp_path: Path) -> None:
    assert revision(tmp_path / ".git") is None
