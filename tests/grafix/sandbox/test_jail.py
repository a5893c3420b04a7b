import asyncio
import ctypes
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest
import pytest_asyncio

from artloop.grafix.renderer import Rendered, Renderer, renderer
from artloop.grafix.sandbox.forks import forks
from artloop.grafix.sandbox.handle import Children
from artloop.grafix.sandbox.jail import LAYERS
from artloop.grafix.sandbox.workers import Job, Outcome, WorkerPool
from artloop.models import Place, RenderRequest
from artloop.settings import RenderLimits

from ..sketches import DRAW, HEXAGON, compiled, confinable, offspring, until
from .attacks import ATTACKS, GRAFIX, HEAD, TIME

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not confinable(), reason="needs Linux with Landlock and seccomp"),
]
LIMITS = RenderLimits(timeout_s=20, memory_mb=300, output_mb=4)
HASTE = LIMITS.model_copy(update={"timeout_s": 1.0})
"""For what never ends."""
PR_SET_CHILD_SUBREAPER = 36
SVG = "{http://www.w3.org/2000/svg}"
SECRET = "sk-artloop-secret"


@dataclass
class World:
    """What a sketch must not touch: files, a process, listeners on all sorts of sockets, and other processes."""

    home: Path
    kernels: Path
    victim: subprocess.Popen[bytes]
    listeners: tuple[socket.socket, ...]

    @property
    def head(self) -> str:
        """The names that `attacks` uses."""
        port = self.listeners[0].getsockname()[1]
        return f"{HEAD}HOME, KERNELS, PORT, VICTIM = {(str(self.home), str(self.kernels), port, self.victim.pid)!r}\n"

    def state(self) -> list[object]:
        """All of it, to be compared."""
        folders = (self.home, self.kernels, Path(tempfile.gettempdir()))
        found = {path: path.lstat() for folder in folders for path in (folder, *folder.rglob("*"))}
        files = {
            path: (told.st_mode, told.st_uid, told.st_nlink, told.st_size, path.is_dir() or told.st_mtime_ns)
            for path, told in found.items()
        }
        victim = psutil.Process(self.victim.pid)
        well = (victim.status() in (psutil.STATUS_RUNNING, psutil.STATUS_SLEEPING), victim.nice())
        return [files, well, self._called(), list(Path("/dev/shm").glob("artloop-*"))]

    def _called(self) -> list[str]:
        """The listeners that somebody has called."""
        called = []
        for listener in self.listeners:
            try:
                listener.recv(1) if listener.type == socket.SOCK_DGRAM else listener.accept()
            except BlockingIOError:
                continue
            called.append(str(listener))
        return called


@pytest.fixture(scope="module", autouse=True)
def reaper() -> Iterator[None]:
    """Orphans below this process become its children, so that `offspring` sees a daemon too."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    yield
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0)
    for child in psutil.Process().children():
        if child.status() == psutil.STATUS_ZOMBIE:
            os.waitpid(child.pid, os.WNOHANG)


@pytest.fixture(scope="module", autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A temporary folder in which nobody else leaves files."""
    tempfile.tempdir = str(tmp_path_factory.mktemp("temporary"))
    yield
    tempfile.tempdir = None


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def processes(
    cache_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Children, Path]]:
    """With kernels that no other server on this machine adds to."""
    async with Children() as children:
        copy = tmp_path_factory.mktemp("kernels") / "copy"
        shutil.copytree(await compiled(children, cache_folder), copy)
        yield children, copy


Pools = Callable[..., WorkerPool]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pools(processes: tuple[Children, Path]) -> AsyncIterator[Pools]:
    """Pools without some of the layers, all of one zygote."""
    async with asyncio.TaskGroup() as group:
        with forks(group, *processes) as made:
            await made.ready()

            def pool(*without: str, limits: RenderLimits = LIMITS) -> WorkerPool:
                return WorkerPool(group, processes[0], limits, processes[1], 2, made, LAYERS - set(without))

            yield pool


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def drawing(cache_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Renderer]:
    folder = tmp_path_factory.mktemp("drawing")
    async with renderer(RenderLimits(timeout_s=3, output_mb=LIMITS.output_mb), cache_folder) as made:
        assert (await rendered(made, HEXAGON, folder)).rendering.ok
        yield made


@pytest.fixture
def world(tmp_path: Path, processes: tuple[Children, Path]) -> Iterator[World]:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh/id_rsa").write_text(SECRET)
    (home / ".ssh/id_rsa").chmod(0o600)
    (home / "file").write_text("kept")
    (home / "planted").symlink_to(home / "file")
    with ExitStack() as stack:
        listeners = listening(home, stack)
        command = [sys.executable, "-I", "-c", "import time; print(flush=True); time.sleep(600)"]
        victim = subprocess.Popen(command, env={"KEY": SECRET}, cwd=home, stdout=subprocess.PIPE)
        stack.enter_context(victim)
        stack.callback(victim.kill)
        assert victim.stdout is not None
        victim.stdout.readline()
        yield World(home, processes[1], victim, listeners)


def listening(home: Path, stack: ExitStack) -> tuple[socket.socket, ...]:
    """TCP and UDP on one port, a socket file and an abstract socket."""
    tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    file, abstract = (stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2))
    udp.bind(tcp.getsockname())
    file.bind(str(home / "listener"))
    abstract.bind(f"\0artloop{tcp.getsockname()[1]}")
    for listener in (file, abstract):
        listener.listen()
    for listener in (tcp, udp, file, abstract):
        listener.setblocking(False)
    return tcp, udp, file, abstract


async def ran(pool: WorkerPool, source: str) -> Outcome:
    return await pool.run(Job(source + DRAW, 0, 0.0, (100.0, 80.0), 0.4))


def told(outcome: Outcome) -> str:
    """All that came of a sketch, in words."""
    failure = outcome.failure
    return outcome.log.decode(errors="replace") + (f"{failure.message} {failure.hint}" if failure else "")


async def test_the_self_test_finds_a_confined_sketch_within_its_time(pools: Pools) -> None:
    assert await pools().tested() == "full"


@pytest.mark.parametrize("missing", [["landlock"], ["seccomp"], ["landlock", "seccomp"]])
async def test_the_self_test_sees_that_a_layer_is_missing(pools: Pools, missing: list[str]) -> None:
    pool = pools(*missing)
    assert await pool.tested() == "process"
    assert (await ran(pool, "")).failure is None


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_is_contained_and_leaves_nothing_behind(pools: Pools, world: World, name: str) -> None:
    processes, before = offspring(), world.state()
    pool = pools(limits=HASTE if name in TIME else LIMITS)
    outcome = await ran(pool, world.head + ATTACKS[name].source)
    assert "PWNED" not in told(outcome)
    assert SECRET not in told(outcome)
    assert ATTACKS[name].says in told(outcome)
    await until(lambda: offspring() <= processes, seconds=5)
    assert world.state() == before


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        ("landlock", "the users of the machine"),
        ("landlock", "a key"),
        ("landlock", "a list of its own folder"),
        ("landlock", "a file in a temporary folder"),
        ("landlock", "a file through a planted link"),
        ("seccomp", "a fork"),
        ("seccomp", "another process group"),
        ("seccomp", "memory behind a descriptor"),
        ("seccomp", "a permission"),
        ("seccomp", "a date"),
        ("rlimits", "500 MB at once"),
        ("rlimits", "6 MB of output"),
        ("rlimits", "200 open files"),
    ],
)
async def test_without_its_layer_an_attack_gets_through(pools: Pools, world: World, layer: str, name: str) -> None:
    assert "PWNED" in told(await ran(pools(layer), world.head + ATTACKS[name].source))


async def test_every_operation_of_grafix_works_in_the_jail(pools: Pools) -> None:
    source = """from artloop.grafix.registry import read_registry
from artloop.grafix.sandbox.warm import exercise
registry = read_registry()
print([operation.title for operation in registry.operations if not exercise(operation.title, registry)])
"""
    assert told(await ran(pools(limits=RenderLimits(timeout_s=60)), source)) == "[]\n"


async def rendered(drawing: Renderer, source: str, folder: Path) -> Rendered:
    async def report(done: int, total: int) -> None:
        """Nobody watches."""

    # Never from the cache.
    request = RenderRequest(source=f"{source}\n# {uuid.uuid4()}\n", output_formats=("svg",))
    return await drawing.render(request, lambda: (folder, Place(run="attacked")), report)


def assert_harmless(svg: bytes) -> None:
    """Only what our writer writes."""
    root = ElementTree.fromstring(svg)
    assert {element.tag for element in root.iter()} <= {f"{SVG}svg", f"{SVG}g", f"{SVG}path"}
    assert all(not (element.text or "").strip() for element in root.iter())
    assert len(svg) < LIMITS.output_mb << 20


@pytest.mark.parametrize("name", GRAFIX)
async def test_an_attack_through_grafix_is_a_failure_or_a_plain_drawing(
    drawing: Renderer, tmp_path: Path, name: str
) -> None:
    folder, attack = tmp_path / "attempt", GRAFIX[name]
    processes = offspring()
    found = (await rendered(drawing, attack.source, folder)).rendering
    if found.failure is None:
        assert attack.says in ("ok", "")
        assert_harmless((folder / "drawing.svg").read_bytes())
    else:
        assert attack.says in f"{found.failure.message} {found.failure.hint}"
        assert len(found.failure.message) + len(found.failure.hint) < 1300
        assert not (folder / "drawing.svg").exists()
    await until(lambda: offspring() <= processes, seconds=5)
    assert (await rendered(drawing, HEXAGON, folder)).rendering.ok
