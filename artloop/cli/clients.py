"""The MCP clients we know: where each keeps its configuration, and what its entry for our server says."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeGuard

from artloop.errors import UsageError

Client = Literal["claude-desktop", "claude-code", "cursor", "codex"]
Scope = Literal["user", "project"]
SERVE = ["-m", "artloop", "mcp"]
KEY = "MCP_API_KEY"
"""The variable that holds a hub's key."""
CALL_SECONDS = 960
"""A first render compiles Grafix's kernels, which takes minutes on a slow machine."""
START_SECONDS = 120
STORE_APP = "Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming"
"""Where Windows keeps what Claude Desktop from its store takes for %APPDATA%."""
LIMITS: dict[Client, dict[str, Any]] = {
    "claude-desktop": {},
    "claude-code": {"timeout": 1000 * CALL_SECONDS},
    "cursor": {},
    "codex": {"startup_timeout_sec": START_SECONDS, "tool_timeout_sec": CALL_SECONDS},
}
"""How long a client waits, for those whose configuration can say it."""


class Machine(NamedTuple):
    """What decides where configurations lie."""

    home: Path
    folder: Path
    platform: str
    environ: Mapping[str, str]


def this_machine() -> Machine:
    """The user's home, the current folder, the system and the environment."""
    return Machine(Path.home(), Path.cwd(), sys.platform, os.environ)


def configuration(client: Client, scope: Scope, machine: Machine) -> Path:
    """The file that holds the client's servers, the user's own or the current folder's."""
    if scope == "project":
        return machine.folder / _in_project(client)
    match client:
        case "claude-desktop":
            return _desktop(machine) / "Claude" / "claude_desktop_config.json"
        case "claude-code":
            return Path(machine.environ.get("CLAUDE_CONFIG_DIR") or machine.home) / ".claude.json"
        case "cursor":
            return machine.home / ".cursor" / "mcp.json"
        case "codex":
            return Path(machine.environ.get("CODEX_HOME") or machine.home / ".codex") / "config.toml"


def entry(client: Client, root: Path, allow_unsafe: bool) -> dict[str, Any]:
    """What starts the server from anywhere, without a PATH: this very Python, and where drawings go."""
    options = ["--root", os.path.abspath(root), *(["--allow-unsafe"] if allow_unsafe else [])]
    kind = {"type": "stdio"} if client in ("claude-code", "cursor") else {}
    # -P: an `artloop` folder where the client happens to stand is not ours
    return {**kind, "command": os.path.abspath(sys.executable), "args": ["-P", *SERVE, *options]}


def hub_entry(client: Client, url: str) -> dict[str, Any]:
    """What connects to a hub. The key is named by its variable, and read by the client when it connects."""
    match client:
        case "claude-desktop":
            raise UsageError("Claude Desktop's configuration holds no servers by URL; use another client for a hub")
        case "claude-code":
            return {"type": "http", "url": url, "headers": {"Authorization": f"Bearer ${{{KEY}:-}}"}}
        case "cursor":
            return {"url": url, "headers": {"Authorization": f"Bearer ${{env:{KEY}}}"}}
        case "codex":
            return {"url": url, "bearer_token_env_var": KEY}


def ours(found: Any) -> TypeGuard[dict[str, Any]]:
    """Whether an entry starts our server, or connects to a hub as we would, whoever wrote it."""
    if isinstance(found, dict) and "url" in found:
        headers = found.get("headers")
        sent = str(headers.get("Authorization")) if isinstance(headers, dict) else ""
        return found.get("bearer_token_env_var") == KEY or KEY in sent
    args = found.get("args") if isinstance(found, dict) else None
    if not isinstance(args, list):
        return False
    command = re.split(r"[/\\]", str(found.get("command")))[-1].removesuffix(".exe")
    return (command == "artloop" and args[:1] == SERVE[-1:]) or any(
        args[at : at + len(SERVE)] == SERVE for at in range(len(args))
    )


def _in_project(client: Client) -> str:
    match client:
        case "claude-desktop":
            raise UsageError("Claude Desktop has one configuration a user; leave --scope project out")
        case "claude-code":
            return ".mcp.json"
        case "cursor":
            return ".cursor/mcp.json"
        case "codex":
            return ".codex/config.toml"


def _desktop(machine: Machine) -> Path:
    """The folder that programs with windows keep their configurations in."""
    if machine.platform == "darwin":
        return machine.home / "Library" / "Application Support"
    if machine.platform != "win32":
        return Path(machine.environ.get("XDG_CONFIG_HOME") or machine.home / ".config")
    local = Path(machine.environ.get("LOCALAPPDATA") or machine.home / "AppData" / "Local")
    if (local / STORE_APP).is_dir():
        return local / STORE_APP
    return Path(machine.environ.get("APPDATA") or machine.home / "AppData" / "Roaming")
