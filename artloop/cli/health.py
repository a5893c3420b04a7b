"""What this machine has of what a run needs: for `artloop doctor`."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import platform
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from artloop.artists.providers import HOUSE, check, client, form, listed, names, on_base_url, provider_of
from artloop.artists.setbacks import KEY
from artloop.errors import ArtloopError
from artloop.grafix.client import GrafixStdio, RenderClient
from artloop.models import Place, RenderRequest, Value
from artloop.settings import ModelChoice, Settings

EXTRAS = {"litellm": "litellm", "otel": "opentelemetry.exporter"}
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


def examine(settings: Settings, probe: bool = False) -> list[Finding]:
    """Look at everything a run needs; nothing is written outside a temporary folder and the kernels' cache.

    With `probe` each model is asked what it sees in a tiny picture, which is paid.
    """
    packages = ", ".join(f"{name} {version(name)}" for name in ("artloop", "grafix", "numba", "openai-agents", "mcp"))
    return [
        Finding(name="python", ok=True, found=f"{platform.python_version()} on {platform.platform()}"),
        Finding(name="packages", ok=True, found=packages),
        writable(settings),
        asyncio.run(rendering(settings)),
        *asyncio.run(models(settings, probe)),
        extras(),
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


async def models(settings: Settings, probe: bool) -> list[Finding]:
    """Which models would be used, and what their providers say. The key itself is never shown."""
    choice = settings.model
    chosen = names(choice)
    wanted = ", ".join(f"{role} {name}" for role, name in chosen.items())
    key = f"{KEY} is {'set' if os.environ.get(KEY) else 'not set'}"
    advice = "for a model: --model NAME" if set(chosen.values()) == {HOUSE} else ""
    found = [Finding(name="models", ok=True, found=f"{wanted}; {key}", advice=advice)]
    try:
        await check(choice, time.time())
        if on_base_url(chosen):
            found.append(await provider(choice))
        if probe:
            found += await sights(choice, {name for name in chosen.values() if name != HOUSE})
    except ArtloopError as error:
        found.append(Finding(name="provider", ok=False, found=provider_said(choice), advice=str(error)))
    return found


def provider_said(choice: ModelChoice) -> str:
    """The provider of the first model that is not the house's."""
    name = next(name for name in names(choice).values() if name != HOUSE)
    return provider_of(name, choice)


async def provider(choice: ModelChoice) -> Finding:
    """Whether OpenAI, or the server at `base_url`, answers, and in which form it would be asked."""
    listing = await listed(choice, time.time())
    api = {"chat": "ChatCompletions", "responses": "Responses"}[await form(choice)]
    offer = f"models listed: {len(listing)}" if listing else "does not list its models"
    return Finding(name="provider", ok=True, found=f"{provider_said(choice)} answers, is asked by {api}, {offer}")


async def sights(choice: ModelChoice, wanted: set[str]) -> list[Finding]:
    """Which models see pictures, each asked with a tiny one."""
    from artloop.artists.sight import sight

    reached = client(choice) if on_base_url(names(choice)) else None
    api = await form(choice) if reached else "chat"
    found = []
    for name in sorted(wanted):
        _, said = await sight(name, api, reached)
        found.append(Finding(name="pictures", ok=True, found=f"{name} {said}"))
    if reached:
        await reached.close()
    return found


def extras() -> Finding:
    """What can be added, and how."""
    missing = [extra for extra, module in EXTRAS.items() if importlib.util.find_spec(module) is None]
    found = ", ".join(f"{extra} {'missing' if extra in missing else 'installed'}" for extra in EXTRAS)
    advice = f"pip install 'artloop[{','.join(missing)}]'" if missing else ""
    return Finding(name="extras", ok=True, found=found, advice=advice)
