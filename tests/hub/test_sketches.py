from pathlib import Path

import pytest

from artloop.errors import UsageError
from artloop.hub.sketches import LARGEST, Sketches

FIRST = '"""Night ferry: lights on water."""\ndef draw(t):\n    return []\n'
SECOND = FIRST.replace("lights", "few lights")


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "tide.py").write_text(FIRST)
    return folder


@pytest.fixture
def kept(tmp_path: Path, shipped: Path) -> Sketches:
    own = tmp_path / "root" / "sketches"
    return Sketches([own, shipped], own)


def test_every_version_of_a_sketch_stays(kept: Sketches, tmp_path: Path) -> None:
    first = kept.save("night_ferry", FIRST)
    second = kept.save("night_ferry.py", SECOND, first.sha256)
    assert (first.version, second.version) == (1, 2)
    assert kept.get("night_ferry") == second
    assert kept.get("night_ferry", 1) == first
    assert (tmp_path / "root/sketches/night_ferry.py").read_text() == SECOND
    assert second.title == "Night ferry: few lights on water."
    with pytest.raises(UsageError, match="has no version 3; it has 1 to 2"):
        kept.get("night_ferry", 3)


@pytest.mark.parametrize("replaces", ["", "0" * 64])
def test_a_sketch_that_its_author_has_not_seen_is_not_replaced(kept: Sketches, replaces: str) -> None:
    kept.save("night_ferry", FIRST)
    with pytest.raises(UsageError, match="look with get_sketch"):
        kept.save("night_ferry", SECOND, replaces)
    assert kept.get("night_ferry").source == FIRST


def test_what_the_artist_changed_by_hand_becomes_a_version_too(kept: Sketches, tmp_path: Path) -> None:
    kept.save("night_ferry", FIRST)
    by_hand = FIRST + "# mine\n"
    (tmp_path / "root/sketches/night_ferry.py").write_text(by_hand)
    seen = kept.get("night_ferry")
    assert (seen.version, seen.source) == (0, by_hand)
    third = kept.save("night_ferry", SECOND, seen.sha256)
    assert (third.version, kept.get("night_ferry", 2).source) == (3, by_hand)


def test_one_that_came_with_artloop_is_read_and_a_new_one_laid_over_it(kept: Sketches, shipped: Path) -> None:
    seen = kept.get("tide")
    assert seen.version == 0
    with pytest.raises(UsageError, match="is there already"):
        kept.save("tide", SECOND)
    assert kept.save("tide", SECOND, seen.sha256).version == 1
    assert (kept.get("tide").source, (shipped / "tide.py").read_text()) == (SECOND, FIRST)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def draw(t:", "line 1"),
        ("x = 1", "no draw"),
        ("(" * 5000, "sketch"),
        ("def draw(t): return '\ud800'", "sketch"),
        ("\0", "sketch"),
        ("#" * (LARGEST + 1), "are the most"),
    ],
)
def test_what_cannot_be_a_sketch_is_refused_and_leaves_nothing(
    kept: Sketches, tmp_path: Path, source: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        kept.save("night_ferry", source)
    assert not (tmp_path / "root").exists()


def test_a_sketch_is_kept_and_not_run(kept: Sketches, tmp_path: Path) -> None:
    kept.save("night_ferry", f"open({str(tmp_path / 'ran')!r}, 'w')\n{FIRST}")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["", "../x", "a/b", "Night", "x" * 50, "import", ".versions", "a.b"])
def test_a_name_that_is_none_is_refused(kept: Sketches, name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a sketch"):
        kept.save(name, FIRST)
    with pytest.raises(UsageError, match="cannot name a sketch"):
        kept.get(name)


def test_links_and_unreadable_files_are_neither_read_nor_replaced(kept: Sketches, tmp_path: Path) -> None:
    own = tmp_path / "root" / "sketches"
    own.mkdir(parents=True)
    (tmp_path / "secret").write_text(FIRST)
    (own / "linked.py").symlink_to(tmp_path / "secret")
    (own / "binary.py").write_bytes(b"\xff\xfe")
    for name in ("linked", "binary"):
        with pytest.raises(UsageError, match=r"link|cannot be read"):
            kept.get(name)
        with pytest.raises(UsageError, match=r"link|cannot be read"):
            kept.save(name, SECOND)
    assert (own / "binary.py").read_bytes() == b"\xff\xfe"
