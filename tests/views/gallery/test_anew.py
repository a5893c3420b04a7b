"""What the gallery gives to copy, read by the command line itself."""

import shlex
from typing import Any

import pytest
import typer.main

from artloop.cli import app
from artloop.cli.run import brief_from
from artloop.models import Brief, Canvas, Fork, Reference
from artloop.views.gallery.anew import anew
from tests.works import RECORD

USUAL = {"hypotheses": True, "memory": True, "rethinks": 1, "novelty": True, "tune_renders": 32}
BRIEFS = [
    Brief(text="tidal memory", **USUAL),
    Brief(text='-it\'s "night" & $HOME; rm -rf', **USUAL, stall=2, target_score=8.5, seed=7, survivors=2, share=True),
    Brief(text="--help", **{**USUAL, "tune_renders": 0}, strategy="best-of-n", canvas=Canvas.parse("a4-landscape")),
    Brief(text="潮", **{**USUAL, "tune_renders": 0, "novelty": False}, strategy="quick", iterations=2, pen_mm=0.5),
    Brief(text="x", **{**USUAL, "novelty": False, "rethinks": 0}, stall=3, variants=256, learn=True),
]


def read(line: str) -> dict[str, Any]:
    """The values that `artloop run` would get."""
    words = shlex.split(line)
    assert words[:2] == ["artloop", "run"]
    group: Any = typer.main.get_command(app)
    return dict(group.commands["run"].make_context("run", words[2:]).params)


@pytest.mark.parametrize("brief", BRIEFS)
def test_the_same_brief_comes_of_it(brief: Brief) -> None:
    given = read(anew(RECORD.model_copy(update={"brief": brief}), "lab"))
    assert given["workspace"] == "lab"
    names = ("canvas", "seed", "variants", "iterations", "stall", "target_score", "rethinks", "strategy", "survivors")
    wanted = {name: given[name] for name in (*names, "share", "learn", "novelty", "tune_renders")}
    pen = {"pen_mm": given["pen"], "hypotheses": True, "memory": True, "usual_renders": 32, "sketch": None}
    assert brief_from(text=given["brief"], **wanted, **pen) == brief


@pytest.mark.parametrize(
    ("models", "asked"),
    [
        ({}, {}),
        ({"imagine": "house", "draw": "house", "critique": "house", "choose": "house"}, {}),
        ({"imagine": "m", "draw": "m", "critique": "m", "choose": "m"}, {"model": "m"}),
        (
            {"imagine": "m", "draw": "m", "critique": "eye", "choose": "m", "steer": "s"},
            {"model": "m", "critic_model": "eye", "judge_model": "m", "steer_model": "s"},
        ),
        ({"imagine": "m", "draw": "m", "critique": "eye", "choose": "eye"}, {"model": "m", "critic_model": "eye"}),
        ({"imagine": "hub", "draw": "hub", "critique": "hub", "choose": "hub"}, {"artists": "hub"}),
        ({"imagine": "m", "draw": "hub", "critique": "m", "choose": "m"}, {"artists": "hub:draw", "model": "m"}),
    ],
)
def test_the_same_company_is_asked(models: dict[str, str], asked: dict[str, str]) -> None:
    given = read(anew(RECORD.model_copy(update={"models": models}), "default"))
    names = ("model", "critic_model", "judge_model", "steer_model", "artists")
    assert {name: given[name] for name in names if given[name]} == asked


def test_codex_its_server_and_references_are_named() -> None:
    models = {"imagine": "m", "draw": "codex/m", "critique": "m", "choose": "m"}
    brief = RECORD.brief.model_copy(update={"references": [Reference(name="sea view.png", sha256="0" * 64)]})
    update = {"models": models, "artists": "codex", "base_url": "http://127.0.0.1:9/v1", "brief": brief}
    given = read(anew(RECORD.model_copy(update=update), "default"))
    assert (given["artists"], given["model"], given["base_url"]) == ("codex", "m", "http://127.0.0.1:9/v1")
    assert [str(path) for path in given["reference"]] == ["sea view.png"]


def test_a_fork_is_forked_again() -> None:
    fork = Fork(run="20260101-000000-tide-0000", variant="v02", iteration=3)
    line = anew(RECORD.model_copy(update={"fork": fork}), "default")
    assert line.startswith("artloop fork 20260101-000000-tide-0000 --variant v02 --iteration 3 --brief ")
