"""The pens that lie beside the plotter."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from artloop.models.base import Ident, Value

HexColor = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$"), AfterValidator(str.lower)]
PenName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f<>&\"]{1,40}$", strip_whitespace=True)]


class PlotterPen(Value):
    """One pen."""

    name: PenName
    color: HexColor
    width_mm: float = Field(0.3, ge=0.05, le=5)


class PenSet(Value):
    """Pens in the order of their numbers, from 1, and the paper they draw on."""

    name: Ident
    pens: tuple[PlotterPen, ...] = Field(min_length=1, max_length=32)
    paper: HexColor = "#ffffff"

    @field_validator("pens")
    @classmethod
    def _different(cls, pens: tuple[PlotterPen, ...]) -> tuple[PlotterPen, ...]:
        names = [pen.name.casefold() for pen in pens]
        twice = next((pen.name for pen in pens if names.count(pen.name.casefold()) > 1), None)
        if twice:
            raise ValueError(f"two pens are called {twice}")
        return pens
