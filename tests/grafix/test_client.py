import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import pytest_asyncio
from agents import Agent, RunConfig, Runner
from agents.testing import ScriptedModel, assistant_message, function_call

from artloop.errors import RenderServerError, StorageError
from artloop.grafix.client import GrafixStdio, RenderClient, located, told
from artloop.grafix.sandbox.forks import AVAILABLE
from artloop.models import Place, RenderRequest
from artloop.settings import RenderLimits

from .sketches import HEXAGON, ended, offspring, until, workers

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Desk:
    """A run context as agents have it."""

    place: Place | None


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root").resolve()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server(root: Path, cache_folder: Path) -> AsyncIterator[GrafixStdio]:
    limits = RenderLimits(max_concurrency=2, timeout_s=20)
    async with GrafixStdio(root, limits, cache_folder, root / "server.log") as made:
        yield made


async def test_a_render_over_stdio_lands_in_its_place(server: GrafixStdio, root: Path) -> None:
    rendering = await RenderClient(server)(RenderRequest(source=HEXAGON), Place(run="r1", variant="v03", iteration=2))
    assert rendering.plottable
    assert (root / "runs/r1/variants/v03/iterations/02/drawing.svg").is_file()


async def test_more_renders_than_slots_all_come_through(server: GrafixStdio) -> None:
    render = RenderClient(server)
    asked = [RenderRequest(source=f"{HEXAGON}# {n}\n") for n in range(5)]
    found = await asyncio.gather(*(render(one, Place(run="many", iteration=n)) for n, one in enumerate(asked)))
    assert all(rendering.ok for rendering in found)


async def test_measuring_leaves_no_file_and_goes_on_beside_renders(server: GrafixStdio, root: Path) -> None:
    client = RenderClient(server)
    asked = [RenderRequest(source=f"{HEXAGON}# m{n}\n") for n in range(5)]
    async with asyncio.TaskGroup() as group:
        measured = [group.create_task(client.measure(one)) for one in asked]
        drawn = group.create_task(client(RenderRequest(source=HEXAGON), Place(run="beside")))
    assert drawn.result().ok
    assert all(task.result().metrics == drawn.result().metrics for task in measured)
    assert not (root / "runs/adhoc").exists()


async def test_a_disk_that_refuses_is_a_storage_error(server: GrafixStdio, root: Path) -> None:
    folder = root / "runs/blocked/variants/v01/iterations"
    folder.mkdir(parents=True)
    (folder / "01").write_text("a file in the way")
    with pytest.raises(StorageError, match="cannot write"):
        await RenderClient(server)(RenderRequest(source=HEXAGON), Place(run="blocked"))


async def test_an_agent_renders_in_its_place_and_reads_its_mistakes(server: GrafixStdio, root: Path) -> None:
    model = ScriptedModel(
        [
            [function_call("render", {"source": HEXAGON}, call_id="c1")],
            [function_call("render", {"source": HEXAGON, "run_id": "elsewhere"}, call_id="c2")],
            [assistant_message("done")],
        ]
    )
    agent = Agent(name="draw", model=model, mcp_servers=[server])
    place = Place(run="agent", attempt="auto")
    await Runner.run(agent, "draw", context=Desk(place), run_config=RunConfig(tracing_disabled=True))
    assert len(list((root / "runs/agent/variants/v01/iterations/01/tries").iterdir())) == 1
    seen = str(model.calls[-1].input)
    assert "input_image" in seen
    assert "not yours to use" in seen
    assert not (root / "runs/elsewhere").exists()


@pytest.mark.parametrize(
    ("agent", "tools"),
    [
        ("imagine", {"describe_api"}),
        ("draw", {"render", "metrics", "describe_api", "get_artifact", "list_artifacts"}),
        ("critique", {"metrics", "get_artifact"}),
        ("choose", {"metrics", "get_artifact"}),
        ("stranger", set()),
    ],
)
async def test_every_agent_has_its_own_tools(server: GrafixStdio, agent: str, tools: set[str]) -> None:
    found = await server.list_tools(SimpleNamespace(context=Desk(None)), Agent(name=agent))  # type: ignore[arg-type]
    assert {tool.name for tool in found} == tools


async def test_what_an_agent_does_to_its_tools_is_seen_by_nobody_else(server: GrafixStdio) -> None:
    for _ in range(2):
        (tool,) = await server.list_tools(None, Agent(name="imagine"))
        assert tool.input_schema["properties"]
        tool.input_schema.clear()


async def test_the_place_of_the_context_becomes_request_metadata() -> None:
    def context(desk: Any) -> Any:
        return SimpleNamespace(run_context=SimpleNamespace(context=desk))

    assert located(context(Desk(None))) is None
    assert located(context(None)) is None
    assert located(context(Desk(Place(run="r")))) == {"artloop/place": Place(run="r").model_dump()}


async def test_a_dead_server_ends_the_step_instead_of_being_told_to_the_model() -> None:
    wrapped = ValueError("wrapped")
    wrapped.__cause__ = RenderServerError("down")
    with pytest.raises(RenderServerError):
        told(None, wrapped)  # type: ignore[arg-type]
    assert told(None, ValueError("bad argument")) == "bad argument"  # type: ignore[arg-type]


@pytest.mark.alone
@pytest.mark.skipif(not AVAILABLE, reason="where workers are not forked, nothing tells when one has begun")
async def test_a_killed_server_leaves_no_process_and_is_started_again(root: Path, cache_folder: Path) -> None:
    before = offspring()
    limits = RenderLimits(timeout_s=60)
    async with GrafixStdio(root, limits, cache_folder, root / "killed.log") as server:
        render = RenderClient(server)
        (running,) = {child.pid for child in psutil.Process().children()} & (offspring() - before)
        waiting = asyncio.ensure_future(render(RenderRequest(source="while True: pass"), Place(run="killed")))
        await until(lambda: bool(workers()))
        first = offspring() - before
        assert len(first) == 3
        os.kill(running, signal.SIGKILL)
        await until(lambda: all(map(ended, first)), seconds=2)
        await until(lambda: bool(workers()))  # asked again of the new server
        waiting.cancel()
        assert (await render(RenderRequest(source=HEXAGON), Place(run="killed", iteration=2))).ok
        second = offspring() - before
    await until(lambda: all(map(ended, second)))


async def test_a_server_that_cannot_start_says_why(root: Path, cache_folder: Path) -> None:
    server = GrafixStdio(root, RenderLimits(), cache_folder, root / "broken.log")
    server.params.args = ["-c", "raise SystemExit('no luck today')"]
    with pytest.raises(RenderServerError, match="no luck today"):
        await server.connect()
