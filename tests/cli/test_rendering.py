from pathlib import Path

import pytest

from artloop.cli.rendering import source_of, variant_for
from artloop.settings import Settings
from artloop.workspace import checked_id


@pytest.mark.parametrize("name", ["tide", "my sketch", "静かな夜", "..", "-x", "a" * 200, "über.v2", ""])
def test_whatever_a_sketch_is_called_its_variant_has_a_valid_id(name: str) -> None:
    assert checked_id(variant_for(name), "variant") == variant_for(name)


def test_a_plain_name_is_kept() -> None:
    assert variant_for("tide_lines") == "tide_lines"


def test_a_folder_called_like_a_study_does_not_hide_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tide_lines").mkdir()
    assert "def draw" in source_of(Settings(), Path("tide_lines"))
