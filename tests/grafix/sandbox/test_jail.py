import asyncio
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import pytest_asyncio

from artloop.grafix.renderer import Rendered, Renderer, renderer
from artloop.grafix.sandbox.forks import forks
from artloop.grafix.sandbox.handle import Children
from artloop.grafix.sandbox.jail import LAYERS
from artloop.grafix.sandbox.levels import Way
from artloop.grafix.sandbox.workers import WorkerPool
from artloop.models import Place, RenderRequest
from artloop.settings import RenderLimits

from ..sketches import HEXAGON, confinable, offspring, until
from .attacks import ATTACKS, GRAFIX, TIME
from .world import SECRET, World, ran, told

pytestmark = [
    pytest.mark.usefixtures("reaper", "temporary"),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not confinable(), reason="needs Linux with Landlock and seccomp"),
]
LIMITS = RenderLimits(timeout_s=20, memory_mb=300, output_mb=4)
HASTE = LIMITS.model_copy(update={"timeout_s": 1.0})
"""For what never ends."""
SVG = "{http://www.w3.org/2000/svg}"


Pools = Callable[..., WorkerPool]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pools(processes: tuple[Children, Path]) -> AsyncIterator[Pools]:
    """Pools without some of the layers, all of one zygote."""
    async with asyncio.TaskGroup() as group:
        with forks(group, *processes) as made:
            await made.ready()

            def pool(*without: str, limits: RenderLimits = LIMITS) -> WorkerPool:
                layers = LAYERS - set(without)
                return WorkerPool(processes[0], limits, [Way("full", made, layers), Way("process", made, layers)])

            yield pool


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def drawing(cache_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Renderer]:
    folder = tmp_path_factory.mktemp("drawing")
    async with renderer(RenderLimits(timeout_s=3, output_mb=LIMITS.output_mb), cache_folder) as made:
        assert (await rendered(made, HEXAGON, folder)).rendering.ok
        yield made


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
    assert not list(Path(tempfile.gettempdir()).iterdir())
    assert (await rendered(drawing, HEXAGON, folder)).rendering.ok
