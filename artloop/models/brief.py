"""What the artist asks for: sheet, pens, text, and requests while the run goes on."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field

from artloop.models.base import Ident, Value
from artloop.models.pens import PenSet

PAPERS_MM = {
    "a6": (105, 148),
    "a5": (148, 210),
    "a4": (210, 297),
    "a3": (297, 420),
    "a2": (420, 594),
    "letter": (215.9, 279.4),
}
PAPER_MIN_MM, PAPER_MAX_MM = 20.0, 2000.0


class Canvas(Value):
    """The sheet, in millimetres."""

    width_mm: float = Field(148.0, ge=PAPER_MIN_MM, le=PAPER_MAX_MM)
    height_mm: float = Field(210.0, ge=PAPER_MIN_MM, le=PAPER_MAX_MM)

    @classmethod
    def parse(cls, text: str) -> Canvas:
        """Read `a5`, `a4-landscape` or `148x210mm`; a ValueError says what is wrong."""
        name, _, turn = text.strip().lower().partition("-")
        if name in PAPERS_MM and turn in ("", "portrait", "landscape"):
            short, long = PAPERS_MM[name]
            return cls(width_mm=long, height_mm=short) if turn == "landscape" else cls(width_mm=short, height_mm=long)
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*x\s*(\d+(?:\.\d+)?)\s*(?:mm)?", text.strip().lower())
        if not match:
            papers = ", ".join(PAPERS_MM)
            raise ValueError(
                f"canvas {text!r} is neither a paper ({papers}; add -landscape to turn it) nor like 148x210mm"
            )
        width, height = float(match[1]), float(match[2])
        if not all(PAPER_MIN_MM <= side <= PAPER_MAX_MM for side in (width, height)):
            raise ValueError(
                f"canvas {text!r} is impossible: each side must be {PAPER_MIN_MM:g} to {PAPER_MAX_MM:g} mm"
            )
        return cls(width_mm=width, height_mm=height)

    @property
    def size(self) -> tuple[float, float]:
        """(width, height) in mm."""
        return (self.width_mm, self.height_mm)

    def __str__(self) -> str:
        return f"{self.width_mm:g}x{self.height_mm:g}mm"


class Reference(Value):
    """A picture the artist points to, kept in the run's folder as a small PNG."""

    name: str
    """Of the file it came from."""
    sha256: str
    """Of the PNG."""


Strategy = Literal["improve", "best-of-n", "quick"]
"""How a run spends its calls: each drawing made better, each tried anew, or the least that works."""


class Brief(Value):
    """What the artist asked for; the same brief and seed give the same house drawings."""

    text: str
    canvas: Canvas = Canvas()
    pen_mm: float = Field(0.3, ge=0.05, le=5)
    pens: PenSet | None = None
    """What there is to draw with; None: any pen, of `pen_mm`."""
    seed: int = 0
    variants: int = Field(4, ge=1, le=256)
    iterations: int = Field(5, ge=1, le=200)
    stall: int = Field(0, ge=0)
    """After this many iterations in a row without a better drawing a variant is rethought or ends; 0: never."""
    target_score: float | None = Field(None, gt=0, le=10)
    """A variant whose best drawing the critic gives so much makes no more; None: all make all their iterations."""
    rethinks: int = Field(0, ge=0)
    """How often a variant that stalls gets a new concept before it ends."""
    hypotheses: bool = False
    """Whether each critique says if what the drawing was meant to do came true."""
    strategy: Strategy = "improve"
    novelty: bool = False
    """Whether a concept too close to a sibling's is sent back once, and once a concept a drawing that is."""
    memory: bool = False
    """Whether each iteration leaves a lesson, told to those who draw after it."""
    survivors: int = Field(0, ge=0)
    """After each round all but so many variants begin again as crossings of those; 0: none does."""
    share: bool = False
    """Whether variants hear after each round what the others have learned."""
    learn: bool = False
    """Whether the run leaves its lessons to later ones of its workspace."""
    learned: list[str] = []
    """What earlier runs have left, as it was read when this one began."""
    tune_renders: int = Field(0, ge=0, le=10_000)
    """Most renders of a search for parameters between two drawings; 0: none is made."""
    sketch: str | None = None
    """Source every variant starts from; the text is then the goal."""
    references: list[Reference] = []
    """Pictures shown to idea agent and critic."""

    @property
    def variant_ids(self) -> list[Ident]:
        """`v01` and so on."""
        return [f"v{number:02d}" for number in range(1, self.variants + 1)]


What = Literal["pin", "drop", "note", "stop", "breed"]


class Request(Value):
    """What the artist asks of a run that goes on."""

    id: Ident
    """Sorts by the time it was made."""
    what: What
    variant: Ident | None = None
    """None: every variant."""
    text: str = ""
    """The words of a note."""
    parents: list[Ident] = []
    """Whom to breed from: the concept's variant, then the marks'."""

    def concerns(self, variant: str) -> bool:
        """Whether that variant is meant."""
        return self.what != "breed" and self.variant in (None, variant)


class Requests(Value):
    """The requests that took effect before one step."""

    requests: list[Request]


class Heeded(Value):
    """A request at the place where it took effect."""

    request: Request
    iteration: int
    before: str
    """The kind of the step that came next."""
