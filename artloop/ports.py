"""The joints of artloop: what the flow needs from the hands. Only `wiring` knows who stands behind them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from artloop.events import Emit
from artloop.models import (
    Answer,
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
    Ident,
    ImagineTask,
    Params,
    Part,
    Pick,
    PickTask,
    Place,
    ReimagineTask,
    Rendering,
    RenderRequest,
    Request,
    RethinkTask,
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

T = TypeVar("T", bound=Value)


class Step(Value):
    """A unit of work that costs money or time. Its key is unique within a run; its input is hashed."""

    variant: Ident
    iteration: int
    kind: str
    ordinal: int = 0
    input_sha256: str
    """Hash of the canonical JSON of the input, the prompt's text and the model's name."""

    @property
    def key(self) -> str:
        """`variant/iteration/kind/ordinal`."""
        return f"{self.variant}/{self.iteration:02d}/{self.kind}/{self.ordinal}"


class Attempt(Value):
    """One execution of a step. The generation rises only when the model's own words broke the step."""

    step: str
    generation: int = 0


class CallRecord(Value):
    """One answered model call, as it is kept. Pictures in the request are represented by its hash only."""

    step: str
    generation: int
    turn: int
    request_sha256: str
    response: str
    """JSON of the SDK's `ModelResponse`, without unset fields."""
    model: str
    usage: Usage = Usage(requests=1)
    fault: str = ""
    """Why the answer, paid as it is, cannot be used; empty: it can."""


class Asked(Value):
    """A model call that is about to be sent; until it is answered it may have been paid for."""

    step: str
    generation: int
    turn: int
    model: str
    request_tokens: int
    """Estimated."""
    max_output_tokens: int | None = None


class ToolServer(Value):
    """How an MCP server is started over stdio, and which of its tools are for whom it is started for."""

    command: str
    args: list[str]
    env: dict[str, str]
    tools: list[str]


class Calls(Protocol):
    """The model calls on record; each is found by (step, generation, turn)."""

    def asking(self, asked: Asked) -> None:
        """Keep that a call is about to be sent. One sent before for the same turn stays counted as lost."""
        ...

    def refused(self, asked: Asked) -> None:
        """The call about to be sent was turned away, so it was not paid for."""
        ...

    def find(self, step: str, generation: int, turn: int) -> CallRecord | None:
        """The recorded call, if it was answered before."""
        ...

    def commit(self, call: CallRecord) -> CallRecord:
        """Keep an answered call before anybody sees it; the first writer wins and is returned."""
        ...

    async def kept(self) -> None:
        """Wait until all that was said is on record for good. Raises `StorageError` and `LeaseLost`."""
        ...


class Steps(Protocol):
    """Performs each step at most once to its end."""

    async def perform(self, step: Step, result: type[T], work: Callable[[Attempt], Awaitable[T]]) -> T:
        """Return the committed result, or run `work` and commit what it returns.

        Raises `StepParked` when the step has failed `max_failures` times.
        """
        ...

    def begun(self, step: Step) -> bool:
        """Whether the step was ever started."""
        ...


class Hand(Protocol):
    """The artist's hand: what they ask of a run while it goes on."""

    def requests(self, before: Step) -> list[Request]:
        """Everything asked so far, oldest first; `before` is the step under which what takes effect is kept."""
        ...


class Question(Value):
    """A drawing the artist may be shown before it counts."""

    variant: Ident
    iteration: int
    attempt: int
    """Which drawing of the iteration, from 0."""
    source: str
    change: str
    hypothesis: str
    diff: str
    """Unified, of the source to its parent's."""
    rendering: Rendering
    final: bool
    """Whether the iteration ends with it, unless it is refused."""
    redraws: int
    """How often it can still be drawn again."""


class Confirm(Protocol):
    """The artist, who is asked before a drawing counts."""

    def wants(self, step: Step, question: Question) -> bool:
        """Whether they want to be asked about it; the answer is kept under `step`."""
        ...

    async def ask(self, step: Step, question: Question) -> Answer:
        """What they say, however long they take."""
        ...


class Recall(Protocol):
    """What a step came to in the run that is performed again, if its result depended on the moment."""

    def __call__(self, key: str, result: type[T]) -> T | None:
        """None: nothing is performed again, or it is not on record."""
        ...


def unknown(key: str, result: type[T]) -> T | None:
    """`Recall` of a run that happens for the first time."""
    return None


class Receipt(Protocol):
    """What a purse gives for a reservation; nobody but the purse looks inside."""


class Purse(Protocol):
    """Money and tokens of a run: reserved before each call is sent, so that a cap is never passed."""

    async def reserve(self, model: str, request_tokens: int, max_output_tokens: int | None) -> Receipt:
        """Set aside what a call may cost at most. Raises `BudgetReached` when that is not left."""
        ...

    def settle(self, receipt: Receipt, usage: Usage) -> None:
        """The call was answered, or refused: it came to this."""
        ...

    def lost(self, receipt: Receipt) -> None:
        """No answer came; it may have been paid for."""
        ...


class Ledger(Protocol):
    """What a run has paid for so far, in all its sessions."""

    def paid(self) -> list[tuple[str, Usage]]:
        """(model, sums) of everything answered."""
        ...

    def unanswered(self) -> list[Asked]:
        """The calls that were sent and have no answer on record: possibly paid."""
        ...


class Blobs(Protocol):
    """Files by the sha256 of their content, where every machine of a run finds them."""

    def put(self, content: bytes) -> str:
        """Keep a content unless it is there; returns its hash. Raises `StorageError`."""
        ...

    def get(self, name: str) -> bytes:
        """The content of that hash. Raises `StorageError` when it is not there, or is another."""
        ...


class Clock(Protocol):
    """Time, so that tests need not wait for it."""

    def now(self) -> float:
        """Seconds of a clock that never goes back."""
        ...

    def date(self) -> float:
        """Unix time."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Render(Protocol):
    """Runs a sketch and measures the drawing."""

    async def __call__(self, request: RenderRequest, place: Place) -> Rendering:
        """Render into `place`. A sketch that does not draw is a `Rendering` with a failure, not an exception."""
        ...


class Distances(Protocol):
    """Compares drawings of a run by their lines."""

    async def __call__(self, one: Place, others: Sequence[Place]) -> list[float]:
        """From one drawing to each of the others: 0 the same to 1 nothing in common."""
        ...


class Measure(Protocol):
    """Runs a sketch and measures the drawing, without leaving a file; gives way to whoever renders for keeps."""

    async def __call__(self, request: RenderRequest) -> Rendering:
        """Measure. A sketch that does not draw is a `Rendering` with a failure, not an exception."""
        ...


class Trials(Protocol):
    """The trials of one search on record, found by their parameters."""

    def find(self, params: Params) -> Trial | None:
        """The trial of these parameters, if it was made before."""
        ...

    def keep(self, trial: Trial) -> None:
        """Keep a trial before anybody acts on it."""
        ...


class Searched(Protocol):
    """Is told after every render of a search how far it is."""

    def __call__(self, done: int, total: int, best: float) -> None:
        """`best`: the least loss so far."""
        ...


class Tune(Protocol):
    """Searches a sketch's parameters, with its files in a folder; one that was begun there is taken up."""

    async def __call__(self, where: Callable[[], Path], task: TuneTask, measure: Measure, told: Searched) -> Tuned:
        """What the search came to. `where` is asked once there is something to write.

        Raises `UsageError` for a wish or a sketch that cannot be searched.
        """
        ...


class SearchFor(Protocol):
    """Searches parameters for one iteration of a run, by the run's own renderer."""

    async def __call__(self, task: TuneTask, place: Place, told: Searched) -> Tuned:
        """What the search came to; its files lie in `place`, and one that was begun there is taken up.

        Raises `UsageError` for a wish or a sketch that cannot be searched, `RenderServerError` and `StorageError`.
        """
        ...


class Artists(Protocol):
    """The roles. Each answer may cost money, so each is asked for inside a step."""

    def fingerprint(self, part: Part) -> str:
        """Prompt text and model name of a part: what, besides the task, decides the answer."""
        ...

    async def imagine(self, task: ImagineTask, attempt: Attempt) -> Concepts:
        """N different concepts for the brief."""
        ...

    async def reimagine(self, task: ReimagineTask, attempt: Attempt) -> Concept:
        """A concept in the place of one that is too close to a sibling's."""
        ...

    async def rethink(self, task: RethinkTask, attempt: Attempt) -> Concept:
        """Another concept for a variant that gets no better."""
        ...

    async def cross(self, task: CrossTask, attempt: Attempt) -> Concept:
        """The idea of one concept, drawn with the marks of another."""
        ...

    async def draw(self, task: DrawTask, attempt: Attempt) -> Drawing:
        """A sketch for the concept, or a better one, or a repaired one."""
        ...

    async def critique(self, task: CritiqueTask, attempt: Attempt) -> Critique:
        """What to keep and what to change; in the task's form."""
        ...

    async def steer(self, task: SteerTask, attempt: Attempt) -> Course:
        """What a variant does next, of the moves that are open."""
        ...

    async def describe(self, task: DescribeTask, attempt: Attempt) -> Description:
        """What the judge sees in one picture, alone."""
        ...

    async def pick(self, task: PickTask, attempt: Attempt) -> Pick:
        """Which of several pictures is the best answer to the brief, and what to fix in it."""
        ...

    async def choose(self, task: ChooseTask, attempt: Attempt) -> Verdict:
        """Which of two pictures is the better answer to the brief."""
        ...


class Shelf(Protocol):
    """Puts what people want to read into the run's folder."""

    def place(self, variant: str, iteration: int) -> Place:
        """Where the renders of an iteration go."""
        ...

    def keep_concept(self, variant: str, concept: Concept) -> None:
        """`variants/vNN/concept.json`."""
        ...

    def keep_revision(self, variant: str, iteration: int, attempt: int, source: str, diff: str) -> None:
        """A drawing's source and its diff to its parent's, in a folder of its own in the iteration's."""
        ...

    def keep_variant(self, variant: Variant) -> None:
        """`variants/vNN/variant.json`: which of its iterations began with what crossing, and of whom."""
        ...

    def keep_critique(self, variant: str, iteration: int, critique: Critique) -> None:
        """`critique.json` beside the picture it speaks of."""
        ...

    def keep_selection(self, selection: Selection) -> None:
        """`selection.json`, and the winner's files in `final/`."""
        ...


@dataclass(frozen=True)
class Workshop:
    """The hands and the limits the flow works with; wiring fills it."""

    artists: Artists
    render: Render
    steps: Steps
    shelf: Shelf
    emit: Emit
    hand: Hand
    search: SearchFor
    distances: Distances
    near: float = 0.0
    """Drawings closer than this are near-duplicates."""
    recall: Recall = unknown
    confirm: Confirm | None = None
    """None: every drawing counts."""
    in_order: bool = False
    """Whether a drawing is compared with those of the variants before it only, and waits for them."""
    common: int = 0
    """How many iterations all variants share, those taken over by a fork: nobody is to keep apart from them."""
    max_repairs: int = 2
    challenges: bool = False
    """Whether the judge is asked if a drawing takes the place of its variant's best."""
    describes: bool = False
    """Whether the judge describes each picture alone before it compares."""
    steers: bool = False
    """Whether an agent decides where the rules leave open what to do next."""
    session: int = 1
    """How many drivers this run has had, this one included."""
