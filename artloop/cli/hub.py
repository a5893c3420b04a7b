"""`artloop hub`: the task board for agents from outside: serve it, its keys, its dead letters, how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from artloop.cli.options import AsJson, Config, LogFormat, LogLevel, Root, WorkspaceName, settings_from
from artloop.cli.serve import AllowHost, AllowUnsafe

if TYPE_CHECKING:
    from artloop.settings import Settings

app = typer.Typer(help="The task board for agents from outside, over MCP.", no_args_is_help=True)
key_app = typer.Typer(help="Keys of the hub: who may do what.", no_args_is_help=True)
dead_app = typer.Typer(help="Tasks whose attempts are used up.", no_args_is_help=True)
app.add_typer(key_app, name="key")
app.add_typer(dead_app, name="dead")

URL = "http://127.0.0.1:8424/mcp"
Redis = Annotated[
    str | None,
    typer.Option(
        help="A redis:// or rediss:// URL that keeps the state instead, for several hubs.", show_default=False
    ),
]
Host = Annotated[
    str | None, typer.Option(help="Where to listen; default: 127.0.0.1. Others than this machine need a key.")
]
Port = Annotated[int | None, typer.Option(help="Default: 8424; 0: a free one.", min=0, max=65535)]
HubUrl = Annotated[str, typer.Option("--hub", help="The running hub; its key comes from MCP_API_KEY.")]
KeyName = Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is, as it stands in the audit log.")]
RoleName = Annotated[
    Literal["orchestrator", "worker", "viewer"],
    typer.Option("--role", help="orchestrator: everything; worker: takes tasks and renders; viewer: looks on."),
]
Sort = Annotated[str, typer.Argument(metavar="TYPE", help="imagine, draw, critique, choose, planning, testing, ...")]
TaskId = Annotated[str, typer.Argument(metavar="ID", help="The task's id, as `dead list` gives it.")]


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    redis: Redis = None,
    allow_host: AllowHost = None,
    allow_unsafe: AllowUnsafe = False,
    as_json: AsJson = False,
    root: Root = None,
    workspace: WorkspaceName = None,
    config: Config = None,
    log_level: LogLevel = "warning",
    log_format: LogFormat = "text",
) -> None:
    """Serve the board until Ctrl-C: MCP at /mcp, the Grafix tools at /grafix/mcp. What it keeps lies in hub/.

    Examples: artloop hub serve, artloop hub serve --host 0.0.0.0 --allow-host studio.example
    """
    from artloop.hub import serve as serving
    from artloop.web.listening import Address

    def configured(workspace: str | None = workspace, **sections: Any) -> Settings:
        return settings_from(root, workspace, config, log_level, log_format, hub={"redis": redis}, **sections)

    address = Address.given(host, port, allow_host, serving.PORT)
    raise typer.Exit(serving.serve(configured, config, address, as_json=as_json, allow_unsafe=allow_unsafe))


@key_app.command("add")
def key_add(
    name: KeyName,
    role: RoleName,
    redis: Redis = None,
    as_json: AsJson = False,
    root: Root = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """Make a key and show it, this once: clients send it from MCP_API_KEY. Only its hash is kept.

    Example: artloop hub key add claude --role worker
    """
    from artloop.cli.hub_keys import add

    add(settings_from(root, None, config, log_level, hub={"redis": redis}), name, role, as_json)


@key_app.command("list")
def key_list(
    redis: Redis = None,
    as_json: AsJson = False,
    root: Root = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """List the keys: names, roles, since when. Example: artloop hub key list --json"""
    from artloop.cli.hub_keys import every

    every(settings_from(root, None, config, log_level, hub={"redis": redis}), as_json)


@key_app.command("revoke")
def key_revoke(
    name: KeyName, redis: Redis = None, root: Root = None, config: Config = None, log_level: LogLevel = "warning"
) -> None:
    """Let nobody in with a key any more, from the next call on. Example: artloop hub key revoke claude"""
    from artloop.cli.hub_keys import revoke

    revoke(settings_from(root, None, config, log_level, hub={"redis": redis}), name)


@app.command()
def status(hub: HubUrl = URL, as_json: AsJson = False) -> None:
    """Say how a running hub stands: tasks by state, who waits for what, and its agents. Example: artloop hub status"""
    from artloop.cli.hub_talk import show_status

    show_status(hub, as_json)


@app.command()
def prompt(agent_type: Sort, root: Root = None, config: Config = None, log_level: LogLevel = "warning") -> None:
    """Print what to tell an agent from outside, so that it works at the board. Example: artloop hub prompt draw"""
    from artloop.cli.hub_prompts import show_prompt

    show_prompt(settings_from(root, None, config, log_level), agent_type)


@app.command()
def reseal(redis: Redis = None, root: Root = None, config: Config = None, log_level: LogLevel = "warning") -> None:
    """Encrypt all that the hub keeps with the first key of ARTLOOP_HUB__ENCRYPTION_KEY. Example: artloop hub reseal"""
    from artloop.cli.hub_store import show_resealed

    show_resealed(settings_from(root, None, config, log_level, hub={"redis": redis}))


@app.command()
def prune(
    days: Annotated[float, typer.Option(help="Keep what ended within so many days.", min=0)] = 30,
    redis: Redis = None,
    root: Root = None,
    config: Config = None,
    log_level: LogLevel = "warning",
) -> None:
    """Remove tasks that ended long ago, and agents not heard of since. Example: artloop hub prune --days 30"""
    from artloop.cli.hub_store import show_pruned

    show_pruned(settings_from(root, None, config, log_level, hub={"redis": redis}), days)


@dead_app.command("list")
def dead_list(hub: HubUrl = URL, as_json: AsJson = False) -> None:
    """List the dead letters, each with every attempt's error. Example: artloop hub dead list"""
    from artloop.cli.hub_talk import show_dead

    show_dead(hub, as_json)


@dead_app.command("retry")
def dead_retry(task_id: TaskId, hub: HubUrl = URL, as_json: AsJson = False) -> None:
    """Open a dead letter again, with all its attempts. Example: artloop hub dead retry t-000012"""
    from artloop.cli.hub_talk import retry

    retry(hub, task_id, as_json)
