"""The words of the task board: tasks that agents from outside take, do and hand in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from artloop.models import Ident, Value

Json = Any
"""Anything JSON can say."""
AgentType = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
"""Free: planning, implementation, testing, documentation, imagine, draw, critique, choose, ..."""
Capability = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}$")]
Key = Annotated[str, StringConstraints(min_length=1, max_length=256)]
State = Literal["pending", "blocked", "in_progress", "completed", "failed", "dead"]
OPEN: tuple[State, ...] = ("pending", "blocked", "in_progress")
ENDED: tuple[State, ...] = ("completed", "failed", "dead")
"""`failed`: refused for good, cancelled, or a dependency failed. `dead`: its retries are used up; see `Board.retry`."""


class TaskError(Value):
    """Why an attempt came to nothing."""

    kind: str = Field(max_length=64)
    """The agent's own word, or ours: `silent` (its lease ran out), `invalid` (not the task's schema), `cancelled`,
    `dependency`, `left` (the agent unregistered)."""
    message: str = Field(max_length=2000)
    retryable: bool = True


class Review(Value):
    """Whoever checks a result before it counts."""

    agent_type: AgentType
    instructions: str = Field(max_length=20_000)
    target: float = Field(ge=0, le=10)
    """The score from which on a result counts; the reviewer answers `{"score": 0..10, "notes": "..."}`."""
    max_rounds: int = Field(3, ge=1, le=20)
    """After as many reviews the last result counts, met or not; `Task.met` says which."""


class TaskSpec(Value):
    """A task as somebody asks for it."""

    agent_type: AgentType
    task_description: str = Field(min_length=1, max_length=400_000)
    context: dict[str, Json] = {}
    dependencies: list[Key] = Field([], max_length=100)
    """Tasks that must be completed before; within one batch also the `key` of another of the batch."""
    priority: int = Field(0, ge=-100, le=100)
    """Higher first; among equals the older first."""
    result_schema: dict[str, Json] | None = None
    """JSON Schema (2020-12) that a result must meet; None: anything."""
    requires: list[Capability] = Field([], max_length=20)
    """Capabilities an agent must have."""
    max_attempts: int | None = Field(None, ge=1, le=20)
    """None: the hub's setting."""
    lease_s: float | None = Field(None, ge=1, le=86_400)
    """How long an agent may be silent; None: the hub's setting."""
    may_split: bool = False
    """Whether the agent that has it may break it up with `create_subtasks`."""
    review: Review | None = None
    key: Key | None = None
    """The asker's own name for it: a second task of the same key is the first."""
    thread: Key | None = None
    """Tasks of one thread are offered first to the agent that completed the last of them: what its critic sends back
    goes to its maker."""
    run: Ident | None = None
    """The artloop run it belongs to."""
    trace: str = Field("", max_length=256)
    """W3C traceparent of whoever asked."""


class Attempted(Value):
    """One agent's go at a task."""

    number: int
    agent: Ident
    began: float
    """Unix time."""
    ended: float | None = None
    error: TaskError | None = None


class Reviewed(Value):
    """One review of a result."""

    round: int
    task: Ident
    score: float | None
    """None: the review itself failed, and `notes` says why."""
    notes: str = ""


class Task(Value):
    """A task and all that became of it."""

    id: Ident
    spec: TaskSpec
    state: State
    created: float
    """Unix time, as all times here."""
    not_before: float = 0.0
    """A retry waits until then."""
    agent: Ident | None = None
    """Who has it, or had it last; a task that comes back is offered to them first."""
    lease_until: float | None = None
    attempts: list[Attempted] = []
    """All of them, the present one last."""
    result: Json = None
    error: TaskError | None = None
    """The last one; of an ended task the one that ended it."""
    ended: float | None = None
    parent: Ident | None = None
    subtasks: list[Ident] = []
    reviews: list[Reviewed] = []
    review_of: Ident | None = None
    """Of a review: the task whose result it looks at."""
    met: bool | None = None
    """Of a reviewed task that is completed: whether the last review met the target."""


class Assignment(Value):
    """What an agent is given when it polls."""

    task_id: Ident
    attempt: int
    agent_type: AgentType
    task_description: str
    context: dict[str, Json]
    result_schema: dict[str, Json] | None
    results: dict[str, Json]
    """Of its dependencies and subtasks, by task id."""
    errors: dict[str, TaskError] = {}
    """Of its subtasks that came to nothing, by task id."""
    may_split: bool
    previous_result: Json = None
    """Its own last result, when a review sent it back."""
    reviews: list[Reviewed] = []
    lease_s: float
    """Send a heartbeat well before as many seconds have passed."""
    trace: str = ""


class AgentRecord(Value):
    """An agent that has registered."""

    id: Ident
    agent_type: AgentType
    capabilities: list[Capability] = Field([], max_length=100)
    name: str = Field("", max_length=256)
    owner: str = Field("", max_length=256)
    """Name of the key it registered with; nobody else may speak for it."""
    registered: float
    seen: float
    state: Literal["active", "draining", "gone"] = "active"
    """Draining: it is given no new task, and finishes those it has."""
    tasks: list[Ident] = []
    """Those it has at present."""
    completed: int = 0
    failed: int = 0
    failures_in_a_row: int = 0
    rests_until: float | None = None
    """Its circuit breaker is open until then, after too many failures in a row; then it is given one task."""


class Beat(Value):
    """What a heartbeat tells back."""

    kept: list[Ident]
    """Tasks whose leases were renewed."""
    lost: list[Ident]
    """Tasks that are no longer the agent's: stop working on them."""


class BoardEvent(Value):
    """Something that changed, for whoever looks on."""

    at: float
    what: Literal["task", "agent", "shared"]
    id: str
    state: str
    agent_type: str = ""
    run: str = ""


class Counts(Value):
    """The board at one moment."""

    tasks: dict[State, int]
    waiting: dict[str, int]
    """Agent type to tasks that are ready to be taken."""
    agents: dict[str, int]
    """Agent type to active agents."""
    shared_keys: int
