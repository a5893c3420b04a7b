"""`artloop mcp`: the Grafix render server for Claude, Codex, Cursor and other MCP clients."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from artloop.cli.options import AsJson, Config, LogLevel, Root, WorkspaceName, settings_from
from artloop.errors import UsageError
from artloop.settings import IsolationChoice

app = typer.Typer()
"""`artloop mcp` itself serves; its subcommands do what else a client needs."""

AllowUnsafe = Annotated[
    bool, typer.Option("--allow-unsafe", help="Run a client's sketches even where this machine cannot confine them.")
]
Server = Annotated[
    Literal["grafix", "art_loop"],
    typer.Option("--server", help="`grafix` renders; `art_loop` sends out Codex artists for another orchestrator."),
]
Http = Annotated[bool, typer.Option("--http", help="Serve over streamable HTTP instead, until Ctrl-C.")]
Host = Annotated[
    str | None,
    typer.Option(help="Where to listen; default: 127.0.0.1. Others than this machine need a key in MCP_API_KEY."),
]
Port = Annotated[int | None, typer.Option(help="Default: 8423; 0: a free one.", min=0, max=65535)]
AllowHost = Annotated[
    list[str] | None, typer.Option(help="A further name that clients call this machine by; can be repeated.")
]

Isolation = Annotated[
    IsolationChoice,
    typer.Option("--isolation", hidden=True, help="How to confine; see python -m artloop.grafix --help."),
]


@app.callback(invoke_without_command=True)
def mcp(
    context: typer.Context,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
    allow_unsafe: AllowUnsafe = False,
    isolation: Isolation = "auto",
    http: Http = False,
    host: Host = None,
    port: Port = None,
    allow_host: AllowHost = None,
    as_json: AsJson = False,
    which: Server = "grafix",
) -> None:
    """Serve the Grafix tools over stdio to an MCP client, which starts this command itself; or over HTTP to many.

    Example entry of a client's configuration: command `artloop`, arguments `mcp --root /path/to/drawings`.
    Over HTTP: artloop mcp --http --port 8423 --root /path/to/drawings, and the client is given the URL.
    """
    if context.invoked_subcommand:
        return
    settings = settings_from(root, workspace, config, log_level)
    if not http and (host, port, allow_host, as_json) != (None, None, None, False):
        raise UsageError("--host, --port, --allow-host and --json are for --http; add it or leave them out")

    made: Any
    if which == "art_loop":
        from artloop.hub import art_loop

        made = art_loop.build_server(settings)
    else:
        from artloop.grafix.server import build_server
        from artloop.tune.kept import tuned_in

        cache = settings.cache_folder
        made = build_server(settings.root, settings.render, cache, allow_unsafe, isolation, tune=tuned_in)
    if not http:
        from artloop.grafix import stdio

        raise typer.Exit(stdio.serve(made))

    from artloop.grafix.http import serve
    from artloop.web.listening import Address

    raise typer.Exit(serve(made, Address.given(host, port, allow_host), as_json))
