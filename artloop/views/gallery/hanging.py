"""What hangs on the walls: each iteration's picture, facts and cost, and how its variant's scores went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from artloop.models import Concept, Iteration, Usage, Variant
from artloop.views.gallery.family import Key
from artloop.views.gallery.pictures import Picture, data_uri, drawn, found, thumbnail
from artloop.views.gallery.told import facts
from artloop.workspace import RunFolder

SEARCH = "tune.svg"
ALL_BYTES = 5_500_000
"""What all drawings together may come to, deflated, about; the largest of a long run are shown as pictures."""
THUMBNAILS_BYTES = 2_400_000
"""What all thumbnails together may come to, about: those of a long run are smaller."""
FINE, COARSE = ((480, 680), 60), ((300, 440), 40)
"""Size in pixels and quality of a thumbnail."""
FINE_BYTES = 45_000
"""What a fine one may come to."""


@dataclass(frozen=True)
class Exhibit:
    """One iteration on the wall."""

    variant: str
    turn: Iteration
    thumb: str
    """A data URI; empty when there is no picture."""
    drawing: Picture
    """What is looked at closely."""
    search: str
    """The picture of the search before it as a data URI; empty when there was none."""
    facts: str
    """Its measures in a few words."""
    usage: Usage | None
    """What its model calls came to, where that is on record."""
    incumbent: bool
    chosen: bool
    above: list[Key]
    """What it was made of."""

    @property
    def key(self) -> Key:
        """Whose iteration it is."""
        return self.variant, self.turn.number

    @property
    def name(self) -> str:
        """What the page calls it: `v01-03`."""
        return f"{self.variant}-{self.turn.number:02d}"

    @property
    def folder(self) -> str:
        """Where its files lie, seen from the page."""
        return f"variants/{self.variant}/iterations/{self.turn.number:02d}"


@dataclass(frozen=True)
class Wall:
    """One variant."""

    variant: Variant
    exhibits: list[Exhibit]
    trend: str
    """The points of its scores as a line in a box of 100 by 30."""

    @property
    def concept(self) -> Concept:
        """The one its best drawing was made after."""
        best = self.variant.incumbent
        return self.variant.concept_of(best.number) if best else self.variant.concept

    @property
    def story(self) -> str:
        """Where its score began and where it got to."""
        scores = [turn.score for turn in self.variant.iterations if turn.score is not None]
        made = len(self.variant.iterations)
        turns = f"{made} iteration{'' if made == 1 else 's'}"
        if not scores:
            return f"no drawing in {turns}"
        best = self.variant.incumbent
        if best is None or best.score == scores[0]:
            return f"{scores[0]:.1f} in {turns}" if made == 1 else f"{scores[0]:.1f} at first, not bettered in {turns}"
        return f"from {scores[0]:.1f} to {best.score:.1f} in {turns}"


class Hanger:
    """Makes walls of variants; knows how much room each picture may take."""

    def __init__(self, folder: RunFolder, turns: int, paid: Mapping[Key, Usage]) -> None:
        self._folder = folder
        self._paid = paid
        self._share = ALL_BYTES // max(turns, 1)
        self._thumb = FINE if turns * FINE_BYTES <= THUMBNAILS_BYTES else COARSE

    def wall(self, variant: Variant, chosen: Key | None, above: Mapping[Key, list[Key]]) -> Wall:
        """The variant with all its iterations."""
        exhibits = [self._exhibit(variant, turn, chosen, above) for turn in variant.iterations]
        return Wall(variant, exhibits, trend(variant))

    def _exhibit(
        self, variant: Variant, turn: Iteration, chosen: Key | None, above: Mapping[Key, list[Key]]
    ) -> Exhibit:
        key, best = (variant.id, turn.number), variant.incumbent
        place = self._folder.iteration(*key)
        drawing = drawn(place, self._share) if turn.rendering.ok else Picture()
        small = thumbnail(found(place, "preview.png"), *self._thumb) if turn.rendering.ok else b""
        return Exhibit(
            variant=variant.id,
            turn=turn,
            thumb=data_uri("image/webp", small) if small else drawing.uri,
            drawing=drawing,
            search=data_uri("image/svg+xml", search) if (search := found(place, SEARCH)) else "",
            facts=facts(turn.rendering.metrics),
            usage=self._paid.get(key),
            incumbent=best is not None and turn.number == best.number,
            chosen=key == chosen,
            above=above[key],
        )


def trend(variant: Variant) -> str:
    """A variant's scores as the points of a line."""
    return line([(turn.number, turn.score) for turn in variant.iterations])


def line(scores: Iterable[tuple[int, float | None]]) -> str:
    """(iteration, score) as the points of a line in a box of 100 by 30; empty for less than two."""
    turns = [(number, score) for number, score in scores if score is not None]
    if len(turns) < 2:
        return ""
    first, last = turns[0][0], turns[-1][0]
    low, high = min(score for _, score in turns), max(score for _, score in turns)
    slack = max(0.0, 2.0 - (high - low)) / 2  # a tenth more or less is no cliff
    low, high = low - slack, high + slack
    return " ".join(
        f"{(number - first) / (last - first) * 100:.1f},{(high - score) / (high - low) * 30:.1f}"
        for number, score in turns
    )


def trends(variants: list[Variant]) -> dict[str, dict[str, list[float | None]]]:
    """Each variant's measures, iteration by iteration, for the small charts; None where nothing was drawn."""
    return {variant.id: _series(variant.iterations) for variant in variants}


def _series(turns: list[Iteration]) -> dict[str, list[float | None]]:
    rows = [turn.rendering.metrics.model_dump(exclude={"bbox_mm"}) if turn.rendering.metrics else {} for turn in turns]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [_short(row.get(name)) for row in rows] for name in names}


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
