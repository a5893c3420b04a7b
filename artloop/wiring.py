"""The only place that picks implementations: opens a workshop around a run and lets the studio work in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from artloop import __version__
from artloop.artists import AgentArtists
from artloop.artists.codex import CodexArtists
from artloop.artists.codex import config as codex_config
from artloop.artists.codex.config import Codex
from artloop.artists.codex.draw import Bench
from artloop.artists.llm import Desk, ModelFor
from artloop.artists.providers import HOUSE, check, client, model, names
from artloop.errors import ArtloopError, ReplayDiffers, UsageError
from artloop.events import CallCounted, Emit, Event, KernelsCompiling, RunEnded, RunStarted
from artloop.gallery import write_gallery
from artloop.grafix.client import GrafixStdio, RenderClient, tool_server
from artloop.house.model import house_model
from artloop.house.repertoire import Repertoire
from artloop.journal import Journal
from artloop.lock import driver_lock
from artloop.models import Brief, Role, RunRecord, RunStatus, Selection, Value
from artloop.ports import CallRecord, Calls, Workshop
from artloop.prompts import Prompts
from artloop.settings import Settings
from artloop.sheet import contact_sheet
from artloop.stopping import when_time_is_up
from artloop.studio import Outcome, make
from artloop.workspace import RunFolder, Workspace, resource_folders, write_json

if TYPE_CHECKING:
    from openai import AsyncOpenAI

LOG = "server.log"


def begin(brief: Brief, settings: Settings, origin: str | None = None) -> RunFolder:
    """A new run folder with its `run.json`; nothing is written if the models cannot be used."""
    chosen = names(settings.model)
    if any(name != HOUSE for name in chosen.values()):
        asyncio.run(check(settings.model))
    if settings.artists == "codex":
        chosen = {**chosen, "draw": codex_name(settings)}
        codex_named(chosen["draw"], settings)
    folder = Workspace(settings.root, settings.workspace).create(brief.text)
    write_json(
        folder.record,
        RunRecord(
            id=folder.id,
            brief=brief,
            models=chosen,
            base_url=settings.model.base_url,
            artists=settings.artists,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            artloop=__version__,
            origin=origin,
        ),
    )
    return folder


async def drive(
    folder: RunFolder,
    settings: Settings,
    listen: Emit,
    minutes: float | None = None,
    recorded: Calls | None = None,
) -> Outcome:
    """Take a run up and work on it until it ends, whoever began it and however far it came.

    With `recorded` it is a replay: no model is asked, every answer comes from there. Raises `RunLocked` when
    somebody else drives the run, and what concerns the whole run (provider, render server, storage).
    """
    record = folder.read_record()
    settings = for_run(record, settings)
    with driver_lock(folder), Journal.open(folder, max_failures=settings.loop.max_failures, emit=listen) as journal:
        tell = both(journal, listen)
        session = journal.session()
        started = time.monotonic()

        def end(status: RunStatus, reason: str) -> None:
            seconds = time.monotonic() - started
            tell(RunEnded(status=status, reason=reason, seconds=round(seconds, 1), session=session))

        tell(RunStarted(run=folder.id, brief=record.brief, models=dict(record.models), session=session))
        try:
            async with workshop(folder, record, settings, journal, tell, session, recorded) as (shop, renders):
                judge = record.models["choose"]
                outcome = await make(record.brief, judge, shop, when_time_is_up(minutes))
                await plot(folder, outcome.selection, renders)
        except asyncio.CancelledError:
            end("interrupted", "stopped by Ctrl-C; resume goes on")
            raise
        except ArtloopError as error:
            end("failed", str(error))
            raise
        await publish(folder, record, outcome, journal, Prompts(resource_folders(settings.root, "prompts")))
        end(outcome.status, outcome.reason)
        return outcome


def for_run(record: RunRecord, settings: Settings) -> Settings:
    """The settings with the server that the run was begun with, unless another one is given now."""
    choice = settings.model.model_copy(update={"base_url": settings.model.base_url or record.base_url})
    return settings.model_copy(update={"model": choice})


@asynccontextmanager
async def workshop(
    folder: RunFolder,
    record: RunRecord,
    settings: Settings,
    journal: Journal,
    tell: Emit,
    session: int,
    recorded: Calls | None,
) -> AsyncIterator[tuple[Workshop, RenderClient]]:
    """The hands of one run, started; the render server begins to compile its kernels at once."""
    repertoire = Repertoire.read(resource_folders(settings.root, "sketches"))
    log = folder.path / LOG
    server = GrafixStdio(settings.root, settings.render, settings.cache_folder, log, kernels_told(tell))
    async with server, provider(record, settings, recorded) as reached:
        desk = Desk(
            prompts=Prompts(resource_folders(settings.root, "prompts")),
            models=record.models,
            model_for=no_model if recorded else models_for(record, settings, repertoire, reached),
            calls=Replayed(recorded, journal) if recorded else journal,
            counted=lambda: tell(CallCounted(usage=journal.usage())),
            server=server,
            folder=folder,
            shelf=folder,
            slots=asyncio.Semaphore(settings.loop.max_concurrency),
            max_turns=settings.loop.max_turns,
            over_chat=over_chat(record),
        )
        renders = RenderClient(server)
        studies = {study.name: study.source for study in repertoire.studies}
        shop = Workshop(
            artists=artists_for(record, settings, desk, studies, replayed=recorded is not None),
            render=renders,
            steps=journal,
            shelf=folder,
            emit=tell,
            max_repairs=settings.loop.max_repairs,
            session=session,
        )
        yield shop, renders


def artists_for(
    record: RunRecord, settings: Settings, desk: Desk, studies: dict[str, str], *, replayed: bool
) -> AgentArtists:
    """Who plays the four roles."""
    if record.artists == "agents":
        return AgentArtists(desk, studies)
    codex = None if replayed else codex_named(record.models["draw"], settings)
    return CodexArtists(desk, studies, bench(codex, settings))


def codex_name(settings: Settings) -> str:
    """Codex as a run's record names it, with the model of the draw role unless that is the house."""
    drawer = names(settings.model)["draw"]
    return codex_config.name_for(settings.codex, drawer if drawer != HOUSE else None)


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


async def plot(folder: RunFolder, selection: Selection, renders: RenderClient) -> None:
    """`final/plot.gcode`; no file where the winner cannot be plotted: `artloop export` then says why."""
    if selection.winner is None:
        return
    iteration = selection.ranking[0].iteration
    place = folder.place(selection.winner, iteration)
    with suppress(UsageError):
        made = await renders.export(place, f"iterations/{iteration:02d}/drawing.svg")
        folder.keep_plot(folder.variant(selection.winner) / made.artifact.path)


def kernels_told(tell: Emit) -> Callable[[int, int], None]:
    """Announces each step of the compilation once, however many renders wait for it."""
    told = (0, 0)

    def progress(done: int, total: int) -> None:
        nonlocal told
        if total and (done, total) != told:
            told = (done, total)
            tell(KernelsCompiling(done=done, total=total))

    return progress


@asynccontextmanager
async def provider(record: RunRecord, settings: Settings, recorded: Calls | None) -> AsyncIterator[AsyncOpenAI | None]:
    """One client for all models of a run; None if the house does everything or the run is a replay."""
    if recorded or not asked_models(record):
        yield None
    else:
        async with client(settings.model) as reached:
            yield reached


def models_for(record: RunRecord, settings: Settings, repertoire: Repertoire, reached: AsyncOpenAI | None) -> ModelFor:
    """Makes the model for a role and its task."""

    def model_for(role: Role, task: Value) -> Any:
        name = record.models[role]
        if reached is None or name == HOUSE:
            return house_model(task, repertoire)
        return model(name, settings.model, reached)

    return model_for


def over_chat(record: RunRecord) -> frozenset[Role]:
    """The roles whose model is asked by ChatCompletions: those that another server than OpenAI's plays."""
    return frozenset(role for role in asked_models(record) if record.base_url)


def asked_models(record: RunRecord) -> list[Role]:
    """The roles that are played by a model of a provider: neither by the house nor by Codex."""
    ours = [role for role, name in record.models.items() if name != HOUSE]
    return [role for role in ours if not (role == "draw" and record.artists == "codex")]


def no_model(role: Role, task: Value) -> None:
    """A replay asks nobody."""


class Replayed:
    """The calls of a recorded run, copied into the new run's journal as they are used."""

    def __init__(self, recorded: Calls, own: Calls) -> None:
        self.recorded, self.own = recorded, own

    def find(self, step: str, generation: int, turn: int) -> CallRecord | None:
        """The recorded call, if there is one."""
        known = self.recorded.find(step, generation, turn)
        return self.own.commit(known) if known else None

    def commit(self, call: CallRecord) -> CallRecord:
        """Never reached: a replay has no model that could answer."""
        raise ReplayDiffers(f"step {call.step} made a call that is not on record")


async def publish(folder: RunFolder, record: RunRecord, outcome: Outcome, journal: Journal, prompts: Prompts) -> None:
    """Contact sheet and gallery; drawn in a thread, so that Ctrl-C is heard."""
    await asyncio.to_thread(contact_sheet, record, outcome.variants, outcome.selection, folder)
    usage = journal.usage()
    await asyncio.to_thread(write_gallery, record, outcome.variants, outcome.selection, usage, folder, prompts)


def both(journal: Journal, listen: Emit) -> Emit:
    """On record first, then on the screen."""

    def emit(event: Event) -> None:
        journal.append(event)
        listen(event)

    return emit
