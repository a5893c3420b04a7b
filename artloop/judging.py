"""Finished drawings of several runs judged against each other, in a folder of their own that can be taken up again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import product

from artloop import __version__
from artloop.artists.providers import HOUSE
from artloop.canonical import digest
from artloop.casting import cast, for_run
from artloop.errors import BudgetReached, UsageError
from artloop.events import RunStarted
from artloop.flow.ranking import descriptions, share_interval, verdicts
from artloop.flow.tournament import Alone, candidates, choose, compare_all
from artloop.journal import Journal
from artloop.lock import driver_lock
from artloop.models import Brief, Candidate, Caps, Ident, RunRecord, Selection, Value
from artloop.ports import Workshop
from artloop.readback import read_back
from artloop.settings import Settings
from artloop.spending import caps_for, check_caps
from artloop.wiring import both, workshop
from artloop.workspace import RunFolder, Workspace, contained, write_bytes, write_json

UNTITLED = "Untitled"


class Piece(Value):
    """A finished drawing that is judged; in the judging it goes by the name of its entry."""

    run: Ident
    variant: Ident
    entry: Candidate

    @property
    def name(self) -> str:
        """How people find it."""
        return f"{self.run} {self.variant}, iteration {self.entry.iteration}: {self.entry.title}"


class Pieces(Value):
    """`pieces.json` of a judging: who is who."""

    pieces: list[Piece]


class Match(Value):
    """Two runs against each other."""

    left: Ident
    right: Ident
    pairs: int
    calls: int
    win_rate: float
    """Of the left run over all pairs of a drawing of each, a tie counting half."""
    low: float
    """Where the 95 % interval of `win_rate` begins: Wilson's for as many trials as the smaller run has drawings, for
    pairs that share a drawing are no independent trials."""
    high: float
    flip_rate: float
    judge: str
    folder: str


def gathered(folders: list[RunFolder], every: bool) -> list[Piece]:
    """The winners of these runs, or every variant's incumbent, in the order of their runs' ids."""
    found: list[Piece] = []
    for folder in sorted({folder.id: folder for folder in folders}.values(), key=lambda folder: folder.id):
        story = read_back(folder)
        entries = candidates(story.variants)
        if not every:
            entries = [entry for entry in entries if entry.variant == story.selection.winner]
        if not entries:
            raise UsageError(f"run {folder.id} has no finished drawing to judge; see: artloop show {folder.id}")
        for entry in entries:
            name = f"p{len(found) + 1:02d}"
            found.append(Piece(run=folder.id, variant=entry.variant, entry=entry.model_copy(update={"variant": name})))
    return found


def prepared(kind: str, pieces: list[Piece], folders: list[RunFolder], settings: Settings, caps: Caps) -> RunFolder:
    """The folder of a judging: the same pieces and judge have the same one, so nothing in it is paid twice."""
    if kind == "compare" and len({folder.id for folder in folders}) < 2:
        raise UsageError(f"{folders[0].id} cannot be compared with itself; name another run")
    if len(pieces) < 2:
        raise UsageError("there is one drawing only; name more runs, or add --all for every variant's best")
    records = [folder.read_record() for folder in folders]
    settings = settings.model_copy(update={"artists": "agents", "executor": "local"})
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    brief = together([record.brief for record in records])
    fields = {"id": "new", "created": moment, "artloop": __version__}
    record = asyncio.run(cast(brief, settings, fields))
    judge = record.models["choose"]
    record = record.model_copy(update={"models": {**dict.fromkeys(record.models, HOUSE), "choose": judge}})
    sheets = {str(one.brief.canvas) for one in records}
    if judge == HOUSE and len(sheets) > 1:
        raise UsageError(
            f"the house judge measures on one sheet, and these are {' and '.join(sorted(sheets))}; use --judge-model"
        )
    check_caps(caps, record.models, settings)
    known = digest(kind, brief, judge, [piece.model_dump(mode="json") for piece in pieces])[:12]
    workspace = Workspace(settings.root, settings.workspace)
    folder = RunFolder(workspace.folder / "judgings" / f"{kind}-{known}", workspace.name)
    if not folder.record.is_file():
        write_json(folder.path / "pieces.json", Pieces(pieces=pieces))
        # the journal before the pictures: a folder with pictures and no journal counts as damaged
        with driver_lock(folder), Journal.open(folder, max_failures=1):
            _hang(pieces, {run.id: run for run in folders}, folder)
        write_json(folder.record, record.model_copy(update={"id": folder.id}))
    return folder


def together(briefs: list[Brief]) -> Brief:
    """What all the drawings answer; blind to where each came from."""
    texts = sorted({brief.text for brief in briefs})
    text = texts[0] if len(texts) == 1 else f"each drawing answers one of these: {'; '.join(texts)}"
    return Brief(text=text, canvas=briefs[0].canvas, pen_mm=briefs[0].pen_mm)


def _hang(pieces: list[Piece], runs: dict[str, RunFolder], folder: RunFolder) -> None:
    """Copies of the pictures under the names of the judging. Raises `UsageError` where one is missing."""
    for piece in pieces:
        preview = piece.entry.rendering.artifact("preview.png")
        source = contained(runs[piece.run].variant(piece.variant), preview.path) if preview else None
        if not preview or not source or not source.is_file():
            raise UsageError(f"the picture of {piece.name} is missing; render it again or leave its run out")
        write_bytes(contained(folder.variant(piece.entry.variant), preview.path), source.read_bytes())


@asynccontextmanager
async def _session(folder: RunFolder, settings: Settings, caps: Caps) -> AsyncIterator[tuple[RunRecord, Workshop]]:
    """The judge at work: the same journal, door and budget as in a run."""
    record = folder.read_record()
    settings = for_run(record, settings).model_copy(update={"executor": "local"})
    with driver_lock(folder), Journal.open(folder, max_failures=settings.loop.max_failures) as journal:
        tell, session, caps = both(journal, lambda event: None), journal.session(), caps_for(caps, journal)
        tell(RunStarted(run=folder.id, brief=record.brief, models=dict(record.models), session=session, caps=caps))
        opened = workshop(folder, record, settings, journal, tell, session, None, caps)
        async with opened as (shop, _):
            yield record, shop


def calls_for(pieces: list[Piece], looks: bool, match: tuple[int, int] | None = None) -> int:
    """How many answers the judge will be asked for at most; `match` has the sizes of two runs that are compared."""
    pairs = 2 * match[0] * match[1] if match else verdicts(len(pieces))
    return pairs + (descriptions(len(pieces)) if looks else 0)


async def judge(folder: RunFolder, pieces: list[Piece], settings: Settings, caps: Caps) -> Selection:
    """Rank the pieces as a run ranks its variants. Raises `BudgetReached` when not every pair can be paid."""
    async with _session(folder, settings, caps) as (record, shop):
        entries = [piece.entry for piece in pieces]
        selection = await choose(record.brief, entries, record.models["choose"], shop)
    if selection.unpaid:
        raise BudgetReached("the budget does not reach for every pair; the same command with a higher one goes on")
    write_json(folder.selection, selection)
    return selection


async def match(folder: RunFolder, pieces: list[Piece], runs: tuple[str, str], settings: Settings, caps: Caps) -> Match:
    """Every drawing of one run against every drawing of the other, in both orders, without titles.

    Raises `BudgetReached` when not every pair can be paid.
    """
    sides = [[piece.entry for piece in pieces if piece.run == run] for run in runs]
    blind = [[entry.model_copy(update={"title": UNTITLED}) for entry in side] for side in sides]
    async with _session(folder, settings, caps) as (record, shop):
        pairs = [(left, right, number) for number, (left, right) in enumerate(product(*blind))]
        judged = await compare_all(pairs, Alone(record.brief, shop))
        looks, name = shop.describes, record.models["choose"]
    found = [comparison for comparison in judged if comparison]
    if len(found) < len(pairs):
        raise BudgetReached("the budget does not reach for every pair; the same command with a higher one goes on")
    won = sum(0.5 if pair.winner is None else float(pair.winner == pair.left) for pair in found) / len(found)
    low, high = share_interval(won, min(map(len, sides)))
    result = Match(
        left=runs[0],
        right=runs[1],
        pairs=len(found),
        calls=2 * len(found) + (len(pieces) if looks else 0),
        win_rate=round(won, 4),
        low=round(low, 4),
        high=round(high, 4),
        flip_rate=round(sum(not pair.agreed for pair in found) / len(found), 4),
        judge=name,
        folder=str(folder.path),
    )
    write_json(folder.path / "match.json", result)
    return result
