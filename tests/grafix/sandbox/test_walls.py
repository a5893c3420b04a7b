import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from artloop.grafix.sandbox.forks import forks
from artloop.grafix.sandbox.handle import Children
from artloop.grafix.sandbox.jail import LAYERS
from artloop.grafix.sandbox.levels import Way
from artloop.grafix.sandbox.walls import bubblewrap, profile, seatbelt
from artloop.grafix.sandbox.workers import WorkerPool
from artloop.settings import RenderLimits

from ..sketches import confinable, offspring, until
from .attacks import ATTACKS, DESCRIPTORS, FILES
from .world import SECRET, World, ran, told

TRIAL = ("bwrap", "--unshare-all", "--ro-bind", "/", "/", "true")
SHOWS_ITSELF = {"a list of its own folder", "artloop's own folder", "its first environment"}
"""Attacks that behind bubblewrap find what is there: what may be read, and the environment that we set."""
BEHIND = sorted({**FILES, **DESCRIPTORS}.keys() - SHOWS_ITSELF)
"""What seccomp does not contain by itself."""


def unusable() -> str:
    """Why bubblewrap cannot be tried here; empty if it can."""
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed"
    if subprocess.run(TRIAL, capture_output=True, check=False).returncode:
        return "this machine forbids bubblewrap its namespaces"
    return "" if confinable() else "needs seccomp as well"


behind_bubblewrap = pytest.mark.skipif(bool(unusable()), reason=unusable())


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def walled(processes: tuple[Children, Path]) -> AsyncIterator[WorkerPool]:
    """A pool whose zygote is behind bubblewrap, without Landlock."""
    wall = bubblewrap(processes[1])
    assert wall is not None
    async with asyncio.TaskGroup() as group:
        with forks(group, *processes, wall=wall) as made:
            limits = RenderLimits(timeout_s=20, memory_mb=300, output_mb=4)
            yield WorkerPool(
                processes[0], limits, [Way("bwrap", made, LAYERS - {"landlock"}), Way("process", made, LAYERS)]
            )


@behind_bubblewrap
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.usefixtures("reaper", "temporary")
class TestBehindBubblewrap:
    async def test_the_self_test_finds_a_sketch_confined(self, walled: WorkerPool) -> None:
        assert await walled.tested() == "bwrap"
        assert walled.failings == {}

    @pytest.mark.parametrize("name", BEHIND)
    async def test_an_attack_is_contained(self, walled: WorkerPool, world: World, name: str) -> None:
        await walled.tested()
        processes, before = offspring(), world.state()
        found = told(await ran(walled, world.head + ATTACKS[name].source))
        assert "PWNED" not in found
        assert SECRET not in found
        await until(lambda: offspring() <= processes, seconds=5)
        assert world.state() == before

    async def test_a_sketch_that_never_ends_is_killed_though_its_id_is_another(self, walled: WorkerPool) -> None:
        task = asyncio.ensure_future(ran(walled, "while True: pass"))
        before = offspring()
        await until(lambda: bool(offspring() - before))
        task.cancel()
        await asyncio.wait([task])
        await until(lambda: offspring() <= before, seconds=5)

    async def test_nothing_can_be_written_and_only_what_is_shown_can_be_seen(self, walled: WorkerPool) -> None:
        source = """import os
for folder in ("/", "/tmp", "/dev", "/dev/shm", "/proc", "/etc", "/usr/lib"):
    try: open(folder + "/x", "w")
    except OSError as error: continue
    print("PWNED", folder)
print(os.listdir("/etc"), os.path.exists("/usr/bin"), os.path.exists("/sys"))
"""
        assert told(await ran(walled, source)) == "['ld.so.cache'] False False\n"


def test_where_the_system_has_no_such_wall_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bubblewrap(tmp_path) is None
    assert (seatbelt(tmp_path) is None) == (sys.platform != "darwin")


def test_seatbelt_denies_whatever_is_not_named() -> None:
    rules = profile([Path("/opt/python/lib"), Path("/cache/kernels")], [Path("/opt/python/bin")]).splitlines()
    assert rules[:2] == ["(version 1)", "(deny default)"]
    operations = [rule.split()[1].rstrip(")") for rule in rules[2:]]
    assert sorted(set(operations)) == [
        "file-read*",
        "file-read-metadata",
        "mach-lookup",
        "process-exec",
        "process-info*",
        "signal",
        "sysctl-read",
    ]
    assert not [rule for rule in rules if "network" in rule or "write" in rule or "fork" in rule]


def test_seatbelt_reads_python_packages_and_kernels_and_not_all() -> None:
    text = profile([Path("/opt/python/lib"), Path("/cache/kernels")], [Path("/opt/python/bin")])
    for folder in ("/opt/python/lib", "/cache/kernels", "/usr/lib", "/System/Library"):
        assert f'(subpath "{folder}")' in text
    assert '(subpath "/")' not in text
    assert '(allow process-exec (subpath "/opt/python/bin"))' in text.splitlines()


def test_a_path_cannot_end_its_rule() -> None:
    rules = profile([Path('/opt/a")) (allow default) ("')], []).splitlines()
    assert '(subpath "/opt/a\\")) (allow default) (\\"")' in rules[2]
    assert "(allow default)" not in rules


def test_the_parts_of_a_profile_are_balanced() -> None:
    text = profile([Path("/opt/python")], [Path("/opt/python/bin")])
    assert text.count("(") == text.count(")")
    assert all(rule.startswith("(") and rule.endswith(")") for rule in text.splitlines())
