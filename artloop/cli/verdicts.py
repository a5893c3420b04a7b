"""What `artloop judge` and `compare` say, and how the artist is asked."""

from __future__ import annotations

import sys
from pathlib import Path

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from artloop.artists.providers import HOUSE
from artloop.byhand import Agreement, Answer, Ask
from artloop.cli.report import print_json
from artloop.judging import Match, Piece, calls_for
from artloop.models import Ident, Standing, Value
from artloop.models import Selection as Chosen
from artloop.workspace import RunFolder

ANSWERS: dict[str, Answer] = {"1": "first", "2": "second", "t": "tie"}
ENOUGH = "q"


class Place(Value):
    """A drawing's place."""

    run: Ident
    variant: Ident
    title: str
    picture: str
    standing: Standing


class Judged(Value):
    """What `judge --json` prints."""

    folder: str
    judge: str
    measured: bool
    """True when a heuristic judged, not an eye."""
    ranking: list[Place]
    pairs: int
    rounds: int
    calls: int
    flip_rate: float | None
    agreement: Agreement | None
    """With the artist; None: not asked."""


def judged(folder: RunFolder, pieces: list[Piece], selection: Chosen, agreement: Agreement | None) -> Judged:
    """The ranking in the runs' own names."""
    by_name = {piece.entry.variant: piece for piece in pieces}
    places = [(by_name[standing.variant], standing) for standing in selection.ranking]
    return Judged(
        folder=str(folder.path),
        judge=selection.judge,
        measured=selection.measured,
        ranking=[
            Place(
                run=piece.run,
                variant=piece.variant,
                title=piece.entry.title,
                picture=str(picture(folder, piece)),
                standing=standing,
            )
            for piece, standing in places
        ],
        pairs=len(selection.comparisons),
        rounds=selection.rounds,
        calls=selection.calls,
        flip_rate=selection.flip_rate,
        agreement=agreement,
    )


def picture(folder: RunFolder, piece: Piece) -> Path:
    """Where a drawing's picture hangs in the judging."""
    preview = piece.entry.rendering.artifact("preview.png")
    return folder.variant(piece.entry.variant) / (preview.path if preview else "")


def announce(folder: RunFolder, pieces: list[Piece], sizes: tuple[int, int] | None = None) -> None:
    """What will be asked, before it is."""
    who = folder.read_record().models["choose"]
    calls = calls_for(pieces, who != HOUSE, sizes)
    sys.stderr.write(f"{who} judges {len(pieces)} drawings with at most {calls} answers, those on record included\n")


def asker(folder: RunFolder) -> Ask:
    """Asks the artist in the terminal; None when they have had enough."""

    async def ask(first: Piece, second: Piece, number: int) -> Answer | None:
        typer.echo(f"\n1  {picture(folder, first)}\n2  {picture(folder, second)}", err=True)
        while True:
            typer.echo("Which is better: 1, 2, t for a tie, q for enough? ", nl=False, err=True)
            said = sys.stdin.readline()  # a prompt of typer's would write to stdout
            if not said or said.strip() == ENOUGH:
                return None
            if answer := ANSWERS.get(said.strip()):
                return answer

    return ask


def print_judged(found: Judged, as_json: bool) -> None:
    """The ranking, best first."""
    if as_json:
        print_json(found)
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("run", "drawing", "points", "strength (90 %)", "ahead in"):
        table.add_column(name, overflow="fold")
    for place in found.ranking:
        at = place.standing
        table.add_row(
            f"{place.run} {place.variant}",
            escape(place.title),
            f"{at.points:g}",
            f"{at.strength or 0:+.1f} ({at.low or 0:+.1f} to {at.high or 0:+.1f})",
            f"{100 * (at.first or 0):.0f} %",
        )
    out = Console()
    out.print(table)
    whose = "by the house's measures, no eye" if found.measured else f"by {found.judge}"
    flips = 100 * (found.flip_rate or 0)
    took = f"{found.pairs} pairs in {found.calls} answers"
    out.print(f"{whose}: {took}, the two orders disagreed in {flips:.0f} % of them", highlight=False)
    if found.agreement:
        out.print(said(found.agreement), highlight=False)
    out.print(f"folder: {found.folder}", soft_wrap=True)


def said(found: Agreement) -> str:
    """How often the judge agrees, in a sentence."""
    if found.rate is None:
        return f"you compared {found.pairs} pairs; none was decided by both of you, so nothing is known of agreement"
    return (
        f"the judge agrees with you in {found.same} of {found.decided} pairs that both decided "
        f"({100 * found.rate:.0f} %, 95 % interval {100 * found.low:.0f} to {100 * found.high:.0f} %); "
        f"{found.pairs - found.decided} more were a tie for one of you"
    )


def print_match(found: Match, as_json: bool) -> None:
    """The win rate."""
    if as_json:
        print_json(found)
        return
    whose = "the house's measures, no eye" if found.judge == HOUSE else found.judge
    sys.stdout.write(
        f"{found.left} wins {100 * found.win_rate:.0f} % against {found.right} "
        f"(95 % interval {100 * found.low:.0f} to {100 * found.high:.0f} %)\n"
        f"by {whose}: {found.pairs} pairs in {found.calls} answers, "
        f"the two orders disagreed in {100 * found.flip_rate:.0f} % of them\nfolder: {found.folder}\n"
    )
