"""`artloop mcp install | uninstall`: our server's entry in the configuration of an MCP client."""

from __future__ import annotations

import difflib
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Protocol

import typer

from artloop.cli import clients
from artloop.cli.hub import URL
from artloop.cli.options import Root, settings_from
from artloop.cli.serve import AllowUnsafe
from artloop.errors import StorageError, UsageError

BOM = "\ufeff"
NAMES = {"grafix": "grafix", "hub": "artloop-hub"}
Client = Annotated[clients.Client, typer.Argument(help="The program that is to draw.")]
Name = Annotated[str | None, typer.Option(help="The server's name in the client; default: grafix or artloop-hub.")]
Server = Annotated[
    Literal["grafix", "hub"],
    typer.Option("--server", help="`grafix`, which the client starts, or a `hub`, by its URL."),
]
HubUrl = Annotated[str, typer.Option("--hub", help="Of `--server hub`: where it is served.")]
Scope = Annotated[clients.Scope, typer.Option(help="user: everywhere; project: in the current folder only.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the change as a diff and write nothing.")]
Force = Annotated[bool, typer.Option("--force", help="Take the name from another server's entry.")]


class Notation(Protocol):
    """How a configuration is written; each raises ValueError for a text it cannot read or edit."""

    def servers(self, text: str) -> dict[str, Any]:
        """All entries by name."""

    def entered(self, text: str | None, name: str, entry: dict[str, Any]) -> str:
        """The text with the entry; None is a file that does not exist."""

    def cut(self, text: str, name: str) -> str | None:
        """The text without the entry."""


class Configuration(NamedTuple):
    """A client's configuration file as it is; text None: there is none yet."""

    path: Path
    mark: str
    text: str | None
    notation: Notation
    servers: dict[str, Any]


def install(
    client: Client,
    root: Root = None,
    name: Name = None,
    scope: Scope = "user",
    server: Server = "grafix",
    hub: HubUrl = URL,
    allow_unsafe: AllowUnsafe = False,
    force: Force = False,
    dry_run: DryRun = False,
) -> None:
    """Enter this server in a client's configuration; drawings go to --root, by default the current folder.

    Of a hub the URL is entered; the client reads the key from MCP_API_KEY.
    Examples: artloop mcp install claude-desktop --root ~/drawings, artloop mcp install claude-code --server hub
    """
    name = name or NAMES[server]
    if server == "hub":
        entry = clients.hub_entry(client, checked_url(hub))
        said = f"the client sends the key in {clients.KEY}"
    else:
        entry = clients.entry(client, folder_for_drawings(root), allow_unsafe)
        said = f"drawings go to {entry['args'][entry['args'].index('--root') + 1]}"
    found = opened(client, scope, name)
    after = with_ours(found, client, name, entry, force)
    concluded(found, after, dry_run, f"{name} is entered in {found.path}; {said}; restart {client}")


def uninstall(
    client: Client, name: Name = None, scope: Scope = "user", server: Server = "grafix", dry_run: DryRun = False
) -> None:
    """Take this server out of a client's configuration again. Example: artloop mcp uninstall cursor"""
    name = name or NAMES[server]
    found = opened(client, scope, name)
    after = found.text
    if name in found.servers:
        if not clients.ours(found.servers[name]):
            raise UsageError(f"{found.path} has a server named {name!r} that is not ours; nothing was changed")
        after = edited(found, found.notation.cut, name)
    concluded(found, after, dry_run, f"{name} is taken out of {found.path}; restart {client}")


def with_ours(
    found: Configuration, client: clients.Client, name: str, wanted: dict[str, Any], force: bool
) -> str | None:
    """The text with our entry. What the user added to it or changed in its limits stays."""
    old = found.servers.get(name)
    if clients.ours(old) and ("url" in old) == ("url" in wanted):
        new = {**old, **wanted}
        return found.text if new == old else edited(found, found.notation.entered, name, new)
    if old is not None:
        if not force:
            raise UsageError(
                f"{found.path} has another server named {name!r}; choose a --name, or replace it with --force"
            )
        found = found._replace(text=edited(found, found.notation.cut, name))
    limits = {} if "url" in wanted else clients.LIMITS[client]
    return edited(found, found.notation.entered, name, {**wanted, **limits})


def checked_url(url: str) -> str:
    """The URL of a hub, or a `UsageError`."""
    if not re.fullmatch(r"https?://[^\s/@]+/\S*", url):
        raise UsageError(f"--hub {url!r} is no URL of a hub; give one as {URL}")
    return url


def opened(client: clients.Client, scope: clients.Scope, name: str) -> Configuration:
    """The client's configuration. Raises `UsageError` when it cannot be read as what it should be."""
    from artloop.cli import json_entry, toml_entry

    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise UsageError(f"--name {name!r} is no name that clients take: letters, digits, dash and underscore")
    notation: Notation = toml_entry if client == "codex" else json_entry
    path = clients.configuration(client, scope, clients.this_machine())
    try:
        path = path.resolve()  # a link stays one, and what it leads to is edited
        text = path.read_bytes().decode() if path.exists() else None
        mark = BOM if text and text.startswith(BOM) else ""
        content = text.removeprefix(BOM) if text is not None else None
        return Configuration(path, mark, content, notation, notation.servers(content or ""))
    except (OSError, RuntimeError) as error:
        raise UsageError(f"{path} cannot be read: {error}; nothing was changed") from error
    except ValueError as error:
        raise UsageError(f"{path} is damaged: {error}; mend it first, nothing was changed") from error


def edited(found: Configuration, change: Callable[..., str | None], *values: Any) -> str | None:
    """The text after `entered` or `cut`. Raises `UsageError` when this file cannot be edited so."""
    try:
        return change(found.text, *values)
    except ValueError as error:
        raise UsageError(f"{found.path} was not changed: {error}") from error


def folder_for_drawings(root: Path | None) -> Path:
    """The root that the settings name, which the server will be able to use."""
    folder = settings_from(root, None, None, "warning").root
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--root {folder} is a file; give a folder for the drawings")
    return folder


def concluded(found: Configuration, after: str | None, dry_run: bool, done: str) -> None:
    """Show or make the change, and say so on stdout."""
    if after == found.text:
        sys.stdout.write(f"nothing to do: {found.path} is as it should be\n")
    elif dry_run:
        sys.stdout.write(difference(found, after))
    else:
        written(found, after)
        sys.stdout.write(f"{done}\n")


def difference(found: Configuration, after: str | None) -> str:
    """The change as a unified diff."""
    before, later = (text.splitlines(keepends=True) if text else [] for text in (found.text, after))
    names = "/dev/null" if found.text is None else str(found.path), "/dev/null" if after is None else str(found.path)
    lines = difflib.unified_diff(before, later, *names)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def written(found: Configuration, after: str | None) -> None:
    """Replace the file whole, with the mode it had; take it away when nothing is left that was not ours."""
    from artloop.workspace import write_bytes

    try:
        if after is None:
            found.path.unlink()
        else:
            # Clients add secrets of their own to these files: a new one is the user's alone.
            mode = stat.S_IMODE(found.path.stat().st_mode) if found.text is not None else 0o600
            write_bytes(found.path, (found.mark + after).encode(), mode)
    except (OSError, StorageError) as error:
        raise StorageError(
            f"{found.path} cannot be written ({error.__cause__ or error}); make it writable, or enter by hand what "
            "--dry-run prints"
        ) from error
