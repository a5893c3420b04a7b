"""What may be asked of an export, and what it comes to."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from artloop.grafix.picture import PAPER
from artloop.grafix.plotter.assigning import Assignment
from artloop.grafix.plotter.layout import PlotOptions, PlotReport
from artloop.grafix.plotter.profiles import Profile
from artloop.models import PenSet, Value

Form = Literal["svg", "png", "gcode", "hpgl"]


class Export(Value):
    """Everything that decides the files."""

    form: Form
    profile: Profile | None = None
    """For G-code, and there always."""
    options: PlotOptions = PlotOptions()
    as_drawn: bool = False
    """Strokes neither joined nor simplified nor ordered."""
    pens: PenSet | None = None
    assignments: tuple[Assignment, ...] = ()
    opaque: tuple[str, ...] = ()
    """Layers whose closed shapes hide what lies below them, or `all`."""
    marks: bool = False
    split: Literal["pen"] | float | None = None
    """A file for each pen, or for so many mm of ink."""
    dpi: float = Field(300.0, ge=20, le=2400)
    preview: Literal["svg", "png"] | None = None
    preview_px: int = Field(1600, ge=200, le=6000)

    @property
    def paper(self) -> str:
        """The paper's colour, #rrggbb."""
        return self.pens.paper if self.pens else PAPER


class PartReport(PlotReport):
    """What one file comes to."""

    pen: str = ""
    """Empty: it has them all."""
    number: int = 0
    part: int = 0
    """Among the files of this pen, from 1; 0: it is the only one."""
    names: list[str] = []
    """Number and name of each pen, in the order in which they draw."""


class Exports(Value):
    """What all files come to."""

    paper: tuple[float, float]
    scale: float
    parts: list[PartReport]
    warnings: list[str]
