"""The built wheel by itself: installed into another environment, run from an empty folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment that has the wheel; its dependencies are borrowed from this one."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)], check=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([*pip, "--python", str(python), "install", "--no-deps", str(wheel)], check=True)
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = subprocess.run([python, "-c", where], check=True, capture_output=True, text=True).stdout.strip()
    # Plain path lines: the .pth files of the borrowed folder, the editable install among them, are not followed.
    (Path(own) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


def test_the_wheel_draws_from_an_empty_folder(elsewhere: Path, tmp_path: Path, cache_folder: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ARTLOOP_", "PYTHON"))}
    environment = {**kept, "ARTLOOP_CACHE": str(cache_folder)}
    command = [elsewhere / "artloop", "run", "tidal memory", "--variants", "1", "--iterations", "1", "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert report["status"] == "finished"
    assert (tmp_path / "runs" / report["run_id"] / "final" / "drawing.svg").is_file()
    code = "import artloop; print(artloop.__file__)"
    where = subprocess.run([elsewhere / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert str(elsewhere.parent) in where.stdout
