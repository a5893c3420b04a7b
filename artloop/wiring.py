"""The only place that picks implementations: opens a workshop around a run and lets the studio work in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from artloop import __version__, telemetry
from artloop.artists.providers import FREE, HOUSE
from artloop.artists.traces import traced
from artloop.casting import Hands, artists_by, cast, desk_at, for_run, gathered, guide_for, roles_of
from artloop.commits import Commits, Repository
from artloop.errors import ArtloopError, BudgetReached, ReplayDiffers, UsageError
from artloop.events import CallCounted, Emit, Estimated, Event, KernelsCompiling, RunEnded, RunStarted
from artloop.flow.budget import Budget, Priced
from artloop.flow.memory import distilled
from artloop.flow.stopping import when_time_is_up
from artloop.flow.strategies import make
from artloop.flow.studio import Outcome
from artloop.grafix.apart import NEAR, DrawingDistances
from artloop.grafix.client import GrafixStdio, RenderClient
from artloop.house.repertoire import Repertoire
from artloop.journal import Journal
from artloop.lessons import keep_lessons
from artloop.lock import driver_lock
from artloop.models import Brief, Caps, Place, RunRecord, RunStatus, Selection, Tuned, TuneTask
from artloop.ports import Asked, CallRecord, Calls, Confirm, Searched, Workshop, unknown
from artloop.prices import tariff
from artloop.prompts import Prompts
from artloop.references import read_references
from artloop.requests import LeftRequests, RepeatedAnswers, RepeatedRequests
from artloop.restoring import restore
from artloop.settings import Settings
from artloop.shelf import FolderShelf
from artloop.spending import bounded, caps_for, check_caps, estimate_for
from artloop.tune.kept import tuned_in
from artloop.views.gallery import write_gallery
from artloop.views.sheet import contact_sheet
from artloop.workspace import RunFolder, Workspace, resource_folders, write_bytes, write_json

LOG = "server.log"
TRACE = "trace.jsonl"
NO_CAPS = Caps()
LEARNED_FROM = ("finished", "stalled", "stopped")
"""How a run ends that no resume takes any further."""


def begin(
    brief: Brief,
    settings: Settings,
    caps: Caps = NO_CAPS,
    references: Sequence[Path] = (),
    origin: str | None = None,
) -> RunFolder:
    """A new run folder with its `run.json` and its references.

    Nothing is written if the models cannot be used, the caps not kept or the references not read.
    """
    check_caps(caps, roles_of(settings), settings)
    check_repository(settings)
    pictures = read_references(list(references))
    brief = brief.model_copy(update={"references": [reference for reference, _ in pictures]})
    created = datetime.now(UTC).isoformat(timespec="seconds")
    fields = {"id": "new", "created": created, "artloop": __version__, "origin": origin}
    record = asyncio.run(cast(brief, settings, fields))
    folder = Workspace(settings.root, settings.workspace).create(brief.text)
    for reference, png in pictures:
        write_bytes(folder.reference(reference), png)
    write_json(folder.record, record.model_copy(update={"id": folder.id}))
    return folder


def check_repository(settings: Settings) -> Repository | None:
    """The repository to commit to, if that is wanted. Raises `UsageError` when there is none."""
    return Repository.around(settings.root) if settings.git else None


async def drive(
    folder: RunFolder,
    settings: Settings,
    listen: Emit,
    minutes: float | None = None,
    recorded: Journal | None = None,
    caps: Caps = NO_CAPS,
    confirm: Confirm | None = None,
) -> Outcome:
    """Take a run up and work on it until it ends, whoever began it and however far it came.

    With `recorded` it is a replay: no model is asked, every answer comes from there. Caps that are not given are
    those of the session before. Raises `RunLocked` when somebody else drives the run, `BudgetReached` when not even
    the concepts can be paid, and what concerns the whole run (provider, render server, storage).
    """
    record = folder.read_record()
    settings = for_run(record, settings)
    with driver_lock(folder), Journal.open(folder, max_failures=settings.loop.max_failures, emit=listen) as journal:
        repository = None if recorded else check_repository(settings)
        tell = both(journal, listen, Commits(repository, folder, record.created) if repository else None)
        session = journal.session()
        caps = NO_CAPS if recorded else caps_for(caps, journal)
        check_caps(caps, record.models, settings)
        started = time.monotonic()

        def end(status: RunStatus, reason: str) -> None:
            seconds = time.monotonic() - started
            tell(RunEnded(status=status, reason=reason, seconds=round(seconds, 1), session=session))

        tell(RunStarted(run=folder.id, brief=record.brief, models=dict(record.models), session=session, caps=caps))
        if session == 1 and not recorded and (estimate := estimate_for(record, settings, folder)):
            tell(Estimated(estimate=estimate))
        try:
            async with AsyncExitStack() as stack:
                stack.enter_context(telemetry.exported("artloop", settings.traces.otel))
                stack.enter_context(telemetry.of_run(folder.id, "run", session=session))
                opened = workshop(folder, record, settings, journal, tell, session, recorded, caps)
                workbench, renders = await stack.enter_async_context(opened)
                asked = RepeatedAnswers(recorded.committed) if recorded else confirm
                shop = replace(workbench, confirm=asked)
                judge = record.models["choose"]
                if session > 1 and not recorded:
                    await restore(folder, renders, tell)
                outcome = await make(record.brief, judge, shop, when_time_is_up(minutes))
                prompts = Prompts(resource_folders(settings.root, "prompts"))
                await asyncio.gather(
                    plot(folder, outcome.selection, renders), publish(folder, record, outcome, journal, prompts)
                )
        except asyncio.CancelledError:
            end("interrupted", "stopped by Ctrl-C; resume goes on")
            raise
        except ArtloopError as error:
            end("budget" if isinstance(error, BudgetReached) else "failed", str(error))
            raise
        end(outcome.status, outcome.reason)
        if record.brief.learn and not recorded and outcome.status in LEARNED_FROM:
            leave_lessons(folder, record.brief, outcome, settings)
        return outcome


@asynccontextmanager
async def workshop(
    folder: RunFolder,
    record: RunRecord,
    settings: Settings,
    journal: Journal,
    tell: Emit,
    session: int,
    recorded: Journal | None,
    caps: Caps,
    running: GrafixStdio | None = None,
) -> AsyncIterator[tuple[Workshop, RenderClient]]:
    """The hands of one run, started; the render server begins to compile its kernels at once.

    `running` is a server for several runs, which goes on when this one is over.
    """
    repertoire = Repertoire.read(resource_folders(settings.root, "sketches"))
    prompts = Prompts(resource_folders(settings.root, "prompts"))
    prices, log = tariff(settings.prices), folder.path / LOG
    server = running or GrafixStdio(settings.root, settings.render, settings.cache_folder, log, kernels_told(tell))
    async with AsyncExitStack() as stack:
        stack.enter_context(traced(folder.path / TRACE))
        if running is None:
            await stack.enter_async_context(server)
        calls: Calls = Replayed(recorded, journal) if recorded else Priced(journal, prices)
        purse = Budget(caps, prices, journal, free=FREE)
        away = settings.executor == "docket" and recorded is None
        silent = recorded is not None or away
        before = [event for _, _, event in journal.events()]
        opened = gathered(record, settings, repertoire, prompts, before, tell, silent=silent)
        met = await stack.enter_async_context(opened)
        desk = replace(
            desk_at(met, folder, server, settings, calls, purse, await guide_for(record, server)),
            counted=lambda: tell(CallCounted(usage=journal.so_far())),
            manners=bounded(record.manners, caps),
            trace_group=folder.id,
        )
        studies = {study.name: study.source for study in repertoire.studies}
        renders = RenderClient(server)
        hands = Hands(artists_by(record, settings, studies, silent=silent)(desk), renders, renders.measure)
        if away:
            from artloop.sending import Books, sent_out  # needs the extra `distributed`

            books = Books(folder, record, journal, calls, desk.counted, tell)
            hands = await stack.enter_async_context(sent_out(books, settings, hands.artists, studies))

        async def search(task: TuneTask, place: Place, told: Searched) -> Tuned:
            where = folder.iteration(place.variant, place.iteration)
            return await tuned_in(lambda: where, task, hands.measure, told)

        shop = Workshop(
            artists=hands.artists,
            render=hands.render,
            steps=journal,
            shelf=FolderShelf(folder),
            emit=tell,
            hand=RepeatedRequests(recorded.committed) if recorded else LeftRequests(folder),
            search=search,
            distances=DrawingDistances(folder),
            near=NEAR,
            in_order=record.models["draw"] == HOUSE,
            common=record.fork.iteration if record.fork else 0,
            recall=recorded.committed if recorded else unknown,
            max_repairs=settings.loop.max_repairs,
            challenges=record.challenges,
            describes=record.described and record.models["choose"] != HOUSE,
            steers=record.models.get("steer", HOUSE) != HOUSE,
            session=session,
        )
        yield shop, renders


def leave_lessons(folder: RunFolder, brief: Brief, outcome: Outcome, settings: Settings) -> None:
    """What the run learned, for later ones of its workspace."""
    shelf = Workspace(settings.root, settings.workspace).folder
    keep_lessons(shelf, folder, brief.text, distilled(outcome.variants, outcome.selection.winner))


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


class Replayed:
    """The calls of a recorded run, copied into the new run's journal as they are used."""

    def __init__(self, recorded: Calls, own: Calls) -> None:
        self.recorded, self.own = recorded, own

    def find(self, step: str, generation: int, turn: int) -> CallRecord | None:
        """The recorded call, if there is one."""
        known = self.recorded.find(step, generation, turn)
        return self.own.commit(known) if known else None

    def asking(self, asked: Asked) -> None:
        """Never reached: a replay has no model that could be asked."""
        raise ReplayDiffers(f"step {asked.step} asks for a model call that is not on record")

    def refused(self, asked: Asked) -> None:
        """Never reached either."""

    def commit(self, call: CallRecord) -> CallRecord:
        """Never reached: a replay has no model that could answer."""
        raise ReplayDiffers(f"step {call.step} made a call that is not on record")

    async def kept(self) -> None:
        """Wait until the copies are on record."""
        await self.own.kept()


async def publish(folder: RunFolder, record: RunRecord, outcome: Outcome, journal: Journal, prompts: Prompts) -> None:
    """Contact sheet and gallery; drawn in a thread, so that Ctrl-C is heard."""
    await asyncio.to_thread(contact_sheet, record, outcome.variants, outcome.selection, folder)
    usage = journal.usage()
    await asyncio.to_thread(write_gallery, record, outcome.variants, outcome.selection, usage, folder, prompts)


def both(journal: Journal, listen: Emit, commits: Emit | None = None) -> Emit:
    """On record first, then in the artist's repository, if that is wanted, and on the screen."""

    def emit(event: Event) -> None:
        journal.append(event)
        if commits:
            commits(event)
        listen(event)

    return emit
