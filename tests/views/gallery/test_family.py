"""Who descends from whom."""

from artloop.models import Fork, Selection, Variant
from artloop.views.gallery.family import chosen_key, line_of, parents, tree
from tests import works
from tests.exhibition import exhibition
from tests.works import RECORD


def made(*scores: float | None) -> Variant:
    turns = [works.iteration(number, score) for number, score in enumerate(scores, start=1)]
    return Variant(id="v01", concept=works.concept("Tide"), iterations=turns)


def above(variant: Variant, strategy: str = "improve") -> list[list[int]]:
    return [[number for _, number in found] for found in parents([variant], strategy).values()]


def test_a_revision_is_of_the_best_so_far() -> None:
    assert above(made(5, 7, 6, None, 8, 8)) == [[], [1], [2], [2], [2], [5]]


def test_where_each_is_tried_anew_none_has_a_parent() -> None:
    assert above(made(5, 7, 6), "best-of-n") == [[], [], []]


def test_a_rethink_begins_anew_and_what_follows_is_of_its_chapter(tmp_path) -> None:
    _, variants, _ = exhibition(tmp_path)
    assert above(variants[1]) == [[], [1], [], [3], [4]]


def test_a_crossing_has_two_parents_the_one_whose_marks_it_took_first(tmp_path) -> None:
    _, variants, selection = exhibition(tmp_path)
    found = parents(variants, "improve")
    assert found["v04", 3] == [("v02", 2), ("v01", 2)]
    line = line_of(chosen_key(variants, selection), found)
    assert line == [("v02", 1), ("v02", 2), ("v04", 3), ("v04", 5)]


def test_the_tree_tells_kinds_apart_and_marks_the_chosen_line(tmp_path) -> None:
    _, variants, selection = exhibition(tmp_path)
    found = tree(RECORD, variants, selection)
    nodes = {node.key: node for node in found.nodes}
    assert (nodes["v02", 3].kind, nodes["v04", 3].kind, nodes["v01", 3].kind) == ("rethink", "cross", "failed")
    assert nodes["v04", 3].label == "v04, iteration 3: a crossing of v02 iteration 2 and v01 iteration 2, scored 7.2"
    assert [key for key, node in nodes.items() if node.chosen] == [("v04", 5)]
    assert {key for key, node in nodes.items() if node.line} == {("v02", 1), ("v02", 2), ("v04", 3), ("v04", 5)}
    assert sum(edge.line for edge in found.edges) == 3
    assert [kind for kind, _ in found.kinds] == ["draw", "rethink", "cross"]
    assert nodes["v04", 5].radius > nodes["v04", 1].radius
    assert all(0 < node.x < found.width and 0 < node.y < found.height for node in found.nodes)


def test_what_a_fork_took_over_is_marked(tmp_path) -> None:
    _, variants, selection = exhibition(tmp_path)
    record = RECORD.model_copy(update={"fork": Fork(run="before", variant="v01", iteration=2)})
    assert {node.key[1] for node in tree(record, variants, selection).nodes if node.taken} == {1, 2}


def test_a_run_without_drawings_has_an_empty_tree() -> None:
    assert tree(RECORD, [], Selection(winner=None)).nodes == []
