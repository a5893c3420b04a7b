"""`artloop mcp`: the Grafix render server for Claude, Codex, Cursor and other MCP clients."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from artloop.cli.options import Config, LogLevel, Root, WorkspaceName, settings_from

app = typer.Typer()
"""`artloop mcp` itself serves; its subcommands do what else a client needs."""

AllowUnsafe = Annotated[
    bool, typer.Option("--allow-unsafe", help="Run a client's sketches even where this machine cannot confine them.")
]
Server = Annotated[
    Literal["grafix", "art_loop"],
    typer.Option("--server", help="`grafix` renders; `art_loop` sends out Codex artists for another orchestrator."),
]


@app.callback(invoke_without_command=True)
def mcp(
    context: typer.Context,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
    allow_unsafe: AllowUnsafe = False,
    server: Server = "grafix",
) -> None:
    """Serve the Grafix tools over stdio to an MCP client, which starts this command itself.

    Example entry of a client's configuration: command `artloop`, arguments `mcp --root /path/to/drawings`.
    """
    if context.invoked_subcommand:
        return
    settings = settings_from(root, workspace, config, log_level)

    if server == "art_loop":
        from artloop.hub.art_loop import build_server as build_hub

        build_hub(settings).run("stdio")
        return

    from artloop.grafix.server import build_server

    build_server(settings.root, settings.render, settings.cache_folder, allow_unsafe).run("stdio")
