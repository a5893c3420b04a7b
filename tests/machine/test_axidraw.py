import os
import stat
import sys
from pathlib import Path

import pytest

from artloop.errors import MachineError, UsageError
from artloop.machine.axidraw import command, found, run

TOOL = """#!{python}
import pathlib, signal, sys, threading
here = pathlib.Path({folder!r})
with open(here / "calls.txt", "a") as file:
    print(*sys.argv[1:], file=file)
ended = threading.Event()
signal.signal(signal.SIGINT, lambda *_: ended.set())
(here / "ready").touch()
{body}
"""
PAUSABLE = """
while not ended.wait(0.05):
    pass
if "--output_file" in sys.argv:
    pathlib.Path(sys.argv[sys.argv.index("--output_file") + 1]).write_text("<svg>paused</svg>")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def install(folder: Path, name: str, body: str) -> None:
    """A tool that keeps what it was called with, and whether it runs."""
    tool = folder / name
    tool.write_text(TOOL.format(python=sys.executable, folder=str(folder), body=body))
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)


class Watch:
    """Somebody who wants a pause as soon as the tool runs, or never."""

    def __init__(self, pause_at: Path | None = None) -> None:
        self.pause_at = pause_at

    def pausing(self) -> bool:
        return self.pause_at is not None and self.pause_at.exists()

    def stopping(self) -> bool:
        return False


def test_axicli_is_asked_to_keep_where_it_paused_and_goes_on_from_there(folder: Path) -> None:
    install(folder, "axicli", PAUSABLE)
    state = folder / "state.svg"
    first = command("axicli", folder / "pen-1.svg", (148, 210), state, resuming=False)
    assert run(first, Watch(folder / "ready")) is False
    assert state.read_text() == "<svg>paused</svg>"
    install(folder, "axicli", "")
    assert run(command("axicli", state, (148, 210), folder / "next.svg", resuming=True), Watch()) is True
    said = (folder / "calls.txt").read_text().splitlines()
    assert said[0] == f"{folder}/pen-1.svg --output_file {folder}/state.svg"
    assert said[1] == f"{folder}/state.svg --mode res_plot --output_file {folder}/next.svg"


def test_saxi_is_told_to_leave_size_and_order_alone(folder: Path) -> None:
    install(folder, "saxi", "")
    assert run(command("saxi", Path("a.svg"), (148, 210.5), None, resuming=False), Watch()) is True
    said = (folder / "calls.txt").read_text().strip()
    assert said == "plot a.svg --paper-size 148x210.5mm --margin 0 --no-fit-page --no-crop-to-margins --no-sort-paths"


def test_the_tool_is_the_one_that_is_installed(folder: Path) -> None:
    assert found() is None
    install(folder, "saxi", "")
    assert found() == "saxi"
    install(folder, "axicli", "")
    assert found() == "axicli"


def test_a_tool_that_fails_or_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(UsageError, match="axicli is not installed"):
        run(["axicli", "a.svg"], Watch())
    install(folder, "axicli", "sys.exit(3)")
    with pytest.raises(MachineError, match="failed with exit code 3"):
        run(["axicli", "a.svg"], Watch())


def test_no_tool_outlives_whoever_waits_for_it(folder: Path) -> None:
    install(folder, "axicli", "(here / 'pid').write_text(str(__import__('os').getpid()))\nwhile True: ended.wait(1)")

    class Leaving(Watch):
        def pausing(self) -> bool:
            if (folder / "pid").exists():
                raise RuntimeError("gone")
            return False

    with pytest.raises(RuntimeError, match="gone"):
        run(["axicli", "a.svg"], Leaving())
    with pytest.raises(ProcessLookupError):
        os.kill(int((folder / "pid").read_text()), 0)
