"""What makes a picture reproducible: everything that went into it, beside it in `manifest.json`."""

from __future__ import annotations

import platform
import sys
from hashlib import sha256
from pathlib import Path

import artloop
from artloop.grafix.plan import Plan
from artloop.grafix.sandbox.kernels import versions
from artloop.models import Failure, Params, Value


class Manifest(Value):
    """`manifest.json`."""

    source_sha256: str
    """Of `sketch.py` beside it, whose literals are the values below."""
    params: Params
    seed: int
    canvas_mm: tuple[float, float]
    time: float
    pen_mm: float
    versions: dict[str, str]
    platform: str
    revision: str | None
    """Of the repository artloop runs from, if it runs from one."""
    isolation: str
    cache_hit: bool
    failure: Failure | None
    received_ms: int
    started_ms: int
    finished_ms: int


def described(
    plan: Plan, isolation: str, cache_hit: bool, failure: Failure | None, times_ms: tuple[int, int, int]
) -> Manifest:
    """The manifest of one render; times are milliseconds since 1970: received, started, finished."""
    job = plan.job
    return Manifest(
        source_sha256=sha256(job.source.encode()).hexdigest(),
        params=plan.params,
        seed=job.seed,
        canvas_mm=job.canvas,
        time=job.time,
        pen_mm=job.pen_mm,
        versions={"artloop": artloop.__version__, **versions()},
        platform=f"{sys.platform} {platform.machine()}",
        revision=revision(Path(artloop.__file__).parent.parent / ".git"),
        isolation=isolation,
        cache_hit=cache_hit,
        failure=failure,
        received_ms=times_ms[0],
        started_ms=times_ms[1],
        finished_ms=times_ms[2],
    )


def revision(git: Path) -> str | None:
    """The checked-out commit, read without starting git."""
    try:
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head
        reference = head.removeprefix("ref: ")
        if (git / reference).is_file():
            return (git / reference).read_text().strip()
        packed = (git / "packed-refs").read_text().splitlines()
    except OSError:
        return None
    return next((line.split()[0] for line in packed if line.endswith(f" {reference}")), None)
