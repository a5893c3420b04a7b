"""`artloop pin | drop | note | breed | stop`: the artist's hand in a run that goes on, from another terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from artloop.cli.options import Config, LogLevel, Root, RunId, WorkspaceName, run_folder, settings_from

if TYPE_CHECKING:
    from artloop.models import What
    from artloop.workspace import RunFolder

MAX_NOTE_CHARS = 500
VariantId = Annotated[str, typer.Argument(help="A variant of the run, as v02.")]


def pin(
    run_id: RunId,
    variant: VariantId,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """Keep a variant: it does not stall, and the winner is one of the pinned ones. Example: artloop pin last v02"""
    folder = run_folder(run_id, settings_from(root, workspace, config, log_level))
    leave(folder, "pin", variant)


def drop(
    run_id: RunId,
    variant: VariantId,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """End a variant after its current step and leave it out of the choice. Example: artloop drop last v03"""
    folder = run_folder(run_id, settings_from(root, workspace, config, log_level))
    leave(folder, "drop", variant)


def note(
    run_id: RunId,
    words: Annotated[list[str], typer.Argument(metavar="[VARIANT] TEXT", help="Without a variant: for all of them.")],
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """Say something to implementer and critic, from the next step on.

    The house artist works by measures and reads no notes.
    Examples: artloop note last "more air on the left", artloop note last v02 "more air on the left"
    """
    from artloop.errors import UsageError

    folder = run_folder(run_id, settings_from(root, workspace, config, log_level))
    if len(words) > 2:
        raise UsageError(f'put the note in quotes, as in: artloop note {run_id} "{" ".join(words)}"')
    text = " ".join(words[-1].split())
    if not 0 < len(text) <= MAX_NOTE_CHARS:
        raise UsageError(f"the note has {len(text)} characters; say something in at most {MAX_NOTE_CHARS}")
    leave(folder, "note", words[0] if len(words) == 2 else None, text)


def breed(
    run_id: RunId,
    concept: Annotated[str, typer.Argument(metavar="VARIANT", help="Whose idea to take, as v01.")],
    marks: Annotated[str, typer.Argument(metavar="VARIANT", help="Whose way of drawing to take, as v03.")],
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """Begin a new variant while the run goes on: the idea of one, drawn with the marks of another.

    It starts at the next step (with --survivors or --share: the next round) and makes the iterations that are left.
    Example: artloop breed last v01 v03
    """
    from artloop.errors import UsageError

    folder = run_folder(run_id, settings_from(root, workspace, config, log_level))
    if concept == marks:
        raise UsageError(f"{concept} cannot be bred with itself; name two variants")
    leave(folder, "breed", parents=[concept, marks])


def stop(
    run_id: RunId,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """End a run in good order after its current steps: what was made is judged and kept. Example: artloop stop last"""
    folder = run_folder(run_id, settings_from(root, workspace, config, log_level))
    leave(folder, "stop")


def leave(
    folder: RunFolder, what: What, variant: str | None = None, text: str = "", parents: Sequence[str] = ()
) -> None:
    """Leave the request, if the run can still take it up, and say when that will be."""
    from artloop.errors import UsageError
    from artloop.readback import over, standing
    from artloop.requests import ask

    asked = {*parents, *([variant] if variant else [])}
    if strange := sorted(asked - set(folder.read_record().brief.variant_ids) - bred(folder)):
        known = sorted({*folder.read_record().brief.variant_ids, *bred(folder)})
        raise UsageError(f"run {folder.id} has no variant {strange[0]!r}; it has {known[0]} to {known[-1]}")
    if status := over(folder):
        raise UsageError(f"run {folder.id} is over ({status}) and takes no more requests")
    ask(folder, what, variant, text, parents)
    driven = standing(folder)[0] == "running"
    when = (
        "before the next step" if driven else f"when the run goes on; nobody drives it now: artloop resume {folder.id}"
    )
    whom = " and ".join(parents) or variant or "every variant"
    sys.stdout.write(f"{what} {whom}: takes effect {when}\n")


def bred(folder: RunFolder) -> set[str]:
    """The variants that were bred by now."""
    from artloop.events import VariantBred
    from artloop.journal import Journal

    if not folder.journal.exists():
        return set()
    with Journal.read(folder) as journal:
        return {event.variant for _, _, event in journal.events() if isinstance(event, VariantBred)}
