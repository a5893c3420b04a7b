"""A run as a whole: who plays, what it costs, how it ended."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from artloop.models.base import Ident, Value
from artloop.models.brief import Brief

RunStatus = Literal["running", "finished", "stalled", "stopped", "timed_out", "budget", "interrupted", "failed"]
Role = Literal["imagine", "draw", "critique", "choose", "steer"]
Part = Role | Literal["rethink", "reimagine", "cross", "describe", "pick"]
"""What a role may be asked for: the idea agent also replaces and crosses concepts, the judge describes and picks."""


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


class Fork(Value):
    """Where in another run a run branches off."""

    run: Ident
    variant: Ident
    iteration: int
    """The last one that was taken over."""


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
    fork: Fork | None = None
    """Where the history it began with was made; a replay of a fork has it too."""
    described: bool = False
    """Whether the judge describes each picture alone first; runs of older versions did without."""

    challenged: bool = False
    """Whether a judge that looks has the last word on each variant's best; runs of older versions did without."""

    @property
    def challenges(self) -> bool:
        """Whether drawings are compared with their variant's best: the house judge measures as its critic does."""
        return self.challenged and self.models.get("choose", "house") != "house"

    @property
    def ahead(self) -> Brief:
        """The brief, as far as it is to be made here: what a fork took over is there already."""
        taken = self.fork.iteration if self.fork else 0
        return self.brief.model_copy(update={"iterations": self.brief.iterations - taken})

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
    origin: Ident | None = None
    """The run it replays or was forked from."""
    fork: Fork | None = None
    folder: str
