"""Rendering many pictures by one server, with progress; nothing stays but the pictures."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from artloop.cli.thumbnails import Facts
from artloop.cli.waiting import watched
from artloop.grafix.client import GrafixStdio, RenderClient
from artloop.models import Place, Rendering, RenderRequest
from artloop.settings import Settings
from artloop.workspace import Workspace, storage, write_bytes, write_json


def rendered(settings: Settings, missing: dict[Path, RenderRequest]) -> dict[Path, Facts]:
    """Write each picture and its facts. Raises `RenderServerError`, `StorageError`."""
    return asyncio.run(_rendered(settings, missing))


async def _rendered(settings: Settings, missing: dict[Path, RenderRequest]) -> dict[Path, Facts]:
    """All of them by one server of their own, in a folder that goes again."""
    with (
        tempfile.TemporaryDirectory(prefix="artloop-") as name,
        watched("drawing thumbnails", len(missing)) as (told, kernels),
    ):
        root = Path(name)
        log = root / "server.log"
        async with GrafixStdio(root, settings.render, settings.cache_folder, log, kernels) as server:
            client = RenderClient(server)

            async def shot(number: int, path: Path, request: RenderRequest) -> tuple[Path, Facts]:
                place = Place(run="thumbnails", variant=f"s{number}", iteration=1)
                rendering = await client(request, place)
                facts = _filed(path, Workspace(root).variant(place), rendering)
                told(advance=1)
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
