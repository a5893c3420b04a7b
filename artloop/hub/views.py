"""What the dashboard shows: runs and the board, put into the words that its templates use."""

from __future__ import annotations

import time
from dataclasses import dataclass

from artloop.hub.live import Run
from artloop.hub.waterfall import Waterfall, waterfall
from artloop.journal import Journal
from artloop.taskboard.board import Board
from artloop.taskboard.words import AgentRecord, Counts, Task
from artloop.views.board import AT_WORK, ENDED
from artloop.views.gallery.hanging import line
from artloop.views.narration import amount, clock_time, dollars
from artloop.views.progress import Row
from artloop.workspace import RunFolder

SHOWN = 50
"""Tasks of a kind that are listed."""
LATEST = 12
"""Runs that are over and are shown."""
WORDS = 160
"""Characters of a task's description."""
LOWEST, HIGHEST = 0.0, 10.0


@dataclass(frozen=True)
class VariantView:
    """One variant of a run."""

    row: Row
    doing: str
    """Where it is, or how it ended."""
    picture: str
    """Path of its best drawing, or the latest; empty: there is none yet."""
    trend: str
    score: str
    working: bool


@dataclass(frozen=True)
class RunView:
    """One run."""

    id: str
    brief: str
    status: str
    facts: list[str]
    since: float | None
    """Unix time from which its clock runs, of a run that is driven."""
    variants: list[VariantView]
    steps: Waterfall
    gallery: bool
    trouble: str
    live: bool
    over: bool
    """Nothing takes it any further."""
    winner: VariantView | None


@dataclass(frozen=True)
class BoardView:
    """The task board at one moment."""

    counts: Counts
    agents: list[AgentRecord]
    pending: list[Task]
    working: list[Task]
    blocked: list[Task]
    dead: list[Task]
    now: float


def of_run(run: Run) -> RunView:
    """A run as it is shown; reads its journal: call it in a thread."""
    state, now = run.state, time.time()
    live = run.status == "running"
    with Journal.read(run.folder) as journal:
        steps = waterfall(journal.timed(), now if live else state.latest)
    variants = [_variant(run.folder, row, live) for row in state.rows]
    winner = state.selection.winner if state.selection else None
    return RunView(
        id=run.folder.id,
        brief=state.brief.text if state.brief else run.folder.id,
        status=run.status.replace("_", " "),
        facts=_facts(run, now),
        since=now - state.seconds(now) if live and state.started is not None else None,
        variants=variants,
        steps=steps,
        gallery=run.folder.gallery.is_file(),
        trouble=state.trouble,
        live=live,
        over=run.status in ("finished", "stalled", "stopped"),
        winner=next((one for one in variants if one.row.id == winner), None),
    )


async def of_board(board: Board) -> BoardView:
    """The board as it is shown."""
    return BoardView(
        counts=await board.counts(),
        agents=[one for one in await board.agents() if one.state != "gone"],
        pending=await board.tasks("pending", limit=SHOWN),
        working=await board.tasks("in_progress", limit=SHOWN),
        blocked=await board.tasks("blocked", limit=SHOWN),
        dead=await board.dead(SHOWN),
        now=time.time(),
    )


def said(task: Task) -> str:
    """The beginning of what a task asks."""
    text = " ".join(task.spec.task_description.split())
    return text if len(text) <= WORDS else f"{text[:WORDS]}..."


def short(seconds: float) -> str:
    """A time in a few letters, as the page's own clock counts it on."""
    return clock_time(max(0.0, seconds))


def shown_iteration(folder: RunFolder, row: Row) -> int:
    """The iteration whose picture stands for a variant: its best, else the latest that was drawn; 0: none."""
    wanted = [row.leader, row.iteration, *(number for number, _ in reversed(row.scores))]
    found = (number for number in wanted if number and folder.file(row.id, number, "preview.png").is_file())
    return next(found, 0)


def _variant(folder: RunFolder, row: Row, live: bool) -> VariantView:
    number = shown_iteration(folder, row)
    working = live and row.status == "running"
    return VariantView(
        row=row,
        doing=_doing(row, working),
        picture=_picture(folder, row, number),
        trend=line(row.scores),
        score=f"{row.best[1]:.1f}" if row.best else "",
        working=working,
    )


def _picture(folder: RunFolder, row: Row, number: int) -> str:
    """With the time of the file: a repaired drawing is another picture."""
    if not number:
        return ""
    stamp = folder.file(row.id, number, "preview.png").stat().st_mtime_ns
    return f"/runs/{folder.id}/pictures/{row.id}/{number}?at={stamp}"


def _doing(row: Row, working: bool) -> str:
    if not working:
        return ENDED.get("interrupted" if row.status == "running" else row.status, (row.status, ""))[0]
    if row.station is None:
        return "waiting"
    repair = f", repair {row.repair}" if row.repair else ""
    return f"{AT_WORK[row.station]} {row.iteration or ''}{repair}".replace(" ,", ",").strip()


def _facts(run: Run, now: float) -> list[str]:
    state = run.state
    brief, usage = state.brief, state.usage
    facts = [] if run.status == "running" else [clock_time(state.seconds(state.ended or state.latest or now))]
    if brief is not None:
        facts.append(f"{brief.variants} x {brief.iterations}")
    facts.append(", ".join(state.models))
    if usage.input_tokens or usage.output_tokens:
        facts.append(f"{amount(usage.input_tokens + usage.output_tokens)} tokens")
    if usage.cost_usd:
        facts.append(dollars(usage.cost_usd))
    if state.session > 1:
        facts.append(f"session {state.session}")
    return [fact for fact in facts if fact]
