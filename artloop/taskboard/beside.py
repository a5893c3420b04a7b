"""Work that goes on for as long as something is open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

from artloop.errors import first_of

AGAIN_S = 0.2


@asynccontextmanager
async def beside(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Do this work while the body runs; an error of either ends both, and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(work)
            try:
                yield
            finally:
                # redis-py can swallow a cancellation that comes together with an answer.
                while not task.done():
                    task.cancel()
                    await asyncio.wait([task], timeout=AGAIN_S)
    except BaseExceptionGroup as errors:
        raise first_of(errors) from errors
