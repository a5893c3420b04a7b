"""docs/mcp.md against the server it describes."""

import json
import re
from pathlib import Path

from artloop.grafix.server import build_server
from artloop.settings import RenderLimits
from artloop.tune.kept import tuned_in

from .sketches import rendering, served

MANUAL = (Path(__file__).parents[2] / "docs" / "mcp.md").read_text(encoding="utf-8")
Told = dict[str, set[str]]


def table(kind: str) -> Told:
    """The rows of the table that lists these: the name and its arguments, both in backticks."""
    (rows,) = re.findall(rf"^\| {kind} \|.*\n\|[ -|]*\n((?:\|.*\n)+)", MANUAL, re.MULTILINE)
    cells = [row.strip("|\n").split("|") for row in rows.splitlines()]
    return {name.strip(" `"): set(re.findall(r"`(\w+)`", arguments)) for name, _, arguments in cells}


async def offered(tmp_path: Path) -> tuple[Told, Told, set[str]]:
    """The server's tools and prompts with their arguments, and its resources."""
    server = build_server(tmp_path, RenderLimits(), tmp_path / "cache", tune=tuned_in)
    tools = {tool.name: set(tool.input_schema["properties"]) for tool in await server.list_tools()}
    prompts = {prompt.name: {each.name for each in prompt.arguments or []} for prompt in await server.list_prompts()}
    resources = {str(resource.uri) for resource in await server.list_resources()}
    return tools, prompts, resources | {each.uri_template for each in await server.list_resource_templates()}


async def test_the_manual_names_every_tool_with_its_arguments_and_no_other(tmp_path: Path) -> None:
    tools, _, _ = await offered(tmp_path)
    assert table("tool") == tools


async def test_the_manual_names_every_prompt_with_its_arguments_and_no_other(tmp_path: Path) -> None:
    _, prompts, _ = await offered(tmp_path)
    assert table("prompt") == prompts


async def test_the_manual_names_every_resource(tmp_path: Path) -> None:
    _, _, resources = await offered(tmp_path)
    assert {uri for uri in resources if f"`{uri}`" not in MANUAL} == set()


def test_every_tool_and_argument_is_explained_below_the_table() -> None:
    names = {name for tool, arguments in table("tool").items() for name in (tool, *arguments)}
    assert {name for name in names if MANUAL.count(f"`{name}`") + MANUAL.count(f'"{name}"') < 2} == set()


def test_links_within_the_manual_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.*)$", MANUAL, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]*)\)", MANUAL)) <= anchors


async def test_the_examples_of_the_manual_work(tmp_path: Path, cache_folder: Path) -> None:
    examples = [json.loads(example) for example in re.findall(r"```json\n(.*?)```", MANUAL, re.DOTALL)]
    (sketch,) = [example for example in examples if "source" in example]
    (plot,) = [example for example in examples if "profile" in example]
    async with served(tmp_path, cache_folder) as client:
        drawn = rendering(await client.call_tool("render", sketch))
        assert drawn.plottable
        assert drawn.metrics is not None
        assert drawn.metrics.segments == 7
        assert plot["path"] in [artifact.path for artifact in drawn.artifacts]
        assert not (await client.call_tool("metrics", {"path": plot["path"]})).is_error
        assert not (await client.call_tool("export_gcode", plot)).is_error
