"""Pictures of sketches outside of any run: rendered in the same sandbox, kept by what they show."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from artloop.grafix.cache import content_key, room_fingerprint
from artloop.grafix.client import GrafixStdio, RenderClient
from artloop.grafix.sandbox.kernels import versions
from artloop.house.repertoire import Study
from artloop.models import Place, Rendering, RenderRequest, Value
from artloop.settings import Settings
from artloop.wall import Hung
from artloop.workspace import Workspace, storage, write_bytes, write_json

FOLDER = "thumbnails"
KEPT = 600
"""Pictures; the longest unused go."""
PIXELS_PER_MM = 3.0
Kernels = Callable[[int, int], None]


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
        found |= asyncio.run(_rendered(settings, missing))
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


async def _rendered(settings: Settings, missing: dict[Path, RenderRequest]) -> dict[Path, Facts]:
    """All of them by one server of their own, in a folder that goes again."""
    with tempfile.TemporaryDirectory(prefix="artloop-") as name, _progress(len(missing)) as (advance, kernels):
        root = Path(name)
        log = root / "server.log"
        async with GrafixStdio(root, settings.render, settings.cache_folder, log, kernels) as server:
            client = RenderClient(server)

            async def shot(number: int, path: Path, request: RenderRequest) -> tuple[Path, Facts]:
                place = Place(run="thumbnails", variant=f"s{number}", iteration=1)
                rendering = await client(request, place)
                facts = _filed(path, Workspace(root).variant(place), rendering)
                advance()
                return path, facts

            return dict(await asyncio.gather(*(shot(number, *item) for number, item in enumerate(missing.items()))))


def _filed(path: Path, folder: Path, rendering: Rendering) -> Facts:
    """Keep picture and facts; a sketch that does not draw may be mended any moment, so that is not kept."""
    made, picture = rendering.metrics, rendering.artifact("preview.png")
    if made is None or picture is None:
        return Facts(failure=rendering.complaint or "it draws nothing")
    facts = Facts(
        pens=made.pens,
        plot_seconds=made.plot_seconds,
        strokes=made.strokes,
        ink_mm=made.ink_mm,
        warning=rendering.complaint,
    )
    with storage(path):
        write_bytes(path, (folder / picture.path).read_bytes())
    write_json(path.with_suffix(".json"), facts)
    return facts


def _sweep(folder: Path) -> None:
    """Leave the most recently used."""
    with suppress(OSError):  # another command sweeps too, or the folder cannot be written
        pictures = sorted(folder.glob("*.png"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in pictures[KEPT:]:
            path.with_suffix(".json").unlink(missing_ok=True)
            path.unlink(missing_ok=True)


@contextmanager
def _progress(total: int) -> Iterator[tuple[Callable[[], None], Kernels]]:
    """One line on stderr, on a terminal only: told of drawings, and of kernels while they compile."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        row = shown.add_task("drawing thumbnails", total=total)
        compiling = shown.add_task("compiling Grafix's kernels, once per machine", total=None, visible=False)

        def kernels(done: int, of: int) -> None:
            shown.update(compiling, completed=done, total=of, visible=done < of)

        yield lambda: shown.advance(row), kernels
