"""How two studies stand to each other on one sheet."""

from __future__ import annotations

from typing import Literal

from artloop.models import Params, Value

Kind = Literal["all", "disc", "box", "arch", "above", "below"]
Voice = Literal["first", "second", "own", "silent"]
Ranges = dict[str, tuple[float, float]]
DISCS: tuple[Kind, ...] = ("disc", "box", "arch")
"""Openings that have a place and a size."""


class Scene(Value):
    """A composition: the study in front, the one behind it, the opening that one is seen through, and why."""

    near: str
    far: str
    joint: Literal["before", "beside", "around"]
    """How the first stands to the second, for the name."""
    title: str
    """Second half of a title."""
    clause: str
    """What one sees, in a sentence."""
    why: str
    """Why these two go together."""
    focus: str
    prefix: str
    """Before the names of the second study's parameters."""
    seed: int | None = None
    """The second study's own, where it fits with one seed only."""
    turned: str = ""
    """When the opening changes sides: an expression over the names of the first study."""
    accent: str = "vermilion"
    """Name of the first study's second pen."""
    caption: bool = False
    """There is a place for a word below."""
    kind: Kind = "all"
    whole: bool = True
    """The second study is drawn for the whole sheet and cut; else for a sheet of its own."""
    room: float = 0.2
    """How much larger than its opening that sheet is on every side, as a share of the opening's smaller half."""
    share: float = 0.0
    """Instead: how much of the width of its own upright sheet the opening takes."""
    anchor: tuple[float, float] = (0.5, 0.5)
    """The place on that sheet, in shares, that lies in the middle of the opening."""
    steady: bool = False
    """The opening stays where and as large as it is."""
    hole: bool = False
    """The opening is cut into the first study; else that stands before it."""
    tall: float = 1.0
    """Height of the opening, its width being 1."""
    frame: int = 0
    """Lines around the opening."""
    close_mm: float = 2.0
    """Half the width of gaps in the first study that nothing is seen through."""
    solid: bool = True
    """Nothing is seen through what the first study encloses."""
    voices: dict[str, Voice] = {}
    """Pens of the second study's layers: the first's first or second pen, their own, or none at all."""
    x: float = 0.5
    y: float = 0.5
    half_mm: float = 40.0
    air_mm: float = 1.6
    params: Params = {}
    """Parameters of both that the scene fixes."""
    ranges: Ranges = {}
    """Spans of the others that it narrows, and of its own."""

    @property
    def name(self) -> str:
        """What stands for it in a concept."""
        return f"{self.near} {self.joint} {self.far}"

    @property
    def pens(self) -> list[str]:
        """The pens it is drawn with: ink, the first study's colour, and what the second keeps of its own."""
        return ["ink", self.accent, *(name for name, voice in self.voices.items() if voice == "own")]

    @property
    def placing(self) -> Params:
        """Where the opening is, and the air around what stands before it."""
        return {"view_x": self.x, "view_y": self.y, "view_mm": self.half_mm, "view_air_mm": self.air_mm}

    @property
    def view(self) -> dict[str, object]:
        """What the sketch's own code reads of the layout."""
        names = ("kind", "whole", "room", "share", "anchor", "hole", "tall", "frame", "close_mm", "solid", "voices")
        return {name: getattr(self, name) for name in names}

    @property
    def spans(self) -> Ranges:
        """How far the opening may move and grow, with what else the scene narrows."""
        side, air = self.half_mm, (round(0.7 * self.air_mm, 2), round(1.6 * self.air_mm, 2))
        own: Ranges = {"view_air_mm": air} | self.ranges
        if self.steady or self.kind not in DISCS:
            return own
        places = {"view_x": _near(self.x, 0.03), "view_y": _near(self.y, 0.025)}
        return places | {"view_mm": (round(0.88 * side, 1), round(1.08 * side, 1))} | own


def _near(share: float, reach: float) -> tuple[float, float]:
    return (round(share - reach, 3), round(share + reach, 3))
