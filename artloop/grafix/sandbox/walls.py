"""Programs of the system that confine the one they start: bubblewrap on Linux, sandbox-exec on macOS.

A `Wall` is put in front of a child's command. Behind either nothing can be written and nobody called; only what
`ground` names can be read.
"""

from __future__ import annotations

import shutil
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from json import dumps
from pathlib import Path

import artloop
from artloop.grafix.sandbox.ground import readable

SANDBOX_EXEC = "/usr/bin/sandbox-exec"
ARTLOOP = Path(artloop.__file__).parent
_MAC_RUNTIME = ("/usr/lib", "/System/Library", "/System/Volumes/Preboot/Cryptexes", "/Library/Apple/System/Library")
_MAC_FILES = ("/", "/dev/null", "/dev/urandom", "/dev/random")
_MAC_DYLD = "/private/var/db/dyld"


@dataclass(frozen=True)
class Wall:
    """What goes before a command."""

    command: tuple[str, ...]
    namespace: bool = False
    """Whether processes have other ids behind it, where the parent's is 1."""


def bubblewrap(kernels: Path) -> Wall | None:
    """Namespaces of its own for everything, in them only what may be read; None where it is not installed."""
    program = shutil.which("bwrap")
    if sys.platform != "linux" or program is None:
        return None
    paths = [*readable(kernels), ARTLOOP, *_interpreter()]
    shown = sorted({name for path in paths for name in (path, path.resolve())})  # folders before what lies in them
    binds = [word for path in shown for word in ("--ro-bind", str(path.resolve()), str(path))]
    sealed = [word for folder in ("/proc", "/dev", "/tmp", "/") for word in ("--remount-ro", folder)]
    return Wall(
        (
            *(program, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
            *("--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"),
            *(*binds, *sealed, "--chdir", "/proc", "--"),
        ),
        namespace=True,
    )


def seatbelt(kernels: Path) -> Wall | None:
    """macOS's own sandbox; None elsewhere."""
    if sys.platform != "darwin" or not Path(SANDBOX_EXEC).exists():
        return None
    programs = [Path(sys.executable), Path(sys.base_prefix) / "bin", Path(sys.base_prefix) / "Resources"]
    return Wall((SANDBOX_EXEC, "-p", profile([*readable(kernels), ARTLOOP, *_interpreter()], programs)))


def profile(reads: Iterable[Path], programs: Iterable[Path]) -> str:
    """Seatbelt's rules: whatever is not named is denied. `programs` are what Python is started as, and no more.

    It may start itself over, for a framework's `python3` does, but not another process: that is a fork.
    """
    folders = [*_resolved(reads), *_MAC_RUNTIME, _MAC_DYLD]
    return "\n".join(
        [
            "(version 1)",
            "(deny default)",
            _allow("file-read*", "subpath", folders),
            _allow("file-read*", "literal", _MAC_FILES),
            "(allow file-read-metadata)",
            _allow("process-exec", "subpath", _resolved(programs)),
            "(allow process-info* (target self))",
            "(allow signal (target self))",
            "(allow sysctl-read)",
            _allow("mach-lookup", "global-name", ("com.apple.system.notification_center",)),
        ]
    )


def _allow(operation: str, kind: str, names: Iterable[str]) -> str:
    return f"(allow {operation} {' '.join(f'({kind} {dumps(name, ensure_ascii=False)})' for name in names)})"


def _resolved(paths: Iterable[Path]) -> list[str]:
    """Seatbelt compares true paths; a link's own name is looked up by its metadata."""
    return sorted({str(name) for path in paths for name in (path, path.resolve())})


def _interpreter() -> list[Path]:
    """The file that Python is, the one that says where its library lies, and a shared library of it elsewhere."""
    found = [Path(sys.executable), Path(sys.prefix) / "pyvenv.cfg"]
    if framework := sysconfig.get_config_var("PYTHONFRAMEWORKPREFIX"):
        found.append(Path(framework))
    return [path for path in found if path.exists()]
