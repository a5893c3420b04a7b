import json
import stat
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import Result
from mcp import ClientSession, StdioServerParameters, stdio_client
from typer.testing import CliRunner

from artloop.cli import app
from artloop.cli.clients import Client, configuration, this_machine
from artloop.errors import StorageError, UsageError

CLIENTS = get_args(Client)
ABSENT = {"claude-desktop": '{"mcpServers": {}}', "claude-code": '{\n\t"numStartups": 7\n}\n', "cursor": "{}\n"}
TOML = 'model = "m" # mine\n\n[mcp_servers.other]\ncommand = "x"\n'


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a current folder without any configuration."""
    (tmp_path / "home").mkdir()
    (tmp_path / "project").mkdir()
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "home"


def mcp(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["mcp", *arguments], catch_exceptions=True)


def told(*arguments: str) -> str:
    """What a command that succeeds prints."""
    done = mcp(*arguments)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout


def refusal(*arguments: str) -> str:
    """What a command that is refused would say in its one line."""
    done = mcp(*arguments)
    assert isinstance(done.exception, UsageError | StorageError), done.output
    return str(done.exception)


def file_of(client: Client) -> Path:
    return configuration(client, "user", this_machine())


def existing(client: Client) -> Path:
    """A configuration that holds other things, private to the user."""
    path = file_of(client)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((TOML if client == "codex" else ABSENT[client]).encode())
    path.chmod(0o640)
    return path


def entry_in(path: Path, name: str = "grafix") -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    found = tomllib.loads(text)["mcp_servers"] if path.suffix == ".toml" else json.loads(text)["mcpServers"]
    return dict(found[name])


@pytest.mark.parametrize("client", CLIENTS)
def test_an_installed_server_is_uninstalled_without_a_trace(client: Client) -> None:
    path = existing(client)
    before = path.read_bytes()
    assert str(path) in told("install", client)
    assert entry_in(path)["args"][-1] == str(Path.cwd())
    told("uninstall", client)
    assert path.read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(path.parent.glob(f".{path.name}.*")) == []


@pytest.mark.parametrize("client", CLIENTS)
def test_a_configuration_that_was_not_there_goes_again(client: Client) -> None:
    told("install", client)
    assert stat.S_IMODE(file_of(client).stat().st_mode) == 0o600
    told("uninstall", client)
    assert not file_of(client).exists()


@pytest.mark.parametrize("client", CLIENTS)
def test_installing_twice_changes_nothing_and_says_so(client: Client) -> None:
    told("install", client)
    before = file_of(client).stat().st_ino, file_of(client).read_bytes()
    assert "nothing to do" in told("install", client)
    assert (file_of(client).stat().st_ino, file_of(client).read_bytes()) == before


@pytest.mark.parametrize("client", CLIENTS)
def test_installing_with_another_root_keeps_what_the_user_added(client: Client) -> None:
    told("install", client)
    path = file_of(client)
    if client == "codex":
        path.write_text(path.read_text().replace("= 960", "= 5  # patience\nenabled = true"))
    else:
        path.write_text(path.read_text().replace('"args"', '"env": {"A": "b"}, "args"'))
    told("install", client, "--root", "elsewhere")
    found = entry_in(path)
    assert found["args"][-1] == str(Path.cwd() / "elsewhere")
    assert found.get("env", {}).get("A") == "b" or found["enabled"]
    assert client != "codex" or "tool_timeout_sec = 5  # patience\n" in path.read_text()


@pytest.mark.parametrize("client", CLIENTS)
def test_a_dry_run_prints_the_change_and_writes_nothing(client: Client, home: Path) -> None:
    printed = told("install", client, "--dry-run")
    assert printed.startswith(f"--- /dev/null\n+++ {file_of(client)}\n@@")
    assert list(home.iterdir()) == []
    path = existing(client)
    before = path.read_bytes()
    printed = told("install", client, "--dry-run")
    assert printed.startswith(f"--- {path}\n+++ {path}\n")
    assert "artloop" in printed
    assert path.read_bytes() == before


@pytest.mark.parametrize("client", CLIENTS)
def test_a_damaged_configuration_is_named_and_left_alone(client: Client) -> None:
    path = existing(client)
    for damaged in (b'{"mcpServers": {', b"\xff\xfe"):
        path.write_bytes(damaged)
        for command in ("install", "uninstall"):
            assert f"{path} is damaged" in refusal(command, client)
        assert path.read_bytes() == damaged


@pytest.mark.parametrize("client", CLIENTS)
def test_another_server_of_the_name_is_only_replaced_by_force(client: Client) -> None:
    path = existing(client)
    foreign = '[mcp_servers.grafix]\nurl = "https://example.org"\n'
    path.write_text(foreign if client == "codex" else '{"mcpServers": {"grafix": {"url": "https://example.org"}}}')
    before = path.read_bytes()
    assert "--force" in refusal("install", client)
    assert "not ours" in refusal("uninstall", client)
    assert path.read_bytes() == before
    told("install", client, "--name", "mine")
    assert entry_in(path) == {"url": "https://example.org"}
    told("install", client, "--force")
    assert "url" not in entry_in(path)


@pytest.mark.parametrize("client", CLIENTS)
def test_uninstalling_what_is_not_there_changes_nothing(client: Client, home: Path) -> None:
    assert "nothing to do" in told("uninstall", client)
    assert list(home.iterdir()) == []


def test_a_configuration_behind_a_link_stays_behind_it(home: Path) -> None:
    kept = home / "dotfiles.json"
    kept.write_text("{}")
    (home / ".claude.json").symlink_to(kept)
    told("install", "claude-code")
    assert (home / ".claude.json").is_symlink()
    assert entry_in(kept)["type"] == "stdio"


def test_the_mark_that_windows_programs_set_stays() -> None:
    path = existing("cursor")
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\r\n')
    told("install", "cursor")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf{")
    told("uninstall", "cursor")
    assert path.read_bytes() == b'\xef\xbb\xbf{"a": 1}\r\n'


def test_a_project_gets_a_configuration_of_its_own(home: Path) -> None:
    told("install", "claude-code", "--scope", "project")
    assert entry_in(Path(".mcp.json"))["timeout"] == 960_000
    assert list(home.iterdir()) == []


def test_a_folder_in_the_place_of_the_configuration_is_named() -> None:
    file_of("cursor").mkdir(parents=True)
    assert f"{file_of('cursor')} cannot be read" in refusal("install", "cursor")


def test_a_file_where_its_folder_should_be_is_named(home: Path) -> None:
    (home / ".cursor").write_text("")
    assert "make it writable" in refusal("install", "cursor")


@pytest.mark.parametrize(
    ("options", "said"),
    [(["--name", "a.b"], "'a.b'"), (["--scope", "project"], "--scope project"), (["--root", "file"], "is a file")],
)
def test_what_makes_no_sense_is_refused(options: list[str], said: str, home: Path) -> None:
    Path("file").write_text("")
    assert said in refusal("install", "claude-desktop", *options)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("client", "key"),
    [("claude-code", "Bearer ${MCP_API_KEY:-}"), ("cursor", "Bearer ${env:MCP_API_KEY}"), ("codex", "MCP_API_KEY")],
)
def test_a_hub_is_entered_by_its_url_and_the_name_of_its_key(
    client: Client, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCP_API_KEY", "a-secret-of-more-than-16-characters")
    path = existing(client)
    before = path.read_bytes()
    url = "http://studio.example:8424/mcp"
    assert "MCP_API_KEY" in told("install", client, "--server", "hub", "--hub", url)
    entry = entry_in(path, "artloop-hub")
    assert entry["url"] == url
    assert entry.get("bearer_token_env_var") == key or entry["headers"] == {"Authorization": key}
    assert b"a-secret" not in path.read_bytes()
    assert "nothing to do" in told("install", client, "--server", "hub", "--hub", url)
    told("install", client, "--server", "hub")
    assert entry_in(path, "artloop-hub")["url"] == "http://127.0.0.1:8424/mcp"
    assert "--force" in refusal("install", client, "--name", "artloop-hub")
    told("uninstall", client, "--server", "hub")
    assert path.read_bytes() == before


@pytest.mark.parametrize("url", ["127.0.0.1:8424", "http://", "ftp://x/mcp", "http://ada:secret@x/mcp", "http://x y/"])
def test_what_is_no_url_of_a_hub_is_refused(url: str, home: Path) -> None:
    assert "no URL of a hub" in refusal("install", "cursor", "--server", "hub", "--hub", url)
    assert "by URL" in refusal("install", "claude-desktop", "--server", "hub")
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("client", ["claude-desktop", "codex"])
async def test_the_entry_starts_the_server_in_a_bare_environment(
    client: Client, home: Path, cache_folder: Path
) -> None:
    told("install", client, "--root", "drawings")
    entry = entry_in(file_of(client))
    bare = {"HOME": str(home), "PATH": "", "ARTLOOP_CACHE": str(cache_folder)}
    started = StdioServerParameters(command=entry["command"], args=entry["args"], env=bare, cwd=home)
    async with stdio_client(started) as streams, ClientSession(*streams) as session:
        hello = await session.initialize()
        assert hello.server_info.name == "grafix"
        assert "render" in {tool.name for tool in (await session.list_tools()).tools}
