from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from artloop.artists.codex.config import Codex, check, config_toml, environment, name_for, named
from artloop.errors import UsageError
from artloop.ports import ToolServer
from artloop.settings import CodexChoice
from tests.fake_codex import codex_program

SERVER = ToolServer(
    command='/a "b"/python', args=["--place", '{"run": "ö\\n"}'], env={"PYTHONPATH": "/x"}, tools=["render"]
)


@pytest.fixture(autouse=True)
def nobodys_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the developer's keys nor their login decide a test."""
    for name in ("CODEX_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CODEX_HOME", str(tmp_path / "home"))


def codex(**values: object) -> Codex:
    return Codex.model_validate({"program": "codex", "model": None, "base_url": None, "timeout_s": 9.5, **values})


def test_the_configuration_has_our_server_and_no_shell() -> None:
    config = tomllib.loads(config_toml(codex(), SERVER))
    entry = config["mcp_servers"]["grafix"]
    assert (entry["command"], entry["args"], entry["env"]) == (SERVER.command, SERVER.args, SERVER.env)
    assert entry["enabled_tools"] == ["render"]
    assert config["features"]["shell_tool"] is False
    assert config["approval_policy"] == "never"
    assert "model" not in config


def test_another_server_of_models_is_asked_by_responses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_API_KEY", "sk-test-1")
    text = config_toml(codex(model="m", base_url="http://127.0.0.1:1/v1"), SERVER)
    provider = tomllib.loads(text)["model_providers"]["artloop"]
    assert (provider["base_url"], provider["env_key"]) == ("http://127.0.0.1:1/v1", "CODEX_API_KEY")
    assert "sk-test-1" not in text


def test_codex_sees_its_key_and_nothing_else_that_is_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-2")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    found = environment(tmp_path / "h", tmp_path / "t")
    assert found["CODEX_API_KEY"] == "sk-test-2"
    assert (found["CODEX_HOME"], found["TMPDIR"]) == (str(tmp_path / "h"), str(tmp_path / "t"))
    assert {"AWS_SECRET_ACCESS_KEY", "OPENAI_API_KEY"}.isdisjoint(found)


def test_the_record_names_the_model_and_leads_back_to_it() -> None:
    assert name_for(CodexChoice(), None) == "codex"
    assert name_for(CodexChoice(), "gpt-5") == "codex/gpt-5"
    assert name_for(CodexChoice(model="o"), "gpt-5") == "codex/o"
    assert named("codex/a/b", CodexChoice(), None).model == "a/b"
    assert named("codex", CodexChoice(), None).model is None


def test_the_runs_own_server_is_codexs_too_unless_it_has_its_own_model() -> None:
    assert named("codex/m", CodexChoice(), "http://u").base_url == "http://u"
    assert named("codex/o", CodexChoice(model="o"), "http://u").base_url is None
    assert named("codex/o", CodexChoice(model="o", base_url="http://c"), "http://u").base_url == "http://c"


def test_a_missing_codex_is_refused_with_the_way_to_get_it() -> None:
    with pytest.raises(UsageError, match="npm install -g @openai/codex"):
        check(codex(program="no-such-codex"))


def test_a_codex_without_key_and_login_is_refused(tmp_path: Path) -> None:
    program = str(codex_program(tmp_path))
    with pytest.raises(UsageError, match="codex login"):
        check(codex(program=program))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "auth.json").write_text("{}")
    check(codex(program=program))


def test_another_server_needs_the_name_of_a_model(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name of a model"):
        check(codex(program=str(codex_program(tmp_path)), base_url="http://u"))
