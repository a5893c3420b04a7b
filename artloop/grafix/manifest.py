"""What makes a picture reproducible: everything that went into it, beside it in `manifest.json`."""

from __future__ import annotations

import platform
import re
import sys
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import artloop
from artloop.grafix.plan import Plan
from artloop.grafix.sandbox.kernels import versions
from artloop.models import Failure, Params, PenSet, Value

REQUIREMENT = re.compile(r"\s*([A-Za-z0-9._-]+)\s*(?:\[([^\]]*)\])?")
EXTRA_MARKER = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")


class Manifest(Value):
    """`manifest.json`."""

    source_sha256: str
    """Of `sketch.py` beside it, whose literals are the values below."""
    params: Params
    seed: int
    canvas_mm: tuple[float, float]
    time: float
    pen_mm: float
    pens: PenSet | None
    """With which its layers were drawn; None: each with its own."""
    versions: dict[str, str]
    dependencies_sha256: str
    """Of `name==version` of every package artloop needs, as installed, sorted, one a line."""
    platform: str
    revision: str | None
    """Of the repository artloop runs from, if it runs from one."""
    isolation: str
    """How the sketch was confined when it was run, by whatever server ran it."""
    cache_hit: bool
    failure: Failure | None
    received_ms: int
    started_ms: int
    finished_ms: int


def described(
    plan: Plan,
    isolation: str,
    cache_hit: bool,
    failure: Failure | None,
    times_ms: tuple[int, int, int],
    pens: PenSet | None,
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
        pens=pens,
        versions={"artloop": artloop.__version__, **versions()},
        dependencies_sha256=dependencies_sha256(),
        platform=f"{sys.platform} {platform.machine()}",
        revision=revision(Path(artloop.__file__).parent.parent / ".git"),
        isolation=isolation,
        cache_hit=cache_hit,
        failure=failure,
        received_ms=times_ms[0],
        started_ms=times_ms[1],
        finished_ms=times_ms[2],
    )


@cache
def dependencies_sha256() -> str:
    """Hash of the packages that artloop needs, as they are installed."""
    return sha256("\n".join(installed("artloop")).encode()).hexdigest()


def installed(package: str) -> list[str]:
    """Sorted `name==version` of a package and of all it needs that is there, extras it asks for included."""
    found: dict[str, str] = {}
    seen, waiting = {(package, "")}, [(package, "")]
    while waiting:
        name, extra = waiting.pop()
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # of another platform, or artloop run from its bare sources
            continue
        found[name] = distribution.version
        for requirement in distribution.requires or ():
            needed = set(_needed(requirement, extra)) - seen
            seen |= needed
            waiting += needed
    return sorted(f"{name}=={version}" for name, version in found.items())


def _needed(requirement: str, extra: str) -> list[tuple[str, str]]:
    """(name, extra) pairs of a requirement; none if it belongs to an extra nobody asked for."""
    what, _, marker = requirement.partition(";")
    only_for = EXTRA_MARKER.search(marker)
    matched = REQUIREMENT.match(what)
    if matched is None or (only_for and only_for[1] != extra):
        return []
    name = re.sub(r"[-_.]+", "-", matched[1]).lower()
    extras = [one.strip() for one in (matched[2] or "").split(",")]
    return [(name, one) for one in {"", *extras}]


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
