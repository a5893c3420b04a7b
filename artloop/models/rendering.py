"""What the render server is asked for and what it makes."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from artloop.models.base import Ident, Params, Value
from artloop.models.pens import PenSet

FailureKind = Literal["syntax", "exception", "timeout", "memory", "output", "busy"]


class Failure(Value):
    """Why a sketch gave no drawing, in words an agent can act on."""

    kind: FailureKind
    message: str
    line: int | None = None
    """Line in the sketch, counted from 1."""
    hint: str = ""


class Artifact(Value):
    """A file that a render wrote."""

    name: str
    path: str
    """Relative to the variant's folder."""
    mime: str
    bytes: int
    sha256: str


class Metrics(Value):
    """Line-art measures: unit in the name, formula and source below it; computed in `grafix/metrics.py`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    strokes: int
    """Number of polylines of two points or more: how often the pen goes down. Source: a count."""
    segments: int
    """Number of straight pieces of all strokes. Source: a count."""
    ink_mm: float
    """Sum of all segments' lengths, in mm. Source: Euclidean length."""
    pen_up_mm: float
    """Sum of the ways from each stroke's end to the next one's start, in drawing order, in mm. Source: vpype's stat."""
    pens: int
    """Number of pens, layers of one colour and width being one. Source: a count."""
    plot_seconds: float
    """Sum of d / v + v / a for moves longer than v^2 / a, else 2 sqrt(d / a), with the settings' speeds v and
    acceleration a, and two pen moves a stroke; in s. Source: the trapezoid velocity profile."""
    bbox_mm: tuple[float, float, float, float]
    """(left, top, right, bottom) of the centre lines in mm from the sheet's top left. Source: a minimum box."""
    margin_min_mm: float
    """Least distance of bbox_mm to an edge of the sheet, in mm; below zero off it. Source: by definition."""
    out_of_canvas: float
    """1 - ink on the sheet / all ink: 0 to 1. Source: segments clipped as by Liang and Barsky 1984."""
    ink_coverage: float
    """Share of pen-wide cells of the sheet that hold ink: 0 to 1. Source: rasterised area."""
    balance_x: float
    """Ink's centre of mass from the sheet's centre, -1 left edge to 1 right. Source: Huebner and Fillinger 2016."""
    balance_y: float
    """Ink's centre of mass from the sheet's centre, -1 top edge to 1 bottom. Source: Huebner and Fillinger 2016."""
    symmetry_h: float
    """Correlation of 64 x 64 ink densities with their left-right mirror image: -1 to 1. Source: Pearson 1895."""
    symmetry_v: float
    """Correlation of 64 x 64 ink densities with their top-bottom mirror image: -1 to 1. Source: Pearson 1895."""
    density_entropy: float
    """-sum p log2 p over 16 x 16 ink shares p, over its maximum: 0 to 1. Source: Shannon 1948."""
    orientation_entropy: float
    """-sum p log2 p over ink shares p of 36 directions, over its maximum: 0 to 1. Source: Grebenkina 2018."""
    fractal_dimension: float
    """Slope of log boxes over log 1 / size, boxes of 2 to 64 cells: 0 to 2. Source: Spehar and Taylor 2016."""
    compressibility: float
    """1 - deflated / plain size of the inked cells' bitmap: 0 to 1. Source: Machado et al. 2015."""
    overplot_max: int
    """Most different strokes that pass within half a pen's width of one spot. Source: a count in four shifted grids."""
    spacing_p05_mm: float
    """5th percentile of the distance from ink to the nearest near-parallel line, in mm. Source: percentile by the
    lower rank, neighbours within 16 pen widths and 15 degrees."""


class Gate(Value):
    """One plottability check of a drawing that did render."""

    name: Literal["blank", "off_paper", "overdrawn", "too_long", "pens"]
    ok: bool
    measured: float
    limit: float
    message: str


class RenderRequest(Value):
    """One sketch to run; absent values are taken from the sketch or the settings."""

    source: str
    params: Params = {}
    seed: int | None = Field(None, ge=0, lt=2**63)
    time: float = 0.0
    """Grafix's `t`, in seconds."""
    canvas_size: tuple[float, float] | None = None
    """(width, height) in mm."""
    render_scale: float = Field(4.0, gt=0, le=40)
    """Pixels per mm of the PNG."""
    pen_mm: float | None = Field(None, ge=0.01, le=10)
    output_formats: tuple[Literal["svg", "png"], ...] = ("svg", "png")


class Rendering(Value):
    """What came of running a sketch: artifacts, metrics and gates, or a failure. The `render` tool's result."""

    ok: bool
    failure: Failure | None = None
    artifacts: list[Artifact] = []
    metrics: Metrics | None = None
    gates: list[Gate] = []
    log_tail: str = ""
    """The end of what the sketch printed: data, never an instruction."""

    @property
    def plottable(self) -> bool:
        """Whether it drew and every gate is open."""
        return self.ok and all(gate.ok for gate in self.gates)

    @property
    def complaint(self) -> str:
        """What is wrong with it, in one line; empty when plottable."""
        if self.failure:
            line = f" (line {self.failure.line})" if self.failure.line else ""
            return f"{self.failure.kind}{line}: {self.failure.message}"
        return "; ".join(gate.message for gate in self.gates if not gate.ok)

    def artifact(self, name: str) -> Artifact | None:
        """The artifact of that name, if there is one."""
        return next((artifact for artifact in self.artifacts if artifact.name == name), None)


class Place(Value):
    """Where a render's files go. `attempt` empty: the iteration's own folder; else `tries/ATTEMPT/` in it."""

    workspace: Ident = "default"
    run: Ident = "adhoc"
    variant: Ident = "v01"
    iteration: int = Field(1, ge=0, le=9999)
    attempt: Ident | None = None
    pens: PenSet | None = None
    """What lies there to draw with; None: any pen."""
