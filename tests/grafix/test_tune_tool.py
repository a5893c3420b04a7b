"""The tool start_tune with the real search and the real renderer."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from mcp import Client

from artloop.grafix.answers import TuneAnswer
from artloop.grafix.places import META_KEY
from artloop.grafix.server import build_server
from artloop.models import Place
from artloop.settings import RenderLimits
from artloop.source import declared
from artloop.tune.kept import tuned_in

from .sketches import HEXAGON, client_of, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

SKETCH = HEXAGON.replace("W, H = CANVAS", 'RANGES = {"sides": (3, 12), "size_mm": (10.0, 70.0)}\nW, H = CANVAS')
WISH = [{"metric": "ink_mm", "low": 190.0, "high": 200.0}]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root").resolve()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(root: Path, cache_folder: Path) -> AsyncIterator[Client]:
    server = build_server(root, RenderLimits(max_concurrency=2), cache_folder, allow_unsafe=True, tune=tuned_in)
    async with client_of(server) as made:
        yield made


async def job(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


async def test_a_search_ends_with_a_sketch_that_measures_as_wished(client: Client, root: Path) -> None:
    begun = await job(client, "start_tune", source=SKETCH, targets=WISH, run_id="wish")
    assert begun["state"] == "running"
    ended = await job(client, "poll_job", job_id=begun["job_id"], wait_seconds=120)
    answer = TuneAnswer.model_validate_json(json.dumps(ended["result"]))
    assert (answer.met, answer.better, answer.ended) == (True, True, "met")
    assert answer.rendering.metrics is not None
    assert 190 <= answer.rendering.metrics.ink_mm <= 200
    folder = root / "runs/wish/variants/v01/iterations/01"
    found = declared((folder / "sketch.py").read_text())
    assert found.params == answer.best.params
    files = {file.name for file in folder.iterdir()}
    assert {"drawing.svg", "preview.png", "tune.json", "tune.jsonl", "tune.svg"} <= files
    assert ended["done"] == answer.renders


async def test_a_cancelled_search_goes_on_in_the_same_iteration(client: Client, root: Path) -> None:
    slow = f"import time\ntime.sleep(0.1)\n{SKETCH}"
    never = [{"metric": "strokes", "low": 90, "high": 99}]
    values = {"source": slow, "targets": never, "renders": 12, "method": "random", "run_id": "again", "iteration": 1}
    record = root / "runs/again/variants/v01/iterations/01/tune.jsonl"
    begun = await job(client, "start_tune", **values)
    await until(lambda: record.exists() and record.read_text().count("\n") > 3)
    assert (await job(client, "cancel_job", job_id=begun["job_id"]))["state"] == "cancelled"
    before = record.read_text()
    again = await job(client, "start_tune", **values)
    ended = await job(client, "poll_job", job_id=again["job_id"], wait_seconds=120)
    assert (ended["result"]["met"], ended["result"]["better"]) == (False, False)
    assert record.read_text().startswith(before)
    assert len(record.read_text().splitlines()) == 1 + 12


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"targets": [{"metric": "ink", "low": 0, "high": 1}]}, "did you mean ink_mm"),
        ({"source": HEXAGON}, "declares no RANGES"),
    ],
)
async def test_a_search_that_cannot_begin_is_told_at_once_and_leaves_nothing(
    client: Client, root: Path, values: dict[str, Any], said: str
) -> None:
    refused = await job(client, "start_tune", **{"source": SKETCH, "targets": WISH, "run_id": "none", **values})
    assert refused["state"] == "failed"
    assert said in refused["error"]
    assert not (root / "runs/none").exists()


async def test_agents_of_a_run_cannot_tune(client: Client) -> None:
    place = Place(run="r").model_dump(mode="json")
    result = await client.call_tool("start_tune", {"source": SKETCH, "targets": WISH}, meta={META_KEY: place})
    assert result.is_error


async def test_a_server_without_a_search_does_not_offer_it(tmp_path: Path) -> None:
    server = build_server(tmp_path, RenderLimits(), tmp_path / "cache")
    assert "start_tune" not in {tool.name for tool in await server.list_tools()}
