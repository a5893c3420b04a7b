"""What this machine has of what a run needs: for `artloop doctor`."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from artloop.artists.providers import HOUSE, KEY, check, names
from artloop.errors import ArtloopError
from artloop.grafix.client import GrafixStdio, RenderClient
from artloop.models import Place, RenderRequest, Value
from artloop.settings import Settings

SKETCH = '''"""Probe: a square."""
from grafix import G, L
CANVAS = (148, 210)
def draw(t):
    return [L(name="ink").layer(G.polygon(n_sides=4, center=(74.0, 105.0, 0.0), scale=60.0))]
'''


class Finding(Value):
    """One thing that was looked at."""

    name: str
    ok: bool
    found: str
    advice: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything a run needs; nothing is written outside a temporary folder and the kernels' cache."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("artloop", "grafix", "numba", "openai-agents", "mcp"))
    return [
        Finding(name="python", ok=True, found=f"{platform.python_version()} on {platform.platform()}"),
        Finding(name="packages", ok=True, found=packages),
        writable(settings),
        asyncio.run(rendering(settings)),
        asyncio.run(models(settings)),
    ]


def writable(settings: Settings) -> Finding:
    """Whether runs can be kept under the root."""
    root = settings.root.resolve()
    while not root.exists():
        root = root.parent
    ok = root.is_dir() and os.access(root, os.W_OK)
    return Finding(name="root", ok=ok, found=str(settings.root.resolve()), advice="" if ok else "choose another --root")


async def rendering(settings: Settings) -> Finding:
    """Whether a sketch renders, how fast, and how it is confined."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        try:
            async with GrafixStdio(root, settings.render, settings.cache_folder, root / "log") as server:
                await RenderClient(server)(RenderRequest(source=SKETCH), Place(run="doctor"))
                started = time.perf_counter()
                again = RenderRequest(source=SKETCH + f"# {time.time_ns()}\n", output_formats=("svg",))
                drawn = await RenderClient(server)(again, Place(run="doctor", iteration=2))
                seconds = time.perf_counter() - started
        except ArtloopError as error:
            return Finding(name="renders", ok=False, found=str(error), advice="reinstall artloop in a new environment")
        level = isolation(root / "runs/doctor/variants/v01/iterations/02/manifest.json")
    if not drawn.ok:
        return Finding(name="renders", ok=False, found=drawn.complaint)
    found = f"{1000 * seconds:.0f} ms a small sketch, isolation: {level}{shortfall(level)}"
    return Finding(name="renders", ok=True, found=found, advice=advice(level))


def isolation(manifest: Path) -> str:
    """The level a render was confined at."""
    import json

    return str(json.loads(manifest.read_text()).get("isolation", "unknown"))


def shortfall(level: str) -> str:
    """Why it is not `full`, in brackets."""
    from artloop.grafix.sandbox.jail import lacking

    if level == "full":
        return ""
    return f" (not full: {'; '.join(lacking()) or 'its self-test failed'})"


def advice(level: str) -> str:
    """What to do where sketches are not confined."""
    from artloop.grafix.sandbox.levels import CONFINED

    if level in CONFINED:
        return ""
    how = "install bubblewrap, or " if sys.platform == "linux" else ""
    return f"{how}run sketches you trust only: artloop mcp refuses strangers' (--allow-unsafe)"


async def models(settings: Settings) -> Finding:
    """Which models would be used, and whether their provider answers. The key itself is never shown."""
    wanted = ", ".join(f"{role} {name}" for role, name in names(settings.model).items())
    key = f"{KEY} is {'set' if os.environ.get(KEY) else 'not set'}"
    if set(names(settings.model).values()) == {HOUSE}:
        return Finding(name="models", ok=True, found=f"{wanted}; {key}", advice="for a model: --model NAME")
    try:
        await check(settings.model)
    except ArtloopError as error:
        return Finding(name="models", ok=False, found=f"{wanted}; {key}", advice=str(error))
    return Finding(name="models", ok=True, found=f"{wanted}; {key}; the provider answers")
