import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from mcp import Client
from mcp_types import CallToolResult

from artloop.errors import UsageError
from artloop.grafix import svg
from artloop.grafix.client import RenderClient
from artloop.grafix.places import META_KEY
from artloop.grafix.plotter.choices import options_from, read_profile_file
from artloop.grafix.plotter.layout import Exported, PlotOptions
from artloop.grafix.plotter.profiles import SERVO, ZAXIS, read_profile
from artloop.grafix.plotter.sheet import Margins, Sheet
from artloop.grafix.svg import Drawing
from artloop.models import Canvas, Place

from .plotters import flipped, pen, plot_gcode
from .sketches import served

pytestmark = pytest.mark.asyncio(loop_scope="module")
DRAWING = Drawing((100, 80), (pen([(10.0, 10.0), (90.0, 10.0)], [(10.0, 70.0), (90.0, 70.0)]),))
PATH = "iterations/01/drawing.svg"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root").resolve()


@pytest.fixture(scope="module")
def variant(root: Path) -> Path:
    """A variant with a drawing, as if render had made it."""
    folder = root / "runs/plots/variants/v01"
    (folder / PATH).parent.mkdir(parents=True)
    (folder / PATH).write_text(svg.write(DRAWING))
    return folder


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(root: Path, cache_folder: Path) -> AsyncIterator[Client]:
    async with served(root, cache_folder) as made:
        yield made


async def exported(client: Client, **arguments: Any) -> CallToolResult:
    return await client.call_tool("export_gcode", {"path": PATH, "run_id": "plots", **arguments})


def found(result: CallToolResult) -> Exported:
    assert not result.is_error, result.content
    return Exported.model_validate_json(json.dumps(result.structured_content))


async def test_a_program_is_written_beside_the_drawing_and_described(client: Client, variant: Path) -> None:
    answer = found(await exported(client, profile="servo"))
    file = variant / "iterations/01/plot.gcode"
    assert answer.artifact.path == "iterations/01/plot.gcode"
    assert answer.artifact.sha256 == sha256(file.read_bytes()).hexdigest()
    assert (answer.profile, answer.strokes, answer.lifts, answer.pen_down_mm) == ("servo", 2, 2, 160.0)
    plot = plot_gcode(file.read_text(), SERVO)
    assert sorted(map(sorted, plot.strokes)) == sorted(map(sorted, flipped(DRAWING)))


async def test_the_same_call_gives_the_same_bytes(client: Client, variant: Path) -> None:
    one, two = [(await exported(client, profile="spindle")).structured_content for _ in range(2)]
    assert one == two


async def test_what_was_asked_for_decides_the_program(client: Client, variant: Path) -> None:
    answer = found(await exported(client, from_stroke=2, paper="200x100mm", margin_mm=20))
    plot = plot_gcode((variant / answer.artifact.path).read_text(), ZAXIS)
    assert plot.numbers == [2]
    assert {x for x, _ in plot.strokes[0]} == {60.0, 140.0}


async def test_a_profile_of_ones_own_lies_in_the_variants_folder(client: Client, variant: Path) -> None:
    (variant / "mine.toml").write_text('based_on = "servo"\npen_up = ["M280 P1 S7"]\n')
    answer = found(await exported(client, profile_path="mine.toml"))
    assert answer.profile == "my-mine"
    own = read_profile((variant / "mine.toml").read_text(), "mine.toml")
    assert len(plot_gcode((variant / answer.artifact.path).read_text(), own).strokes) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"path": "iterations/01/nothing.svg"}, "nothing.svg"),
        ({"path": "../../../../etc/passwd"}, "leads out"),
        ({"path": "mine.txt"}, "no SVG of ours"),
        ({"path": "other.svg"}, "cannot be plotted"),
        ({"profile_path": "../v02/mine.toml"}, "leads out"),
        ({"profile_path": "mine.txt"}, "no TOML"),
        ({"paper": "a9"}, "neither a paper"),
        ({"margin_mm": 15}, "it goes too far by 5.00 mm"),
        ({"from_stroke": 3}, "has 2"),
        ({"profile": "laser"}, "zaxis"),
        ({"simplify_mm": -1}, "greater than or equal to 0"),
        ({"from_stroke": 0}, "greater than or equal to 1"),
    ],
)
async def test_what_cannot_be_plotted_is_refused_and_nothing_written(
    client: Client, variant: Path, arguments: dict[str, Any], said: str
) -> None:
    (variant / "mine.txt").write_text("[")
    (variant / "other.svg").write_text('<svg viewBox="0 0 9 9"><path d="M0 0L1 1"/></svg>')
    file = variant / "iterations/01/plot.gcode"
    file.unlink(missing_ok=True)
    result = await exported(client, **arguments)
    assert result.is_error
    assert said in str(result.content)
    assert not file.exists()


async def test_a_link_in_the_way_is_replaced_not_followed(client: Client, variant: Path, root: Path) -> None:
    file = variant / "iterations/01/plot.gcode"
    file.unlink(missing_ok=True)
    file.symlink_to(root / "elsewhere")
    found(await exported(client))
    assert not file.is_symlink()
    assert not (root / "elsewhere").exists()


class InMemory:
    """As much of `GrafixStdio` as `RenderClient` uses."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def call_tool(self, name: str, arguments: dict[str, Any], meta: dict[str, Any]) -> CallToolResult:
        assert META_KEY in meta
        return await self.client.call_tool(name, arguments, meta=meta)  # type: ignore[arg-type]


async def test_our_own_client_exports_for_the_flow(client: Client, variant: Path) -> None:
    render = RenderClient(InMemory(client))  # type: ignore[arg-type]
    answer = await render.export(Place(run="plots"), PATH, "spindle")
    assert (variant / answer.artifact.path).read_text().endswith("M5\n")
    with pytest.raises(UsageError, match="there is no file"):
        await render.export(Place(run="plots"), "iterations/09/drawing.svg")


async def test_paper_is_named_or_measured() -> None:
    assert options_from("a5-landscape", margin_mm=4) == PlotOptions(
        sheet=Sheet(paper=Canvas(width_mm=210, height_mm=148), margins_mm=Margins.all_round(4))
    )
    assert options_from(None) == PlotOptions()
    with pytest.raises(UsageError, match="merge_mm 7"):
        options_from(None, merge_mm=7)


async def test_a_profile_file_that_is_none_is_refused_by_the_name_it_was_given(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"profile p\.toml cannot be read"):
        read_profile_file(tmp_path / "missing.toml", "p.toml")
    (tmp_path / "picture.toml").write_bytes(b"\x89PNG\xff")
    with pytest.raises(UsageError, match="it is no text"):
        read_profile_file(tmp_path / "picture.toml", "p.toml")
    (tmp_path / "large.toml").write_text("#" * 70_000)
    with pytest.raises(UsageError, match="too large"):
        read_profile_file(tmp_path / "large.toml", "p.toml")
