"""The values that flow through artloop, in the order in which they flow. All are frozen; none does any work."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Ident = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Number = int | float
Params = dict[str, Number]

PAPERS_MM = {"a6": (105, 148), "a5": (148, 210), "a4": (210, 297), "a3": (297, 420), "a2": (420, 594)}
PAPER_MIN_MM, PAPER_MAX_MM = 20.0, 2000.0


class Value(BaseModel):
    """Base of everything that crosses a boundary: frozen, no undeclared field, and no NaN, which JSON has not."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


# -- what the artist asks for ------------------------------------------------------------------------------------------


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


class Brief(Value):
    """What the artist asked for; the same brief and seed give the same house drawings."""

    text: str
    canvas: Canvas = Canvas()
    pen_mm: float = Field(0.3, ge=0.05, le=5)
    seed: int = 0
    variants: int = Field(4, ge=1, le=256)
    iterations: int = Field(5, ge=1, le=200)
    stall: int = Field(0, ge=0)
    """After this many iterations in a row without a better drawing a variant is rethought or ends; 0: never."""
    rethinks: int = Field(0, ge=0)
    """How often a variant that stalls gets a new concept before it ends."""
    hypotheses: bool = False
    """Whether each critique says if what the drawing was meant to do came true."""
    sketch: str | None = None
    """Source every variant starts from; the text is then the goal."""
    references: list[Reference] = []
    """Pictures shown to idea agent and critic."""

    @property
    def variant_ids(self) -> list[Ident]:
        """`v01` and so on."""
        return [f"v{number:02d}" for number in range(1, self.variants + 1)]


# -- imagine -----------------------------------------------------------------------------------------------------------


class Concept(Value):
    """One idea for a drawing."""

    title: str
    idea: str
    """What one sees, in two or three sentences."""
    focus: str
    """Where the eye should land."""
    technique: str
    """How lines make it: the drawing method."""
    pens: list[str]
    """Pen names, the main one first; one to three."""
    strategy: str
    """The creative strategy that sets this concept apart from its siblings."""
    study: str
    """Name of a sketch of the repertoire to start from; empty: start from nothing."""


class Concepts(Value):
    """The idea agent's answer: as many concepts as there are variants, all different."""

    concepts: list[Concept]


# -- the artist's hand -------------------------------------------------------------------------------------------------

What = Literal["pin", "drop", "note", "stop"]


class Request(Value):
    """What the artist asks of a run that goes on."""

    id: Ident
    """Sorts by the time it was made."""
    what: What
    variant: Ident | None = None
    """None: every variant."""
    text: str = ""
    """The words of a note."""

    def concerns(self, variant: str) -> bool:
        """Whether that variant is meant."""
        return self.variant in (None, variant)


class Requests(Value):
    """The requests that took effect before one step."""

    requests: list[Request]


class Heeded(Value):
    """A request at the place where it took effect."""

    request: Request
    iteration: int
    before: str
    """The kind of the step that came next."""


# -- draw --------------------------------------------------------------------------------------------------------------


class Drawing(Value):
    """The implementer's answer: a whole sketch."""

    source: str
    """A complete Grafix program with `draw(t)`."""
    change: str
    """What was changed against the sketch before, in one sentence."""
    hypothesis: str
    """What the change should do to the picture; the next critique confirms or refutes it."""


class Edit(Value):
    """A model's answer as implementer: a whole sketch, or a patch of the one it was shown."""

    source: str
    """A complete Grafix program with `draw(t)`; empty when there is a patch."""
    patch: str
    """Hunks in the V4A form; empty when there is a source."""
    base: Literal["none", "best", "broken", "study"]
    """The sketch the patch is for; `none` when there is a source."""
    change: str
    hypothesis: str


# -- render ------------------------------------------------------------------------------------------------------------

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

    name: Literal["blank", "off_paper", "overdrawn", "too_long"]
    ok: bool
    measured: float
    limit: float
    message: str


class RenderRequest(Value):
    """One sketch to run; absent values are taken from the sketch or the settings."""

    source: str
    params: Params = {}
    seed: int | None = None
    time: float = 0.0
    """Grafix's `t`, in seconds."""
    canvas_size: tuple[float, float] | None = None
    """(width, height) in mm."""
    render_scale: float = Field(4.0, gt=0, le=40)
    """Pixels per mm of the PNG."""
    pen_mm: float | None = None
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


# -- critique ----------------------------------------------------------------------------------------------------------


class Score(Value):
    """One criterion."""

    criterion: str
    value: float
    """0 (fails) to 10 (nothing to add)."""
    seen: str
    """What in the picture the value rests on."""


class Change(Value):
    """One thing to change, with a place and an amount."""

    place: str
    what: str
    amount: str


class Target(Value):
    """A measurable wish: a metric's name and the range it should fall in."""

    metric: str
    low: float
    high: float


class Critique(Value):
    """The critic's answer; it has seen the picture and the metrics, never the source."""

    first_seen: str
    """What a person would see first."""
    keep: str
    changes: list[Change]
    """At most three."""
    targets: list[Target]
    scores: list[Score]
    overall: float
    """0 to 10; orders the iterations of one variant, nothing else."""
    measured: bool
    """True when a heuristic wrote it, not an eye."""


Held = Literal["confirmed", "refuted", "unclear"]


class TestedCritique(Critique):
    """A critic's answer that also says whether what the drawing was meant to do came true."""

    __test__ = False
    hypothesis_held: Held


# -- tune --------------------------------------------------------------------------------------------------------------

TuneMethod = Literal["cma", "grid", "random"]


class TuneTask(Value):
    """A sketch whose parameters are to be found, so that its drawing measures as wished."""

    request: RenderRequest
    """The sketch as it is rendered (seed, canvas, pen); its params are laid over the sketch's own as the start."""
    targets: list[Target]
    renders: int = Field(200, ge=2, le=10_000)
    """At most, the start included."""
    method: TuneMethod = "cma"
    seed: int = Field(0, ge=0, lt=2**32)
    """Of the search; the drawing's own stands in the request."""

    def of(self, source: str) -> RenderRequest:
        """How a sketch that was found is rendered: its literals are the parameters."""
        return self.request.model_copy(update={"source": source, "params": {}})


class Trial(Value):
    """One set of parameters, rendered and measured."""

    params: Params
    """Those that are searched."""
    loss: float
    """How far it is from what is wished; 0: every target and gate is met."""
    measured: dict[str, float] = {}
    """The metrics that have a target."""
    closed: list[str] = []
    """Names of the gates that are not open."""
    failure: str = ""
    """Why there is no drawing."""


class Tuned(Value):
    """What a search of a sketch's parameters came to."""

    source: str
    """The sketch with the best parameters as its literals; the sketch itself when nothing was better."""
    method: TuneMethod
    targets: list[Target]
    start: Trial
    best: Trial
    losses: list[float]
    """Of every render, the start first, in the order in which they were asked for."""
    ended: Literal["met", "renders", "exhausted"]
    """Exhausted: there is nothing left to try."""

    @property
    def met(self) -> bool:
        """Whether every target and gate is met."""
        return self.best.loss == 0

    @property
    def better(self) -> bool:
        """Whether it beats the start."""
        return self.best.loss < self.start.loss


# -- steer -------------------------------------------------------------------------------------------------------------


class Decision(Value):
    """What a variant does next, and why."""

    move: Literal["draw", "rethink", "stop"]
    """`draw`: revise the best; `rethink`: begin again with a new concept; `stop`: make no more."""
    reason: str


# -- the loop ----------------------------------------------------------------------------------------------------------


class Iteration(Value):
    """One turn of the loop, as it ended."""

    number: int
    drawing: Drawing
    rendering: Rendering
    critique: TestedCritique | Critique | None = None
    repairs: int = 0
    decision: Decision | None = None
    """What led to it."""
    concept: Concept | None = None
    """The new concept it began with, if the variant was rethought."""

    @property
    def held(self) -> Held | None:
        """Whether its hypothesis came true, if the critic was asked."""
        return self.critique.hypothesis_held if isinstance(self.critique, TestedCritique) else None

    @property
    def score(self) -> float | None:
        """The critic's overall value, if it was shown to the critic."""
        return self.critique.overall if self.critique else None


VariantStatus = Literal[
    "running", "finished", "stalled", "dropped", "stopped", "failed", "interrupted", "timed_out", "budget"
]


class Variant(Value):
    """One concept and everything that was made of it."""

    id: Ident
    concept: Concept
    """The one it began with."""
    iterations: list[Iteration] = []
    status: VariantStatus = "running"
    failure: str | None = None
    outage: bool = False
    """True when it failed because the provider or the render server was down."""
    heeded: list[Heeded] = []
    """What the artist asked of it, in the order in which it took effect."""

    @property
    def pinned(self) -> bool:
        """Whether the artist wants it: it does not stall, and only what is pinned can win."""
        return any(one.request.what == "pin" for one in self.heeded)

    @property
    def incumbent(self) -> Iteration | None:
        """The best iteration so far: a later one must score more to take its place."""
        seen = [iteration for iteration in self.iterations if iteration.score is not None]
        return max(seen, key=lambda iteration: (iteration.score, -iteration.number)) if seen else None

    @property
    def chapter(self) -> list[Iteration]:
        """The iterations since it was last rethought: those of its present concept."""
        begins = [place for place, one in enumerate(self.iterations) if one.concept]
        return self.iterations[begins[-1] :] if begins else self.iterations

    @property
    def stalled_for(self) -> int:
        """How many iterations of its present concept came after the incumbent."""
        best = self.incumbent
        after = len(self.iterations) if best is None else self.iterations[-1].number - best.number
        return min(after, len(self.chapter))

    def concept_of(self, number: int) -> Concept:
        """The concept an iteration was made after."""
        later = [one.concept for one in self.iterations if one.concept and one.number <= number]
        return later[-1] if later else self.concept


# -- choose ------------------------------------------------------------------------------------------------------------


class Description(Value):
    """What the judge sees in one picture, before it knows of any other."""

    text: str


class Verdict(Value):
    """The judge's answer on two pictures."""

    first_alone: str
    """The first picture described by itself."""
    second_alone: str
    winner: Literal["first", "second", "tie"]
    reason: str


class Comparison(Value):
    """A pair judged in both orders; two different winners are a tie."""

    left: Ident
    right: Ident
    winner: Ident | None
    reasons: list[str]
    agreed: bool
    """Whether both orders said the same."""


class Standing(Value):
    """A variant's place in the ranking."""

    variant: Ident
    iteration: int
    points: float
    """A won pair counts 1, a tie 0.5."""
    score: float
    strength: float | None = None
    """Log-odds against an average candidate: Bradley and Terry's model, fitted to the pairs. None: nothing judged."""
    low: float | None = None
    """Where the 90 % bootstrap interval of `strength` begins."""
    high: float | None = None
    first: float | None = None
    """Share of the bootstrap's refits in which it is ahead of all others."""


class Selection(Value):
    """The winner and how it was found."""

    winner: Ident | None
    ranking: list[Standing] = []
    comparisons: list[Comparison] = []
    judge: str = ""
    measured: bool = True
    """True when a heuristic judged, not an eye."""
    unpaid: bool = False
    """True when the budget did not reach for the judge: ranked by the critic's scores."""
    rounds: int = 0
    """1: every pair was judged; more: Swiss rounds between neighbours in the ranking; 0: not recorded."""
    calls: int = 0
    """Answers the judge was asked for: two verdicts a pair, and a description a picture where an eye judges."""
    flip_rate: float | None = None
    """Share of the pairs in which the two orders said different things; None: nothing judged, or not recorded."""


# -- the run -----------------------------------------------------------------------------------------------------------

RunStatus = Literal["running", "finished", "stalled", "stopped", "timed_out", "budget", "interrupted", "failed"]
Role = Literal["imagine", "draw", "critique", "choose"]
Part = Role | Literal["rethink", "describe"]
"""What a role may be asked for: the idea agent also rethinks, the judge also describes."""


Api = Literal["chat", "responses"]
"""In which form a server is asked: ChatCompletions or Responses."""
Vision = Literal["auto", "yes", "no"]
"""Whether a model is shown pictures; unless `no`, it is until its server says that it takes none."""


class Manner(Value):
    """How a role asks its model: part of every request, so a replay must know it."""

    temperature: float | None = None
    reasoning_effort: str | None = None
    max_output_tokens: int | None = None


Artists = Literal["agents", "codex"]
"""Who implements concepts: an agent of ours, or Codex as a child process."""


class Usage(Value):
    """What the model calls of a run came to."""

    requests: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    """Of the input tokens, those the provider had in its cache."""
    output_tokens: int = 0
    reasoning_tokens: int = 0
    """Of the output tokens, those nobody sees."""
    unanswered: int = 0
    """Requests sent without an answer on record: in flight, or lost and possibly paid."""
    cost_usd: float | None = None
    """None: no price is known."""


class Price(Value):
    """What a model costs, in USD per million tokens."""

    input: float = Field(ge=0)
    cached_input: float | None = Field(None, ge=0)
    """Input the provider had in its cache; None: as `input`."""
    output: float = Field(ge=0)
    """Reasoning tokens are output."""


class Caps(Value):
    """What a run may come to, all its sessions together; None: no limit."""

    usd: float | None = Field(None, gt=0)
    tokens: int | None = Field(None, gt=0)
    """Input and output."""


class Estimate(Value):
    """What a run will probably come to, said before it starts: (low, high)."""

    calls: tuple[int, int]
    tokens: tuple[int, int]
    """Input and output."""
    usd: tuple[float, float] | None
    """None: the price of a model is not known."""
    basis: str
    """What it was estimated from, and the date of the prices."""
    unpriced: list[str] = []
    """Models without a known price."""


class RunRecord(Value):
    """`run.json`: what a run was asked to be. Written once, at its start."""

    id: Ident
    brief: Brief
    models: dict[Role, str]
    base_url: str | None = None
    """The OpenAI-compatible server of the models; None: OpenAI itself, or the house."""
    api: Api | None = None
    """In which form that server is asked; None: not found out."""
    manners: dict[Role, Manner] = {}
    artists: Artists = "agents"
    """Who draws; Codex then stands among the models too, as `codex` or `codex/MODEL`."""
    created: str
    """ISO 8601, UTC."""
    artloop: str
    origin: str | None = None
    """The run this one replays or was forked from."""
    described: bool = False
    """Whether the judge describes each picture alone first; runs of older versions did without."""

    @property
    def agents(self) -> dict[Role, str]:
        """The models of the roles that agents of ours play."""
        return {role: name for role, name in self.models.items() if role != "draw" or self.artists == "agents"}


class RunSummary(Value):
    """One row of `artloop list`."""

    id: Ident
    brief: str
    status: RunStatus
    created: str
    winner: Ident | None
    iterations: int
    cost_usd: float | None = None
    folder: str
