import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from artloop.grafix.sandbox.handle import Children
from artloop.grafix.sandbox.workers import Job, Outcome, WorkerPool, worker_pool
from artloop.settings import RenderLimits

from ..sketches import DRAW, HEXAGON, compiled, ended, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
LIMITS = RenderLimits(timeout_s=2, memory_mb=200, output_mb=1)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def kernels(cache_folder: Path) -> AsyncIterator[tuple[Children, Path]]:
    async with Children() as children:
        yield children, await compiled(children, cache_folder)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool(kernels: tuple[Children, Path]) -> AsyncIterator[WorkerPool]:
    async with worker_pool(kernels[0], LIMITS, kernels[1], 2) as made:
        await made.tested()
        yield made


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def spawning(kernels: tuple[Children, Path]) -> AsyncIterator[WorkerPool]:
    """As on macOS."""
    async with worker_pool(kernels[0], LIMITS, kernels[1], 2, "process") as made:
        await made.warm()
        yield made


async def ran(pool: WorkerPool, source: str, seed: int = 0) -> Outcome:
    return await pool.run(Job(source, seed, 0.0, (100.0, 80.0), 0.4))


async def test_a_sketch_comes_back_as_checked_layers(pool: WorkerPool) -> None:
    outcome = await ran(pool, HEXAGON)
    assert outcome.failure is None
    assert outcome.layers == [{"name": "ink", "color": "#336699", "width_mm": 0.4}]
    assert len(outcome.blobs[0]) == 7 * 2 * 4


async def test_a_layer_without_a_thickness_gets_the_pen(pool: WorkerPool) -> None:
    assert (await ran(pool, DRAW)).layers[0]["width_mm"] == 0.4


@pytest.mark.parametrize(
    ("source", "kind", "line", "words"),
    [
        ("while True: pass", "timeout", 1, "2 s"),
        ("import time\ntime.sleep(100)", "timeout", None, "2 s"),
        ("import signal\nfor n in (2, 15): signal.signal(n, lambda *a: 0)\nwhile True:\n  pass", "timeout", 3, ""),
        ("x = [0] * 10**10", "memory", None, "memory"),
        pytest.param(  # on a loaded machine so many pages take longer than the two seconds
            *("import numpy as np\nx = []\nwhile True: x.append(np.ones(10**6))", "memory", None, "memory"),
            marks=pytest.mark.alone,
        ),
        ("while True: print('x' * 1000)", "output", 1, "printed"),
        ("import os\nos._exit(3)", "exception", None, "exit status 3"),
        ("import os\nos.abort()", "exception", None, "crashed Python (SIG"),
        ("import sys\nsys.exit()", "exception", 2, "ended the program"),
        ("def f(): f()\nf()", "exception", 1, "RecursionError"),
        ("input()", "exception", 1, "EOFError"),
        ("raise BaseException('odd')", "exception", 1, "odd"),
    ],
)
async def test_what_a_hostile_sketch_does_is_a_failure(
    pool: WorkerPool, source: str, kind: str, line: int | None, words: str
) -> None:
    failure = (await ran(pool, source + DRAW)).failure
    assert failure is not None
    assert (failure.kind, failure.line) == (kind, line)
    assert words in failure.message


async def test_a_flood_of_geometry_is_refused(pool: WorkerPool) -> None:
    source = "import numpy as np\nfrom grafix import G, primitive\n@primitive\ndef flood(*, n=1):\n"
    source += "  return np.zeros((200000, 3)), np.array([0, 200000])\ndef draw(t): return G.flood()"
    failure = (await ran(pool, source)).failure
    assert failure is not None
    assert failure.kind == "output"


@pytest.mark.parametrize(
    "reply",
    [
        b"\xff" * 64,
        b'\0\0\0\x0d{"blobs": []}',
        b'\0\0\0\x4c{"layers":[{"name":"x","color":[1,2],"width_mm":1}],"blobs":[8,8],"pad":"1234567"}' + b"\0" * 16,
    ],
)
async def test_a_forged_answer_is_refused(pool: WorkerPool, reply: bytes) -> None:
    source = f"import os\nfor fd in range(3, 20):\n  try: os.write(fd, {reply!r})\n  except OSError: pass\nos._exit(0)"
    failure = (await ran(pool, source)).failure
    assert failure is not None
    assert failure.kind == "output"


async def test_nothing_a_sketch_has_started_outlives_it(spawning: WorkerPool) -> None:
    source = "import subprocess\nprint(subprocess.Popen(['sleep', '600']).pid, flush=True)" + DRAW
    outcome = await ran(spawning, source)
    assert outcome.failure is None
    await until(lambda: ended(int(outcome.log)))


async def test_every_sketch_has_a_fresh_process_and_no_secrets(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    source = "import os, sys\nprint('OPENAI_API_KEY' in os.environ, 'seen' in sys.modules)\nsys.modules['seen'] = sys"
    logs = [(await ran(pool, source + DRAW)).log for _ in range(3)]
    assert logs == [b"False False\n"] * 3


async def test_a_sketch_that_is_not_confined_stands_where_it_can_make_no_file(spawning: WorkerPool) -> None:
    outcome = await ran(spawning, "open('mark', 'w').close()" + DRAW)
    assert outcome.failure is not None
    assert "mark" in outcome.failure.message
    assert (await spawning.tested(), spawning.level) == ("process", "process")


async def test_global_generators_are_seeded(pool: WorkerPool) -> None:
    source = "import random, numpy as np\nprint(random.random(), np.random.rand(), list({'a', 'b', 'c'}))" + DRAW
    first, same, other = [(await ran(pool, source, seed)).log for seed in (1, 1, 2)]
    assert first == same != other


async def test_what_it_prints_is_kept_apart_from_the_answer(pool: WorkerPool) -> None:
    outcome = await ran(pool, "import sys\nprint('out')\nprint('err', object(), file=sys.stderr)" + DRAW)
    assert outcome.failure is None
    assert b"out" in outcome.log
    assert "err <object object>" in outcome.log_tail


async def test_sketch_code_may_use_dataclasses_and_njit(pool: WorkerPool) -> None:
    source = """from __future__ import annotations
from dataclasses import dataclass
from numba import njit, prange
@dataclass
class Dot:
    x: float
@njit(cache=True, parallel=True)
def total(n):
    s = 0
    for i in prange(n): s += i
    return s
print(total(int(Dot(10.0).x)))
"""
    assert (await ran(pool, source + DRAW)).log == b"45\n"


async def test_a_cancelled_render_kills_its_worker(spawning: WorkerPool, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    source = f"import os\nopen({str(mark)!r}, 'w').write(f'{{os.getpid()}} ')\nwhile True: pass"
    task = asyncio.ensure_future(ran(spawning, source))
    await until(lambda: mark.exists() and mark.read_text().endswith(" "))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: ended(int(mark.read_text())))
