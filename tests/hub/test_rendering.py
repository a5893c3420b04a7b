import json

import psutil
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from artloop.grafix.places import META_KEY

from ..grafix.sketches import HEXAGON, rendering
from .served import Served


async def test_a_worker_renders_with_its_key_is_no_host_and_is_written_down(hub: Served) -> None:
    async with create_mcp_http_client({"Authorization": f"Bearer {hub.keys['worker']}"}) as http:
        async with Client(streamable_http_client(hub.rendering, http_client=http)) as client:
            drawn = await client.call_tool("render", {"source": HEXAGON, "run_id": "outside"})
            assert rendering(drawn).ok
            with pytest.raises(MCPError, match="for hosts"):
                await client.call_tool(
                    "render", {"source": HEXAGON}, meta={META_KEY: {"run": "forged", "variant": "v01"}}
                )
    assert (hub.root / "runs/outside/variants/v01/iterations/01/drawing.svg").is_file()
    lines = [json.loads(line) for line in (hub.root / "hub/audit.jsonl").read_text().splitlines()]
    mine = [line for line in lines if line["tool"] == "render"]
    assert [(line["key"], line["outcome"]) for line in mine] == [("worker", "ok"), ("worker", "refused")]
    assert mine[0]["ids"] == {"run_id": "outside"}


def test_nothing_that_runs_sketches_was_told_the_hub_s_secrets(hub: Served) -> None:
    for child in psutil.Process(hub.process.pid).children(recursive=True):
        told = child.environ()
        assert not [name for name in told if "KEY" in name or name.startswith("ARTLOOP_HUB")], child
