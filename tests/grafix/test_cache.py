import os
from pathlib import Path

from artloop.grafix.cache import RenderCache, content_key
from artloop.grafix.presses import Print

from .test_metrics import hatch, measured

PRINT = Print(b"<svg/>", b"png", b"small", measured(*hatch(2)))


def test_what_is_stored_is_found_to_the_byte(tmp_path: Path) -> None:
    cache = RenderCache(tmp_path)
    assert cache.find("ab" * 32) is None
    cache.store("ab" * 32, PRINT, b"log", "tail")
    assert RenderCache(tmp_path).find("ab" * 32) == (PRINT, b"log", "tail")


def test_storing_twice_keeps_the_first(tmp_path: Path) -> None:
    cache = RenderCache(tmp_path)
    cache.store("ab" * 32, PRINT, b"first", "")
    cache.store("ab" * 32, PRINT, b"second", "")
    assert [path.name for path in (tmp_path / "ab").iterdir()] == ["ab" * 32]


def test_a_damaged_entry_is_no_entry(tmp_path: Path) -> None:
    cache = RenderCache(tmp_path)
    cache.store("ab" * 32, PRINT, b"", "")
    (tmp_path / "ab" / ("ab" * 32) / "metrics.json").write_text("{")
    assert cache.find("ab" * 32) is None


def test_the_longest_unused_go_first(tmp_path: Path) -> None:
    cache = RenderCache(tmp_path, max_bytes=2500)
    keys = [f"{n:02d}" * 32 for n in range(3)]
    for age, key in enumerate(keys):
        cache.store(key, PRINT, b"x" * 500, "")
        os.utime(tmp_path / key[:2] / key, (age, age))
    cache.find(keys[0])
    cache.sweep()
    assert [cache.find(key) is not None for key in keys] == [True, False, True]


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "renders").write_text("a file in the way")
    cache = RenderCache(tmp_path / "renders")
    cache.store("ab" * 32, PRINT, b"", "")
    assert cache.find("ab" * 32) is None


def test_keys_do_not_depend_on_the_order_of_values() -> None:
    assert content_key({"a": 1, "b": [2.0]}) == content_key({"b": [2.0], "a": 1}) != content_key({"a": 1})
