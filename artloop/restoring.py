"""Draws again what a run's folder has lost: a committed drawing is never made anew, but its files may be gone."""

from __future__ import annotations

import asyncio

from artloop.events import Emit, FilesRestored
from artloop.flow.drafting import asked_for
from artloop.models import Rendering
from artloop.ports import Render
from artloop.readback import read_back
from artloop.workspace import RunFolder


async def restore(folder: RunFolder, render: Render, tell: Emit) -> None:
    """Render every committed iteration of which a file is missing, where it was. Raises what a render does."""
    brief, story = folder.read_record().brief, await asyncio.to_thread(read_back, folder)
    for variant in story.variants:
        for one in variant.iterations:
            if lost(folder, variant.id, one.rendering):
                request = asked_for(one.drawing, brief)
                again = await render(request, folder.place(variant.id, one.number))
                same = digests(again) == digests(one.rendering)
                tell(FilesRestored(variant=variant.id, iteration=one.number, same=same))


def lost(folder: RunFolder, variant: str, rendering: Rendering) -> bool:
    """Whether a file of a rendering is gone."""
    return not all((folder.variant(variant) / artifact.path).is_file() for artifact in rendering.artifacts)


def digests(rendering: Rendering) -> dict[str, str]:
    """What each file of a rendering holds."""
    return {artifact.name: artifact.sha256 for artifact in rendering.artifacts}
