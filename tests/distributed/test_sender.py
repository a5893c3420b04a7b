"""What a driver does with what comes back."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from artloop.distributed.blobs import FolderBlobs
from artloop.distributed.errand import Errand, Outcome
from artloop.distributed.post import Post
from artloop.distributed.sender import Sender
from artloop.distributed.store import Store
from artloop.errors import StorageError
from artloop.models import Drawing, RenderRequest, RunRecord
from artloop.ports import Attempt, Calls
from artloop.workspace import RunFolder
from tests.distributed.crew import driving, outcome, run_record, working
from tests.fakes import MemoryCalls
from tests.valkey import Valkey

MADE = "variants/v01/iterations/01/critique.json"
CONTENT = b"{}"


def sender(run: RunRecord, post: Post, folder: Path) -> Sender:
    return Sender(
        folder=RunFolder(folder / run.id),
        record=run,
        post=post,
        blobs=FolderBlobs(folder / "blobs"),
        calls=MemoryCalls(),
        answers=lambda step, generation: [],
        counted=lambda: None,
        tell=lambda event: None,
        alike=lambda work: {},
        max_deaths=3,
    )


async def test_a_step_whose_files_are_lost_is_done_again_when_it_is_asked_for_again(
    server: Valkey, store: Store, tmp_path: Path
) -> None:
    run, tries, blobs = run_record(), list[str](), FolderBlobs(tmp_path / "blobs")

    async def works(errand: Errand, calls: Calls) -> Outcome:
        if tries:
            blobs.put(CONTENT)
        tries.append(errand.name)
        return outcome().model_copy(update={"artifacts": {MADE: hashlib.sha256(CONTENT).hexdigest()}})

    async with asyncio.timeout(60), working(server.url, "lost", works):
        async with driving(store, server.url, "lost", run.id) as post:
            sends, task = sender(run, post, tmp_path), RenderRequest(source="# a line")
            with pytest.raises(StorageError, match=r"is not in .*blobs"):
                await sends.ask("critique", task, Drawing, Attempt(step="v01/01/critique/0"))
            drawn = await sends.ask("critique", task, Drawing, Attempt(step="v01/01/critique/0"))
    assert drawn.source == "a line"
    assert (tmp_path / run.id / MADE).read_bytes() == CONTENT
    assert len(tries) == 2
