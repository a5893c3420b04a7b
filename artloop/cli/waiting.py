"""Signs of life on a terminal, on stderr: while libraries are read, while one server draws, while kernels compile."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PREPARING = "getting ready ..."
COMPILING = "compiling Grafix's kernels, once per machine"
Kernels = Callable[[int, int], None]


@contextmanager
def preparing(silent: bool = False) -> Iterator[None]:
    """While a command imports what it needs: the Agents SDK alone takes seconds. The line goes again."""
    shown = sys.stderr.isatty() and not silent
    if shown:
        sys.stderr.write(PREPARING)
        sys.stderr.flush()
    try:
        yield
    finally:
        if shown:
            sys.stderr.write(f"\r{' ' * len(PREPARING)}\r")
            sys.stderr.flush()


@contextmanager
def watched(doing: str, total: int | None = None) -> Iterator[tuple[Callable[..., None], Kernels]]:
    """A row that is told of the work as `rich.progress.Progress.update` is, and of kernels while they compile."""
    from functools import partial

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        row = shown.add_task(doing, total=total)
        compiling = shown.add_task(COMPILING, total=None, visible=False)

        def kernels(done: int, of: int) -> None:
            if not console.is_terminal and not shown.tasks[compiling].total and of:
                sys.stderr.write(f"{COMPILING}: {of} of them\n")  # once, for a log
            shown.update(compiling, completed=done, total=of, visible=done < of)

        yield partial(shown.update, row), kernels
