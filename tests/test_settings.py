import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from artloop.errors import SettingsError
from artloop.settings import Settings, load


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and an environment without settings."""
    for name in list(os.environ):
        if name.startswith(("ARTLOOP_", "ART_LOOP_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def toml(folder: Path, text: str) -> Path:
    path = folder / "artloop.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_anything_the_defaults_count() -> None:
    found = load()
    assert found == Settings()
    assert found.model.default == "house"


def test_options_beat_the_environment_which_beats_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml(home, "[loop]\nmax_failures = 4\nmax_repairs = 4\nmax_turns = 4\n")
    monkeypatch.setenv("ARTLOOP_LOOP__MAX_REPAIRS", "5")
    monkeypatch.setenv("ARTLOOP_LOOP__MAX_TURNS", "5")
    loop = load({"loop": {"max_turns": 6}}).loop
    assert (loop.max_failures, loop.max_repairs, loop.max_turns) == (4, 5, 6)


def test_an_option_that_was_not_given_says_nothing(home: Path) -> None:
    toml(home, '[model]\ndefault = "gpt-5"\n')
    assert load({"model": {"default": None, "critic": None}, "workspace": None}).model.default == "gpt-5"


def test_the_file_lies_in_the_root_unless_named(home: Path) -> None:
    (home / "studio").mkdir()
    named = toml(home / "studio", 'workspace = "tides"\n')
    assert load({"root": "studio"}).workspace == "tides"
    assert load({"root": str(home)}, file=named).workspace == "tides"
    assert load().workspace == "default"


def test_a_named_file_must_exist(home: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml does not exist; leave --config out or create it"):
        load(file=home / "nowhere.toml")


@pytest.mark.parametrize("text", ["[render", "render = ", "a = 1\na = 2", "\udcff"])
def test_a_broken_file_is_named(home: Path, text: str) -> None:
    (home / "artloop.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SettingsError, match=r"settings file artloop\.toml cannot be read: .*; mend or remove it"):
        load()


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ("[render]\nmax_concurrent = 3", "render.max_concurrent", "render.max_concurrency"),
        ("[rendr]\ntimeout_s = 3", "rendr", "render"),
        ("work_space = 'x'", "work_space", "workspace"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_valid_one(home: Path, text: str, wrong: str, right: str) -> None:
    toml(home, text)
    with pytest.raises(SettingsError, match=f"artloop.toml: unknown setting {wrong}; did you mean {right}[?]"):
        load()


def test_an_unknown_variable_is_named_with_the_nearest_valid_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTLOOP_LOOP__MAX_REPAIR", "1")
    with pytest.raises(SettingsError, match=r"ARTLOOP_LOOP__MAX_REPAIR: .* did you mean loop\.max_repairs"):
        load()


@pytest.mark.parametrize(
    "text",
    ["[render]\nmax_concurrency = 0", "[render]\nmax_concurrency = 'many'", "[render]\ntimeout_s = nan", "render = 3"],
)
def test_an_impossible_value_is_named_in_one_line(home: Path, text: str) -> None:
    toml(home, text)
    with pytest.raises(
        SettingsError, match=r"^setting render.* \(artloop\.toml or ARTLOOP_\.\.\.\): .*correct or remove it$"
    ):
        load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ARTLOOP_RENDER", "abc"),
        ("ARTLOOP_RENDER", "3"),
        ("ARTLOOP_RENDER", '{"nope": 1}'),
        ("ARTLOOP_LOOP__MAX_TURNS", "x"),
        ("ARTLOOP_LOOP__MAX_TURNS__X", "3"),
        ("ARTLOOP_", "x"),
        ("ART_LOOP_MAX_CONCURRENCY", "many"),
        ("ART_LOOP_MAX_CONCURRENCY", "0"),
        ("ART_LOOP_MAX_CONCURRENCY", "-1"),
        ("ART_LOOP_MAX_CONCURRENCY", "²"),
        ("ART_LOOP_MAX_CONCURRENCY", "65"),
    ],
)
def test_a_nonsense_variable_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refusal:
        load()
    assert "\n" not in str(refusal.value)


def test_art_loop_max_concurrency_is_honoured(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml(home, "[render]\ntimeout_s = 7\n")
    monkeypatch.setenv("ART_LOOP_MAX_CONCURRENCY", "2")
    found = load().render
    assert (found.max_concurrency, found.timeout_s) == (2, 7)
    assert load({"render": {"max_concurrency": 3}}).render.max_concurrency == 3


def test_settings_do_not_change() -> None:
    found = load()
    with pytest.raises(ValidationError, match="frozen"):
        found.workspace = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        found.loop.max_turns = 3  # type: ignore[misc]


def test_the_cache_is_the_users_unless_set(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "xdg"))
    assert load().cache_folder == home / "xdg" / "artloop"
    assert load({"cache": home / "mine"}).cache_folder == home / "mine"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(home))
    assert load().cache_folder.is_relative_to(home)
