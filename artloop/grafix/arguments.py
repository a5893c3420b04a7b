"""The arguments of the tools, each with what a caller reads about it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from artloop.models import Target, TuneMethod

SourceArg = Annotated[str, Field(description="A whole Grafix program that defines draw(t). This or sketch_path.")]
SketchPathArg = Annotated[str, Field(description="A sketch file in the variant's folder, instead of source.")]
ParamsArg = Annotated[
    dict[str, int | FiniteFloat] | None, Field(description="Values for entries of the sketch's PARAMS, by name.")
]
SeedArg = Annotated[int | None, Field(description="Replaces the sketch's SEED.", ge=0, lt=2**63)]
TimeArg = Annotated[float, Field(description="Grafix's t in seconds; 0 for stills.", allow_inf_nan=False)]
CanvasArg = Annotated[
    list[float] | None,
    Field(description="[width, height] in mm; replaces the sketch's CANVAS.", min_length=2, max_length=2),
]
ScaleArg = Annotated[float, Field(description="Pixels per mm of preview.png, of 40 megapixels at most.", gt=0, le=40)]
PenArg = Annotated[
    float | None, Field(description="Pen width in mm where a layer gives none; replaces PEN_MM.", ge=0.01, le=10)
]
FormatsArg = Annotated[
    list[Literal["svg", "png"]], Field(description="Files to make; the SVG always is. []: only measure.")
]
PathArg = Annotated[str, Field(description="Path relative to the variant's folder, as render gave it.")]
WorkspaceArg = Annotated[str | None, Field(description="Workspace; leave out inside artloop.")]
RunArg = Annotated[str | None, Field(description="Run; leave out inside artloop. Default: adhoc.")]
VariantArg = Annotated[str | None, Field(description="Variant; leave out inside artloop. Default: v01.")]
ProfileArg = Annotated[
    Literal["zaxis", "servo", "spindle"],
    Field(description="Pen by Z axis (GRBL), by servo with M280 (Marlin), or by spindle output with M3 S (GRBL)."),
]
ProfilePathArg = Annotated[
    str, Field(description="A profile of your own instead: path of a .toml file in the variant's folder.")
]
FromStrokeArg = Annotated[int, Field(description="Go on with a broken plot at the stroke of this comment.", ge=1)]
SimplifyArg = Annotated[
    float, Field(description="How far in mm the plotted line may be from the drawn one.", ge=0, le=2)
]
MergeArg = Annotated[float, Field(description="Strokes whose ends are this near in mm are joined.", ge=0, le=2)]
PaperArg = Annotated[
    str, Field(description="Paper in the plotter, the drawing in its middle: a4, a3-landscape, 300x200mm; empty: fits.")
]
MarginArg = Annotated[float, Field(description="Refuse what is drawn closer to the paper's edge, mm.", ge=0, le=500)]
IterationArg = Annotated[int | None, Field(description="Iteration; left out: the next one.", ge=0, le=9999)]
JobArg = Annotated[str, Field(description="The job_id that start_render gave.", max_length=200)]
WaitArg = Annotated[
    float, Field(description="Wait up to this many seconds for the job to end; 0: answer at once.", ge=0, le=300)
]
TargetsArg = Annotated[
    list[Target], Field(description="What is wished: metric, low, high; as the tool metrics names them.", min_length=1)
]
RendersArg = Annotated[int, Field(description="Render at most so often.", ge=2, le=10_000)]
MethodArg = Annotated[
    TuneMethod, Field(description="cma: learns from each render; grid: one or two parameters evenly; random.")
]
SearchSeedArg = Annotated[int, Field(description="Of the search: the same one finds the same.", ge=0, lt=2**32)]
