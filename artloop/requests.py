"""Requests to a run on disk: one small file each, whole or not at all, that outlives asker and driver.

And what a replay does in the artist's stead.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from pydantic import ValidationError

from artloop.errors import RunDamaged
from artloop.models import Answer, Request, Requests, What
from artloop.ports import Question, Step
from artloop.workspace import RunFolder, contained, unfollowing, write_json


def ask(folder: RunFolder, what: What, variant: str | None = None, text: str = "") -> Request:
    """Leave a request for whoever drives the run, now or later; it is on disk when this returns."""
    request = Request(id=f"{time.time_ns():020d}-{os.urandom(2).hex()}", what=what, variant=variant, text=text)
    write_json(contained(folder.path, f"{folder.requests.name}/{request.id}.json"), request)
    return request


class LeftRequests:
    """`ports.Hand` of a run that goes on. The folder is looked at before each step: a request can act nowhere else."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._known: dict[str, Request] = {}

    def requests(self, before: Step) -> list[Request]:
        """Everything asked so far, oldest first. Raises `RunDamaged` for a file that is no request."""
        folder = contained(self._folder.path, self._folder.requests.name)
        names = sorted(path.name for path in folder.glob("*.json")) if folder.is_dir() else []
        return [self._read(name) for name in names]

    def _read(self, name: str) -> Request:
        if name not in self._known:
            path = contained(self._folder.path, f"{self._folder.requests.name}/{name}")
            try:
                with open(path, "rb", opener=unfollowing) as file:
                    self._known[name] = Request.model_validate_json(file.read())
            except (OSError, ValidationError) as error:
                first = str(error).splitlines()[0]
                raise RunDamaged(f"{path} is no request ({first}); remove it, then resume the run") from error
        return self._known[name]


class RepeatedAnswers:
    """`ports.Confirm` of a replay: what the artist said at the same place of the recorded run."""

    def __init__(self, committed: Callable[[str, type[Answer]], Answer | None]) -> None:
        self._committed = committed

    def wants(self, step: Step, question: Question) -> bool:
        """Whether there is an answer on record."""
        return self._committed(step.key, Answer) is not None

    async def ask(self, step: Step, question: Question) -> Answer:
        """That answer."""
        return self._committed(step.key, Answer) or Answer(accepted=True)


class RepeatedRequests:
    """`ports.Hand` of a replay: what took effect at the same place of the recorded run."""

    def __init__(self, committed: Callable[[str, type[Requests]], Requests | None]) -> None:
        self._committed = committed

    def requests(self, before: Step) -> list[Request]:
        """The requests that are on record there."""
        found = self._committed(before.key, Requests)
        return found.requests if found else []
