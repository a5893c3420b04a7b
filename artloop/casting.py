"""Who plays which role in a run, and by which door they are asked: the models of a run, put together."""

from __future__ import annotations

import asyncio
import difflib
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from openai import AsyncOpenAI

from artloop.artists import AgentArtists
from artloop.artists.codex import CodexArtists
from artloop.artists.codex import config as codex_config
from artloop.artists.codex.config import Codex
from artloop.artists.codex.draw import Bench
from artloop.artists.dialect import Fitted, Limits
from artloop.artists.door import Door
from artloop.artists.guide import GUIDED, grafix_guide
from artloop.artists.hub import HubModel
from artloop.artists.llm import Desk
from artloop.artists.patience import Breaker
from artloop.artists.providers import (
    HOUSE,
    HUB,
    ROLES,
    arguments,
    blind,
    check,
    client,
    form,
    loses_pictures,
    manners,
    model,
    names,
    on_base_url,
    provider_of,
)
from artloop.clock import WallClock
from artloop.errors import UsageError
from artloop.events import Emit, Event, LimitFound, RunStarted
from artloop.grafix.client import GrafixStdio, tool_server
from artloop.house.model import house_model
from artloop.house.repertoire import Repertoire
from artloop.models import Api, Brief, Role, RunRecord, Value
from artloop.ports import Artists, Attempt, Board, Calls, Clock, Measure, Purse, Render
from artloop.prompts import Prompts
from artloop.settings import ModelChoice, Settings
from artloop.shelf import FolderShelf
from artloop.taskboard.client import HubClient
from artloop.workspace import RunFolder


def roles_of(settings: Settings) -> dict[Role, str]:
    """The model of each role, by which a run's record names it; Codex for the implementer if it is to draw."""
    chosen = names(choice_of(settings))
    return {**chosen, "draw": codex_name(settings)} if settings.artists == "codex" else chosen


def choice_of(settings: Settings) -> ModelChoice:
    """The models to use, with the hub in its agents' roles. Raises `UsageError` for a role there is not."""
    kind, _, listed = settings.artists.partition(":")
    choice = settings.model
    if kind != "hub":
        return choice
    taken = listed.split(",") if listed else [role for role in ROLES if role != "steer"]
    for role in taken:
        if role not in ROLES:
            near = difflib.get_close_matches(role, ROLES, n=1, cutoff=0)[0]
            raise UsageError(f"--artists {settings.artists}: there is no role {role!r}; did you mean {near}?")
    named = {role: getattr(choice.roles, role).model_copy(update={"name": HUB}) for role in taken}
    if "critique" in taken and "choose" not in taken and listed:
        # the judge is the critic unless another is named, and here only the critic was asked for
        named["choose"] = choice.roles.choose.model_copy(update={"name": names(choice)["choose"]})
    return choice.model_copy(update={"roles": choice.roles.model_copy(update=named)})


def codex_name(settings: Settings) -> str:
    """Codex as a run's record names it, with the model of the draw role unless that is the house."""
    drawer = names(settings.model)["draw"]
    return codex_config.name_for(settings.codex, drawer if drawer != HOUSE else None)


async def cast(brief: Brief, settings: Settings, fields: dict[str, Any]) -> RunRecord:
    """The record of a new run with its models, once they are known to be there; nothing is paid."""
    choice, here = choice_of(settings), settings.executor == "local"
    if here:  # elsewhere workers have the keys, and check them
        await check(choice, time.time())
    record = RunRecord(
        brief=brief,
        models=roles_of(settings),
        base_url=choice.base_url,
        artists="codex" if settings.artists == "codex" else "agents",
        manners=manners(choice),
        described=True,
        challenged=settings.loop.challenges,
        **fields,
    )
    if settings.artists == "codex" and here:
        codex_named(record.models["draw"], settings)
    api = await form(choice) if here and choice.base_url and on_base_url(record.agents) else None
    return record.model_copy(update={"api": api})


def for_run(record: RunRecord, settings: Settings) -> Settings:
    """The settings with the server that the run was begun with, and its form, unless others are given now."""
    choice = settings.model
    moved = choice.base_url not in (None, record.base_url)
    known = None if moved or choice.api != "auto" else record.api
    update = {"base_url": choice.base_url or record.base_url, **({"api": known} if known else {})}
    return settings.model_copy(update={"model": choice.model_copy(update=update)})


class Hands(NamedTuple):
    """Who does the steps of a run."""

    artists: Artists
    render: Render
    measure: Measure


@dataclass
class Cast:
    """The models of one session of a run."""

    record: RunRecord
    choice: ModelChoice
    repertoire: Repertoire
    prompts: Prompts
    limits: Limits
    tell: Emit
    session: int
    reached: AsyncOpenAI | None
    api: Api
    silent: bool = False
    board: Board | None = None
    lease_s: float = 0.0
    """How long an agent of the hub may be silent over a task."""
    clock: Clock = field(default_factory=WallClock)
    breakers: dict[str, Breaker] = field(default_factory=dict)

    def model_for(self, role: Role, task: Value, attempt: Attempt) -> Any:
        """The model of a role for a task and a go at it; None when nobody is to be asked."""
        if self.silent:
            return None
        name = self.record.models[role]
        if name == HOUSE:
            return house_model(task, self.repertoire)
        if name == HUB:
            assert self.board is not None
            return HubModel(self.board, self.prompts, self.record.id, role, task, attempt, self.lease_s)
        inner = model(name, self.api, self.reached)
        return Fitted(
            inner,
            name,
            self.limits,
            self.prompts,
            chat=loses_pictures(name, self.api),
            arguments=arguments(name, self.choice),
        )

    def breaker(self, name: str) -> Breaker:
        """The breaker of a model's provider, one for all of its models."""
        provider = provider_of(name, self.choice)
        if provider not in self.breakers:
            self.breakers[provider] = Breaker(provider, self.choice, self.clock, self.tell, self.session)
        return self.breakers[provider]


@asynccontextmanager
async def gathered(
    record: RunRecord,
    settings: Settings,
    repertoire: Repertoire,
    prompts: Prompts,
    events: Iterable[Event],
    tell: Emit,
    *,
    silent: bool,
) -> AsyncIterator[Cast]:
    """The cast of a session, with one client for all models at `base_url`; it knows what the run found out before.

    Silent, nobody is asked: in a replay, and where others ask.
    """
    choice, before = settings.model, list(events)
    known = {(event.model, event.lacks) for event in before if isinstance(event, LimitFound)}
    known |= {(name, "pictures") for name in blind(choice, record.agents)}
    session = sum(isinstance(event, RunStarted) for event in before)
    together = Cast(record, choice, repertoire, prompts, Limits(known, tell), tell, session, None, "responses")
    together.silent, together.lease_s = silent, settings.hub.run_lease_s
    async with AsyncExitStack() as stack:
        if HUB in record.agents.values() and not silent:
            together.board = await stack.enter_async_context(HubClient(settings.hub.url, os.environ.get("MCP_API_KEY")))
        if on_base_url(record.agents) and not silent:
            together.api = await form(choice)
            together.reached = await stack.enter_async_context(client(choice))
        yield together


def desk_at(
    met: Cast, folder: RunFolder, server: GrafixStdio, settings: Settings, calls: Calls, purse: Purse, guide: str
) -> Desk:
    """The desk of a run's artists: nobody is told of calls, answers have no limit, and nothing is traced."""
    slots = asyncio.Semaphore(settings.loop.max_concurrency)
    return Desk(
        prompts=met.prompts,
        models=met.record.models,
        model_for=met.model_for,
        calls=calls,
        counted=lambda: None,
        server=server,
        folder=folder,
        shelf=FolderShelf(folder),
        door=Door(calls, settings.model, slots, met.clock, met.breaker, purse),
        max_turns=settings.loop.max_turns,
        manners=met.record.manners,
        guide=guide,
    )


async def guide_for(record: RunRecord, server: GrafixStdio) -> str:
    """The guide to Grafix, for runs in which a model needs it; the house does not."""
    return await grafix_guide(server) if any(record.models[role] != HOUSE for role in GUIDED) else ""


def artists_by(
    record: RunRecord, settings: Settings, studies: dict[str, str], *, silent: bool
) -> Callable[[Desk], AgentArtists]:
    """Who plays the roles, at whatever desk."""
    if record.artists == "agents":
        return lambda desk: AgentArtists(desk, studies)
    codex = None if silent else codex_named(record.models["draw"], settings)
    place = bench(codex, settings)
    return lambda desk: CodexArtists(desk, studies, place)


def codex_named(name: str, settings: Settings) -> Codex:
    """The Codex of that name, able to work. Raises `UsageError`."""
    codex = codex_config.named(name, settings.codex, settings.model.base_url)
    codex_config.check(codex)
    return codex


def bench(codex: Codex | None, settings: Settings) -> Bench:
    """Where Codex works: a render server of its own for each session, which runs one sketch at a time."""
    limits = settings.render.model_copy(update={"max_concurrency": 1})
    return Bench(
        codex=codex,
        server_at=lambda place: tool_server(settings.root, limits, settings.cache_folder, place),
        slots=asyncio.Semaphore(settings.codex.max_concurrency),
    )
