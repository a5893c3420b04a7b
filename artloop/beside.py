"""Work that goes on for as long as something is open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from artloop.errors import first_of

AGAIN_S = 0.2


@asynccontextmanager
async def beside(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do these works while the body runs; an error of any ends all, and is raised as it is.

    Not for works that need time to end in good order: they are cancelled again and again until they have ended.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
            try:
                yield
            finally:
                # redis-py can swallow a cancellation that comes together with an answer
                while left := [task for task in tasks if not task.done()]:
                    for task in left:
                        task.cancel()
                    await asyncio.wait(left, timeout=AGAIN_S)
    except BaseExceptionGroup as errors:
        raise first_of(errors) from errors
