"""The tables of `artloop.toml`: what can be set of each room, with its default and its bounds."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from artloop.models import Api, Vision

IsolationChoice = Literal["auto", "bwrap", "seatbelt", "process"]
"""How the render server is to confine sketches."""


class Section(BaseModel):
    """A table of `artloop.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RenderLimits(Section):
    """The render server: how much one sketch may use, and when a drawing is not plottable."""

    max_concurrency: int = Field(4, ge=1, le=64)
    """Renders at a time."""
    timeout_s: float = Field(20.0, gt=0, le=600)
    """Wall-clock limit of one sketch."""
    memory_mb: int = Field(1024, ge=64)
    """Memory a sketch may add to the warm worker's own."""
    output_mb: int = Field(32, ge=1)
    """Largest SVG, and largest log, of one sketch."""
    thumbnail_px: int = Field(480, ge=64, le=2048)
    """Longer side of the picture a tool result carries."""
    min_ink_mm: float = Field(100.0, ge=0)
    """Less ink than this is a blank sheet."""
    margin_mm: float = Field(3.0, ge=0)
    """Ink closer than this to the edge is off the paper."""
    max_overplot: int = Field(16, ge=1)
    """More passes than this over one spot tear the paper."""
    max_plot_minutes: float = Field(120.0, gt=0)
    draw_mm_s: float = Field(50.0, gt=0)
    travel_mm_s: float = Field(100.0, gt=0)
    acceleration_mm_s2: float = Field(1000.0, gt=0)
    lift_s: float = Field(0.15, ge=0)
    """Seconds to raise the pen, and again to lower it."""


class LoopSettings(Section):
    """The loop: how often to repair, retry and give up."""

    max_repairs: int = Field(2, ge=0, le=10)
    max_failures: int = Field(3, ge=1, le=20)
    """A step that failed this often is parked."""
    max_turns: int = Field(12, ge=1, le=100)
    """Model calls an agent may make for one answer."""
    max_concurrency: int = Field(16, ge=1, le=1024)
    """Model calls at a time."""
    challenges: bool = True
    """Whether a judge other than the house compares each drawing with its variant's best."""
    tune_renders: int = Field(32, ge=0, le=10_000)
    """Most renders of a search for parameters between two drawings; 0: never."""


class RoleChoice(Section):
    """The model of one role and how it is asked; what is left out is the provider's default."""

    name: str | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh"] | None = None
    max_output_tokens: int | None = Field(None, ge=16)
    vision: Vision | None = None
    """None: as `model.vision`."""


class Roles(Section):
    """`[model.roles.draw]` and so on."""

    imagine: RoleChoice = RoleChoice()
    draw: RoleChoice = RoleChoice()
    critique: RoleChoice = RoleChoice()
    choose: RoleChoice = RoleChoice()
    steer: RoleChoice = RoleChoice()
    """Without a name rules alone decide what a variant does next."""


class ModelChoice(Section):
    """Which model plays which role, and how patient we are with its provider; `house` is built in, without a key."""

    default: str = "house"
    base_url: str | None = None
    """An OpenAI-compatible server; the key comes from OPENAI_API_KEY."""
    api: Literal["auto"] | Api = "auto"
    """In which form that server is asked; `auto`: asked once, without a paid call."""
    vision: Vision = "auto"
    roles: Roles = Roles()
    timeout_s: float = Field(120.0, gt=0)
    max_tries: int = Field(5, ge=1, le=20)
    """How often one call is sent before its step has failed."""
    backoff_s: float = Field(1.0, ge=0)
    """First pause between two tries; each next one is twice as long."""
    max_backoff_s: float = Field(60.0, ge=0)
    """The longest pause, whatever a provider asks for."""
    breaker_failures: int = Field(5, ge=1)
    """After as many failures in a row, all roles together, a provider is left alone for a while."""
    patience_s: float = Field(300.0, ge=0)
    """A provider that is down for longer than this ends the session; `resume` goes on."""


class Traces(Section):
    """Where traces go besides `trace.jsonl` in the run's folder."""

    otel: bool = False
    """Also to OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT says; needs the extra `otel`."""


class CodexChoice(Section):
    """How Codex is run when it draws (`--artists codex`). Its key comes from CODEX_API_KEY or OPENAI_API_KEY."""

    path: str = "codex"
    """The program, by name or path."""
    model: str | None = None
    """None: the model of the draw role if that is not `house`, else Codex's own choice."""
    base_url: str | None = None
    """A server that speaks the Responses API; None: `model.base_url` if that model draws, else OpenAI."""
    timeout_s: float = Field(900.0, gt=0, le=7200)
    """Wall-clock limit of one drawing."""
    max_concurrency: int = Field(4, ge=1, le=64)
    """Codex processes at a time."""


class HubSettings(Section):
    """The hub: where it is, how long its board waits for agents, how often it tries again, where it keeps its state.

    The key to it comes from MCP_API_KEY.
    """

    url: str = "http://127.0.0.1:8424/mcp"
    """Of the hub to work with (`--artists hub`)."""
    run_lease_s: float = Field(900.0, ge=1, le=86_400)
    """As `lease_s`, for tasks of a run: an agent that thinks for minutes sends no heartbeat."""
    lease_s: float = Field(60.0, ge=1, le=86_400)
    """An agent that is silent for longer loses its task."""
    max_attempts: int = Field(3, ge=1, le=20)
    """A task that came to nothing this often is a dead letter."""
    retry_base_s: float = Field(2.0, ge=0)
    """Longest pause before the first retry; each next one may be twice as long."""
    retry_cap_s: float = Field(120.0, ge=0)
    """The longest pause of all."""
    breaker_failures: int = Field(5, ge=1)
    """After as many failures in a row an agent rests."""
    breaker_rest_s: float = Field(60.0, ge=0)
    affinity_s: float = Field(30.0, ge=0)
    """How long a task that comes back from review, or from its subtasks, waits for the agent that had it."""
    calls_per_minute: int = Field(600, ge=1)
    """How many calls a key may make; whoever needs none, on this machine, is not held up."""
    encryption_key: SecretStr | None = None
    """Seals what the store keeps; several, separated by commas: the first one seals, all of them open."""
    redis: str | None = None
    """`redis[s]://...`, for several hubs; None: a file of this machine."""
    allow_unsafe_redis: bool = False
    """Also a Redis that may forget."""


class Rate(Section):
    """How much of a model all workers together may ask for."""

    requests_per_minute: float | None = Field(None, gt=0)
    tokens_per_minute: float | None = Field(None, gt=0)
    """Of the questions, as estimated."""


class DocketChoice(Section):
    """Work on many machines: `--executor docket` and `artloop worker`; needs the extra `distributed`."""

    redis: str | None = None
    """URL of a Redis or Valkey server; rediss:// encrypts."""
    allow_unsafe_redis: bool = False
    """Also a Redis that may forget."""
    name: str = "artloop"
    """Of the queue: drivers and workers with the same name work together."""
    blobs: str | None = None
    """Where files travel: a folder or fsspec URL that all machines reach; None: `blobs` below the root."""
    lease_s: float = Field(10.0, ge=1)
    """A worker that was silent for so long has lost its steps to others."""
    grace_s: float = Field(30.0, ge=0)
    """How long a worker that is told to end finishes what it has."""
    patience_s: float = Field(300.0, ge=0)
    """Redis away for longer than this ends the session; `resume` goes on."""
    max_concurrency: int | None = Field(None, ge=1)
    """Steps at a time of all workers together; None: as many as they take."""
    rates: dict[str, Rate] = {}
    """By model name."""


class ConsoleChoice(Section):
    """What is shown in the terminal."""

    pictures: bool = True
    """Drawings too, where it can show them."""
