import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from artloop.errors import RenderServerError, StorageError
from artloop.grafix.sandbox import wire
from artloop.grafix.sandbox.kernels import OWN, Kernels, kernels_folder, marker

OPERATIONS = ["G.grid", "E.fill", "E.clip"]


class FakeChild:
    """Answers like a compiling worker; one operation may be its end."""

    def __init__(self, log: list[str], deadly: str) -> None:
        self.log, self.deadly = log, deadly

    async def ready(self) -> dict[str, object]:
        return {"ready": True, "operations": OPERATIONS}

    async def send(self, content: bytes) -> None:
        self.log.append(content.decode().split('"')[3])

    async def receive(self, limit: int) -> wire.Frame:
        if self.log[-1] == self.deadly:
            raise wire.BrokenFrameError("it ended early")
        return {"calls": 1}, []

    def log_tail(self) -> str:
        return "some line\nlast line"


class FakeChildren:
    """Starts fake children and remembers what they were asked."""

    def __init__(self, deadly: str = "") -> None:
        self.asked: list[str] = []
        self.deadly, self.started, self.stopped = deadly, 0, 0

    async def start(self, module: str, kernels: Path | None = None) -> Any:
        self.started += 1
        return FakeChild(self.asked, self.deadly)

    def stop(self, child: Any) -> None:
        self.stopped += 1


async def compiled(folder: Path, children: FakeChildren) -> list[tuple[int, int]]:
    kernels = Kernels(children, folder, 2)  # type: ignore[arg-type]
    told: list[tuple[int, int]] = []

    async def report(done: int, total: int) -> None:
        told.append((done, total))

    await asyncio.gather(kernels.compile(), kernels.ready(report))
    return told


async def test_every_operation_is_compiled_once_and_the_folder_marked(tmp_path: Path) -> None:
    children = FakeChildren()
    told = await compiled(tmp_path, children)
    assert sorted(children.asked) == sorted(OPERATIONS)
    assert told[-1] == (len(OPERATIONS), len(OPERATIONS)), "who watches hears of the end"
    assert marker(kernels_folder(tmp_path)).exists()
    assert children.started == children.stopped == 2


async def test_a_complete_folder_is_not_compiled_again(tmp_path: Path) -> None:
    await compiled(tmp_path, FakeChildren())
    again = FakeChildren()
    assert await compiled(tmp_path, again) in ([], [(0, 0)])
    assert again.started == 0


async def test_after_an_update_of_our_own_kernels_all_is_looked_through_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await compiled(tmp_path, FakeChildren())
    updated = tmp_path / "plotter"
    shutil.copytree(OWN, updated)
    monkeypatch.setattr("artloop.grafix.sandbox.kernels.OWN", updated)
    again = FakeChildren()
    await compiled(tmp_path, again)
    assert len(again.asked) == len(OPERATIONS)


async def test_two_servers_do_not_compile_at_once(tmp_path: Path) -> None:
    first, second = FakeChildren(), FakeChildren()
    await asyncio.gather(compiled(tmp_path, first), compiled(tmp_path, second))
    assert sorted(first.asked + second.asked) == sorted(OPERATIONS)


async def test_a_compiler_that_dies_is_told_to_whoever_waits_and_nothing_is_marked(tmp_path: Path) -> None:
    with pytest.raises(RenderServerError, match="last line"):
        await compiled(tmp_path, FakeChildren(deadly="E.clip"))
    assert not marker(kernels_folder(tmp_path)).exists()
    children = FakeChildren()
    await compiled(tmp_path, children)
    assert len(children.asked) == len(OPERATIONS)


async def test_a_folder_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in the way")
    with pytest.raises(StorageError, match="cannot write"):
        await compiled(tmp_path / "cache", FakeChildren())
