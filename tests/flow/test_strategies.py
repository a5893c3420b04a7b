from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from artloop.cli.run import brief_from
from artloop.errors import BudgetReached, ModelMisbehaved, UsageError
from artloop.flow.estimate import counts
from artloop.flow.stopping import when_time_is_up
from artloop.flow.strategies import make
from artloop.flow.studio import Outcome
from artloop.models import Critique, Drawing, DrawTask, Pick, PickTask, Rendering, Request, Role
from artloop.ports import Attempt
from artloop.readback import read_back
from artloop.workspace import Workspace
from tests.campaign import finished, model_options
from tests.fakes import FakeArtists, FakeRender, MemoryHand, Studio, brief, crashed, drawn
from tests.provider import serving

FOREVER = when_time_is_up(None)


async def made(studio: Studio, strategy: str, **values: object) -> Outcome:
    return await make(brief(strategy=strategy, **values), "a-model", studio.shop, FOREVER)


def asked(studio: Studio) -> Counter[str]:
    return Counter(type(task).__name__ for task in studio.artists.tasks)


async def test_best_of_n_makes_the_same_calls_as_improve() -> None:
    revised, tried = Studio(), Studio()
    await made(revised, "improve", variants=3, iterations=4)
    await made(tried, "best-of-n", variants=3, iterations=4)
    assert asked(tried) == asked(revised)
    assert asked(tried)["DrawTask"] == 12


async def test_a_try_knows_of_no_other_and_the_best_is_kept() -> None:
    studio = Studio(FakeArtists({("v01", 2): 8.0}))
    outcome = await made(studio, "best-of-n")
    told = [task for task in studio.artists.tasks if isinstance(task, DrawTask)]
    assert {task.iteration for task in told} == {1, 2, 3}
    assert all((task.history, task.incumbent, task.lessons) == ([], None, []) for task in told)
    assert next((place.variant, place.iteration) for place in outcome.selection.ranking) == ("v01", 2)


async def test_quick_asks_for_one_sketch_each_one_comparison_and_one_fix() -> None:
    studio = Studio(FakeArtists({("v02", 1): 8.0}))
    outcome = await made(studio, "quick", variants=4)
    assert asked(studio) == {"ImagineTask": 1, "DrawTask": 5, "PickTask": 1}
    assert [len(variant.iterations) for variant in outcome.variants] == [1, 2, 1, 1]
    assert outcome.selection.winner == "v02"
    assert outcome.selection.ranking[0].iteration == 2
    assert (outcome.selection.calls, outcome.selection.reason) == (1, "it holds the wall")
    assert outcome.status == "finished"
    assert studio.shelf.selection == outcome.selection


async def test_the_fix_is_told_what_the_judge_wants_fixed() -> None:
    studio = Studio(FakeArtists({("v02", 1): 8.0}))
    await made(studio, "quick")
    fix = [task for task in studio.artists.tasks if isinstance(task, DrawTask)][-1]
    assert (fix.variant, fix.iteration, fix.incumbent) == ("v02", 2, 1)
    said = fix.history[0].critique
    assert said is not None
    assert said.changes[0].what == "more air"


async def test_only_what_fails_is_repaired_and_a_broken_fix_leaves_the_sketch_the_winner() -> None:
    def rule(source: str) -> Rendering:
        return crashed(source) if source.startswith(("# v01 2", "# v02 1\n")) else drawn(source)

    studio = Studio(FakeArtists({("v01", 1): 8.0}), FakeRender(rule))
    outcome = await made(studio, "quick")
    repairs = [
        (task.variant, task.iteration) for task in studio.artists.tasks if isinstance(task, DrawTask) and task.broken
    ]
    assert repairs == [("v02", 1), ("v01", 2), ("v01", 2)]
    assert [(place.variant, place.iteration) for place in outcome.selection.ranking] == [("v01", 1), ("v02", 1)]


class Content(FakeArtists):
    """A judge that wants nothing changed."""

    async def pick(self, task: PickTask, attempt: Attempt) -> Pick:
        said = await super().pick(task, attempt)
        kept: Critique = said.critique.model_copy(update={"changes": []})
        return said.model_copy(update={"critique": kept})


@pytest.mark.parametrize(("artists", "iterations"), [(Content(), 2), (FakeArtists(), 1)])
async def test_nothing_is_fixed_where_nothing_is_wanted_or_allowed(artists: FakeArtists, iterations: int) -> None:
    studio = Studio(artists)
    outcome = await made(studio, "quick", iterations=iterations)
    assert asked(studio)["DrawTask"] == 2
    assert outcome.selection.winner == "v01"


async def test_a_judge_that_cannot_be_paid_or_cannot_answer_leaves_the_first_drawing() -> None:
    class Poor(FakeArtists):
        async def pick(self, task: PickTask, attempt: Attempt) -> Pick:
            raise BudgetReached("no money left")

    class Mute(FakeArtists):
        async def pick(self, task: PickTask, attempt: Attempt) -> Pick:
            raise ModelMisbehaved("empty")

    poor, mute = await made(Studio(Poor()), "quick"), await made(Studio(Mute()), "quick")
    assert (poor.selection.winner, poor.status, poor.selection.unpaid) == ("v01", "budget", True)
    assert (mute.selection.winner, mute.status, mute.selection.calls) == ("v01", "finished", 0)


async def test_a_quick_run_in_which_nothing_can_be_plotted_asks_no_judge() -> None:
    studio = Studio(render=FakeRender(crashed))
    outcome = await made(studio, "quick")
    assert (outcome.status, outcome.selection.winner) == ("failed", None)
    assert "PickTask" not in asked(studio)


async def test_what_the_artist_dropped_before_the_comparison_is_not_shown() -> None:
    drop = Request(id="1", what="drop", variant="v01")
    studio = Studio(FakeArtists({("v01", 1): 9.0}), hand=MemoryHand({"run/00/before-choose/0": [drop]}))
    outcome = await made(studio, "quick")
    shown = next(task for task in studio.artists.tasks if isinstance(task, PickTask))
    assert [one.variant for one in shown.candidates] == ["v02"]
    assert outcome.selection.winner == "v02"


@pytest.mark.parametrize("strategy", ["best-of-n", "quick"])
async def test_a_second_walk_asks_nobody_and_comes_to_the_same(strategy: str) -> None:
    studio = Studio(FakeArtists({("v02", 1): 8.0}))
    before = await made(studio, strategy)
    count = len(studio.artists.tasks)
    assert await made(studio, strategy) == before
    assert len(studio.artists.tasks) == count


@pytest.mark.parametrize("strategy", ["improve", "best-of-n", "quick"])
async def test_a_run_makes_no_more_steps_than_the_estimate_says(strategy: str) -> None:
    class Repairing(FakeArtists):
        async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
            return await super().draw(task, attempt)

    studio = Studio(Repairing())
    await made(studio, strategy, variants=4, iterations=2)
    found, wanted = asked(studio), brief(strategy=strategy, variants=4, iterations=2)
    kinds: dict[Role, str] = {"imagine": "ImagineTask", "draw": "DrawTask", "critique": "CritiqueTask"}
    for role, kind in kinds.items():
        low, high = counts(role, wanted)
        assert low <= found[kind] <= high
    low, high = counts("choose", wanted)
    assert found["ChooseTask"] + found["PickTask"] <= high


def test_the_command_line_knows_what_a_strategy_allows() -> None:
    values = {"text": "tide", "canvas": "a5", "sketch": None, "variants": 4, "iterations": 5}
    assert brief_from(**values, stall=0, strategy="quick").iterations == 2
    assert brief_from(**values, stall=0, strategy="best-of-n").iterations == 5
    with pytest.raises(UsageError, match="--stall"):
        brief_from(**values, stall=2, strategy="best-of-n")
    searching = {"tune_renders": None, "usual_renders": 32}
    renders = [
        brief_from(**values, **searching, strategy=one).tune_renders for one in ("improve", "best-of-n", "quick")
    ]
    assert renders == [32, 0, 0]
    assert not brief_from(**values, novelty=True, strategy="quick").novelty
    with pytest.raises(UsageError, match="--tune-renders"):
        brief_from(**values, tune_renders=8, strategy="quick")
    with pytest.raises(UsageError, match=r"--strategy evolve: .*best-of-n"):
        brief_from(**values, stall=0, strategy="evolve")


@pytest.mark.slow
@pytest.mark.parametrize(("strategy", "made"), [("best-of-n", [2]), ("quick", [1, 2])])
def test_a_house_run_of_every_strategy_ends_with_a_winner_and_replays_identically(
    strategy: str, made: list[int], tmp_path: Path, cache_folder: Path
) -> None:
    options = ("--variants", str(len(made)), "--iterations", "2", "--strategy", strategy)
    finished("run", "tidal memory", *options, root=tmp_path, cache=cache_folder)
    folder = Workspace(tmp_path).every()[0]
    story = read_back(folder)
    assert (story.status, sorted(len(variant.iterations) for variant in story.variants)) == ("finished", made)
    assert (folder.final / "drawing.svg").is_file()
    drawings = [path.read_bytes() for path in folder.path.glob("variants/*/iterations/*/drawing.svg")]
    assert len(set(drawings)) == len(drawings) == sum(made)
    assert "identical" in finished("replay", folder.id, root=tmp_path, cache=cache_folder)
    assert strategy == "best-of-n" or "No critic was asked" in folder.gallery.read_text()


@pytest.mark.slow
def test_a_quick_run_of_a_model_makes_eight_calls_and_is_read_back(tmp_path: Path, cache_folder: Path) -> None:
    with serving() as provider:
        options = ("--variants", "2", "--strategy", "quick", *model_options(provider))
        finished("run", "tidal memory", *options, root=tmp_path, cache=cache_folder)
        calls = {"imagine": 1, "draw": 2 * 2, "pick": 1, "fix": 2}
        assert len(provider.asked) == sum(calls.values())
        picked = next(one for one in provider.asked if one.schema and "critique" in one.schema["properties"])
        assert len(picked.pictures) == 2
        assert "Drawing v01:" in str(picked.items)
    folder = Workspace(tmp_path).every()[0]
    assert read_back(folder).selection.ranking[0].iteration == 2
    assert "saw all pictures together, once" in folder.gallery.read_text()
