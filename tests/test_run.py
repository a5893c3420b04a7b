"""The real command line with the house artist over the real stdio server: what a newcomer does and meets."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from artloop.grafix import svg
from artloop.grafix.plotter.profiles import SERVO
from artloop.workspace import RunFolder, Workspace
from tests.campaign import artloop, environment, finished
from tests.grafix.plotters import plot_gcode, plot_hpgl

SMALL = ("--variants", "2", "--iterations", "2")
BRIEF = "潮の記憶 🌊"


def drawings(folder: RunFolder) -> dict[str, bytes]:
    """Every iteration's SVG by its path in the run."""
    found = folder.path.glob("variants/*/iterations/*/drawing.svg")
    return {str(path.relative_to(folder.path)): path.read_bytes() for path in found}


class Made(NamedTuple):
    """A finished run of the house artist, and what its command said."""

    folder: RunFolder
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, cache_folder: Path) -> Made:
    """What `--json` makes of a brief in another script."""
    root = tmp_path_factory.mktemp("house")
    command = [sys.executable, "-m", "artloop", "run", BRIEF, *SMALL, "--json", "--root", str(root)]
    done = subprocess.run(command, env=environment(cache_folder), capture_output=True, text=True, check=True)
    return Made(Workspace(root).every()[0], done.stdout, done.stderr)


@pytest.fixture(scope="module")
def house_run(made: Made) -> RunFolder:
    """Its folder."""
    return made.folder


def root_of(folder: RunFolder) -> Path:
    return folder.path.parents[1]


def test_a_run_leaves_everything_the_design_names(house_run: RunFolder) -> None:
    for name in ("run.json", "journal.db", "contact_sheet.png", "gallery.html", "selection.json"):
        assert (house_run.path / name).stat().st_size > 0, name
    for name in ("sketch.py", "drawing.svg", "preview.png", "plot.gcode"):
        assert (house_run.final / name).stat().st_size > 0, name
    first = house_run.iteration("v01", 1)
    names = ("prompt.md", "sketch.py", "drawing.svg", "preview.png", "metrics.json", "critique.json", "manifest.json")
    for name in (*names, "log.txt"):
        assert (first / name).is_file(), name
    assert (house_run.variant("v01") / "concept.json").is_file()
    assert list((first / "tries").iterdir()) != []


def test_the_previews_are_drawings_and_not_blank(house_run: RunFolder) -> None:
    for path in house_run.path.glob("variants/*/iterations/*/preview.png"):
        with Image.open(path) as picture:
            dark = sum(picture.convert("L").histogram()[:160])
            assert dark > 0.005 * picture.width * picture.height, path


def test_the_variants_start_from_different_sketches(house_run: RunFolder) -> None:
    titles = {(house_run.iteration(name, 1) / "sketch.py").read_text().splitlines()[0] for name in ("v01", "v02")}
    assert len(titles) == 2


@pytest.mark.slow
def test_the_same_brief_and_seed_give_the_same_bytes(house_run: RunFolder, tmp_path: Path, cache_folder: Path) -> None:
    finished("run", BRIEF, *SMALL, root=tmp_path, cache=cache_folder)
    assert drawings(Workspace(tmp_path).every()[0]) == drawings(house_run)


@pytest.mark.slow
def test_a_house_run_replays_identically(house_run: RunFolder, cache_folder: Path) -> None:
    assert "identical: 4 drawings" in finished("replay", house_run.id, root=root_of(house_run), cache=cache_folder)


@pytest.mark.slow
def test_resuming_a_finished_run_changes_nothing(house_run: RunFolder, cache_folder: Path) -> None:
    before = drawings(house_run)
    finished("resume", house_run.id, root=root_of(house_run), cache=cache_folder)
    assert drawings(house_run) == before


def test_what_a_folder_lost_is_drawn_again_as_it_was(house_run: RunFolder, tmp_path: Path, cache_folder: Path) -> None:
    shutil.copytree(root_of(house_run), tmp_path / "copy")
    (copy,) = Workspace(tmp_path / "copy").every()
    shutil.rmtree(copy.path / "variants")
    shutil.rmtree(copy.final)
    said = finished("resume", copy.id, root=tmp_path / "copy", cache=cache_folder)
    assert said.count("had lost files; drawn again, the same") == 4
    assert drawings(copy) == drawings(house_run)
    assert sorted(path.name for path in copy.final.iterdir()) == sorted(path.name for path in house_run.final.iterdir())


def test_show_and_list_speak_json(house_run: RunFolder, cache_folder: Path) -> None:
    shown = json.loads(finished("show", house_run.id, "--json", root=root_of(house_run), cache=cache_folder))
    assert shown["status"] == "finished"
    assert shown["winner"] in {"v01", "v02"}
    assert [variant["iterations"] for variant in shown["variants"]] == [2, 2]
    assert all(Path(variant["best"]["svg"]).is_file() for variant in shown["variants"])
    assert shown["usage"]["requests"] > 0
    assert (shown["judged"]["pairs"], shown["judged"]["calls"], shown["judged"]["flip_rate"]) == (1, 2, 0.0)
    best = shown["judged"]["ranking"][0]
    assert best["low"] <= best["strength"] <= best["high"]
    listed = json.loads(finished("list", "--json", root=root_of(house_run), cache=cache_folder))
    assert house_run.id in {row["id"] for row in listed["runs"]}


def test_watching_a_finished_run_tells_it_and_ends(house_run: RunFolder, cache_folder: Path) -> None:
    output = finished("watch", house_run.id, root=root_of(house_run), cache=cache_folder)
    assert "winner" in output


def test_a_drawing_can_be_taken_out(house_run: RunFolder, tmp_path: Path, cache_folder: Path) -> None:
    target = tmp_path / "mine.svg"
    options = ("--variant", "v02", "--iteration", "1", "--output", str(target))
    finished("export", house_run.id, *options, root=root_of(house_run), cache=cache_folder)
    assert target.read_bytes() == (house_run.iteration("v02", 1) / "drawing.svg").read_bytes()


@pytest.mark.parametrize("form", ["gcode", "hpgl"])
def test_a_drawing_can_be_taken_to_a_plotter(
    house_run: RunFolder, tmp_path: Path, cache_folder: Path, form: str
) -> None:
    target = tmp_path / f"mine.{form}"
    options = ("--format", form, "--output", str(target), *(("--profile", "servo") if form == "gcode" else ()))
    said = finished("export", house_run.id, *options, root=root_of(house_run), cache=cache_folder)
    assert "m drawn" in said
    text = target.read_text()
    plot = plot_gcode(text, SERVO) if form == "gcode" else plot_hpgl(text)
    drawing = svg.read((house_run.final / "drawing.svg").read_text())
    points = np.array([point for stroke in plot.strokes for point in stroke])
    drawn = drawing.strokes[0] * [1, -1] + [0, drawing.canvas[1]]
    assert np.abs(points.min(axis=0) - drawn.min(axis=0)).max() < 0.1
    assert np.abs(points.max(axis=0) - drawn.max(axis=0)).max() < 0.1


def test_render_draws_one_sketch_without_a_loop(tmp_path: Path, cache_folder: Path) -> None:
    output = finished("render", "tide_lines", "--seed", "3", "--json", root=tmp_path, cache=cache_folder)
    rendering = json.loads(output)
    assert rendering["ok"]
    assert (tmp_path / "runs/adhoc/variants/tide_lines/iterations/01/drawing.svg").is_file()


def test_a_sketch_that_fails_to_render_says_where(tmp_path: Path, cache_folder: Path) -> None:
    sketch = tmp_path / "broken.py"
    sketch.write_text("def draw(t):\n    return missing\n")
    output = finished("render", str(sketch), root=tmp_path, cache=cache_folder, code=3)
    assert "line 2" in output


def test_a_brief_in_any_language_is_drawn_and_json_is_the_only_thing_on_stdout(made: Made) -> None:
    report = json.loads(made.stdout)
    assert set(report) >= {"run_id", "status", "folder", "winner", "variants", "usage", "seconds"}
    assert report["run_id"] == made.folder.id
    assert "run" in made.stderr


def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(tmp_path: Path, cache_folder: Path) -> None:
    process = artloop("run", "tide", *SMALL, root=tmp_path, cache=cache_folder)
    assert process.stdout is not None
    for line in process.stdout:
        if "v01" in line:
            process.send_signal(signal.SIGINT)
            break
    rest = process.stdout.read()
    process.stdout.close()
    assert process.wait(60) == 130, rest
    assert "artloop resume" in rest
    assert "Traceback" not in rest
    shown = json.loads(finished("show", "last", "--json", root=tmp_path, cache=cache_folder))
    assert shown["status"] == "interrupted"


@pytest.mark.slow
def test_a_second_driver_is_refused_in_one_line(tmp_path: Path, cache_folder: Path) -> None:
    first = artloop("run", "tide", *SMALL, root=tmp_path, cache=cache_folder)
    assert first.stdout is not None
    first.stdout.readline()
    first.stdout.readline()
    refused = finished("resume", "last", "--quiet", root=tmp_path, cache=cache_folder, code=2)
    assert str(first.pid) in refused
    assert len(refused.splitlines()) == 1
    first.stdout.read()
    first.stdout.close()
    assert first.wait(120) == 0


@pytest.mark.slow
def test_a_run_that_ran_out_of_time_keeps_what_it_made(tmp_path: Path, cache_folder: Path) -> None:
    output = finished("run", "tide", *SMALL, "--max-minutes", "0.0001", root=tmp_path, cache=cache_folder, code=3)
    assert "resume" in output
    finished("resume", "last", root=tmp_path, cache=cache_folder)


def test_a_full_disk_is_one_line_and_leaves_no_half_file(tmp_path: Path, cache_folder: Path) -> None:
    """A limit on the size of files does what a full disk does, for this process and its children."""
    command = [sys.executable, "-m", "artloop", "run", "tide", *SMALL, "--quiet", "--root", str(tmp_path)]
    done = subprocess.run(
        command,
        env=environment(cache_folder),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)),
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    for path in tmp_path.rglob("*.json"):
        json.loads(path.read_text())
    assert not list(tmp_path.rglob(".*"))


def test_doctor_renders_and_never_shows_the_key(tmp_path: Path, cache_folder: Path) -> None:
    output = finished("doctor", root=tmp_path, cache=cache_folder)
    assert "isolation" in output
    assert "OPENAI_API_KEY is set" in output
    assert environment(cache_folder)["OPENAI_API_KEY"] not in output
    assert list(tmp_path.iterdir()) == []
