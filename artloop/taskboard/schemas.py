"""Whether a result meets the JSON Schema of its task. Never fetches what a schema refers to."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match
from referencing import Registry
from referencing.exceptions import Unresolvable

from artloop.errors import UsageError
from artloop.taskboard.words import Json, TaskError

INVALID = "invalid"
NOTHING_ELSE: Registry[Any] = Registry()
"""With the default registry jsonschema would open any address that a `$ref` names."""


def check_schema(schema: dict[str, Json]) -> None:
    """Refuse what is no schema."""
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        where = error.json_path.removeprefix("$") or "its top"
        raise UsageError(f"result_schema is no JSON Schema: {error.message[:500]} at {where}; correct it") from error
    except RecursionError as error:
        raise UsageError("result_schema is nested too deep; make it flatter") from error


def flaw(schema: dict[str, Json], result: Json) -> TaskError | None:
    """Why a result does not meet a schema, and where; None: it does."""
    try:
        found = best_match(Draft202012Validator(schema, registry=NOTHING_ELSE).iter_errors(result))
    except Unresolvable as error:
        message = f"the task's result_schema refers to {error.ref[:500]!r}, which is not in it"
        return TaskError(kind=INVALID, message=message, retryable=False)
    except RecursionError:
        message = "the task's result_schema refers to itself without end"
        return TaskError(kind=INVALID, message=message, retryable=False)
    if found is None:
        return None
    message = f"the result does not meet its schema at {found.json_path}: {found.message}"
    return TaskError(kind=INVALID, message=message[:1000])
