"""Whole runs of the command line with models behind a provider that misbehaves, and what is left on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from artloop.readback import read_back
from artloop.workspace import RunFolder, Workspace
from tests.campaign import artloop, environment, finished, model_options
from tests.provider import MODEL, Asked, Provider, by_rule, refused, refuses, serving, texts

SMALL = ("--variants", "1", "--iterations", "1")
SETTINGS = """
[model]
backoff_s = 0.01
breaker_failures = 2
[model.roles.draw]
temperature = 0.25
max_output_tokens = 4000
"""
KEY = environment(Path())["OPENAI_API_KEY"]


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


def holding(root: Path, secret: str) -> list[Path]:
    """The files below a folder that hold the secret."""
    return [path for path in root.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def the_run(root: Path) -> RunFolder:
    (folder,) = Workspace(root).every()
    return folder


def test_a_run_through_a_storm_replays_without_settings_key_or_provider(tmp_path: Path, cache_folder: Path) -> None:
    (tmp_path / "artloop.toml").write_text(SETTINGS)
    with serving() as provider:
        provider.offers = {"/responses", "/models"}
        blind = refused(400, "image input is not supported by this model")
        provider.script = [refused(503), refused(503), refuses, by_rule, by_rule, blind]
        said = finished("run", "tide", *SMALL, *model_options(provider), root=tmp_path, cache=cache_folder)
        host = provider.url.split("/")[2]
        for line in ("is left alone for", "is tried again", "answers again"):
            assert f"{host} {line}" in said
        assert f"{MODEL} takes no pictures" in said
        drawing = [asked for asked in provider.asked if asked.body.get("max_output_tokens")]
        assert {asked.body["temperature"] for asked in drawing} == {0.25}
        refused_ones = 3
        paid = len(provider.asked) - refused_ones
    folder = the_run(tmp_path)
    record = folder.read_record()
    assert (record.api, record.manners["draw"].temperature) == ("responses", 0.25)
    used = read_back(folder).usage
    assert (used.requests, used.unanswered) == (paid, 0)
    assert "choose" not in (folder.path / "trace.jsonl").read_text()
    assert "critique" in (folder.path / "trace.jsonl").read_text()

    (tmp_path / "artloop.toml").unlink()
    assert "identical: 1 drawings" in finished("replay", folder.id, root=tmp_path, cache=cache_folder)


@pytest.mark.slow
def test_a_provider_that_stays_down_leaves_a_run_that_resumes(
    tmp_path: Path, cache_folder: Path, provider: Provider
) -> None:
    settings = SETTINGS.replace("[model]", "[model]\npatience_s = 0.2\nmax_tries = 20")
    (tmp_path / "artloop.toml").write_text(settings)
    provider.script = [by_rule, *[refused(502)] * 400]
    options = ("--quiet", *SMALL, *model_options(provider))
    said = finished("run", "tide", *options, root=tmp_path, cache=cache_folder, code=5)
    assert "nothing is lost, resume" in said
    assert len(said.splitlines()) == 1
    lost = len(provider.asked) - 1
    provider.script = []
    finished("resume", "last", "--quiet", root=tmp_path, cache=cache_folder)
    used = read_back(the_run(tmp_path)).usage
    assert used.unanswered == lost > 1
    assert used.requests == len(provider.asked) - lost


def test_the_key_is_in_no_file_log_trace_child_or_error(tmp_path: Path, cache_folder: Path, provider: Provider) -> None:
    (tmp_path / "artloop.toml").write_text(SETTINGS)
    environments: list[dict[str, str]] = []

    def look_at_children(number: int) -> None:
        for child in psutil.Process(process.pid).children(recursive=True):
            environments.append(child.environ())

    def repeats_the_key(asked: Asked) -> object:
        provider.before = look_at_children
        return refused(503, f"your key {KEY} has to wait")(asked)

    provider.script = [repeats_the_key, by_rule, by_rule, refused(400, f"{KEY} may not do this")]  # type: ignore[list-item]
    options = ("--log-level", "debug", *SMALL, *model_options(provider))
    process = artloop("run", "tide", *options, root=tmp_path, cache=cache_folder)
    said, _ = process.communicate(timeout=180)
    assert process.returncode == 5, said
    assert "rejects the request" in said
    assert KEY not in said
    assert environments
    assert not [values for values in environments if KEY in "".join(values.values())]
    assert holding(tmp_path, KEY) == []
    assert KEY not in "".join(text for asked in provider.asked for text in texts(asked.body))
