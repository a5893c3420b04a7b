"""`describe_api`: the installed Grafix in words, without importing it into the server."""

from __future__ import annotations

import asyncio
import difflib
import sys
from importlib.metadata import version
from pathlib import Path

from pydantic import ValidationError

from artloop.errors import RenderServerError, UsageError
from artloop.grafix.notes import OPERATIONS, PARAMETERS
from artloop.grafix.registry import Operation, Parameter, Registry
from artloop.grafix.sandbox.handle import environment
from artloop.grafix.sandbox.kernels import kernels_folder
from artloop.workspace import write_bytes

GUIDE = Path(__file__).with_name("guide.md")
READ_SECONDS = 60.0


class Api:
    """The registry of the installed Grafix, read once in a process of its own and then kept in a file."""

    def __init__(self, cache_folder: Path) -> None:
        self._kernels = kernels_folder(cache_folder)
        self._file = cache_folder / f"api-{self._kernels.name}.json"
        self._registry: Registry | None = None
        self._reading = asyncio.Lock()

    async def registry(self) -> Registry:
        """Needs no kernels. Raises `RenderServerError` when Grafix cannot be imported."""
        async with self._reading:
            if self._registry is None:
                self._registry = self._kept() or await self._read()
            return self._registry

    def _kept(self) -> Registry | None:
        try:
            return Registry.model_validate_json(self._file.read_bytes())
        except (OSError, ValidationError):
            return None

    async def _read(self) -> Registry:
        command = (sys.executable, "-P", "-s", "-m", "artloop.grafix.registry")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, env=environment(self._kernels), stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
        )
        try:
            async with asyncio.timeout(READ_SECONDS):
                answer, complaint = await process.communicate()
            registry = Registry.model_validate_json(answer)
        except (TimeoutError, ValidationError) as error:
            last = complaint.decode(errors="replace").strip().splitlines()[-1:] if process.returncode else []
            raise RenderServerError(
                f"Grafix cannot be read ({last[0] if last else error}); try: artloop doctor"
            ) from error
        finally:
            if process.returncode is None:
                process.kill()
        write_bytes(self._file, answer)
        return registry


def described(registry: Registry, name: str = "") -> str:
    """The guide and the list of all names, or one operation in full. Raises `UsageError` for an unknown name."""
    if not name:
        return GUIDE.read_text(encoding="utf-8").format(version=version("grafix")) + _list(registry)
    operation = registry.find(name.removesuffix("()"))
    if operation is None:
        titles = [op.title for op in registry.operations]
        near = difflib.get_close_matches(name, titles + [title[2:] for title in titles], n=1, cutoff=0.4)
        guess = f"did you mean {near[0]}? " if near else ""
        raise UsageError(f"Grafix has no {name!r}; {guess}describe_api without a name lists all")
    return _in_full(operation)


def _list(registry: Registry) -> str:
    return "".join(f"- {op.title}: {_summary(op)}\n" for op in registry.operations)


def _summary(operation: Operation) -> str:
    note = OPERATIONS.get(operation.title, "")
    return note.partition(". ")[0].rstrip(".") or f"takes {', '.join(p.name for p in operation.parameters)}"


def _in_full(operation: Operation) -> str:
    lines = [f"# {operation.title}", OPERATIONS.get(operation.title, ""), ""]
    lines += [_parameter(operation, parameter) for parameter in operation.parameters]
    lines += ["- activate = True [bool] False: does nothing", "", "Example:", _example(operation)]
    return "\n".join(lines) + "\n"


def _parameter(operation: Operation, parameter: Parameter) -> str:
    kind = parameter.kind
    if parameter.choices:
        kind = "|".join(parameter.choices)
    elif parameter.low is not None and parameter.high is not None:
        kind = f"{parameter.kind} {parameter.low:g}..{parameter.high:g}"
    note = PARAMETERS.get(f"{operation.title}.{parameter.name}", "")
    return f"- {parameter.name} = {_value(parameter)} [{kind}] {note}".rstrip()


def _value(parameter: Parameter) -> str:
    default = parameter.default
    return repr(tuple(default) if isinstance(default, list) else default)


def _example(operation: Operation) -> str:
    """A call with the parameters that matter most: the first four, with sensible instead of default places."""
    given = [
        f"{p.name}={_sensible(p)}" for p in operation.parameters if p.name in ("center", "scale", "font", "cx", "cy")
    ]
    given = [f"{p.name}={_value(p)}" for p in operation.parameters[:4] if p.name not in _PLACES] + given
    call = f"{operation.title}({', '.join(given)})"
    return call + ("", "(geometry)", "(base, mask)")[operation.inputs]


_PLACES = {
    "center": "(W / 2, H / 2, 0)",
    "scale": "80.0",
    "font": '"GoogleSans-Regular.ttf"',
    "cx": "W / 2",
    "cy": "H / 2",
}


def _sensible(parameter: Parameter) -> str:
    if parameter.name == "scale" and parameter.kind == "vec3":
        return "(1.2, 1.2, 1.0)"
    if parameter.name == "scale" and isinstance(parameter.default, float) and parameter.default != 1.0:
        return _value(parameter)
    return _PLACES[parameter.name]
