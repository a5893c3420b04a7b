"""`artloop sketches` and `artloop new`, in a workspace with sketches of its own."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from artloop.cli import app
from artloop.cli.beginning import begin
from artloop.cli.listing import list_studies, wanted
from artloop.cli.thumbnails import FOLDER, PIXELS_PER_MM, Thumbnail, thumbnails
from artloop.errors import UsageError
from artloop.settings import Settings, load
from artloop.source import declared
from artloop.views.wall import write_wall
from tests.campaign import environment

HALF_BLOCK = "▀"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with two sketches of its own, one of which does not draw."""
    root = tmp_path_factory.mktemp("root")
    ferry = begin(root / "sketches", "night_ferry")
    ferry.write_text(ferry.read_text().replace('"hill"', '"begun", "ferry"'))
    lame = begin(root / "sketches", "lame")
    lame.write_text(lame.read_text().replace('"hill"', '"begun"').replace("x = np", "x = nought"))
    return root


@pytest.fixture(scope="module")
def settings(own: Path, cache_folder: Path) -> Settings:
    return load({"root": own, "cache": cache_folder})


@pytest.fixture(scope="module")
def drawn(settings: Settings) -> list[Thumbnail]:
    return thumbnails(settings, wanted(settings, ["begun"]))


def test_what_is_begun_is_a_sketch_that_declares_itself(tmp_path: Path) -> None:
    found = declared(begin(tmp_path / "sketches", "night_ferry").read_text())
    assert found.title.startswith("Night ferry: ")
    assert set(found.params) == set(found.ranges)
    assert all(low <= found.params[name] <= high for name, (low, high) in found.ranges.items())
    assert len(found.tags) >= 8


@pytest.mark.parametrize("name", ["", "../x", "Night", "9lives", "a" * 41, "class", "nuit blanche", "静か", "_x"])
def test_a_name_that_cannot_be_a_module_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot name a sketch"):
        begin(tmp_path, name)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("precious")
    (tmp_path / "link.py").symlink_to("nowhere")
    for name in ("mine", "mine.py", "link"):
        with pytest.raises(UsageError, match="stays as it is"):
            begin(tmp_path, name)
    assert (tmp_path / "mine.py").read_text() == "precious"


def test_new_says_how_to_go_on(tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["new", "night_ferry", "--root", str(tmp_path)]).stdout
    assert printed.splitlines()[0] == str(tmp_path / "sketches" / "night_ferry.py")
    assert "artloop render night_ferry" in printed


def test_new_says_so_when_it_takes_the_name_of_a_sketch_there_is(tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["new", "tide_lines", "--root", str(tmp_path)])
    assert "came with artloop; from here, tide_lines means yours" in made.stderr
    assert "came with" not in CliRunner().invoke(app, ["new", "ferry", "--root", str(tmp_path)]).stderr


def test_tags_choose_and_an_unknown_one_names_those_there_are(settings: Settings) -> None:
    assert {study.name for study in wanted(settings, ["begun", "quiet"])} == {"night_ferry", "lame"}
    assert [study.name for study in wanted(settings, ["Ferry "])] == ["night_ferry"]
    with pytest.raises(UsageError, match=r"no sketch has the tag xyz; there are: .*begun"):
        wanted(settings, ["xyz"])


def test_sketches_are_drawn_once_and_leave_no_run(settings: Settings, own: Path, drawn: list[Thumbnail]) -> None:
    ferry = drawn[1]
    assert (ferry.study.name, ferry.facts.pens) == ("night_ferry", 2)
    assert ferry.picture is not None
    with Image.open(ferry.picture) as image:
        assert image.width == round(148 * PIXELS_PER_MM)
    written = ferry.picture.stat().st_ino
    again = thumbnails(settings, [ferry.study])[0]
    assert again == ferry
    assert ferry.picture.stat().st_ino == written
    assert not (own / "runs").exists()


def test_one_that_does_not_draw_says_why_and_is_not_kept(settings: Settings, drawn: list[Thumbnail]) -> None:
    lame = drawn[0]
    assert (lame.study.name, lame.picture) == ("lame", None)
    assert "nought" in lame.summary
    assert len(list((settings.cache_folder / FOLDER).iterdir())) == 2


def test_the_list_is_json_or_a_plain_table(drawn: list[Thumbnail], capsys: pytest.CaptureFixture[str]) -> None:
    list_studies(drawn, as_json=True, plain=False)
    lame, ferry = json.loads(capsys.readouterr().out)["sketches"]
    assert (ferry["name"], ferry["pens"], ferry["thumbnail"]) == ("night_ferry", 2, str(drawn[1].picture))
    assert (lame["name"], lame["thumbnail"]) == ("lame", None)
    assert "nought" in lame["failure"]
    list_studies(drawn, as_json=False, plain=True)
    table = capsys.readouterr().out
    assert "Night ferry" in table
    assert "\x1b" not in table


def test_a_sheet_shows_them_all(settings: Settings, drawn: list[Thumbnail], tmp_path: Path) -> None:
    one = write_wall(tmp_path / "one.png", "Sketches", [drawn[1].hung])
    two = write_wall(tmp_path / "two.png", "Sketches", [drawn[1].hung, drawn[0].hung])
    with Image.open(one) as narrow, Image.open(two) as wide:
        assert wide.width > narrow.width
        assert wide.height == narrow.height


@pytest.mark.parametrize(
    ("more", "words", "rows", "pictures"),
    [
        ({}, (), 40, True),
        ({}, (), 0, False),
        ({"NO_COLOR": "1"}, (), 40, False),
        ({"TERM": "dumb"}, ("--plain",), 40, False),
    ],
    ids=["pictures", "sizeless", "no-colour", "dumb-plain"],
)
def test_a_terminal_gets_pictures_unless_it_must_not(
    settings: Settings, drawn: list[Thumbnail], more: dict[str, str], words: tuple[str, ...], rows: int, pictures: bool
) -> None:
    told = at_terminal(settings, more, rows, "--tag", "ferry", *words)
    assert "ferry" in told
    assert (HALF_BLOCK in told) == pictures


def at_terminal(settings: Settings, more: dict[str, str], rows: int, *words: str) -> str:
    """What a terminal of 100 columns without picture protocols is sent."""
    master, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 100, 16 * rows, 800))
    command = [sys.executable, "-m", "artloop", "sketches", *words, "--root", str(settings.root)]
    env = {**environment(settings.cache_folder), "TERM": "xterm-256color", "COLORTERM": "truecolor", **more}
    process = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, env=env, start_new_session=True)
    os.close(side)
    told = b""
    with contextlib.suppress(OSError):  # Linux's word for a terminal whose other side is closed
        while part := os.read(master, 65536):
            told += part
    os.close(master)
    assert process.wait(60) == 0, told.decode()
    return told.decode(errors="replace")
