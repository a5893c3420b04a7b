"""How the artist is asked in the terminal whether a drawing counts: one question at a time, over a paused board."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

from rich.console import Console
from rich.text import Text

from artloop.errors import UsageError
from artloop.models import Answer
from artloop.ports import Question, Step
from artloop.views.progress import one_line
from artloop.workspace import RunFolder

WHEN = ("revision", "iteration")
DIFF_LINES = 240
"""A longer diff is cut on the screen; it is whole in its file."""
NOTE_CHARS = 500
STYLES = {"+": "green", "-": "red", "@": "cyan", "\\": "dim"}


def checked(when: str | None) -> str | None:
    """The value of `--confirm`. Raises `UsageError` where nobody could be asked."""
    if when is not None and when not in WHEN:
        raise UsageError(f"--confirm {when!r} is none of {', '.join(WHEN)}")
    if when is not None and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("--confirm asks in the terminal, and this is none; run it in one or leave --confirm out")
    return when


class AtTerminal:
    """`ports.Confirm`. Of variants done at the same time one asks; `q` ends the session as Ctrl-C does."""

    def __init__(self, folder: RunFolder, when: str, aside: Callable[[], AbstractContextManager[Console]]) -> None:
        self._folder, self._every, self._aside = folder, when == "revision", aside
        self._lock = asyncio.Lock()
        self._typed = b""
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            # begun with Ctrl-C ignored, as some shells begin what runs beside them; whoever is asked must be able to
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def wants(self, step: Step, question: Question) -> bool:
        """Each revision, or only what an iteration would end with and can be plotted."""
        return self._every or (question.final and question.rendering.plottable)

    async def ask(self, step: Step, question: Question) -> Answer:
        """Show the drawing and wait for an answer."""
        async with self._lock:
            with self._aside() as console:
                for line in shown(question, self._folder):
                    console.print(line, soft_wrap=True)
                return await self._answer(console, question)

    async def _answer(self, console: Console, question: Question) -> Answer:
        redone = "draw it again" if question.redraws else "end this iteration without it"
        while True:
            console.print(f"Keep it? y yes, n no ({redone}; n and a few words say how), q quit: ", end="")
            said = await self._line()
            word, _, note = said.partition(" ")
            match word.lower():
                case "y" | "yes":
                    return Answer(accepted=True)
                case "n" | "no":
                    return Answer(accepted=False, note=" ".join(note.split())[:NOTE_CHARS])
                case "q" | "quit":
                    await quit_session()

    async def _line(self) -> str:
        """What was typed up to Enter. The end of the input quits."""
        while b"\n" not in self._typed:
            self._typed += await typed(sys.stdin.fileno())
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode(errors="replace").strip()


async def typed(handle: int) -> bytes:
    """The next that is typed. Waits without a thread, which Ctrl-C could not end."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(handle, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(handle)
    try:
        content = os.read(handle, 4096)
    except OSError:  # the terminal was closed
        content = b""
    if not content:
        await quit_session()
    return content


async def quit_session() -> None:
    """End the session as Ctrl-C does; what was not answered is asked again on a resume."""
    signal.raise_signal(signal.SIGINT)
    await asyncio.Event().wait()


def shown(question: Question, folder: RunFolder) -> list[Text]:
    """The question as lines: what was changed, why, the coloured diff, and where the picture is."""
    name, number = question.variant, question.iteration
    lines = [Text(), Text(f"{name}, iteration {number}: {one_line(question.change)}", style="bold")]
    if question.hypothesis:
        lines.append(Text(one_line(question.hypothesis), style="italic"))
    lines += _coloured(question.diff)
    kept = folder.iteration(name, number) / "revisions" / str(question.attempt + 1)
    lines.append(Text(f"source   {kept / 'sketch.py'}\ndiff     {kept / 'change.diff'}", style="dim"))
    if complaint := question.rendering.complaint:
        lines.append(Text(f"cannot be plotted: {one_line(complaint)}; yes sends it back for repair", style="yellow"))
    preview = question.rendering.artifact("preview.png")
    lines.append(Text(f"picture  {folder.variant(name) / preview.path}" if preview else "no picture"))
    return lines


def _coloured(diff: str) -> list[Text]:
    whole = diff.split("\n")[:-1] or ["the source did not change"]
    lines = [Text(harmless(line), style=_style(line)) for line in whole[:DIFF_LINES]]
    left = len(whole) - len(lines)
    return [*lines, Text(f"... {left} more lines", style="dim")] if left else lines


def _style(line: str) -> str:
    return "bold" if line.startswith(("+++ ", "--- ")) else STYLES.get(line[:1], "")


def harmless(line: str) -> str:
    """A line of a model's source without anything a terminal would obey."""
    return "".join(char if char.isprintable() or char == "\t" else "\N{REPLACEMENT CHARACTER}" for char in line)
