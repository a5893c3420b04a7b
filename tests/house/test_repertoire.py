from pathlib import Path

import pytest

from artloop.errors import UsageError
from artloop.house.repertoire import GIVEN, Repertoire
from artloop.models import Brief
from tests.house.studies import BARE, CITY, FIELD, repertoire, shipped


def test_the_earlier_folder_overrides_file_by_file(tmp_path: Path) -> None:
    own, ours = tmp_path / "own", tmp_path / "ours"
    own.mkdir()
    ours.mkdir()
    (ours / "level.py").write_text(FIELD)
    (ours / "street.py").write_text(CITY)
    (own / "level.py").write_text(FIELD.replace("Level field", "My field"))
    found = Repertoire.read([own, ours])
    assert [study.title for study in found.studies] == ["My field", "Street plan"]


def test_files_that_are_no_sketch_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def draw(")
    (tmp_path / "notes.py").write_text("x = 1")
    (tmp_path / "latin.py").write_bytes(b"# \xff\ndef draw(t): ...")
    assert [study.name for study in repertoire(tmp_path, level=FIELD).studies] == ["level"]


def test_an_empty_repertoire_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no sketch found in .*artloop new"):
        Repertoire.read([tmp_path, tmp_path / "missing"])


def test_words_of_the_brief_choose_the_study(tmp_path: Path) -> None:
    found = repertoire(tmp_path)
    for text, name in (
        ("tidal memory", "level"),
        ("潮", "level"),
        ("the old town, streets", "street"),
        ("街", "street"),
    ):
        assert found.suited(Brief(text=text), 1)[0].name == name


@pytest.mark.parametrize("text", ["tidal memory", "qwrtz", "", "🌊", "静かな海", "x" * 5000])
def test_every_variant_has_its_own_study_and_always_the_same(text: str) -> None:
    studies = shipped()
    names = [study.name for study in studies.suited(Brief(text=text), len(studies.studies))]
    assert sorted(names) == [study.name for study in studies.studies]
    assert names == [study.name for study in shipped().suited(Brief(text=text), len(names))]


def test_unknown_words_steer_the_choice() -> None:
    first = {shipped().suited(Brief(text=f"qw{letter}rtz"), 1)[0].name for letter in "abcdefgh"}
    assert len(first) > 1


def test_more_variants_than_studies_begin_again(tmp_path: Path) -> None:
    names = [study.name for study in repertoire(tmp_path).suited(Brief(text="x"), 5)]
    assert names[:2] == names[2:4]
    assert names[0] == names[4]


def test_a_given_sketch_is_where_every_variant_starts(tmp_path: Path) -> None:
    found = repertoire(tmp_path).suited(Brief(text="tide", sketch=BARE), 3)
    assert {(study.name, study.source) for study in found} == {(GIVEN, BARE)}
