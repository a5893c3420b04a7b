from __future__ import annotations

from pathlib import Path

import pytest

from artloop.models import Brief
from artloop.settings import load
from benchmarks.improve import BRIEFS, Cell, Studio, conclude, keep, kept, made, served, share, state, vote, wanted
from benchmarks.measures import VERDICT

GOOD = {"spectral_slope": -2.0, "self_similarity": 1.0, "relation_entropy": 1.0, "bell_deviation": 0.0}
GOOD |= {"angularity": 0.0}
BAD = {name: value + 3 for name, value in GOOD.items()}


def cell(seed: int, ours: dict[str, float] | None = GOOD, theirs: dict[str, float] | None = BAD) -> Cell:
    return Cell(
        brief="tide",
        seed=seed,
        made_by=state(),
        study="tide_lines",
        renders={"improve": 13, "best-of-n": 14},
        scores={"improve": 7.0, "best-of-n": 6.0},
        measures={"improve": ours, "default": theirs, "best-of-n": ours},
    )


def test_finished_cells_are_kept_line_by_line_and_a_torn_line_is_made_again(tmp_path: Path) -> None:
    file = tmp_path / "runs" / "cells.jsonl"
    keep(cell(1), file)
    keep(cell(2), file)
    file.write_bytes(file.read_bytes()[:-20])
    assert kept(file) == [cell(1)]
    keep(cell(2), file)
    assert kept(file) == [cell(1), cell(2)]


def test_cells_of_another_state_of_the_program_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "cells.jsonl"
    keep(cell(1).model_copy(update={"made_by": "older"}), file)
    assert kept(file) == []
    assert kept(tmp_path / "none") == []


def test_a_drawing_that_there_is_beats_one_that_there_is_not() -> None:
    assert vote(cell(1), "default")[VERDICT] == 1
    assert vote(cell(1, ours=None), "default")[VERDICT] == -1
    assert vote(cell(1, theirs=None), "default")["angularity"] == 1
    assert set(vote(cell(1), "best-of-n").values()) == {0}


def test_a_tie_counts_half_and_the_interval_is_of_all_cells() -> None:
    won, low, high, count = share([1, 0, -1, 1])
    assert (won, count) == (0.625, 4)
    assert low < won < high


def test_the_table_says_where_it_wins_and_where_it_does_not() -> None:
    lines = conclude([cell(seed) for seed in range(20)])
    ahead = next(line for line in lines if line.endswith("  verdict"))
    assert "100%" in ahead
    assert "improve wins" in ahead
    assert sum("nothing shown" in line for line in lines) == 7
    behind = conclude([cell(seed, ours=BAD, theirs=GOOD) for seed in range(20)])
    assert any("improve loses" in line and line.endswith('verdict, "tide"') for line in behind)


def test_parts_share_all_cells_between_them() -> None:
    every = wanted(20, 5)
    assert len(every) == len(set(every)) == 100
    assert sorted(wanted(20, 5, "1/2") + wanted(20, 5, "2/2")) == sorted(every)


@pytest.mark.slow
async def test_all_three_drawings_of_a_cell_are_made_with_as_many_renders_for_both(
    tmp_path: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTLOOP_CACHE", str(cache_folder))
    settings = load({"root": str(tmp_path), "model": {"default": "house"}})
    async with served(settings) as server:
        studio = Studio(server, settings)
        found = await made(studio, Brief(text=BRIEFS[0], seed=1, variants=1, iterations=2))
    assert found.renders["improve"] >= 4, "a first drawing, and three side by side to revise it"
    assert 0 <= found.renders["best-of-n"] - found.renders["improve"] <= 2
    assert None not in found.measures.values()
    assert found.measures["default"] != found.measures["improve"]
