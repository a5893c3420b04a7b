"""Where a call's files go: the ids that a client names, checked against those its host sends in `_meta`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp_types import INVALID_PARAMS
from pydantic import ValidationError

from artloop.errors import UsageError
from artloop.models import Place
from artloop.workspace import Workspace, contained, storage

META_KEY = "artloop/place"
AUTO = "auto"
"""As an attempt: a folder named after the request's content."""
FIELDS = {"workspace_id": "workspace", "run_id": "run", "variant_id": "variant", "iteration": "iteration"}
READABLE = ("sketch.py", "drawing.svg", "preview.png", "metrics.json")
"""What of an iteration is the same whenever and wherever it was made, and so may be shown to an agent of a run."""
ITERATION_MAX = 9999


class Placement:
    """The place of one call. `hosted`: the host has said where; `numbered`: the iteration is known."""

    def __init__(self, root: Path, place: Place, hosted: bool, numbered: bool) -> None:
        self.place = place
        self.hosted = hosted
        self.numbered = numbered
        self.workspace = Workspace(root, place.workspace)
        self.variant = self.workspace.variant(place)

    def file(self, path: str) -> Path:
        """An existing file of the variant. Raises `UsageError`."""
        found = contained(self.variant, path)
        if not found.is_file():
            raise UsageError(f"there is no file {path!r} in variant {self.place.variant}; list_artifacts names them")
        if self.hosted and found.name not in READABLE:
            raise UsageError(f"{path!r} is none of the files to read here: {', '.join(READABLE)}")
        return found

    def folder(self, content: str) -> tuple[Path, Place]:
        """The folder to render into, made if it is the next one, and the full place; `content` names an attempt."""
        place = self.place
        if not self.numbered:
            place = place.model_copy(update={"iteration": self._next()})
        if place.attempt == AUTO:
            place = place.model_copy(update={"attempt": content[:8]})
        return self.workspace.place(place), place

    def _next(self) -> int:
        """Claim the first iteration number above all there are."""
        folder = contained(self.variant, "iterations")
        with storage(folder):
            folder.mkdir(parents=True, exist_ok=True)
            taken = [int(path.name) for path in folder.iterdir() if path.name.isdigit()]
            for number in range(max(taken, default=0) + 1, ITERATION_MAX + 1):
                try:
                    (folder / f"{number:02d}").mkdir()
                except FileExistsError:
                    continue
                return number
        raise UsageError(f"variant {self.place.variant} is full: {ITERATION_MAX} iterations; name another variant_id")


def placed(root: Path, named: Mapping[str, Any], meta: Mapping[str, Any] | None) -> Placement:
    """The place a call means: what it names, filled from what its host says. Raises `UsageError`.

    Ids that differ from the host's are refused: an agent cannot reach another run.
    """
    host = _hosted(meta)
    given = {FIELDS[name]: value for name, value in named.items() if value not in (None, "")}
    for field, value in given.items():
        if field in host and host[field] != value:
            raise UsageError(f"{field} {value!r} is not yours to use; leave the ids out, they are known")
    values = {**host, **given}
    try:
        place = Place.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        number = first["loc"][0] == "iteration"
        wanted = "from 0 to 9999" if number else "letters, digits, dot, dash and underscore, at most 64"
        raise UsageError(f"{first['loc'][0]} {first['input']!r} is not possible: {wanted}") from error
    return Placement(root, place, hosted=bool(host), numbered="iteration" in values)


def bound_to(place: Place) -> ServerMiddleware[Any]:
    """Middleware for a client that cannot send `_meta`: whatever it says, each of its calls is hosted at this place."""
    hosted = {META_KEY: place.model_dump(mode="json")}

    async def bound(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        uri = str((ctx.params or {}).get("uri", ""))
        if ctx.method.startswith("resources/") and uri and not uri.startswith("grafix://"):
            raise MCPError(
                INVALID_PARAMS, f"{uri[:80]!r} is not yours to read; use get_artifact for the files of this place"
            )
        meta: Any = {**(ctx.meta or {}), **hosted}
        return await call_next(replace(ctx, meta=meta))

    return bound


def is_hosted(meta: Mapping[str, Any] | None) -> bool:
    """Whether a call comes from a host that says where, as the agents of a run do. Raises `UsageError`."""
    return bool(_hosted(meta))


def _hosted(meta: Mapping[str, Any] | None) -> dict[str, Any]:
    host = (meta or {}).get(META_KEY) or {}
    if not isinstance(host, dict):
        raise UsageError(f"_meta {META_KEY} must be an object with the fields of a place")
    return {name: value for name, value in host.items() if value is not None}
