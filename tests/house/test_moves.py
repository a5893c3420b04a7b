import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from artloop.house import moves
from artloop.house.moves import MOVES, Move
from artloop.models import Canvas
from artloop.source import declared
from tests.grafix.sketches import rendering, served
from tests.house.studies import BARE, FIELD, shipped

CANVAS = Canvas()
SHARE = 4


def stacks() -> Iterator[tuple[Move, ...]]:
    """Every move alone, and every move behind a window it goes with."""
    window = moves.BY_NAME["window"]
    framed = moves.apply(FIELD, window, {}, CANVAS)
    yield from ((move,) for move in MOVES)
    yield from ((window, move) for move in MOVES if moves.allowed(framed, move))


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_a_move_leaves_every_sketch_a_program_that_declares_its_parameters(move: Move) -> None:
    every = shipped().studies
    for study in every[MOVES.index(move) % SHARE :: SHARE]:  # each study has its turn with some of the moves
        source = moves.apply(study.source, move, {}, CANVAS)
        ast.parse(source)
        known = declared(source)
        assert set(move.params) <= set(known.params)
        assert set(move.ranges) <= set(known.ranges)
        assert "artloop" not in source.partition(moves.MARK)[2]
        assert moves.applied(source) == (move.name,)


@pytest.mark.parametrize("source", [FIELD, BARE])
def test_a_move_can_be_undone(source: str) -> None:
    for move in MOVES:
        moved = moves.apply(source, move, {}, CANVAS)
        assert moves.applied(moves.undone(moved)) == ()
        assert moves.undone(moves.undone(moved)) == moves.undone(moved)
        assert declared(moves.undone(moved)) == declared(source)
        assert moves.undone(moved).count("def ") == source.count("def ")


def test_undoing_takes_only_the_last_move() -> None:
    one, two = moves.BY_NAME["window"], moves.BY_NAME["sun"]
    both = moves.apply(moves.apply(FIELD, one, {}, CANVAS), two, {}, CANVAS)
    assert moves.applied(both) == ("window", "sun")
    left = moves.undone(both)
    assert moves.applied(left) == ("window",)
    assert set(declared(left).params) == set(declared(FIELD).params) | set(one.params)


def test_no_move_comes_twice_and_cuts_do_not_meet_discs() -> None:
    slipped = moves.apply(FIELD, moves.BY_NAME["slip"], {}, CANVAS)
    assert not [move.name for move in MOVES if move.group != "opening" and moves.allowed(slipped, move)]
    assert moves.allowed(slipped, moves.BY_NAME["window"])
    assert not moves.allowed("x = 1\n", MOVES[0])
    assert not moves.allowed("PARAMS = dict(a=1)\ndef draw(t): ...\n", MOVES[0])


def test_values_lie_in_the_ranges() -> None:
    for move in MOVES:
        assert set(move.params) == set(move.ranges)
        assert all(low <= move.params[name] <= high for name, (low, high) in move.ranges.items())


async def test_every_move_draws_within_the_margins(tmp_path: Path, cache_folder: Path) -> None:
    async with served(tmp_path, cache_folder) as client:
        for stack in stacks():
            source = FIELD
            for move in stack:
                source = moves.apply(source, move, {}, CANVAS)
            found = rendering(await client.call_tool("render", {"source": source}))
            names = [move.name for move in stack]
            assert found.plottable, (names, found.complaint, found.log_tail)
            assert found.metrics is not None
            assert found.metrics.margin_min_mm >= 8, names


@pytest.mark.parametrize("size", [[210, 148], [297, 420]])
@pytest.mark.slow
async def test_moves_draw_on_other_sheets_and_on_sketches_that_declare_nothing(
    tmp_path: Path, cache_folder: Path, size: list[float]
) -> None:
    async with served(tmp_path, cache_folder) as client:
        for name, source in itertools.product(("slats", "panes", "sun", "window"), (FIELD, BARE)):
            moved = moves.apply(source, moves.BY_NAME[name], {}, CANVAS)
            found = rendering(await client.call_tool("render", {"source": moved, "canvas_size": size}))
            assert found.ok, (name, found.complaint)
