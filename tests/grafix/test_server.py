import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from mcp import Client
from mcp_types import ImageContent, TextContent

from artloop.grafix.places import META_KEY
from artloop.models import Metrics
from artloop.source import declared
from artloop.workspace import resource_folders

from .sketches import HEXAGON, confinable, rendering, served

pytestmark = pytest.mark.asyncio(loop_scope="module")
PNG = b"\x89PNG\r\n\x1a\n"
MEASURES = (
    "strokes segments ink_mm pen_up_mm pens plot_seconds bbox_mm margin_min_mm out_of_canvas ink_coverage balance_x "
    "balance_y symmetry_h symmetry_v density_entropy orientation_entropy fractal_dimension compressibility "
    "overplot_max spacing_p05_mm"
)
LEVEL = "full" if confinable() else "process"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root").resolve()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(root: Path, cache_folder: Path) -> AsyncIterator[Client]:
    async with served(root, cache_folder, max_concurrency=2, timeout_s=5) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def unconfined(root: Path, cache_folder: Path) -> AsyncIterator[Client]:
    async with served(root, cache_folder, allow_unsafe=False, isolation="process") as made:
        yield made


def place(run: str, **values: Any) -> dict[str, Any]:
    return {META_KEY: {"workspace": "default", "run": run, "variant": "v01", "iteration": 1, **values}}


async def test_every_tool_is_described_with_schemas_and_annotations(client: Client) -> None:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    writing = {"render", "start_render", "cancel_job", "export_gcode"}
    assert set(tools) == writing | {"poll_job", "metrics", "get_artifact", "list_artifacts", "describe_api"}
    for tool in tools.values():
        assert tool.title
        assert tool.description
        assert tool.output_schema
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint == (tool.name not in writing)
        assert all("$ref" not in json.dumps(argument) for argument in tool.input_schema["properties"].values())
        assert all("description" in argument for argument in tool.input_schema["properties"].values())


async def test_every_resource_and_every_template_of_one_is_described(client: Client) -> None:
    templates = {one.uri_template: one for one in (await client.list_resource_templates()).resource_templates}
    assert set(templates) == {"artifact://{workspace}/{run}/{variant}/{+path}", "grafix://api/{kind}/{name}"}
    (guide,) = (await client.list_resources()).resources
    assert str(guide.uri) == "grafix://api"
    for one in (guide, *templates.values()):
        assert one.name
        assert one.description
        assert one.mime_type


async def test_every_measure_is_described_by_unit_formula_and_source(client: Client) -> None:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    schema = tools["metrics"].output_schema
    assert schema is not None
    assert set(schema["properties"]) == set(MEASURES.split(" "))
    for name, measure in schema["properties"].items():
        formula, _, source = measure["description"].partition(" Source: ")
        assert formula.endswith(".")
        assert source.endswith(".")
        for unit, said in (("_mm", "mm"), ("_seconds", " s.")):
            assert (said in measure["description"]) or not name.endswith(unit)


async def test_a_render_answers_and_leaves_its_files(client: Client, root: Path) -> None:
    result = await client.call_tool("render", {"source": HEXAGON, "params": {"sides": 5}, "run_id": "one"})
    found = rendering(result)
    assert found.plottable
    assert found.metrics is not None
    assert found.metrics.segments == 5
    assert [artifact.name for artifact in found.artifacts] == [
        "sketch.py",
        "drawing.svg",
        "preview.png",
        "metrics.json",
    ]
    folder = root / "runs/one/variants/v01/iterations/01"
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["sketch.py", "drawing.svg", "preview.png", "metrics.json", "manifest.json", "log.txt"]
    )
    assert declared((folder / "sketch.py").read_text()).params["sides"] == 5
    assert (folder / "drawing.svg").read_text().startswith("<svg")
    assert (folder / "preview.png").read_bytes().startswith(PNG)
    assert Metrics.model_validate_json((folder / "metrics.json").read_bytes()) == found.metrics
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["params"] == {"sides": 5, "size_mm": 50.0}
    assert (manifest["seed"], manifest["canvas_mm"], manifest["isolation"]) == (3, [100, 80], LEVEL)
    assert {"artloop", "grafix", "numpy", "numba", "python"} <= set(manifest["versions"])


async def test_the_model_sees_a_short_text_and_a_thumbnail(client: Client) -> None:
    result = await client.call_tool("render", {"source": HEXAGON, "run_id": "seen"})
    text, picture = result.content
    assert isinstance(text, TextContent)
    assert isinstance(picture, ImageContent)
    told = json.loads(text.text)
    assert told["ok"] is True
    assert told["artifacts"]["drawing.svg"] == "iterations/01/drawing.svg"
    assert len(text.text) < 1500
    assert base64.b64decode(picture.data).startswith(PNG)


async def test_who_asks_for_no_png_gets_no_picture(client: Client) -> None:
    result = await client.call_tool("render", {"source": HEXAGON, "output_formats": ["svg"], "run_id": "unseen"})
    assert [type(part) for part in result.content] == [TextContent]


async def test_content_is_the_same_in_every_run_and_at_every_time(client: Client) -> None:
    arguments = {"source": HEXAGON + "print('hello', object())\n", "seed": 5}
    one = await client.call_tool("render", arguments, meta=place("r1", attempt="auto"))
    two = await client.call_tool("render", arguments, meta=place("another-run", attempt="auto"))
    assert one.content == two.content
    assert one.structured_content == two.structured_content
    assert one.meta is not None
    assert two.meta is not None
    assert (one.meta["cache_hit"], two.meta["cache_hit"]) == (False, True)
    assert one.meta["links"] != two.meta["links"]
    assert one.meta["server_received_ms"] <= one.meta["server_started_ms"] <= one.meta["server_finished_ms"]


async def test_a_cached_render_gives_the_same_answer_files_and_isolation_level(
    client: Client, unconfined: Client, root: Path
) -> None:
    arguments = {"source": f"print('hello')\n{HEXAGON}# twice\n", "iteration": 1}
    made = await client.call_tool("render", {**arguments, "run_id": "first"})
    found = await unconfined.call_tool("render", {**arguments, "run_id": "second"})
    assert made.content == found.content
    assert made.structured_content == found.structured_content
    first, second = (root / f"runs/{run}/variants/v01/iterations/01" for run in ("first", "second"))
    for name in ("sketch.py", "drawing.svg", "preview.png", "metrics.json", "log.txt"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    manifests = [json.loads((folder / "manifest.json").read_text()) for folder in (first, second)]
    assert [manifest["cache_hit"] for manifest in manifests] == [False, True]
    assert [manifest["isolation"] for manifest in manifests] == [LEVEL, LEVEL]


async def test_a_render_after_a_damaged_cache_entry_mends_it(client: Client, cache_folder: Path) -> None:
    before = set((cache_folder / "renders").glob("*/*"))
    arguments = {"source": HEXAGON + "# damaged\n", "run_id": "damaged", "iteration": 1}
    made = await client.call_tool("render", arguments)
    (entry,) = set((cache_folder / "renders").glob("*/*")) - before
    whole = entry.read_bytes()
    entry.write_bytes(whole[: len(whole) // 2])
    hits = []
    for _ in range(2):
        again = await client.call_tool("render", arguments)
        assert again.content == made.content
        hits.append((again.meta or {})["cache_hit"])
    assert hits == [False, True]


async def test_attempts_of_an_agent_are_named_after_what_was_asked(client: Client) -> None:
    asked = [{"source": HEXAGON}, {"source": HEXAGON, "seed": 8}, {"source": HEXAGON}]
    paths = [
        rendering(await client.call_tool("render", one, meta=place("tries", attempt="auto"))).artifacts[0].path
        for one in asked
    ]
    assert paths[0] == paths[2] != paths[1]
    assert paths[0].startswith("iterations/01/tries/")


async def test_ids_that_differ_from_the_hosts_are_refused(client: Client) -> None:
    result = await client.call_tool("render", {"source": HEXAGON, "run_id": "other"}, meta=place("mine"))
    assert result.is_error
    assert "not yours" in str(result.content)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"source": HEXAGON, "sketch_path": "iterations/01/sketch.py"},
        {"sketch_path": "../../../../etc/passwd"},
        {"source": HEXAGON, "run_id": "../up"},
        {"source": HEXAGON, "canvas_size": [1]},
        {"source": HEXAGON, "render_scale": 0},
        {"source": HEXAGON, "params": {"sides": "many"}},
        {"source": HEXAGON, "output_formats": ["gif"]},
    ],
)
async def test_impossible_arguments_are_a_tool_error(client: Client, arguments: dict[str, Any]) -> None:
    assert (await client.call_tool("render", arguments)).is_error


async def test_a_sketch_that_does_not_draw_is_a_value_with_line_and_hint(client: Client, root: Path) -> None:
    good = {"source": HEXAGON, "run_id": "bad", "iteration": 1}
    rendering(await client.call_tool("render", good))
    broken = HEXAGON.replace("n_sides", "nsides")
    result = await client.call_tool("render", {**good, "source": broken})
    found = rendering(result)
    assert found.failure is not None
    assert (found.failure.kind, found.failure.line) == ("exception", 8)
    assert "n_sides" in found.failure.hint
    assert len(result.content) == 1
    left = {path.name for path in (root / "runs/bad/variants/v01/iterations/01").iterdir()}
    assert left == {"sketch.py", "manifest.json", "log.txt"}


async def test_a_syntax_failure_needs_no_worker(client: Client) -> None:
    found = rendering(await client.call_tool("render", {"source": "def draw(t:", "run_id": "syntax"}))
    assert found.failure is not None
    assert (found.failure.kind, found.failure.line) == ("syntax", 1)


async def test_a_sketch_that_is_no_text_is_a_syntax_failure(client: Client) -> None:
    found = rendering(await client.call_tool("render", {"source": "x = '\ud800'", "run_id": "surrogate"}))
    assert found.failure is not None
    assert found.failure.kind == "syntax"


async def test_a_closed_gate_keeps_ok_and_is_told(client: Client) -> None:
    arguments = {"source": HEXAGON, "params": {"size_mm": 200.0}, "run_id": "gates"}
    result = await client.call_tool("render", arguments)
    found = rendering(result)
    assert found.ok
    assert not found.plottable
    assert list(json.loads(result.content[0].text)["gates_closed"]) == ["off_paper"]  # type: ignore[union-attr]


async def test_canvas_pen_scale_and_formats_are_honoured(client: Client, root: Path) -> None:
    arguments = {"source": HEXAGON, "canvas_size": [200, 100], "pen_mm": 0.7, "run_id": "values", "iteration": 2}
    found = rendering(await client.call_tool("render", {**arguments, "output_formats": ["svg"]}))
    assert found.artifact("preview.png") is None
    text = (root / "runs/values/variants/v01/iterations/02/drawing.svg").read_text()
    assert 'width="200mm" height="100mm"' in text
    assert 'stroke-width="0.7"' in text
    found = rendering(await client.call_tool("render", {**arguments, "render_scale": 2.0}))
    png = (root / "runs/values/variants/v01/iterations/02/preview.png").read_bytes()
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (400, 200)


async def test_a_call_too_many_is_busy_at_once_and_leaves_nothing(client: Client, root: Path) -> None:
    slow = "import time\ntime.sleep(1.5)\n"
    calls = [client.call_tool("render", {"source": f"{slow}# {n}\n{HEXAGON}", "run_id": f"b{n}"}) for n in range(3)]
    results = await asyncio.gather(*calls)
    kinds = sorted(str(found.failure and found.failure.kind) for found in map(rendering, results))
    assert kinds == ["None", "None", "busy"]
    assert sum((root / f"runs/b{n}").exists() for n in range(3)) == 2
    waits = [result.meta["retry_after_ms"] for result in results if result.meta and "retry_after_ms" in result.meta]
    assert len(waits) == 1


async def test_who_asks_for_no_file_gets_the_measures_and_leaves_nothing(client: Client, root: Path) -> None:
    drawn = rendering(await client.call_tool("render", {"source": HEXAGON, "run_id": "kept"}))
    measured = await client.call_tool("render", {"source": HEXAGON, "run_id": "unkept", "output_formats": []})
    assert rendering(measured) == drawn.model_copy(update={"artifacts": []})
    assert not (root / "runs/unkept").exists()
    broken = await client.call_tool("render", {"source": "def", "run_id": "unkept", "output_formats": []})
    assert not rendering(broken).ok
    assert not (root / "runs/unkept").exists()


async def test_measuring_waits_its_turn_and_leaves_a_slot_to_those_who_draw(client: Client) -> None:
    slow = "import time\ntime.sleep(0.7)\n"
    measured = [{"source": f"{slow}# {n}\n{HEXAGON}", "output_formats": []} for n in range(4)]
    async with asyncio.TaskGroup() as group:
        measuring = [group.create_task(client.call_tool("render", each)) for each in measured]
        await measuring[0]
        assert rendering(await client.call_tool("render", {"source": f"{HEXAGON}# between", "run_id": "between"})).ok
        assert not all(task.done() for task in measuring)
    assert all(rendering(task.result()).ok for task in measuring)


async def test_a_sketch_is_rendered_again_from_its_path(client: Client) -> None:
    one = rendering(await client.call_tool("render", {"source": HEXAGON, "run_id": "again"}))
    two = rendering(
        await client.call_tool("render", {"sketch_path": "iterations/01/sketch.py", "seed": 3, "run_id": "again"})
    )
    assert two.metrics == one.metrics
    assert two.artifacts[1].path == "iterations/02/drawing.svg"


async def test_metrics_of_a_file_are_those_of_its_render(client: Client) -> None:
    found = rendering(await client.call_tool("render", {"source": HEXAGON, "run_id": "measure"}))
    result = await client.call_tool("metrics", {"path": "iterations/01/drawing.svg", "run_id": "measure"})
    assert Metrics.model_validate(result.structured_content) == found.metrics


async def test_metrics_of_another_programs_svg_are_refused(client: Client, root: Path) -> None:
    folder = root / "runs/foreign/variants/v01"
    folder.mkdir(parents=True)
    (folder / "a.svg").write_text('<svg viewBox="0 0 9 9"><path d="M0 0L1 1"/></svg>')
    for path in ("a.svg", "b.svg"):
        result = await client.call_tool("metrics", {"path": path, "run_id": "foreign"})
        assert result.is_error
        assert repr(path) in str(result.content)


async def test_artifacts_are_listed_and_read(client: Client, root: Path) -> None:
    await client.call_tool("render", {"source": HEXAGON, "run_id": "files", "variant_id": "v02"})
    here = {"run_id": "files", "variant_id": "v02"}
    assert (await client.call_tool("list_artifacts", {"run_id": "files"})).structured_content["variants"] == ["v02"]  # type: ignore[index]
    listed = (await client.call_tool("list_artifacts", here)).structured_content
    assert listed is not None
    assert len(listed["artifacts"]) == 6
    path = "iterations/01/drawing.svg"
    described = await client.call_tool("get_artifact", {**here, "path": path})
    assert described.structured_content is not None
    assert described.structured_content["text"] is None
    text = await client.call_tool("get_artifact", {**here, "path": path, "encoding": "text"})
    assert text.structured_content is not None
    assert text.structured_content["text"] == (root / "runs/files/variants/v02" / path).read_text()
    picture = await client.call_tool(
        "get_artifact", {**here, "path": "iterations/01/preview.png", "encoding": "base64"}
    )
    assert isinstance(picture.content[1], ImageContent)
    assert (
        await client.call_tool("get_artifact", {**here, "path": "iterations/01/preview.png", "encoding": "text"})
    ).is_error


async def test_an_agent_is_shown_finished_iterations_only(client: Client) -> None:
    for iteration, attempt in ((1, None), (2, "auto")):
        meta = place("shown", iteration=iteration, attempt=attempt)
        await client.call_tool("render", {"source": HEXAGON}, meta=meta)
    result = await client.call_tool("list_artifacts", {}, meta=place("shown", iteration=2))
    assert result.structured_content is not None
    paths = [artifact["path"] for artifact in result.structured_content["artifacts"]]
    assert paths == [f"iterations/01/{name}" for name in ("drawing.svg", "metrics.json", "preview.png", "sketch.py")]


async def test_the_links_of_a_render_can_be_read_as_resources(client: Client, root: Path) -> None:
    result = await client.call_tool("render", {"source": HEXAGON, "run_id": "links"})
    assert result.meta is not None
    link = next(link for link in result.meta["links"] if link["name"].endswith(".svg"))
    contents = (await client.read_resource(link["uri"])).contents[0]
    file = root / "runs/links/variants/v01/iterations/01/drawing.svg"
    assert base64.b64decode(contents.blob) == file.read_bytes()  # type: ignore[union-attr]


async def test_the_api_is_explained_by_tool_and_resource(client: Client) -> None:
    tool = await client.call_tool("describe_api", {"name": "fill"})
    assert tool.structured_content is not None
    contents = (await client.read_resource("grafix://api/E/fill")).contents[0]
    assert tool.structured_content["text"] == contents.text  # type: ignore[union-attr]
    assert (await client.call_tool("describe_api", {"name": "nonsense"})).is_error
    assert "draw(t)" in str((await client.call_tool("describe_api", {})).content)


async def test_a_disk_that_refuses_is_an_error_that_names_the_file(client: Client, root: Path) -> None:
    folder = root / "runs/blocked/variants/v01/iterations"
    folder.mkdir(parents=True)
    (folder / "01").write_text("a file in the way")
    result = await client.call_tool("render", {"source": HEXAGON, "run_id": "blocked", "iteration": 1})
    assert result.is_error
    assert result.meta is not None
    assert result.meta["artloop/error"] == "StorageError"


async def test_a_strangers_sketch_is_refused_where_it_cannot_be_confined(unconfined: Client, root: Path) -> None:
    source = f"{HEXAGON}# a stranger's\n"  # no cached drawing of it, which anybody may have
    result = await unconfined.call_tool("render", {"source": source, "run_id": "stranger"})
    assert result.is_error
    assert "isolation level process" in str(result.content)
    assert "--allow-unsafe" in str(result.content)
    assert not (root / "runs/stranger").exists()


async def test_where_sketches_cannot_be_confined_ours_and_those_of_a_host_run(unconfined: Client, root: Path) -> None:
    shipped = (resource_folders(root, "sketches")[-1] / "moire_gate.py").read_text()
    assert rendering(await unconfined.call_tool("render", {"source": shipped, "run_id": "shipped"})).ok
    assert rendering(await unconfined.call_tool("render", {"source": HEXAGON + "#\n"}, meta=place("hosted"))).ok
    manifest = json.loads((root / "runs/hosted/variants/v01/iterations/01/manifest.json").read_text())
    assert manifest["isolation"] == "process"


async def test_that_sketches_are_not_confined_is_logged_once(
    root: Path, cache_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(root, cache_folder, isolation="process") as client:
        for name in ("one", "two"):
            source = f"{HEXAGON}# {name} of a server that confines nothing\n"
            assert rendering(await client.call_tool("render", {"source": source, "run_id": name})).ok
    assert [record.message for record in caplog.records if "not confined" in record.message] == [
        "sketches are not confined on this machine (isolation level process): run those you trust"
    ]
