"""`artloop judge | compare`: finished drawings of several runs against each other, by a judge and by the artist."""

from __future__ import annotations

from typing import Annotated

import typer

from artloop.cli.options import (
    AsJson,
    BudgetUsd,
    Config,
    LogLevel,
    MaxTokens,
    Root,
    RunId,
    WorkspaceName,
    asked_of_a_model,
    caps_from,
    run_folder,
    settings_from,
)
from artloop.cli.waiting import preparing

JudgeModel = Annotated[str | None, typer.Option(help="Who judges; default: the house, or the settings' judge.")]
BaseUrl = Annotated[str | None, typer.Option(help="An OpenAI-compatible server.")]
JUDGE_HELP = """Rank the winners of several runs, or with --all every variant's best, whatever they were made by.

Up to six drawings every pair is judged, in both orders; more of them play Swiss rounds. The verdicts are kept under
judgings/: the same command goes on where it stopped, and pays for nothing twice. With --human you say what you prefer,
one pair after the other, and are then told how often the judge agrees with you; --browser shows the pairs side by side
on a page of this machine.

\b
Examples:
  artloop judge 3f9a 07c1 e25b
  artloop judge last --all --human
  artloop judge last --all --human --browser
  artloop judge 3f9a 07c1 --judge-model gpt-5 --budget-usd 1
"""
COMPARE_HELP = """Judge two runs against each other: each one's drawings against the other's, blind and in both orders.

Prints how often the first run wins, ties counting half, with a 95 % interval. The drawings are the best of every
variant; the judge is told neither titles nor which run they are from.

\b
Examples:
  artloop compare 3f9a 07c1
  artloop compare 3f9a 07c1 --judge-model gpt-5 --json
"""


def judge(
    run_ids: Annotated[list[str], typer.Argument(help="Runs: ids, beginnings or ends of ids, or `last`.")],
    every: Annotated[bool, typer.Option("--all", help="Every variant's best, not the winners alone.")] = False,
    human: Annotated[bool, typer.Option("--human", help="Compare yourself: 1, 2, t (tie) or q (enough).")] = False,
    browser: Annotated[bool, typer.Option("--browser", help="With --human: on a page in the browser.")] = False,
    judge_model: JudgeModel = None,
    base_url: BaseUrl = None,
    budget_usd: BudgetUsd = None,
    max_tokens: MaxTokens = None,
    as_json: AsJson = False,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """See JUDGE_HELP."""
    from artloop.errors import UsageError

    if browser and not human:
        raise UsageError("--browser is where you compare yourself; add --human")
    chosen = {"base_url": base_url, "roles": {"choose": {"name": judge_model}}}
    settings = settings_from(root, workspace, config, log_level, model=chosen)
    asked_of_a_model(base_url, settings)
    runs = [run_folder(run_id, settings) for run_id in run_ids]

    import asyncio

    with preparing(as_json):
        from artloop import byhand, judging
        from artloop.cli.verdicts import announce, asker, judged, print_judged

    caps = caps_from(budget_usd, max_tokens)
    pieces = judging.gathered(runs, every)
    folder = judging.prepared("judge", pieces, runs, settings, caps)
    announce(folder, pieces)
    selection = asyncio.run(judging.judge(folder, pieces, settings, caps))
    agreement = None
    if human:
        if browser:
            from artloop.cli.page import compared

            choices = asyncio.run(compared(folder, pieces, selection, settings))
        else:
            choices = asyncio.run(byhand.asked(folder, pieces, selection.comparisons, asker(folder)))
        agreement = byhand.agreement(selection.comparisons, choices)
    print_judged(judged(folder, pieces, selection, agreement), as_json)


judge.__doc__ = JUDGE_HELP


def compare(
    left: RunId,
    right: RunId,
    judge_model: JudgeModel = None,
    base_url: BaseUrl = None,
    budget_usd: BudgetUsd = None,
    max_tokens: MaxTokens = None,
    as_json: AsJson = False,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """See COMPARE_HELP."""
    chosen = {"base_url": base_url, "roles": {"choose": {"name": judge_model}}}
    settings = settings_from(root, workspace, config, log_level, model=chosen)
    asked_of_a_model(base_url, settings)
    runs = (run_folder(left, settings), run_folder(right, settings))

    import asyncio

    with preparing(as_json):
        from artloop import judging
        from artloop.cli.verdicts import announce, print_match

    caps, names = caps_from(budget_usd, max_tokens), (runs[0].id, runs[1].id)
    pieces = judging.gathered([*runs], every=True)
    folder = judging.prepared("compare", pieces, [*runs], settings, caps)
    sizes = tuple(sum(piece.run == name for piece in pieces) for name in names)
    announce(folder, pieces, (sizes[0], sizes[1]))
    print_match(asyncio.run(judging.match(folder, pieces, names, settings, caps)), as_json)


compare.__doc__ = COMPARE_HELP
