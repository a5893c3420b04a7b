"""What the installed Grafix offers, read from its own registry. Importing Grafix takes a second, so it happens late."""

from __future__ import annotations

import json
import sys
from typing import Any, Literal

from artloop.models import Value

Scalar = bool | int | float | str


class Parameter(Value):
    """One keyword of an operation; `low` and `high` are the sensible range, not a hard one."""

    name: str
    kind: str
    default: Scalar | list[Scalar]
    low: float | None = None
    high: float | None = None
    choices: list[str] = []


class Operation(Value):
    """A primitive (`G.name`) or an effect (`E.name`)."""

    space: Literal["G", "E"]
    name: str
    inputs: int
    parameters: list[Parameter]

    @property
    def title(self) -> str:
        return f"{self.space}.{self.name}"


class Registry(Value):
    """All operations, primitives first, each by name."""

    operations: list[Operation]

    def find(self, name: str) -> Operation | None:
        """By `grid`, `G.grid` or `E.fill`; None if there is none."""
        space, _, short = name.rpartition(".")
        return next((op for op in self.operations if op.name == short and space in ("", op.space)), None)

    def names(self, space: str) -> list[str]:
        """The names in one space."""
        return [op.name for op in self.operations if op.space == space]


def read_registry() -> Registry:
    """Import Grafix and read its registry; compiles nothing."""
    from grafix.core.builtins import ensure_builtin_ops_registered
    from grafix.core.effect_registry import effect_registry
    from grafix.core.primitive_registry import primitive_registry

    ensure_builtin_ops_registered()
    primitives = [_operation("G", name, 0, primitive_registry) for name, _ in sorted(primitive_registry.items())]
    effects = [
        _operation("E", name, effect_registry.get_n_inputs(name), effect_registry)
        for name, _ in sorted(effect_registry.items())
    ]
    return Registry(operations=primitives + effects)


def _operation(space: Literal["G", "E"], name: str, inputs: int, registry: Any) -> Operation:
    meta, defaults = registry.get_meta(name), registry.get_defaults(name)
    order = [key for key in registry.get_param_order(name) if key in meta] or list(meta)
    return Operation(
        space=space,
        name=name,
        inputs=inputs,
        parameters=[_parameter(key, meta[key], defaults.get(key, 0)) for key in order if key != "activate"],
    )


def _parameter(name: str, meta: Any, default: Any) -> Parameter:
    low, high = meta.ui_min, meta.ui_max
    ranged = meta.kind in ("int", "float", "vec3") and low is not None and high is not None
    return Parameter(
        name=name,
        kind=meta.kind,
        default=list(default) if isinstance(default, tuple | list) else default,
        low=low if ranged else None,
        high=high if ranged else None,
        choices=list(meta.choices or ()),
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(read_registry().model_dump(mode="json")))
