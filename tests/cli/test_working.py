"""What `--executor docket` and `artloop worker` refuse before anything is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from artloop.cli import app
from artloop.cli.session import away
from artloop.errors import StorageError, UsageError
from artloop.settings import load

NOBODY = "redis://artist:secret@127.0.0.1:1"


def refused(*words: str, root: Path) -> BaseException:
    """The error of a command that makes nothing."""
    said = CliRunner().invoke(app, [*words, "--root", str(root)]).exception
    assert said is not None
    assert list(root.iterdir()) == []
    return said


@pytest.mark.parametrize("words", [("run", "tide", "--executor", "docket"), ("worker",)])
def test_without_a_server_it_is_said_how_to_name_one(tmp_path: Path, words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match=r"give --redis URL, or set ARTLOOP_DOCKET__REDIS"):
        raise refused(*words, root=tmp_path)


def test_what_is_no_url_of_a_server_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give a URL that begins with redis://"):
        raise refused("worker", "--redis", "localhost:6379", root=tmp_path)


@pytest.mark.parametrize("words", [("run", "tide", "--executor", "docket"), ("worker",)])
def test_a_server_that_is_not_there_is_one_line_without_its_password(tmp_path: Path, words: tuple[str, ...]) -> None:
    with pytest.raises(StorageError, match=r"127\.0\.0\.1:1\S* does not answer") as told:
        raise refused(*words, "--redis", NOBODY, root=tmp_path)
    assert "secret" not in str(told.value)


def test_how_to_go_on_names_the_workers_and_no_password() -> None:
    assert away(load({})) == ""
    plain = {"executor": "docket", "docket": {"redis": "redis://studio:6379", "blobs": "s3://studio/blobs"}}
    assert away(load(plain)) == " --executor docket --redis redis://studio:6379 --blobs s3://studio/blobs"
    assert "secret" not in away(load({"executor": "docket", "docket": {"redis": NOBODY}}))
