"""One way to write a value down, so that equal values have equal hashes on every machine and in every session."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel

from artloop.ports import Step


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces of pydantic values, dicts, lists, strings and numbers.

    `1` and `1.0` stay different: a sketch may treat them differently. Raises ValueError for NaN and infinity, which
    JSON cannot hold, and TypeError for what has no order of its own (a set) or no JSON form.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain)


def digest(*values: Any) -> str:
    """sha256, in hex, of the canonical JSON of the list of these values."""
    # A model may answer with half a surrogate pair; that must not break the hash of the next request.
    return hashlib.sha256(canonical(values).encode("utf-8", "surrogatepass")).hexdigest()


def step_for(variant: str, iteration: int, kind: str, ordinal: int, *inputs: Any) -> Step:
    """The step at this place of the run; `inputs` is all that decides its result, timings left out."""
    return Step(variant=variant, iteration=iteration, kind=kind, ordinal=ordinal, input_sha256=digest(*inputs))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")
