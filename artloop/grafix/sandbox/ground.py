"""What a confined process may read, whatever confines it: Python, the packages, the libraries, the kernels."""

from __future__ import annotations

import sysconfig
from importlib.util import find_spec
from pathlib import Path

LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/etc/ld.so.cache")


def readable(kernels: Path | None = None) -> list[Path]:
    """What there is of it, as it is called; not artloop's own checkout, beside which a user's files lie."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    python = [*map(sysconfig.get_path, names), sysconfig.get_config_var("LIBDIR")]
    found = [*map(Path, filter(None, python)), *_packages(), *map(Path, LIBRARIES), *([kernels] if kernels else [])]
    return [path for path in dict.fromkeys(found) if path.exists()]


def _packages() -> list[Path]:
    """Grafix, which may be a checkout, and the packages beside numpy."""
    origins = [spec.origin for name in ("grafix", "numpy") if (spec := find_spec(name)) and spec.origin]
    folders = [Path(origin).parent for origin in origins]
    return [*folders[:1], *(folder.parent for folder in folders[1:])]
