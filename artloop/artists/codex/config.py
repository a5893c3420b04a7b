"""What Codex is told about itself: its configuration file, its command line and its environment. Starts nothing."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from artloop.errors import UsageError
from artloop.models import Value
from artloop.ports import ToolServer
from artloop.settings import CodexChoice

NAME = "codex"
KEYS = ("CODEX_API_KEY", "OPENAI_API_KEY")
"""Where the key is looked for; Codex is given it as the first of these."""
LOGIN = "auth.json"
PASSED = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
OFF = (
    "shell_tool",
    "unified_exec",
    "view_image",
    "apps",
    "plugins",
    "goals",
    "hooks",
    "browser_use",
    "computer_use",
    "image_generation",
    "skill_search",
    "sleep_tool",
    "tool_suggest",
)
"""Features of Codex that an implementer of sketches has no use for: it has the render tools and nothing else."""
INSTALL = "install it with: npm install -g @openai/codex, or set codex.path"


class Codex(Value):
    """Codex as it is started for one run."""

    program: str
    model: str | None
    base_url: str | None
    timeout_s: float


def name_for(choice: CodexChoice, drawer: str | None) -> str:
    """How a run's record names Codex: with its model, which is that of the draw role unless the settings name one."""
    model = choice.model or drawer
    return f"{NAME}/{model}" if model else NAME


def is_codex(name: str) -> bool:
    """Whether a run's record names Codex by this."""
    return name.partition("/")[0] == NAME


def named(name: str, choice: CodexChoice, base_url: str | None) -> Codex:
    """Codex by its name in a run's record; `base_url` is where the run's own models are asked."""
    model = name.partition("/")[2] or None
    url = choice.base_url or (base_url if model and not choice.model else None)
    return Codex(program=choice.path, model=model, base_url=url, timeout_s=choice.timeout_s)


def check(codex: Codex) -> None:
    """Refuse what cannot work before anything is made or paid. Raises `UsageError`."""
    if shutil.which(codex.program) is None:
        raise UsageError(f"Codex is not installed ({codex.program!r} is no program here); {INSTALL}")
    if codex.base_url and not codex.model:
        raise UsageError("Codex needs the name of a model of that server; set codex.model or --model")
    if not (codex.base_url or key() or login()):
        raise UsageError(f"Codex has no key; set {KEYS[0]} or {KEYS[1]}, or log in with: codex login")


def key() -> str | None:
    """Codex's key."""
    return next((value for name in KEYS if (value := os.environ.get(name))), None)


def login() -> Path | None:
    """The file in which the user's own Codex keeps its login."""
    home = Path(os.environ.get("CODEX_HOME") or Path.home() / ".codex")
    return home / LOGIN if (home / LOGIN).is_file() else None


def environment(home: Path, scratch: Path) -> dict[str, str]:
    """All that Codex sees of the environment: its own folders, its key, the way to the network. Nobody else gets it."""
    kept = {name: os.environ[name] for name in (*PASSED, *_both_cases(PROXIES)) if name in os.environ}
    own = {"HOME": str(home), "CODEX_HOME": str(home), "TMPDIR": str(scratch)}
    return {**kept, **own, KEYS[0]: key() or "not-needed"} if key() or not login() else {**kept, **own}


def command(codex: Codex, schema: Path, pictures: list[Path], work: Path) -> list[str]:
    """The command line; the prompt is read from stdin."""
    shown = [f"--image={picture}" for picture in pictures]
    return [
        codex.program,
        "exec",
        *("--json", "--ephemeral", "--ignore-rules", "--skip-git-repo-check", "--color=never"),
        *("--sandbox=read-only", f"--output-schema={schema}", f"--cd={work}"),
        *shown,
        "-",
    ]


def config_toml(codex: Codex, server: ToolServer) -> str:
    """`config.toml`: one MCP server, ours; no shell, no web, nothing of the user's own. It holds no key."""
    tables: dict[str, dict[str, Any]] = {
        "": {
            **({"model": codex.model} if codex.model else {}),
            **({"model_provider": "artloop"} if codex.base_url else {}),
            "approval_policy": "never",
            "web_search": "disabled",
            "project_doc_max_bytes": 0,
            "check_for_update_on_startup": False,
        },
        "features": dict.fromkeys(OFF, False),
        "agents": {"enabled": False},
        "analytics": {"enabled": False},
        "shell_environment_policy": {"inherit": "none"},
        "mcp_servers.grafix": {
            "command": server.command,
            "args": server.args,
            "enabled_tools": server.tools,
            "default_tools_approval_mode": "approve",
            "required": True,
            "startup_timeout_sec": 120,
            "tool_timeout_sec": int(codex.timeout_s),
        },
        "mcp_servers.grafix.env": dict(server.env),
    }
    if codex.base_url:
        url = {"name": "artloop", "base_url": codex.base_url, "wire_api": "responses", "env_key": KEYS[0]}
        tables["model_providers.artloop"] = url
    return "\n".join(_table(name, values) for name, values in tables.items())


def _table(name: str, values: dict[str, Any]) -> str:
    # Strings, lists, numbers and booleans look the same in TOML as in JSON.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join([f"[{name}]" if name else "", *lines]).strip() + "\n"


def _both_cases(names: tuple[str, ...]) -> list[str]:
    return [spelt for name in names for spelt in (name, name.lower())]
