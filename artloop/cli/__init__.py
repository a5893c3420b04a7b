"""The command line's table of contents. Commands import what they need when they run: `--help` answers at once."""

from __future__ import annotations

import errno
import sys

import typer

from artloop.cli import (
    again,
    export,
    forking,
    hand,
    hub,
    install,
    judging,
    look,
    one,
    plot,
    run,
    serve,
    studies,
    tune,
    working,
)
from artloop.errors import ArtloopError, StorageError

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What a disk says that holds no more; files of ours say it as a `StorageError`, and this is stdout."""

app = typer.Typer(
    name="artloop",
    help="Turn an idea into pen-plotter drawings: agents imagine, program, look and improve.",
    epilog='Start with: artloop run "tidal memory"',
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(run.run)
app.command()(again.resume)
app.command()(again.retry)
app.command()(again.replay)
app.command()(forking.fork)
app.command()(hand.pin)
app.command()(hand.drop)
app.command()(hand.note)
app.command()(hand.breed)
app.command()(hand.stop)
app.command(name="list")(look.every)
app.command()(look.show)
app.command()(look.watch)
app.command()(look.gallery)
app.command()(export.export)
app.command()(plot.plot)
app.command()(judging.judge)
app.command()(judging.compare)
app.command()(one.render)
app.command()(studies.sketches)
app.command()(studies.new)
app.command()(tune.tune)
app.command()(one.doctor)
app.command()(working.worker)
serve.app.command()(install.install)
serve.app.command()(install.uninstall)
app.add_typer(serve.app, name="mcp")
app.add_typer(hub.app, name="hub")


def main() -> None:
    """Run a command; what we raise on purpose is one line on stderr and its exit code, a bug keeps its traceback."""
    try:
        app()
    except ArtloopError as error:
        sys.stderr.write(f"artloop: {error}\n")
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno not in FULL:
            raise
        sys.stderr.write(f"artloop: the answer cannot be written: {error.strerror}; free space, or send it elsewhere\n")
        sys.exit(StorageError.exit_code)
