"""Pictures of sketches outside of any run: rendered in the same sandbox, kept by what they show."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from artloop.cli.waiting import preparing
from artloop.grafix.cache import content_key, room_fingerprint
from artloop.grafix.sandbox.kernels import versions
from artloop.house.repertoire import Study
from artloop.models import RenderRequest, Value
from artloop.settings import Settings
from artloop.views.wall import Hung

FOLDER = "thumbnails"
KEPT = 600
"""Pictures; the longest unused go."""
PIXELS_PER_MM = 3.0


class Facts(Value):
    """What a render says of a drawing, kept beside its picture."""

    pens: int = 0
    plot_seconds: float = 0.0
    strokes: int = 0
    ink_mm: float = 0.0
    warning: str = ""
    """Gates that are shut."""
    failure: str | None = None
    """Why there is no drawing."""


class Thumbnail(Value):
    """A sketch and what it looks like as it stands."""

    study: Study
    facts: Facts
    picture: Path | None

    @property
    def summary(self) -> str:
        """Pens and minutes, or why there is no drawing."""
        if self.facts.failure:
            return self.facts.failure
        pens = "1 pen" if self.facts.pens == 1 else f"{self.facts.pens} pens"
        warning = f"; {self.facts.warning}" if self.facts.warning else ""
        return f"{pens}, {self.facts.plot_seconds / 60:.0f} min{warning}"

    @property
    def hung(self) -> Hung:
        """As it hangs on a wall."""
        return Hung(title=self.study.title, note=self.summary, picture=self.picture, failure=self.facts.failure)


def thumbnails(settings: Settings, studies: list[Study]) -> list[Thumbnail]:
    """A thumbnail of each, from the cache or rendered now. Raises `RenderServerError`, `StorageError`."""
    requests = [RenderRequest(source=study.source, render_scale=PIXELS_PER_MM) for study in studies]
    shots = pictures(settings, requests)
    return [
        Thumbnail(study=study, facts=facts, picture=picture)
        for study, (picture, facts) in zip(studies, shots, strict=True)
    ]


def pictures(settings: Settings, requests: list[RenderRequest]) -> list[tuple[Path | None, Facts]]:
    """Picture and facts of each request; what is not kept yet is rendered, with progress on stderr."""
    folder = settings.cache_folder / FOLDER
    paths = [folder / f"{_key(settings, request)}.png" for request in requests]
    found = {path: facts for path in dict.fromkeys(paths) if (facts := _kept(path))}
    missing = {path: request for path, request in zip(paths, requests, strict=True) if path not in found}
    if missing:
        with preparing():  # the SDK comes along, which takes longer than to list what is kept
            from artloop.cli.shooting import rendered

        found |= rendered(settings, missing)
        _sweep(folder)
    return [(path if not found[path].failure else None, found[path]) for path in paths]


def _key(settings: Settings, request: RenderRequest) -> str:
    """Everything that decides picture and facts."""
    values = {"request": request.model_dump(mode="json"), "limits": settings.render.model_dump(mode="json")}
    return content_key({**values, "room": room_fingerprint(), "versions": versions()})


def _kept(path: Path) -> Facts | None:
    """The facts beside a picture; None when either is missing or damaged."""
    try:
        facts = Facts.model_validate_json(path.with_suffix(".json").read_bytes())
        path.touch()
    except (OSError, ValueError):
        return None
    return facts if path.stat().st_size else None


def _sweep(folder: Path) -> None:
    """Leave the most recently used."""
    with suppress(OSError):  # another command sweeps too, or the folder cannot be written
        pictures = sorted(folder.glob("*.png"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in pictures[KEPT:]:
            path.with_suffix(".json").unlink(missing_ok=True)
            path.unlink(missing_ok=True)
