"""A render worker: imports Grafix, waits for one sketch, runs it once, answers its geometry, and is killed.

Everything in here shares its process with code that nobody has read: the server checks whatever comes back.
"""

from __future__ import annotations

import contextlib
import linecache
import os
import random
import signal
import sys
import types
from collections.abc import Callable
from typing import Any

from artloop.grafix.sandbox import process, wire
from artloop.grafix.sandbox.claims import FARTHEST_MM
from artloop.grafix.sandbox.process import SKETCH


def strip_numba(*options: str) -> None:
    """Make `numba.njit` and `numba.jit` ignore options from here on."""
    import numba

    def without(compiler: Callable[..., Any]) -> Callable[..., Any]:
        def compiled(*args: Any, **kwargs: Any) -> Any:
            return compiler(*args, **{key: value for key, value in kwargs.items() if key not in options})

        return compiled

    numba.njit, numba.jit = without(numba.njit), without(numba.jit)


def keep_out_of_the_cache() -> None:
    """Workers share the kernels' folder, and may not write there: what they compile stays with them."""
    from numba.core import caching

    caching.Cache.save_overload = lambda *_: None
    caching._CacheLocator.ensure_cache_path = lambda _: None


def prepare() -> None:
    """Import everything that a render needs.

    Numba's `parallel` starts threads: off before Grafix asks for it. `cache` is for Grafix's kernels only: a sketch has
    no file beside which to cache.
    """
    strip_numba("parallel")
    import grafix.core.pipeline  # noqa: F401
    import numpy.random  # noqa: F401
    from grafix.core.runtime_config import runtime_config

    import artloop.grafix.faults
    import artloop.grafix.registry  # noqa: F401

    runtime_config()  # read and kept, for a confined worker can look nowhere
    strip_numba("cache")


def run(job: dict[str, Any], source: str) -> bytes:
    """Run the sketch and pack its layers, or the reason why there are none."""
    try:
        layers = _layers(job, source)
        blobs = [blob for layer in layers for blob in (layer.pop("coords"), layer.pop("offsets"))]
        if sum(map(len, blobs)) > job["output_bytes"]:
            points = sum(layer["points"] for layer in layers)
            return _refused("output", f"the drawing has {points} points, more than fit", hint="draw fewer points")
        return wire.pack({"layers": layers}, *blobs)
    except MemoryError:
        return _refused("memory", "the sketch used more memory than it may", hint="draw fewer points; lower counts")
    except BaseException as error:  # noqa: BLE001 - a sketch may raise anything
        from artloop.grafix.faults import explain
        from artloop.grafix.registry import read_registry

        return wire.pack({"failure": explain(error, source, read_registry()).model_dump()})


def _layers(job: dict[str, Any], source: str) -> list[dict[str, Any]]:
    from grafix.core.layer import LayerStyleDefaults
    from grafix.core.parameters.context import parameter_context
    from grafix.core.parameters.persistence import ParamStore
    from grafix.core.pipeline import realize_scene

    draw = _loaded(source, job["seed"])
    style = LayerStyleDefaults(color=(0.0, 0.0, 0.0), thickness=2 * job["pen_mm"] / min(job["canvas"]))
    with parameter_context(ParamStore()):
        layers = realize_scene(draw, job["time"], style)
    return [_packed(layer, min(job["canvas"])) for layer in layers]


def _loaded(source: str, seed: int) -> Callable[[float], Any]:
    """The sketch's `draw`, from a module of its own with seeded generators."""
    import numpy as np

    random.seed(seed)
    np.random.seed(seed % 2**32)
    linecache.cache[SKETCH] = (len(source), None, source.splitlines(keepends=True), SKETCH)
    module = types.ModuleType("sketch")
    module.__file__ = SKETCH
    sys.modules["sketch"] = module
    exec(compile(source, SKETCH, "exec"), module.__dict__)
    draw = getattr(module, "draw", None)
    if not callable(draw):
        raise TypeError("the sketch defines no function draw(t)")
    return draw  # type: ignore[no-any-return]


def _packed(layer: Any, side: float) -> dict[str, Any]:
    import numpy as np

    coords = np.ascontiguousarray(layer.realized.coords[:, :2], dtype="<f4")
    offsets = np.ascontiguousarray(layer.realized.offsets, dtype="<i4")
    name = layer.layer.name or "ink"
    if bad := int((~np.isfinite(coords)).any(axis=1).sum()):
        raise ValueError(f"layer {name!r} has {bad} points whose coordinates are NaN or infinite")
    if far := int((np.abs(coords) > FARTHEST_MM).any(axis=1).sum()):
        raise ValueError(f"layer {name!r} has {far} points farther than 1 km from the sheet")
    return {
        "name": str(name),
        "color": [float(part) for part in layer.color],
        "width_mm": float(layer.thickness) * side / 2,
        "points": len(coords),
        "strokes": len(offsets) - 1,
        "coords": coords.tobytes(),
        "offsets": offsets.tobytes(),
    }


def _refused(kind: str, message: str, hint: str) -> bytes:
    return wire.pack({"failure": {"kind": kind, "message": message, "line": None, "hint": hint}})


def main() -> None:
    """Become warm and serve one request."""
    process.die_with_parent()
    keep_out_of_the_cache()
    prepare()
    serve(watched)


def watched(control: int, job: dict[str, Any]) -> None:
    """What a worker that nobody forked does to itself; a wall around it was there before."""
    os.environ.clear()
    process.watch(control, job["memory_mb"])
    process.limit(job["memory_mb"], job["timeout_s"], job["file_mb"])


def serve(confine: Callable[[int, dict[str, Any]], None]) -> None:
    """Serve one request; whoever calls is warm already. `confine(control, job)` is done before the sketch is read."""
    control, answer = process.take_channels()
    wire.write(answer, wire.pack({"ready": True}))
    if (frame := wire.read(control)) is None:
        return
    job, blobs = frame
    confine(control, job)
    reply = run(job, blobs[0].decode())
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    wire.write(answer, reply)
    while True:  # the server kills the whole group, with whatever the sketch has started
        signal.pause()


if __name__ == "__main__":
    main()
