"""`artloop run`: from a line of text to drawings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
    WorkspaceName,
    asked_of_a_model,
    caps_from,
    option_refused,
    settings_from,
)
from artloop.cli.waiting import preparing

if TYPE_CHECKING:
    from artloop.models import Brief
    from artloop.settings import Settings

PEN_MM = 0.3
QUICK_ITERATIONS = 2
"""A sketch, and a fix if it wins."""
HELP = """Draw a brief: N concepts, improved side by side, and the best one chosen.

\b
Examples:
  artloop run "tidal memory"
  artloop run "tidal memory" --variants 2 --iterations 3 --seed 7
  artloop run "a city that forgets" --canvas a4-landscape --pen 0.5
  artloop run "calmer, more air" --sketch my_sketch.py
  artloop run "tidal memory" --model gpt-5 --critic-model gpt-5-mini
  artloop run "tidal memory" --model gpt-5 --budget-usd 2
  artloop run "this bay at night" --model gpt-5 --reference bay.jpg --reference chart.svg
  artloop run "tidal memory" --model llama3 --base-url http://127.0.0.1:11434/v1
  artloop run "tidal memory" --artists codex
  artloop run "tidal memory" --artists hub:draw,critique --target-score 8
  artloop run "tidal memory" --model gpt-5 --strategy quick
  artloop run "tidal memory" --variants 6 --survivors 2 --share
  artloop run "tidal memory" --pens fineliners
  artloop run "tidal memory" --executor docket --redis redis://127.0.0.1:6379

\b
Strategies:
  improve    each iteration makes the variant's best drawing better
  best-of-n  each iteration begins anew from the concept and knows of no other; the best is kept; as many calls
  quick      one sketch for each concept, one comparison of all, at most one fix of the winner; no critic

Without a model the built-in house artist draws: no key, no cost, no network. Keys come from OPENAI_API_KEY only.
"""


def run(
    brief: Annotated[str | None, typer.Argument(help="What to draw, in any language.")] = None,
    variants: Annotated[int, typer.Option(help="How many concepts to follow.")] = 4,
    iterations: Annotated[int, typer.Option(help="How often each is drawn and improved.")] = 5,
    model: Annotated[str | None, typer.Option(help="`house`, or a model of the provider.")] = None,
    critic_model: Annotated[str | None, typer.Option(help="Another model for the critic.")] = None,
    judge_model: Annotated[str | None, typer.Option(help="Another model for the judge.")] = None,
    steer_model: Annotated[
        str | None, typer.Option(help="A model that decides what to do next where rules do not; without: rules only.")
    ] = None,
    base_url: Annotated[str | None, typer.Option(help="An OpenAI-compatible server.")] = None,
    artists: Annotated[
        str | None,
        typer.Option(
            help="Who works: the models' `agents`, `codex` as programmer, or a `hub`'s, in some roles: `hub:draw`.",
            show_default="agents",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Same brief and seed: same house drawings.")] = 0,
    canvas: Annotated[str, typer.Option(help="a6 to a2, with -landscape to turn it, or 148x210mm.")] = "a5",
    pen: Annotated[float | None, typer.Option(help="Pen width in mm.", show_default="0.3")] = None,
    pens: Annotated[
        str | None, typer.Option(help="Draw with these pens alone: a set of pens.toml, or one built in.")
    ] = None,
    sketch: Annotated[Path | None, typer.Option(help="Start every variant from this sketch.")] = None,
    reference: Annotated[
        list[Path] | None, typer.Option(help="A PNG, JPEG or SVG shown to idea agent and critic; may be repeated.")
    ] = None,
    stall: Annotated[
        int, typer.Option(help="After K iterations without a better drawing rethink a variant, then end it; 0: never.")
    ] = 0,
    target_score: Annotated[
        float | None, typer.Option(help="A variant ends once its critic gives its best drawing so much, of 10.")
    ] = None,
    rethinks: Annotated[int, typer.Option(help="How often a stalled variant gets a new concept before it ends.")] = 1,
    strategy: Annotated[str, typer.Option(help="How calls are spent: `improve`, `best-of-n` or `quick`.")] = "improve",
    confirm: Confirm = None,
    git: Git = None,
    survivors: Annotated[
        int, typer.Option(help="After each round all but the K strongest begin again as crossings of those; 0: none.")
    ] = 0,
    share: Annotated[bool, typer.Option(help="After each round tell every variant what the others learned.")] = False,
    learn: Annotated[
        bool, typer.Option(help="Heed the workspace's lessons.md, and add to it when the run ends; you may edit it.")
    ] = False,
    novelty: Annotated[bool, typer.Option(help="Send a concept or drawing too close to a sibling's back once.")] = True,
    tune_renders: Annotated[
        int | None,
        typer.Option(help="Renders of a search when a critic asks for amounts only; 0: never.", show_default="32"),
    ] = None,
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
    """See HELP."""
    named = {"critique": critic_model, "choose": judge_model, "steer": steer_model}
    roles = {role: {"name": name} for role, name in named.items()}
    chosen = {"default": model, "base_url": base_url, "roles": roles}
    settings = settings_from(
        root,
        workspace,
        config,
        log_level,
        model=chosen,
        artists=artists,
        git=git,
        pens=pens,
        console={"pictures": pictures},
        executor=executor,
        docket={"redis": redis, "blobs": blobs},
    )
    asked_of_a_model(base_url, settings)
    wanted = brief_from(
        text=brief,
        canvas=canvas,
        **pens_of(settings, pen),
        seed=seed,
        variants=variants,
        iterations=iterations,
        stall=stall,
        target_score=target_score,
        rethinks=rethinks,
        hypotheses=True,
        strategy=strategy,
        memory=True,
        survivors=survivors,
        share=share,
        learn=learn,
        learned=lessons_of(settings, quiet) if learn else [],
        novelty=novelty,
        tune_renders=tune_renders,
        usual_renders=settings.loop.tune_renders,
        sketch=sketch,
    )

    with preparing(as_json or quiet):
        from artloop.cli.session import work
        from artloop.cli.working import ready
        from artloop.wiring import begin

    ready(settings, as_json or quiet)
    caps = caps_from(budget_usd, max_tokens)
    folder = begin(wanted, settings, caps, reference or [])
    work(folder, settings, minutes=max_minutes, caps=caps, as_json=as_json, quiet=quiet, confirm=confirm)


run.__doc__ = HELP


def lessons_of(settings: Settings, quiet: bool) -> list[str]:
    """The workspace's lessons; says on stderr how many are heeded and how many are too many."""
    from artloop.lessons import FILE, read_lessons
    from artloop.workspace import Workspace

    learned = read_lessons(Workspace(settings.root, settings.workspace).folder)
    besides = f"; {learned.left_out} older ones are left out" if learned.left_out else ""
    if not quiet:
        told = len(learned.lessons)
        sys.stderr.write(f"artloop: heeds {told} lesson{'' if told == 1 else 's'} of {FILE}{besides}\n")
    return learned.lessons


def pens_of(settings: Settings, pen_mm: float | None) -> dict[str, Any]:
    """The brief's pen, and its set of pens if there is one: the first of them is what sketches begin with."""
    from artloop.errors import UsageError
    from artloop.pens import pen_set
    from artloop.workspace import Workspace

    if settings.pens is None:
        return {"pen_mm": PEN_MM if pen_mm is None else pen_mm}
    if pen_mm is not None:
        raise UsageError(f"--pen {pen_mm:g}: the pens {settings.pens} have widths of their own; leave it out")
    pens = pen_set(settings.pens, Workspace(settings.root, settings.workspace).folder)
    return {"pen_mm": pens.pens[0].width_mm, "pens": pens}


def brief_from(*, text: str | None, canvas: str, sketch: Path | None, **values: Any) -> Brief:
    """The brief, or a `UsageError` that names the option."""
    from pydantic import ValidationError

    from artloop.errors import UsageError
    from artloop.models import Brief, Canvas

    values = spent(**values)
    text = (text if text is not None else asked()).strip()
    if not text:
        raise UsageError('the brief is empty; say what to draw, as in: artloop run "tidal memory"')
    try:
        sheet = Canvas.parse(canvas)
    except ValueError as error:
        raise UsageError(f"--canvas: {error}") from error
    if values.get("survivors") == 1 or values.get("survivors", 0) >= max(2, values.get("variants", 0)):
        raise UsageError(
            f"--survivors {values['survivors']}: give at least 2, to cross them, and fewer than --variants, or 0"
        )
    try:
        return Brief(text=text, canvas=sheet, sketch=read_sketch(sketch) if sketch else None, **values)
    except ValidationError as error:
        raise option_refused(error) from error


def asked() -> str:
    """The brief, typed at the terminal; nothing where nobody can answer. Ctrl-C leaves as it does everywhere."""
    if not sys.stdin.isatty():
        return ""
    sys.stderr.write("What shall we draw: ")
    sys.stderr.flush()
    return sys.stdin.readline()


def spent(
    *,
    strategy: str,
    iterations: int,
    stall: int = 0,
    novelty: bool = False,
    tune_renders: int | None = None,
    usual_renders: int = 0,
    **values: Any,
) -> dict[str, Any]:
    """The brief's fields, as its strategy allows; a `UsageError` where it does not."""
    from artloop.errors import UsageError

    needs = {"--stall waits for a better revision": stall, "--tune-renders searches around the best": tune_renders}
    for said, wanted in needs.items():
        if strategy != "improve" and wanted:
            raise UsageError(f"{said}, and --strategy {strategy} revises none; leave one of them out")
    quick, searches = strategy == "quick", usual_renders if strategy == "improve" else 0
    fields = {
        "strategy": strategy,
        "iterations": min(iterations, QUICK_ITERATIONS) if quick else iterations,
        "stall": stall,
        "novelty": novelty and not quick,  # what is sent back costs another drawing
        "tune_renders": searches if tune_renders is None else tune_renders,
    }
    return {**fields, **values}


def read_sketch(path: Path) -> str:
    """The source of a sketch that at least parses and has a `draw`."""
    from artloop.errors import UsageError
    from artloop.source import drawable

    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UsageError(f"sketch {path} cannot be read: {said}") from error
    return drawable(source, str(path))
