"""`artloop resume | retry | replay`: go on with a run, or perform it again from its records."""

from __future__ import annotations

from artloop.cli.options import (
    AsJson,
    BlobsUrl,
    BudgetUsd,
    Config,
    Confirm,
    Executor,
    Git,
    LogLevel,
    MaxMinutes,
    MaxTokens,
    Pictures,
    Quiet,
    RedisUrl,
    Root,
    RunId,
    WorkspaceName,
    caps_from,
    run_folder,
    settings_from,
)
from artloop.cli.waiting import preparing


def resume(
    run_id: RunId,
    confirm: Confirm = None,
    git: Git = None,
    executor: Executor = None,
    redis: RedisUrl = None,
    blobs: BlobsUrl = None,
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
    """Go on with a run where it stopped; nothing that is on record is done or paid again.

    A cap of the last session holds until another is given; what the run has spent so far counts.
    Examples: artloop resume last, artloop resume last --budget-usd 5
    """
    away = {"redis": redis, "blobs": blobs}
    settings = settings_from(
        root, workspace, config, log_level, git=git, console={"pictures": pictures}, executor=executor, docket=away
    )
    folder = run_folder(run_id, settings)

    with preparing(as_json or quiet):
        from artloop.cli.session import work
        from artloop.cli.working import ready

    ready(settings, as_json or quiet)
    caps = caps_from(budget_usd, max_tokens)
    work(folder, settings, minutes=max_minutes, caps=caps, as_json=as_json, quiet=quiet, confirm=confirm)


def retry(
    run_id: RunId,
    confirm: Confirm = None,
    git: Git = None,
    executor: Executor = None,
    redis: RedisUrl = None,
    blobs: BlobsUrl = None,
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
    """Open the steps again that failed too often, then resume.

    Example: artloop retry 20261121-101500-tidal-memory-3f9a
    """
    away = {"redis": redis, "blobs": blobs}
    settings = settings_from(
        root, workspace, config, log_level, git=git, console={"pictures": pictures}, executor=executor, docket=away
    )
    folder = run_folder(run_id, settings)

    with preparing(as_json or quiet):
        from artloop.cli.session import work
        from artloop.cli.working import ready
        from artloop.journal import Journal
        from artloop.lock import driver_lock

    ready(settings, as_json or quiet)
    with driver_lock(folder), Journal.open(folder, max_failures=settings.loop.max_failures) as journal:
        journal.reopen()
    caps = caps_from(budget_usd, max_tokens)
    work(folder, settings, minutes=max_minutes, caps=caps, as_json=as_json, quiet=quiet, confirm=confirm)


def replay(
    run_id: RunId,
    quiet: Quiet = False,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """Perform a run again from its recorded calls, without a key or a model, and compare every SVG.

    Says `identical`, or which drawing or call differs first (exit code 6). Example: artloop replay last
    """
    import asyncio
    import sys

    settings = settings_from(root, workspace, config, log_level)
    source = run_folder(run_id, settings)

    with preparing(quiet):
        from artloop.replay import replay as perform
        from artloop.views.console import listener

    with listener(quiet=quiet, as_json=False) as listen:
        copy, count = asyncio.run(perform(source, settings, listen))
    sys.stdout.write(f"identical: {count} drawings of {source.id} came out the same in {copy.id}\n")
