"""The page for comparing, used as a browser uses it, behind the real command line."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from artloop.cli import app
from artloop.cli.page import Page
from artloop.errors import UsageError
from artloop.judging import gathered, prepared
from artloop.models import Caps
from artloop.prompts import Prompts
from artloop.workspace import Workspace, resource_folders
from tests.campaign import artloop
from tests.test_judging import run, settings

URL = re.compile(r"http://127\.0\.0\.1:\d+/[\w-]+/")


class Browser:
    """What a browser does on the page."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said = ""
        assert process.stdout
        for line in process.stdout:
            self.said += line
            if found := URL.search(line):
                self.url = found[0]
                return
        raise AssertionError(self.said)

    def get(self, path: str, data: bytes | None = None) -> Any:
        with urllib.request.urlopen(self.url + path, data, timeout=60) as answer:
            content = answer.read()
            return json.loads(content) if answer.headers["content-type"] == "application/json" else content

    def say(self, pair: int, said: str | None) -> Any:
        return self.get("answer", json.dumps({"pair": pair, "said": said}).encode())

    def end(self) -> str:
        out, _ = self.process.communicate(timeout=120)
        return self.said + out


def status(url: str, data: bytes | None = None, host: str | None = None) -> int:
    """The status code of a request."""
    request = urllib.request.Request(url, data, {"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two runs of two variants: four drawings, six pairs."""
    run(tmp_path)
    run(tmp_path)
    return tmp_path


@pytest.fixture
def browse(root: Path, cache_folder: Path) -> Iterator[Any]:
    """Opens the page; whatever is left of it is ended by its own pid."""
    opened: list[Browser] = []
    names = sorted(path.name for path in (root / "runs").iterdir())

    def begin() -> Browser:
        words = ("judge", *names, "--all", "--human", "--browser")
        opened.append(Browser(artloop(*words, root=root, cache=cache_folder)))
        return opened[-1]

    yield begin
    for one in opened:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate(timeout=60)


@pytest.mark.slow
def test_answers_are_kept_as_they_come_and_the_last_one_brings_the_ranking(browse: Any) -> None:
    first = browse()
    state = first.get("state")
    assert (state["pair"], state["total"]) == (0, 6)
    assert first.get(f"picture/{state['first']}").startswith(b"\x89PNG")
    assert first.say(0, "first")["pair"] == 1
    assert first.say(0, "second")["pair"] == 1, "an answer typed twice counts once"
    first.process.send_signal(signal.SIGKILL)
    first.end()
    second = browse()
    assert second.get("state")["pair"] == 1
    for number in range(1, 5):
        assert second.say(number, "tie")["pair"] == number + 1
    result = second.say(5, "second")["result"]
    assert len(result["ranking"]) == 4
    assert "the judge agrees with you" in result["agreement"]
    assert result["agreement"] in " ".join(second.end().split())
    assert second.process.returncode == 0


@pytest.mark.slow
def test_enough_and_ctrl_c_end_it_with_what_was_said(browse: Any) -> None:
    page = browse()
    page.say(0, "first")
    assert "result" in page.say(1, None)
    assert re.search(r"you compared 1 pairs|in \d of 1 pairs", page.end())
    assert page.process.returncode == 0
    again = browse()
    assert again.get("state")["pair"] == 1
    again.process.send_signal(signal.SIGINT)
    assert "folder: " in again.end()
    assert again.process.returncode == 0


def test_without_the_key_or_under_another_name_there_is_nothing(browse: Any) -> None:
    page = browse()
    origin = page.url.rpartition("/")[0].rpartition("/")[0]
    assert status(f"{origin}/") == 404
    assert status(f"{origin}/{'x' * 32}/state") == 404
    assert status(page.url) == 200
    assert status(page.url, host="evil.example") == 400
    for bad in (b"{}", b'{"pair": 0, "said": "third"}', b"[" * 900):
        assert status(f"{page.url}answer", bad) == 400
    assert status(f"{page.url}answer", b" " * 2000) == 413
    assert status(f"{page.url}picture/..%2f..%2fjournal.db") == 404


def test_the_page_names_no_run_and_allows_no_other_script(root: Path) -> None:
    runs = Workspace(root).every()
    pieces = gathered(runs, every=True)
    folder = prepared("judge", pieces, runs, settings(root), Caps())
    page = Page(folder, pieces, 6, Prompts(resource_folders(root, "prompts")))
    html = page.html
    assert not any(one.id in html for one in runs)
    assert "Concept" not in html
    assert "default-src 'none'" in html
    assert "&#34;p01&#34;" in html
    assert html.count("<script>") == 1


def test_a_page_without_anybody_to_compare_is_refused(root: Path) -> None:
    result = CliRunner().invoke(app, ["judge", "last", "--all", "--browser", "--root", str(root)])
    assert isinstance(result.exception, UsageError)
    assert "--human" in str(result.exception)
