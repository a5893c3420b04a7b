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
    leave(folder, "note", words[0] if len(words) == 2 else None, words[-1])


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
    """Leave the request and say when it takes effect."""
    from artloop.leaving import left

    sys.stdout.write(f"{left(folder, what, variant, text, parents)}\n")
