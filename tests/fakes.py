"""Real stand-ins for the ports: they keep the contracts, without models, processes or disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from artloop.errors import CutOff, ModelMisbehaved, ProviderError, RenderServerError, StepParked
from artloop.events import Event
from artloop.models import (
    Answer,
    Artifact,
    Brief,
    Change,
    ChooseTask,
    Concept,
    Concepts,
    Course,
    Critique,
    CritiqueTask,
    CrossTask,
    DescribeTask,
    Description,
    Drawing,
    DrawTask,
    Failure,
    Gate,
    ImagineTask,
    Metrics,
    Part,
    Pick,
    PickTask,
    Place,
    ReimagineTask,
    Rendering,
    RenderRequest,
    Request,
    RethinkTask,
    Score,
    Selection,
    SteerTask,
    Trial,
    Tuned,
    TuneTask,
    Usage,
    Value,
    Variant,
    Verdict,
)
from artloop.ports import Asked, Attempt, CallRecord, Confirm, Question, Recall, Searched, Step, Workshop, unknown

T = TypeVar("T", bound=Value)

METRICS = Metrics(
    strokes=120,
    segments=2400,
    ink_mm=5200.0,
    pen_up_mm=900.0,
    pens=2,
    plot_seconds=170.0,
    bbox_mm=(12.0, 14.0, 136.0, 196.0),
    margin_min_mm=12.0,
    out_of_canvas=0.0,
    ink_coverage=0.12,
    balance_x=0.02,
    balance_y=-0.04,
    symmetry_h=0.3,
    symmetry_v=0.2,
    density_entropy=0.8,
    orientation_entropy=0.7,
    fractal_dimension=1.4,
    compressibility=0.5,
    overplot_max=3,
    spacing_p05_mm=0.7,
)


def drawn(source: str) -> Rendering:
    """A rendering that passed every gate."""
    picture = Artifact(name="preview.png", path="iterations/01/preview.png", mime="image/png", bytes=9, sha256="0" * 64)
    return Rendering(ok=True, artifacts=[picture], metrics=METRICS, gates=[])


def crashed(source: str) -> Rendering:
    """A sketch that raised."""
    return Rendering(ok=False, failure=Failure(kind="exception", message="NameError: W", line=3, hint="define W"))


def blank(source: str) -> Rendering:
    """A drawing with too little ink on it."""
    gate = Gate(name="blank", ok=False, measured=2.0, limit=100.0, message="2 mm of ink is a blank sheet")
    return Rendering(ok=True, metrics=METRICS, gates=[gate])


def concept(number: int) -> Concept:
    """One of many concepts."""
    return Concept(
        title=f"Concept {number}",
        idea="A line that comes back.",
        focus="upper left",
        technique="one line",
        pens=["ink"],
        strategy=f"strategy {number}",
        study="",
    )


def critique(overall: float) -> Critique:
    """A critique with one change."""
    return Critique(
        first_seen="a line",
        keep="the line",
        changes=[Change(place="left edge", what="more air", amount="10 mm")],
        targets=[],
        scores=[Score(criterion="focus", value=overall, seen="the line")],
        overall=overall,
        measured=True,
    )


class FakeArtists:
    """Answers by rule and remembers every task. `scores` maps (variant, iteration) to what the critic says."""

    def __init__(self, scores: dict[tuple[str, int], float] | None = None) -> None:
        self.scores = scores or {}
        self.tasks: list[Value] = []

    def fingerprint(self, part: Part) -> str:
        return f"{part} prompt"

    async def imagine(self, task: ImagineTask, attempt: Attempt) -> Concepts:
        self.tasks.append(task)
        return Concepts(concepts=[concept(number) for number in range(task.count)])

    async def reimagine(self, task: ReimagineTask, attempt: Attempt) -> Concept:
        self.tasks.append(task)
        return concept(200 + int(task.variant[1:])).model_copy(update={"study": "another"})

    async def rethink(self, task: RethinkTask, attempt: Attempt) -> Concept:
        self.tasks.append(task)
        return concept(100 + task.iteration)

    async def cross(self, task: CrossTask, attempt: Attempt) -> Concept:
        self.tasks.append(task)
        return concept(300 + 10 * task.iteration + int(task.variant[1:]))

    async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
        self.tasks.append(task)
        repaired = " repaired" if task.broken else ""
        source = f"# {task.variant} {task.iteration}{repaired}\n"
        return Drawing(source=source, change="a change", hypothesis="it breathes")

    async def critique(self, task: CritiqueTask, attempt: Attempt) -> Critique:
        self.tasks.append(task)
        return critique(self.scores.get((task.variant, task.iteration), 5.0))

    async def steer(self, task: SteerTask, attempt: Attempt) -> Course:
        self.tasks.append(task)
        return Course(move="draw", reason="the line holds", knobs=[])

    async def describe(self, task: DescribeTask, attempt: Attempt) -> Description:
        self.tasks.append(task)
        return Description(text=f"{task.candidate.variant} is made of lines")

    async def pick(self, task: PickTask, attempt: Attempt) -> Pick:
        self.tasks.append(task)
        best = max(task.candidates, key=lambda one: self.scores.get((one.variant, one.iteration), 5.0))
        said = critique(self.scores.get((best.variant, best.iteration), 5.0))
        return Pick(winner=best.variant, reason="it holds the wall", critique=said)

    async def choose(self, task: ChooseTask, attempt: Attempt) -> Verdict:
        self.tasks.append(task)
        winner = "first" if task.first.score > task.second.score else "second"
        return Verdict(first_alone="", second_alone="", winner=winner, reason="the critic's score")


class FakeRender:
    """Renders by rule: source -> Rendering."""

    def __init__(self, rule: Callable[[str], Rendering] = drawn) -> None:
        self.rule = rule
        self.places: list[Place] = []

    async def __call__(self, request: RenderRequest, place: Place) -> Rendering:
        self.places.append(place)
        return self.rule(request.source)


class FakeSearch:
    """Finds what the rule says: how far the best is from what is wished; the start is at 1."""

    def __init__(self, best: float = 0.0) -> None:
        self.best = best
        self.tasks: list[TuneTask] = []

    async def __call__(self, task: TuneTask, place: Place, told: Searched) -> Tuned:
        self.tasks.append(task)
        for done in range(1, task.renders + 1):
            told(done, task.renders, self.best)
        start = Trial(params={"lines": 10}, loss=1.0)
        best = Trial(params={"lines": 20}, loss=self.best) if self.best < 1 else start
        source = task.request.source.replace("10", "20") if self.best < 1 else task.request.source
        losses = [1.0] * (task.renders - 1) + [best.loss]
        fields = {"method": task.method, "targets": task.targets, "start": start, "best": best, "losses": losses}
        return Tuned(source=source, ended="renders", **fields)


class MemorySteps:
    """`ports.Steps` in a dict; parks after `max_failures`."""

    def __init__(self, max_failures: int = 3) -> None:
        self.done: dict[str, Value] = {}
        self.started: list[str] = []
        self.max_failures = max_failures

    async def perform(self, step: Step, result: type[T], work: Callable[[Attempt], Awaitable[T]]) -> T:
        if (known := self.done.get(step.key)) is not None:
            assert isinstance(known, result)
            return known
        generation = 0
        for failures in range(1, self.max_failures + 1):
            self.started.append(step.key)
            try:
                made = await work(Attempt(step=step.key, generation=generation))
            except CutOff:
                self.started = [key for key in self.started if key != step.key]
                raise
            except (ModelMisbehaved, ProviderError, RenderServerError) as error:
                generation += isinstance(error, ModelMisbehaved)
                if failures == self.max_failures:
                    raise StepParked(str(error), outage=not isinstance(error, ModelMisbehaved)) from error
            else:
                self.done[step.key] = made
                return made
        raise AssertionError("unreachable")

    def begun(self, step: Step) -> bool:
        return step.key in self.done or step.key in self.started


class MemoryConfirm:
    """`ports.Confirm` of a dict: key of a step -> answer, else yes; it remembers what was asked."""

    def __init__(self, answers: dict[str, Answer] | None = None, final_only: bool = False) -> None:
        self.answers, self.final_only = answers or {}, final_only
        self.asked: list[Question] = []

    def wants(self, step: Step, question: Question) -> bool:
        return question.final or not self.final_only

    async def ask(self, step: Step, question: Question) -> Answer:
        self.asked.append(question)
        return self.answers.get(step.key, Answer(accepted=True))


class MemoryHand:
    """`ports.Hand` of a list, which grows by `asks`: key of a boundary -> what is asked just before it."""

    def __init__(self, asks: dict[str, list[Request]] | None = None) -> None:
        self.asks = asks or {}
        self.made: list[Request] = []

    def requests(self, before: Step) -> list[Request]:
        self.made += self.asks.pop(before.key, [])
        return self.made


class MemoryDistances:
    """`ports.Distances` by rule: names of two drawings, as `v01/01`, in order -> distance; else far apart."""

    def __init__(self, known: dict[tuple[str, str], float] | None = None) -> None:
        self.known = known or {}

    async def __call__(self, one: Place, others: Sequence[Place]) -> list[float]:
        names = [f"{place.variant}/{place.iteration:02d}" for place in (one, *others)]
        return [self.known.get((min(names[0], other), max(names[0], other)), 0.6) for other in names[1:]]


class MemoryCalls:
    """`ports.Calls` in a dict."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, int, int], CallRecord] = {}
        self.unanswered: list[Asked] = []

    def asking(self, asked: Asked) -> None:
        self.unanswered.append(asked)

    def refused(self, asked: Asked) -> None:
        self.unanswered.remove(asked)

    def find(self, step: str, generation: int, turn: int) -> CallRecord | None:
        return self.known.get((step, generation, turn))

    def commit(self, call: CallRecord) -> CallRecord:
        at = (call.step, call.generation, call.turn)
        self.unanswered.remove(next(one for one in self.unanswered[::-1] if (one.step, one.generation, one.turn) == at))
        return self.known.setdefault((call.step, call.generation, call.turn), call)

    async def kept(self) -> None: ...


class MemoryLedger:
    """`ports.Ledger` of lists, filled by the test."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, Usage]] = []
        self.sent: list[Asked] = []

    def paid(self) -> list[tuple[str, Usage]]:
        return self.answers

    def unanswered(self) -> list[Asked]:
        return self.sent


class MemoryShelf:
    """`ports.Shelf` that only remembers."""

    def __init__(self) -> None:
        self.concepts: dict[str, Concept] = {}
        self.revisions: dict[tuple[str, int, int], tuple[str, str]] = {}
        self.variants: dict[str, Variant] = {}
        self.critiques: dict[tuple[str, int], Critique] = {}
        self.selection: Selection | None = None

    def place(self, variant: str, iteration: int) -> Place:
        return Place(run="test", variant=variant, iteration=iteration)

    async def keep_concept(self, variant: str, concept: Concept) -> None:
        self.concepts[variant] = concept

    async def keep_revision(self, variant: str, iteration: int, attempt: int, source: str, diff: str) -> None:
        self.revisions[variant, iteration, attempt] = (source, diff)

    async def keep_variant(self, variant: Variant) -> None:
        self.variants[variant.id] = variant

    async def keep_critique(self, variant: str, iteration: int, critique: Critique) -> None:
        self.critiques[variant, iteration] = critique

    async def keep_selection(self, selection: Selection) -> None:
        self.selection = selection


class Studio:
    """A workshop of fakes, with everything it was told in `events`."""

    def __init__(
        self,
        artists: FakeArtists | None = None,
        render: FakeRender | None = None,
        steps: MemorySteps | None = None,
        max_repairs: int = 2,
        hand: MemoryHand | None = None,
        confirm: Confirm | None = None,
        search: FakeSearch | None = None,
        distances: MemoryDistances | None = None,
        recall: Recall = unknown,
        **limits: int,
    ) -> None:
        self.artists = artists or FakeArtists()
        self.render = render or FakeRender()
        self.steps = steps or MemorySteps()
        self.shelf = MemoryShelf()
        self.events: list[Event] = []
        self.hand = hand or MemoryHand()
        emit = self.events.append
        self.search = search or FakeSearch()
        self.shop = Workshop(
            self.artists,
            self.render,
            self.steps,
            self.shelf,
            emit,
            self.hand,
            self.search,
            distances or MemoryDistances(),
            near=0.25,
            recall=recall,
            confirm=confirm,
            max_repairs=max_repairs,
            **limits,
        )

    def told(self, kind: type[T]) -> list[T]:
        """All events of one type."""
        return [event for event in self.events if isinstance(event, kind)]


def brief(**values: object) -> Brief:
    """A small brief."""
    return Brief.model_validate({"text": "tidal memory", "variants": 2, "iterations": 3, **values})
