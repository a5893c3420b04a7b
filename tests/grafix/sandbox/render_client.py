"""A client that renders without end, to be killed: `python -m tests.grafix.sandbox.render_client ROOT CACHE`."""

import asyncio
import sys
from itertools import count
from pathlib import Path

from artloop.grafix.client import GrafixStdio, RenderClient
from artloop.models import Place, RenderRequest
from artloop.settings import RenderLimits

from ..sketches import HEXAGON

ENDLESS = "while True: pass"


async def main(root: Path, cache: Path) -> None:
    """One sketch that never ends, and one after the other that do."""
    async with GrafixStdio(root, RenderLimits(timeout_s=600, max_concurrency=2), cache, root / "log") as server:
        render = RenderClient(server)
        async with asyncio.TaskGroup() as group:
            group.create_task(render(RenderRequest(source=ENDLESS), Place(run="endless")))
            for number in count(1):
                request = RenderRequest(source=f"{HEXAGON}# {number}\n", output_formats=("svg",))
                await render(request, Place(run="short", iteration=number))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
