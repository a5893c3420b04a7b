"""`artloop fork`: go on from any iteration of a run, in a new one."""

from __future__ import annotations

from typing import Annotated

import typer

from artloop.cli.options import (
    AsJson,
    BudgetUsd,
    Config,
    Confirm,
    Git,
    LogLevel,
    MaxMinutes,
    MaxTokens,
    Pictures,
    Quiet,
    Root,
    RunId,
    WorkspaceName,
    caps_from,
    run_folder,
    settings_from,
)
from artloop.cli.waiting import preparing

HELP = """Go on from any iteration of a run, in a new run that begins with a copy of the history up to there.

Nothing is drawn or paid again, and the run it comes from stays as it is; it may be deleted afterwards. With several
continuations the first keeps the concept's strategy, the others take those of its siblings; each has its own seeds.

\b
Examples:
  artloop fork last --variant v02 --iteration 3
  artloop fork last --variant v02 --iteration 3 --brief "the same at night" --iterations 8
  artloop fork 3f9a --variant v01 --iteration 1 --variants 3
"""


def fork(
    run_id: RunId,
    variant: Annotated[str, typer.Option(help="The variant to go on with, as v02.")],
    iteration: Annotated[int, typer.Option(help="The last iteration to take over.")],
    brief: Annotated[str | None, typer.Option(help="Another text from here on; default: as it was.")] = None,
    variants: Annotated[int, typer.Option(help="How many continuations.")] = 1,
    iterations: Annotated[
        int | None,
        typer.Option(help="How many each makes in all; default: as the run, and one more than taken over at least."),
    ] = None,
    confirm: Confirm = None,
    git: Git = None,
    max_minutes: MaxMinutes = None,
    budget_usd: BudgetUsd = None,
    max_tokens: MaxTokens = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    pictures: Pictures = None,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """See HELP."""
    settings = settings_from(root, workspace, config, log_level, git=git, console={"pictures": pictures})
    source = run_folder(run_id, settings)

    with preparing(as_json or quiet):
        from artloop.cli.session import work
        from artloop.cli.working import ready
        from artloop.forking import fork as branch_off
        from artloop.forking import onward_from
        from artloop.spending import check_caps
        from artloop.wiring import check_repository
        from artloop.workspace import Workspace

    onward = onward_from(brief, variants, iterations)
    caps = caps_from(budget_usd, max_tokens)
    check_repository(settings)
    ready(settings, as_json or quiet)
    check_caps(caps, source.read_record().models, settings)
    folder = branch_off(source, Workspace(settings.root, settings.workspace), variant, iteration, onward)
    work(folder, settings, minutes=max_minutes, caps=caps, as_json=as_json, quiet=quiet, confirm=confirm)


fork.__doc__ = HELP
