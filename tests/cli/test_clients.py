import os
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from artloop.cli.clients import STORE_APP, Client, Machine, Scope, configuration, entry, ours
from artloop.errors import UsageError

HOME = Path("/home/ada")


def lies_in(client: Client, scope: Scope = "user", platform: str = "linux", **environ: str) -> str:
    return str(configuration(client, scope, Machine(HOME, Path("/work"), platform, environ)))


@pytest.mark.parametrize(
    ("client", "platform", "environ", "path"),
    [
        ("claude-desktop", "darwin", {}, "/home/ada/Library/Application Support/Claude/claude_desktop_config.json"),
        ("claude-desktop", "linux", {}, "/home/ada/.config/Claude/claude_desktop_config.json"),
        ("claude-desktop", "linux", {"XDG_CONFIG_HOME": "/xdg"}, "/xdg/Claude/claude_desktop_config.json"),
        ("claude-desktop", "win32", {}, "/home/ada/AppData/Roaming/Claude/claude_desktop_config.json"),
        ("claude-desktop", "win32", {"APPDATA": "/roaming"}, "/roaming/Claude/claude_desktop_config.json"),
        ("claude-code", "darwin", {}, "/home/ada/.claude.json"),
        ("claude-code", "linux", {"CLAUDE_CONFIG_DIR": "/conf"}, "/conf/.claude.json"),
        ("cursor", "win32", {}, "/home/ada/.cursor/mcp.json"),
        ("codex", "linux", {}, "/home/ada/.codex/config.toml"),
        ("codex", "darwin", {"CODEX_HOME": "/codex"}, "/codex/config.toml"),
    ],
)
def test_each_client_keeps_its_configuration_where_it_says(
    client: Client, platform: str, environ: dict[str, str], path: str
) -> None:
    assert lies_in(client, platform=platform, **environ) == path


def test_claude_desktop_from_the_windows_store_has_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / STORE_APP).mkdir(parents=True)
    found = lies_in("claude-desktop", platform="win32", LOCALAPPDATA=str(tmp_path), APPDATA="/roaming")
    assert found == str(tmp_path / STORE_APP / "Claude/claude_desktop_config.json")


def test_a_project_has_a_configuration_for_each_client_but_claude_desktop() -> None:
    assert lies_in("claude-code", "project", CLAUDE_CONFIG_DIR="/conf") == "/work/.mcp.json"
    assert lies_in("cursor", "project") == "/work/.cursor/mcp.json"
    assert lies_in("codex", "project", CODEX_HOME="/codex") == "/work/.codex/config.toml"
    with pytest.raises(UsageError, match="leave --scope project out"):
        lies_in("claude-desktop", "project")


@pytest.mark.parametrize("client", get_args(Client))
def test_an_entry_names_this_python_and_a_root_from_anywhere(client: Client) -> None:
    made = entry(client, Path("drawings"), allow_unsafe=True)
    assert made["command"] == os.path.abspath(sys.executable)
    assert made["args"][-3:] == ["--root", os.path.abspath("drawings"), "--allow-unsafe"]
    assert ours(made)
    assert "--allow-unsafe" not in entry(client, Path(), allow_unsafe=False)["args"]


@pytest.mark.parametrize(
    ("found", "is_ours"),
    [
        ({"command": "artloop", "args": ["mcp"]}, True),
        ({"command": "C:\\Tools\\artloop.exe", "args": ["mcp", "--root", "C:\\d"]}, True),
        ({"command": "/old/python", "args": ["-m", "artloop", "mcp"]}, True),
        ({"command": "uvx", "args": ["artloop", "mcp"]}, False),
        ({"command": "artloop", "args": ["list"]}, False),
        ({"command": "artloop", "args": "mcp"}, False),
        ({"url": "https://example.org/mcp"}, False),
        (None, False),
        ("artloop mcp", False),
    ],
)
def test_only_an_entry_that_starts_this_server_is_ours(found: Any, is_ours: bool) -> None:
    assert ours(found) == is_ours
