"""Who descends from whom: revisions, rethinks, crossings and what a fork took over, and where a tree of it is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from artloop.models import Iteration, RunRecord, Selection, Variant

LANE, LEFT, TOP = 78, 28, 60
"""Pixels between variants, and to the first iteration."""
WIDE, NARROW, ROOM = 96, 42, 1100
"""Pixels between iterations at most and at least, and what a run of middling length may take."""
BOW = 19
"""Pixels by which a line passes below the drawings it leaves out."""
SMALLEST, LARGEST = 4.0, 12.0
"""Radius of the worst and of the best scored drawing."""
WORDS = {
    "first": "the first drawing",
    "draw": "a revision",
    "tune": "parameters tuned",
    "rethink": "a new concept",
    "cross": "a crossing",
}

Key = tuple[str, int]
"""Variant and iteration."""


@dataclass(frozen=True)
class Node:
    """One iteration in the tree."""

    key: Key
    x: float
    y: float
    radius: float
    kind: str
    """A word of `WORDS`; `failed` if there is nothing to plot."""
    best: bool
    """Whether it was its variant's best when it was made."""
    taken: bool
    """Whether it was made in the run this one was forked from."""
    chosen: bool
    line: bool
    """Whether the chosen drawing descends from it."""
    label: str


@dataclass(frozen=True)
class Edge:
    """From a drawing to one made of it."""

    path: str
    cross: bool
    line: bool


@dataclass(frozen=True)
class Lane:
    """Where a variant's name stands."""

    variant: str
    title: str
    y: float


@dataclass(frozen=True)
class Tree:
    """All of a run, ready to be drawn."""

    width: float
    height: float
    lanes: list[Lane]
    nodes: list[Node]
    edges: list[Edge]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """(kind, its words) of what occurs in it, for the key."""
        there = {node.kind for node in self.nodes}
        return [(kind, words) for kind, words in WORDS.items() if kind in there and kind != "first"]


def parent(variant: Variant, turn: Iteration, strategy: str) -> int | None:
    """The iteration whose sketch this one revised: the best of its chapter so far. None: it began anew."""
    if turn.concept or strategy == "best-of-n":
        return None
    before = [one for one in variant.iterations if one.number < turn.number]
    best = variant.model_copy(
        update={"iterations": variant.model_copy(update={"iterations": before}).chapter}
    ).incumbent
    return best.number if best else None


def parents(variants: list[Variant], strategy: str) -> dict[Key, list[Key]]:
    """Of each iteration those it was made of, the one whose source it has first; a crossing has two."""
    made = {(variant.id, turn.number) for variant in variants for turn in variant.iterations}
    found: dict[Key, list[Key]] = {}
    for variant in variants:
        for turn in variant.iterations:
            above = parent(variant, turn, strategy)
            both = [(variant.id, above)] if above is not None else list(_crossed(turn, variants))
            found[variant.id, turn.number] = [one for one in both if one in made]
    return found


def line_of(key: Key | None, above: dict[Key, list[Key]]) -> list[Key]:
    """A drawing's ancestors by source, the oldest first, and itself last."""
    line: list[Key] = []
    while key is not None and key not in line:
        line.append(key)
        key = next(iter(above.get(key, [])), None)
    return line[::-1]


def tree(record: RunRecord, variants: list[Variant], selection: Selection) -> Tree:
    """The family tree: a lane for each variant, a column for each iteration."""
    above = parents(variants, record.brief.strategy)
    chosen = chosen_key(variants, selection)
    line = set(line_of(chosen, above))
    scores = [turn.score for variant in variants for turn in variant.iterations if turn.score is not None]
    low, high = min(scores, default=0.0), max(scores, default=1.0)
    columns = max((turn.number for variant in variants for turn in variant.iterations), default=1)
    step = min(WIDE, max(NARROW, ROOM // columns))
    nodes = [
        Node(
            key=(variant.id, turn.number),
            x=LEFT + (turn.number - 1) * step,
            y=TOP + lane * LANE,
            radius=_radius(turn, low, high),
            kind=_kind(turn, above[variant.id, turn.number]),
            best=_was_best(variant, turn),
            taken=record.fork is not None and turn.number <= record.fork.iteration,
            chosen=(variant.id, turn.number) == chosen,
            line=(variant.id, turn.number) in line,
            label=_label(variant, turn, above[variant.id, turn.number]),
        )
        for lane, variant in enumerate(variants)
        for turn in variant.iterations
    ]
    where = {node.key: node for node in nodes}
    edges = [
        Edge(_curve(where[parent], node, step), parent[0] != node.key[0], node.line and parent in line)
        for node in nodes
        for parent in above[node.key]
    ]
    lanes = [Lane(variant.id, variant.title, TOP + lane * LANE) for lane, variant in enumerate(variants)]
    edges.sort(key=lambda edge: edge.line)  # the line of the chosen one lies on top
    return Tree(2 * LEFT + (columns - 1) * step, TOP + len(variants) * LANE - LANE / 2, lanes, nodes, edges)


def chosen_key(variants: list[Variant], selection: Selection) -> Key | None:
    """The drawing that won."""
    for variant in variants:
        if variant.id == selection.winner:
            ranked = {place.variant: place.iteration for place in selection.ranking}
            best = variant.incumbent
            number = ranked.get(variant.id, best.number if best else None)
            return (variant.id, number) if number is not None else None
    return None


def _crossed(turn: Iteration, variants: list[Variant]) -> Iterator[Key]:
    if not turn.crossing:
        return
    lineage = turn.crossing.lineage
    if lineage.iteration is not None:
        yield lineage.marks_of, lineage.iteration
    for variant in variants:
        if variant.id == lineage.concept_of and lineage.concept_of != lineage.marks_of and variant.iterations:
            # the concept is the variant's, whichever drawing showed it: its best that is older
            older = [one for one in variant.iterations if one.number < max(turn.number, 2)]
            best = variant.model_copy(update={"iterations": older}).incumbent
            if best:
                yield variant.id, best.number


def _kind(turn: Iteration, above: list[Key]) -> str:
    if not turn.rendering.plottable:
        return "failed"
    if turn.crossing:
        return "cross"
    if turn.concept:
        return "rethink"
    if not above:
        return "first"
    return turn.decision.move if turn.decision else "draw"


def _label(variant: Variant, turn: Iteration, above: list[Key]) -> str:
    kind = _kind(turn, above)
    words = turn.rendering.complaint if kind == "failed" else WORDS.get(kind, kind)
    of = " and ".join(f"{name} iteration {number}" for name, number in above)
    score = "" if turn.score is None else f", scored {turn.score:.1f}"
    return f"{variant.id}, iteration {turn.number}: {words}{f' of {of}' if of else ''}{score}"


def _was_best(variant: Variant, turn: Iteration) -> bool:
    until = [one for one in variant.iterations if one.number <= turn.number]
    best = variant.model_copy(update={"iterations": until}).incumbent
    return best is not None and best.number == turn.number


def _radius(turn: Iteration, low: float, high: float) -> float:
    if turn.score is None:
        return SMALLEST
    share = (turn.score - low) / (high - low) if high > low else 0.5
    return round(SMALLEST + share * (LARGEST - SMALLEST), 1)


def _curve(start: Node, end: Node, step: float) -> str:
    """Straight to the next in the lane, below those between, all on one line, and a gentle S from lane to lane."""
    if start.y == end.y and abs(end.x - start.x) <= step:
        return f"M{start.x:g} {start.y:g}H{end.x:g}"
    if start.y == end.y:
        low, turn, rest = start.y + BOW, step / 4, step * 0.6
        down = f"C{start.x + turn:g} {low:g} {start.x + turn:g} {low:g} {start.x + rest:g} {low:g}"
        up = f"C{end.x - turn:g} {low:g} {end.x - turn:g} {low:g} {end.x:g} {end.y:g}"
        return f"M{start.x:g} {start.y:g}{down}H{end.x - rest:g}{up}"
    middle = (start.x + end.x) / 2 if end.x != start.x else start.x + step / 2
    return f"M{start.x:g} {start.y:g}C{middle:g} {start.y:g} {middle:g} {end.y:g} {end.x:g} {end.y:g}"
