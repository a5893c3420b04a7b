from hashlib import sha256
from importlib import metadata
from pathlib import Path

import pytest

from artloop.grafix.manifest import dependencies_sha256, installed, revision


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


def test_the_packages_are_all_that_artloop_needs_as_installed() -> None:
    found = dict(line.split("==") for line in installed("artloop"))
    assert {"artloop", "grafix", "numpy", "numba", "llvmlite", "mcp", "openai-agents", "pydantic-core"} <= set(found)
    assert "pytest" not in found  # of an extra
    assert "cryptography" in found  # mcp asks for pyjwt[crypto]
    assert all(metadata.version(name) == version for name, version in found.items())
    assert dependencies_sha256() == sha256("\n".join(installed("artloop")).encode()).hexdigest()


def test_another_version_of_one_package_is_another_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = installed("artloop")
    (tmp_path / "mcp-9.9.dist-info").mkdir()
    (tmp_path / "mcp-9.9.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: mcp\nVersion: 9.9\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "mcp==9.9" in installed("artloop") != before


def test_what_is_not_installed_is_left_out() -> None:
    assert installed("no-such-package") == []
