"""`artloop tune` as a command: what it finds, kill -9, and what it refuses."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from artloop.cli.tuning import place_for, target_from, task_from
from artloop.errors import UsageError
from artloop.models import Target
from artloop.settings import load
from artloop.source import declared
from artloop.workspace import Workspace
from tests.campaign import artloop, finished
from tests.cli.conftest import Entered, refused
from tests.grafix.sketches import HEXAGON, until

RANGES = 'RANGES = {"sides": (3, 12), "size_mm": (10.0, 70.0)}'
SKETCH = f"import time\ntime.sleep(0.1)\n{HEXAGON}".replace("W, H = CANVAS", f"{RANGES}\nW, H = CANVAS")
WISH = ("--target", "ink_mm=198..199", "--target", "segments=9..9")


@pytest.fixture
def sketch(tmp_path: Path) -> Path:
    path = tmp_path / "six sides.py"
    path.write_text(SKETCH)
    return path


@pytest.mark.slow
async def test_a_killed_search_goes_on_where_it_was(sketch: Path, tmp_path: Path, cache_folder: Path) -> None:
    options = ("tune", str(sketch), *WISH)
    record = tmp_path / "runs/adhoc/variants/six-sides/iterations/01/tune.jsonl"
    process = artloop(*options, root=tmp_path, cache=cache_folder)
    await until(lambda: record.exists() and record.read_bytes().count(b"\n") > 4)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    before = record.read_bytes()
    report = json.loads(finished(*options, "--resume", "--json", root=tmp_path, cache=cache_folder))
    assert report["met"]
    assert report["verdict"][0].startswith("everything is met after")
    assert record.read_bytes().startswith(before[: before.rfind(b"\n") + 1])
    assert len(record.read_bytes().splitlines()) == 1 + len(report["found"]["losses"])
    literals = declared(Path(report["sketch"]).read_text())
    assert literals.params == report["found"]["best"]["params"]
    assert (literals.params["sides"], Path(report["chart"]).is_file()) == (9, True)


def test_an_unknown_metric_is_one_line_and_writes_nothing(tmp_path: Path, entered: Entered) -> None:
    done = entered("tune", "tide_lines", "--target", "ink_coverag=0..1", root=tmp_path / "root")
    assert "did you mean ink_coverage" in refused(done)
    assert not (tmp_path / "root").exists()


def test_what_cannot_be_searched_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text(HEXAGON)
    settings = load({"root": tmp_path})
    with pytest.raises(UsageError, match="declares no RANGES"):
        task_from(settings, tmp_path / "plain.py", ["ink_mm=1..2"])
    with pytest.raises(UsageError, match="a grid is for one or two"):
        task_from(settings, Path("tide_lines"), ["ink_mm=1..2"], method="grid")
    with pytest.raises(UsageError, match="--seed 4294967296"):
        task_from(settings, Path("tide_lines"), ["ink_mm=1..2"], seed=2**32)
    with pytest.raises(UsageError, match="no search of tide_lines to resume"):
        place_for(Workspace(tmp_path), "tide_lines", resume=True)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("ink_coverage=0.15..0.25", ("ink_coverage", 0.15, 0.25)),
        ("margin_min_mm = -3 .. -.5", ("margin_min_mm", -3, -0.5)),
        ("ink_mm=.5..1e3", ("ink_mm", 0.5, 1000)),
        ("balance_x=0...5", ("balance_x", 0, 0.5)),
    ],
)
def test_a_target_is_read_as_it_is_written(text: str, target: tuple[str, float, float]) -> None:
    metric, low, high = target
    assert target_from(text) == Target(metric=metric, low=low, high=high)


@pytest.mark.parametrize(
    "text", ["", "ink_mm", "ink_mm=", "ink_mm=3", "ink_mm=a..b", "ink_mm=1..nan", "=1..2", "a=1.2"]
)
def test_a_target_that_is_none_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"ink_coverage=0\.15\.\.0\.25"):
        target_from(text)
