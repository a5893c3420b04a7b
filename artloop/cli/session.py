"""Driving a run from the terminal: progress while it works, what came of it afterwards, and Ctrl-C."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import sys
from pathlib import Path

import typer
from rich.console import Console

from artloop.cli.confirming import AtTerminal
from artloop.cli.report import exit_code, print_json, report
from artloop.models import Caps
from artloop.readback import Story, read_back
from artloop.settings import Settings
from artloop.views.console import closing, listener
from artloop.views.pictures import pictured
from artloop.views.progress import one_line
from artloop.wiring import drive
from artloop.workspace import RunFolder


def work(
    folder: RunFolder,
    settings: Settings,
    *,
    minutes: float | None,
    caps: Caps,
    as_json: bool,
    quiet: bool,
    confirm: str | None = None,
) -> None:
    """Drive a run to its end and print what came of it."""
    hint_at_house(folder, as_json or quiet)
    try:
        with listener(quiet, as_json, drawings=folder if settings.console.pictures else None) as listen:
            asked = AtTerminal(folder, confirm, listen.aside) if confirm else None
            asyncio.run(drive(folder, settings, listen, minutes, caps=caps, confirm=asked))
    except KeyboardInterrupt:
        options = (f" --confirm {confirm}" if confirm else "") + (" --git" if settings.git else "") + away(settings)
        again = f"{program()} resume {folder.id}{options}{where(settings)}"
        sys.stderr.write(f"artloop: stopped; nothing is lost. Go on with: {again}\n")
        raise typer.Exit(130) from None
    conclude(folder, settings, as_json=as_json, quiet=quiet)


def conclude(folder: RunFolder, settings: Settings, *, as_json: bool, quiet: bool) -> None:
    """Print the result and leave with its exit code."""
    story = read_back(folder)
    if as_json:
        print_json(report(folder, story))
    elif quiet:
        if story.selection.winner:
            sys.stdout.write(f"{folder.final / 'drawing.svg'}\n")
    else:
        console = Console()
        draw = pictured(console) if settings.console.pictures else None
        shown = closing(story.selection, story.variants, folder, commands(folder, settings), draw)
        console.print(shown, soft_wrap=True)
    code = exit_code(story)
    if code and not as_json:
        failures = "".join(
            f"\n  {variant.id}: {one_line(variant.failure)}" for variant in story.variants if variant.failure
        )
        again = "retry" if failures else "resume"
        advice = f"Go on with: {program()} {again} {folder.id}{raised(story)}{where(settings)}"
        sys.stderr.write(f"artloop: {story.status}: {story.reason}. {advice}{failures}\n")
    raise typer.Exit(code)


def raised(story: Story) -> str:
    """Options that let a run go on that has reached its caps: twice as much."""
    if story.status != "budget":
        return ""
    usd = f" --budget-usd {2 * story.caps.usd:g}" if story.caps.usd else ""
    return usd + (f" --max-tokens {2 * story.caps.tokens}" if story.caps.tokens else "")


def commands(folder: RunFolder, settings: Settings) -> list[tuple[str, str]]:
    """What one may want to do next."""
    tail, me = where(settings), program()
    return [
        ("look", f"{me} gallery {folder.id} --open{tail}"),
        ("details", f"{me} show {folder.id}{tail}"),
        ("resume", f"{me} resume {folder.id}{tail}"),
        ("export", f"{me} export {folder.id} --format svg{tail}"),
    ]


def program() -> str:
    """How to call artloop from here: by name where it is on the PATH, else as it was called now."""
    if shutil.which("artloop"):
        return "artloop"
    called = Path(sys.argv[0])
    if called.name != "artloop":
        return "python -m artloop"
    return shlex.quote(str(called.relative_to(Path.cwd()) if called.is_relative_to(Path.cwd()) else called))


def where(settings: Settings) -> str:
    """The options that lead back to this run."""
    root = f" --root {shlex.quote(str(settings.root))}" if str(settings.root) != "." else ""
    workspace = f" --workspace {settings.workspace}" if settings.workspace != "default" else ""
    return root + workspace


def away(settings: Settings) -> str:
    """The options that send steps to the same workers; a URL with a password is not repeated."""
    choice = settings.docket
    if settings.executor == "local":
        return ""
    known = {"redis": "URL" if "@" in (choice.redis or "") else choice.redis, "blobs": choice.blobs}
    return " --executor docket" + "".join(f" --{name} {shlex.quote(value)}" for name, value in known.items() if value)


def hint_at_house(folder: RunFolder, silent: bool) -> None:
    """Say once that the house artist draws, and how to change that; or what is not known of Codex's costs."""
    if not silent and folder.read_record().artists == "codex":
        sys.stderr.write("Codex draws. Tokens are counted as it reports them, which may be incomplete.\n")
    if not silent and set(folder.read_record().models.values()) == {"house"}:
        sys.stderr.write(
            "The built-in house artist draws (no key, no cost). For a model: --model NAME, see: run --help\n"
        )
