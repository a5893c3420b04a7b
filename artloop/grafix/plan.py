"""Decides every value of a render from the request, the sketch's own literals and the defaults, without running it."""

from __future__ import annotations

import difflib
import hashlib
import json
from dataclasses import dataclass

from artloop import source as literals
from artloop.grafix.faults import failed
from artloop.grafix.sandbox.workers import Job
from artloop.models import PAPER_MAX_MM, PAPER_MIN_MM, Canvas, Failure, Params, RenderRequest

SOURCE_MAX = 400_000
PEN_MM = 0.3
SEED_BITS = 64


@dataclass(frozen=True)
class Plan:
    """A job, and the parameter values in it for the manifest."""

    job: Job
    params: Params


def planned(request: RenderRequest) -> Plan | Failure:
    """The job for a request, or why its sketch cannot be run at all."""
    if len(request.source) > SOURCE_MAX:
        return failed("syntax", f"the sketch has {len(request.source)} characters; {SOURCE_MAX} is the limit")
    try:
        found = literals.declared(request.source)
    except SyntaxError as error:
        return _syntax(error, request.source)
    except (ValueError, RecursionError, MemoryError) as error:
        return failed("syntax", f"the sketch cannot be read: {error or type(error).__name__}")
    canvas = request.canvas_size or found.canvas or Canvas().size
    if not all(PAPER_MIN_MM <= side <= PAPER_MAX_MM for side in canvas):
        limits = f"each side must be {PAPER_MIN_MM:g} to {PAPER_MAX_MM:g} mm"
        return failed("exception", f"the canvas {canvas[0]:g} x {canvas[1]:g} is impossible: {limits}")
    if unknown := sorted(request.params.keys() - found.params.keys()):
        return _unknown(unknown[0], list(found.params))
    params = {name: _like(found.params[name], value) for name, value in request.params.items()}
    pen_mm = request.pen_mm or found.pen_mm or PEN_MM
    seed = request.seed if request.seed is not None else found.seed or 0
    source = literals.replaced(
        request.source, PARAMS=params or None, SEED=request.seed, CANVAS=request.canvas_size, PEN_MM=request.pen_mm
    )
    job = Job(source, seed, request.time, (float(canvas[0]), float(canvas[1])), float(pen_mm))
    return Plan(job, {**found.params, **params})


def request_hash(request: RenderRequest) -> str:
    """sha256 of a request's canonical JSON."""
    text = json.dumps(request.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _like(declared: int | float, given: int | float) -> int | float:
    """A whole number stays an int where the sketch declares an int: JSON and models do not keep the two apart."""
    if isinstance(declared, int) and isinstance(given, float) and given.is_integer():
        return int(given)
    return given


def _unknown(name: str, known: list[str]) -> Failure:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    guess = f"did you mean {near[0]}? " if near else ""
    hint = (
        f"{guess}It has: {', '.join(known)}" if known else "declare PARAMS = {...} in the sketch, or leave params out"
    )
    return failed("exception", f"the sketch's PARAMS has no {name!r}", hint=hint)


def _syntax(error: SyntaxError, source: str) -> Failure:
    lines = source.splitlines()
    line = error.lineno
    hint = f"the line reads: {lines[line - 1].strip()[:120]}" if line and 0 < line <= len(lines) else ""
    return failed("syntax", f"SyntaxError: {error.msg}", line, hint)
