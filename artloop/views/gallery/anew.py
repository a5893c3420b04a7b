"""The command that asks for the same run again, put together from its record."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from artloop.models import Brief, RunRecord
from artloop.settings import LoopSettings

HOUSE, HUB, CODEX = "house", "hub", "codex"
HUBS = ("imagine", "draw", "critique", "choose")
"""The roles that agents of a hub take when nobody says which."""


def anew(record: RunRecord, workspace: str) -> str:
    """Asks for everything that was asked for; files (a sketch, references) by the names they had, or have here."""
    brief = record.brief
    size = ["--variants", str(brief.variants), "--iterations", str(brief.iterations)]
    tail = [] if workspace == "default" else ["--workspace", workspace]
    if at := record.fork:
        place = ["--variant", at.variant, "--iteration", str(at.iteration)]
        return shlex.join(["artloop", "fork", at.run, *place, "--brief", brief.text, *size, *tail])
    options = [*size, *_wishes(brief), *_company(record), *tail]
    words = [*options, "--", brief.text] if brief.text.startswith("-") else [brief.text, *options]
    return shlex.join(["artloop", "run", *words])


def _wishes(brief: Brief) -> Iterator[str]:
    """What the brief asks for beside its words and its size, where it is not what is usual."""
    yield from ("--seed", str(brief.seed), "--canvas", str(brief.canvas))
    yield from ("--pens", brief.pens.name) if brief.pens else ("--pen", f"{brief.pen_mm:g}")
    usual = LoopSettings().tune_renders if brief.strategy == "improve" else 0
    given = {
        "--strategy": brief.strategy if brief.strategy != "improve" else None,
        "--target-score": brief.target_score,
        "--stall": brief.stall or None,
        "--rethinks": brief.rethinks if brief.stall and brief.rethinks != 1 else None,
        "--tune-renders": brief.tune_renders if brief.tune_renders != usual else None,
        "--survivors": brief.survivors or None,
        "--sketch": "sketch.py" if brief.sketch else None,
    }
    for option, value in given.items():
        if value is not None:
            yield from (option, f"{value:g}" if isinstance(value, float) else str(value))
    for reference in brief.references:
        yield from ("--reference", reference.name)
    flags = {
        "--share": brief.share,
        "--learn": brief.learn,
        "--no-novelty": not brief.novelty and brief.strategy != "quick",
    }
    yield from (flag for flag, wanted in flags.items() if wanted)


def _company(record: RunRecord) -> Iterator[str]:
    """Who works: whoever is not named is the default model, and the judge is the critic."""
    models = record.models
    taken = [role for role, name in models.items() if name == HUB]
    if record.artists == CODEX:
        yield from ("--artists", CODEX)
    elif taken:
        yield from ("--artists", HUB if set(taken) == set(HUBS) else f"{HUB}:{','.join(taken)}")
    drawing = (
        [models.get("imagine", HOUSE)] if record.artists == CODEX else [models.get("draw", HOUSE), *models.values()]
    )
    default = next((name for name in drawing if name != HUB), HOUSE)
    critic = models.get("critique", default)
    named = {
        "--model": default if default != HOUSE else None,
        "--critic-model": critic if critic != default else None,
        "--judge-model": models["choose"] if models.get("choose", critic) != critic else None,
        "--steer-model": models.get("steer"),
        "--base-url": record.base_url,
    }
    for option, value in named.items():
        if value not in (None, HUB):
            yield from (option, str(value))
