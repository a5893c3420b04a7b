import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from artloop.grafix.cache import Entry, RenderCache, content_key
from artloop.grafix.presses import Print

from .test_metrics import hatch, measured

PRINT = Print(b"<svg/>", b"png", b"small", measured(*hatch(2)))
ENTRY = Entry(PRINT, b"log", "tail", "full")
KEY = "ab" * 32
RIVAL = """
import sys
from pathlib import Path
from artloop.grafix.cache import Entry, RenderCache
from artloop.grafix.presses import Print
from artloop.models import Metrics

folder, metrics, me = Path(sys.argv[1]), Metrics.model_validate_json(sys.argv[2]), sys.argv[3].encode()
cache = RenderCache(folder, max_bytes=200_000)
sys.stdin.readline()
found = 0
for turn in range(300):
    key = f"{turn % 20:02x}" * 32
    cache.store(key, Entry(Print(key.encode() * 200, me * 500, b"small", metrics), me, "tail", "full"))
    for other in range(0, 20, 3):
        key = f"{other:02x}" * 32
        entry = cache.find(key)
        if entry is not None:
            found += 1
            assert entry.printed.svg == key.encode() * 200
            assert entry.printed.preview == entry.log * 500
    cache.sweep()
print(found)
"""


def entry_of(size: int) -> Entry:
    return Entry(PRINT, b"x" * size, "", "full")


def test_what_is_stored_is_found_to_the_byte(tmp_path: Path) -> None:
    cache = RenderCache(tmp_path)
    assert cache.find(KEY) is None
    cache.store(KEY, ENTRY)
    assert RenderCache(tmp_path).find(KEY) == ENTRY


@given(svg=st.binary(), preview=st.binary(), log=st.binary(), tail=st.text())
def test_any_bytes_come_back(tmp_path_factory: object, svg: bytes, preview: bytes, log: bytes, tail: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "bytes"  # type: ignore[attr-defined]
    entry = Entry(Print(svg, preview, b"", PRINT.metrics), log, tail, "process")
    RenderCache(folder).store(KEY, entry)
    assert RenderCache(folder).find(KEY) == entry


def test_an_entry_is_one_file(tmp_path: Path) -> None:
    cache = RenderCache(tmp_path)
    cache.store(KEY, ENTRY)
    cache.store(KEY, ENTRY)
    assert [path.name for path in (tmp_path / "ab").iterdir()] == [KEY]


@given(at=st.integers(0, 10_000), cut=st.booleans())
def test_a_damaged_entry_is_no_entry_and_is_written_anew(tmp_path_factory: object, at: int, cut: bool) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged"  # type: ignore[attr-defined]
    cache, path = RenderCache(folder), folder / "ab" / KEY
    cache.store(KEY, ENTRY)
    content = bytearray(path.read_bytes())
    at %= len(content)
    content[at] ^= 1
    path.write_bytes(content[:at] if cut else content)
    assert cache.find(KEY) is None
    cache.store(KEY, ENTRY)
    assert cache.find(KEY) == ENTRY


def test_the_longest_unused_go_first_and_so_do_broken_off_writes(tmp_path: Path) -> None:
    cache = RenderCache(tmp_path)
    keys = [f"{n:02d}" * 32 for n in range(3)]
    (tmp_path / "00").mkdir()
    left = tmp_path / "00" / ".part-left"
    left.write_bytes(b"x")
    os.utime(left, (1, 1))
    for age, key in enumerate(keys, start=2):
        cache.store(key, entry_of(10_000))
        os.utime(tmp_path / key[:2] / key, (age, age))
    cache.find(keys[0])
    RenderCache(tmp_path, max_bytes=26_000).sweep()
    assert [cache.find(key) is not None for key in keys] == [True, False, True]
    assert not left.exists()


def test_the_size_stays_within_the_limit_without_being_asked(tmp_path: Path) -> None:
    cache = RenderCache(tmp_path, max_bytes=100_000)
    for turn in range(100):
        cache.store(f"{turn:02d}" * 32, entry_of(2000))
        assert sum(path.stat().st_size for path in tmp_path.glob("*/*")) <= 100_000


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "renders").write_text("a file in the way")
    cache = RenderCache(tmp_path / "renders")
    cache.store(KEY, ENTRY)
    assert cache.find(KEY) is None


def test_servers_that_store_find_and_sweep_the_same_keys_at_once_never_see_half_an_entry(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RIVAL, str(tmp_path), PRINT.metrics.model_dump_json()]
    rivals = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("one", "two", "three")
    ]
    for rival in rivals:
        assert rival.stdin is not None
        rival.stdin.write("go\n")
        rival.stdin.flush()
    told = [rival.communicate(timeout=120)[0] for rival in rivals]
    assert [rival.returncode for rival in rivals] == [0, 0, 0]
    assert all(int(found) > 100 for found in told)
    entries = list(tmp_path.glob("*/*"))
    assert not [path for path in entries if path.name.startswith(".part")]
    assert 0 < sum(path.stat().st_size for path in entries) <= 200_000


def test_keys_do_not_depend_on_the_order_of_values() -> None:
    assert content_key({"a": 1, "b": [2.0]}) == content_key({"b": [2.0], "a": 1}) != content_key({"a": 1})
