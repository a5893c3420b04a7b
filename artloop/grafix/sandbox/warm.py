"""A compiling worker: runs Grafix operations so that Numba compiles their kernels into its cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from artloop.grafix.registry import Operation, Parameter, Registry, read_registry
from artloop.grafix.sandbox import child, process, wire

PLOTTING = "plotting"
"""Stands for our own kernels among the operations."""
_SLOW = frozenset(
    ("iters", "steps", "seed_count", "relaxation_iterations", "count", "subdivisions", "num_candidate_lines", "n_theta")
)
_CHEAP: dict[str, dict[str, Any]] = {
    "fill": {"density": 8.0},
    "growth": {"iters": 2, "seed_count": 2},
    "reaction_diffusion": {"steps": 4, "grid_pitch": 4.0},
    "relax": {"relaxation_iterations": 2},
    "weave": {"relaxation_iterations": 2, "num_candidate_lines": 8},
    "text": {"text": "Ag", "font": "GoogleSans-Regular.ttf"},
}
"""Kernels depend on the types of the values, not on their size."""


def argument_sets(operation: Operation) -> Iterator[dict[str, Any]]:
    """Defaults, the middle of every range, each choice and each bool: together they reach every kernel."""
    cheap = _CHEAP.get(operation.name, {})
    middle = {p.name: _middle(p) for p in operation.parameters if p.kind in ("int", "float") and p.low is not None}
    yield cheap
    yield {**middle, **cheap}
    for parameter in operation.parameters:
        values = parameter.choices if parameter.kind == "choice" else [True, False] if parameter.kind == "bool" else []
        yield from ({**middle, parameter.name: value, **cheap} for value in values)


def exercise(name: str, registry: Registry) -> int:
    """Run one operation in all its ways; the number of calls that went through."""
    return sum(ways(name, registry))


def ways(name: str, registry: Registry) -> Iterator[bool]:
    """Run one operation in one of its ways at each step, and say whether that went through."""
    from grafix import E, G
    from grafix.core.realize import RealizeError, realize

    operation = registry.find(name)
    if operation is None:
        return
    mask = G.polygon(n_sides=8, scale=60.0, center=(50.0, 50.0, 0.0))
    lines = G.sphere(scale=30.0, center=(50.0, 50.0, 0.0))
    given_to: dict[int, list[tuple[Any, ...]]] = {0: [()], 1: [(mask,), (lines,)], 2: [(lines, mask), (mask, mask)]}
    inputs = given_to[operation.inputs]
    for nth, arguments in enumerate(argument_sets(operation)):
        for given in inputs if nth < 2 else inputs[:1]:
            made = getattr(G if operation.space == "G" else E, operation.name)(**arguments)
            try:
                realize(made(*given) if given else made)
            except (RealizeError, TypeError, ValueError):
                yield False  # a combination the operation refuses; its kernels are reached by the others
            else:
                yield True


def _middle(parameter: Parameter) -> int | float:
    low, high = float(parameter.low or 0), float(parameter.high or 0)
    value = low + (high - low) / 2
    if parameter.kind == "int":
        return int(min(value, max(low, 3)))
    return min(value, 3.0) if parameter.name in _SLOW else value


def main() -> None:
    """Answer each operation's name with the number of calls, until the server closes the pipe."""
    process.die_with_parent()
    control, answer = process.take_channels()
    from artloop.grafix.plotter.plotting import rehearse  # before `prepare`, after which nothing new is kept

    child.prepare()
    registry = read_registry()
    operations = [PLOTTING, *(operation.title for operation in registry.operations)]
    wire.write(answer, wire.pack({"ready": True, "operations": operations}))
    while (frame := wire.read(control)) is not None:
        name = frame[0]["operation"]
        wire.write(answer, wire.pack({"calls": rehearse() if name == PLOTTING else exercise(name, registry)}))


if __name__ == "__main__":
    main()
