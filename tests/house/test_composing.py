import ast
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from artloop.grafix import svg
from artloop.grafix.renderer import Renderer, renderer
from artloop.house import draw, moves, tuning
from artloop.house.composing import composed, known, lettered, merged, parts, suited
from artloop.house.repertoire import Study
from artloop.house.scene import Scene
from artloop.house.scenes import SCENES
from artloop.house.words import chance
from artloop.models import Brief, Place, RenderRequest, Target
from artloop.settings import RenderLimits
from artloop.source import declared
from tests.fakes import METRICS
from tests.house.studies import BARE, FIELD, concept, draw_task, iteration, repertoire, shipped

STUDIES = shipped()
SOME = ("tide_pool before star_chart", "moire_gate around winter_tree", "still_vessels beside sleeping_ridges")
SHEETS = (None, (210.0, 148.0), (200.0, 200.0))
SQUARE = '''"""Square: one line round the middle."""

from grafix import G, L

CANVAS = (148, 210)
PARAMS = {"size_mm": 80.0}
RANGES = {"size_mm": (60.0, 90.0)}


def draw(t):
    shape = G.polygon(n_sides=4, phase=45, center=(CANVAS[0] / 2, CANVAS[1] / 2, 0), scale=PARAMS["size_mm"])
    return L(name="ink").layer(shape, color=(0.1, 0.1, 0.1), thickness=0.004)
'''


def study(name: str, source: str) -> Study:
    return Study(name=name, source=source, declared=declared(source))


def scene(**changes: object) -> Scene:
    words = {"title": "over it", "clause": "One sees it.", "why": "They go together.", "focus": "the middle"}
    names = {"near": "square", "far": "level", "joint": "before", "prefix": "sea_"}
    return Scene.model_validate({**words, **names, **changes})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def renders(cache_folder: Path) -> AsyncIterator[Renderer]:
    async with renderer(RenderLimits(timeout_s=120), cache_folder) as made:
        yield made


async def untold(done: int, total: int) -> None:
    """Nobody watches the kernels here."""


@pytest.mark.parametrize("one", SCENES, ids=lambda one: one.name)
def test_a_composition_is_one_plain_sketch_with_the_parameters_of_both(one: Scene) -> None:
    made = composed(one, STUDIES, "Tidal memory")
    assert made is not None
    found = made.declared
    modules = [node for node in ast.walk(ast.parse(made.source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert "artloop" not in "".join(map(ast.unparse, modules))
    near, far = STUDIES.named(one.near), STUDIES.named(one.far)
    assert near is not None
    assert far is not None
    assert set(near.declared.params) | {one.prefix + name for name in far.declared.params} <= set(found.params)
    assert set(found.ranges) <= set(found.params)
    assert set(one.params) | set(one.ranges) <= set(found.params)
    assert all(low <= found.params[name] <= high for name, (low, high) in found.ranges.items())
    assert set(far.declared.tags) <= set(found.tags)
    assert found.title.startswith(one.title[:1].upper() + one.title[1:])
    assert 2 <= len(one.pens) <= 3
    assert ("WORD" in made.source) == one.caption


@pytest.mark.parametrize("one", SCENES, ids=lambda one: one.name)
def test_a_scene_says_what_it_is_in_whole_sentences(one: Scene) -> None:
    for text in (one.clause, one.why):
        assert text[0].isupper()
        assert text.endswith(".")
    assert one.focus
    assert not one.title.endswith(".")


def test_both_studies_are_there_for_every_scene_and_names_differ() -> None:
    assert all(known(one.name, STUDIES) for one in SCENES)
    assert len({one.name for one in SCENES}) == len(SCENES) >= 12
    assert len({one.title for one in SCENES}) == len(SCENES)


def test_a_composition_of_which_a_study_is_missing_is_not_made(tmp_path: Path) -> None:
    few = repertoire(tmp_path)
    assert suited(Brief(text="tide"), few) == []
    assert known(SCENES[0].name, few) is None
    assert known("level", few) is not None


def test_a_sketch_taken_apart_keeps_all_but_docstring_imports_and_declarations() -> None:
    found = parts(FIELD)
    assert found.imports == ("from grafix import G, L",)
    assert found.body.startswith("def draw(t):")
    assert "PARAMS =" not in found.body
    assert parts(BARE).body in BARE


def test_a_word_is_set_only_in_capitals_there_are() -> None:
    assert lettered("Tidal memory") == "TIDAL MEMORY"
    assert lettered("静かな夜") == lettered("Réseau") == lettered("x" * 40) == ""


async def drawn(source: str, renders: Renderer, folder: Path, **request: object) -> list[svg.Pen]:
    asked = RenderRequest.model_validate({"source": source, "output_formats": ("svg",), **request})
    rendering = (await renders.render(asked, lambda: (folder, Place()), untold)).rendering
    assert rendering.plottable, rendering.complaint
    return list(svg.read((folder / "drawing.svg").read_text()).pens)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("solid", "crossed"), [(True, 0), (False, 30)])
async def test_the_second_study_keeps_clear_of_what_the_first_encloses(
    solid: bool, crossed: int, renders: Renderer, tmp_path: Path
) -> None:
    one = scene(solid=solid, close_mm=0.0)
    source = merged(one, study("square", SQUARE), study("level", FIELD))
    (ink,) = await drawn(source, renders, tmp_path)
    starts, ends = ink.coords[ink.offsets[:-1]], ink.coords[ink.offsets[1:] - 1]
    half = 80 / 2**0.5 / 2
    rows = np.abs(starts[:, 1] - 105) < half - 3
    within = rows & (np.minimum(starts[:, 0], ends[:, 0]) < 74) & (np.maximum(starts[:, 0], ends[:, 0]) > 74)
    assert within.sum() >= crossed
    assert solid is not bool(within.any())
    assert np.abs(starts[:, 1] - 105).max() > half + 5


@pytest.mark.asyncio(loop_scope="module")
async def test_an_opening_is_cut_into_the_first_study_and_filled_with_the_second(
    renders: Renderer, tmp_path: Path
) -> None:
    placed = {"kind": "disc", "hole": True, "whole": False, "half_mm": 30.0, "frame": 1}
    one = scene(near="level", far="square", voices={"ink": "own"}, **placed)
    source = merged(one, study("level", FIELD), study("square", SQUARE), "TIDE")
    ink, own = await drawn(source, renders, tmp_path)
    strokes = [ink.coords[a:b] for a, b in zip(ink.offsets[:-1], ink.offsets[1:], strict=True)]
    level = [line for line in strokes if len(line) == 2 and line[0, 1] < 190]
    assert len(level) > 60
    assert all(np.hypot(line[:, 0] - 74, line[:, 1] - 105).min() > 30 for line in level)
    assert any(line[:, 1].min() > 195 for line in strokes), "the word"
    assert np.hypot(own.coords[:, 0] - 74, own.coords[:, 1] - 105).max() < 30.1
    assert np.diff(own.offsets).max() > 100, "the rim"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", SOME)
async def test_some_compositions_hold(name: str, renders: Renderer, tmp_path: Path) -> None:
    await holds(name, RenderRequest(source=""), renders, tmp_path)


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("corner", [None, 0, 1], ids=["as it is", "lowest", "highest"])
@pytest.mark.parametrize("sheet", SHEETS, ids=["a5", "a5-landscape", "square"])
@pytest.mark.parametrize("name", [one.name for one in SCENES])
async def test_every_composition_holds_in_the_corners_of_its_ranges(
    name: str, sheet: tuple[float, float] | None, corner: int | None, renders: Renderer, tmp_path: Path
) -> None:
    ranges = composition(name).declared.ranges if corner is not None else {}
    values = {key: bounds[corner or 0] for key, bounds in ranges.items()}
    await holds(name, RenderRequest(source="", params=values, canvas_size=sheet), renders, tmp_path)


def composition(name: str) -> Study:
    found = known(name, STUDIES, "Tidal memory")
    assert found is not None
    return found


async def holds(name: str, asked: RenderRequest, renders: Renderer, folder: Path) -> None:
    """Every gate open, nothing near the edge, no mud, and plotted within the time a single sketch may take."""
    source = composition(name).source
    request = asked.model_copy(update={"source": source, "output_formats": ("svg",)})
    rendering = (await renders.render(request, lambda: (folder, Place()), untold)).rendering
    assert rendering.plottable, rendering.complaint
    assert rendering.metrics is not None
    assert rendering.metrics.margin_min_mm >= 6
    assert 2 <= rendering.metrics.pens <= 3
    assert rendering.metrics.overplot_max < 9
    assert rendering.metrics.plot_seconds < 5400


def test_the_first_drawing_of_a_composition_is_both_and_the_safest_the_first_alone() -> None:
    task = draw_task(text="alone under stars", concept=concept(study="seated_figure before star_chart"))
    first, *_, last = draw.tries(task, STUDIES)
    assert moves.COMPOSED in first.source
    assert 'WORD = "ALONE UNDER STARS"' in first.source.replace("'", '"')
    assert moves.COMPOSED not in last.source
    assert "took the study seated_figure as it is" in last.change


@pytest.mark.parametrize(
    ("text", "word"), [("Music for two.", "MUSIC FOR TWO"), ("a letter that came from the harbour", "")]
)
def test_only_a_whole_brief_is_written_below_a_drawing(text: str, word: str) -> None:
    first = next(draw.tries(draw_task(text=text, concept=concept(study="seated_figure before star_chart")), STUDIES))
    assert (f"WORD = {word!r}" in first.source) == bool(word)
    assert ("WORD" in first.source) == bool(word)


def test_a_revision_of_a_composition_moves_its_opening_and_the_parameters_of_both() -> None:
    made = composition("seated_figure before star_chart")
    task = draw_task(iteration(1, made.source, 6.0), concept=concept(study=made.name))
    offered = list(draw.tries(task, STUDIES))
    bold = [one.change for one in offered if one.change.startswith("set it otherwise: view_")]
    small = {one.change.split()[1] for one in offered if one.change.startswith("moved ")}
    assert bold
    assert {"chart_stars", "spacing_mm", "view_mm"} <= small
    assert any("ink_coverage" in one.hypothesis for one in offered)
    assert any("seed" in one.change for one in offered)
    assert all(moves.COMPOSED in one.source and not moves.applied(one.source) for one in offered[:-1])


def test_the_critics_advice_moves_what_a_composition_is_made_of() -> None:
    source = composition("seated_figure before star_chart").source
    crowded = METRICS.model_copy(update={"strokes": 2000})
    fewer = [Target(metric="strokes", low=0, high=1400)]
    wanted = [str(shift) for shift in tuning.options(source, crowded, fewer, {}, chance("x"))[:6]]
    assert [one for one in wanted if one.startswith("chart_")]
    assert [one for one in wanted if one.startswith("rings")]
