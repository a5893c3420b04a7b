"""The layers of ARCHITECTURE.md, read from the imports: they point down only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "artloop"
LAYERS = {
    "words": {
        "models",
        "events",
        "ports",
        "errors",
        "settings",
        "source",
        "canonical",
        "prices",
        "clock",
        "databases",
        "beside",
        "telemetry",
    },
    "hands": {
        "artists",
        "house",
        "grafix",
        "journal",
        "lock",
        "lessons",
        "pens",
        "machine",
        "shelf",
        "workspace",
        "changes",
        "prompts",
        "references",
        "requests",
        "commits",
        "tune",
        "taskboard",
        "distributed",
        "web",
        "redis_checks",
    },
    "flow": {"flow"},
    "views": {"views"},
    "doors": {
        "cli",
        "hub",
        "wiring",
        "casting",
        "spending",
        "readback",
        "restoring",
        "replay",
        "forking",
        "judging",
        "byhand",
        "leaving",
        "sending",
        "outpost",
        "__main__",
    },
}
LAYER_OF = {room: layer for layer, rooms in LAYERS.items() for room in rooms}
MAY_IMPORT = {
    "words": LAYERS["words"],
    "hands": LAYERS["words"] | {"workspace"},
    "flow": LAYERS["words"] | LAYERS["flow"],
    "views": LAYERS["words"] | LAYERS["views"] | {"workspace", "prompts", "journal"},
    "doors": set(LAYER_OF),
}
BESIDES = {
    "artists": {"prompts", "house"},
    "grafix": {"prompts", "web"},
    "distributed": {"redis_checks"},
    "taskboard": {"redis_checks"},
}
"""What a room may import more than its layer."""
SDK_ROOMS = ("artloop.artists", "artloop.house.model", "artloop.grafix.client")
BROAD_ONCE = {
    "artloop.grafix.sandbox.child": "the render child",
    "artloop.flow.loop": "the edge of a variant",
    "artloop.flow.studio": "the edge of a variant",
    "artloop.hub": "the edge of a hub job",
}
"""Where one `except Exception` is in order, and why."""


def sources() -> dict[str, str]:
    """Every module's name and text."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = ("artloop", *path.relative_to(PACKAGE).with_suffix("").parts)
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        # A package's own imports are resolved as if they stood in a module of it.
        found[f"{name}.__init__" if parts[-1] == "__init__" else name] = path.read_text(encoding="utf-8")
    return found


def room_of(module: str) -> str:
    """The room a dotted name lies in; empty for the package itself, which holds the version and nothing else."""
    second = [*module.split("."), ""][1]
    return "" if second in ("__init__", "__version__") else second


def imports(module: str, source: str) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of all imports, wherever they stand."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=base, names=names, level=level):
                above = module.split(".")[:-level] if level else []
                yield from ((node.lineno, ".".join([*above, *filter(None, [base]), alias.name])) for alias in names)
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(name)), *_]):
                yield node.lineno, name


def upward(module: str, source: str) -> list[str]:
    """Imports that do not point down."""
    room = room_of(module)
    if room and room not in LAYER_OF:
        return [f"{module}: room {room!r} is in no layer; add it to ARCHITECTURE.md and to LAYERS"]
    allowed = MAY_IMPORT[LAYER_OF[room]] | BESIDES.get(room, set()) | {room, ""} if room else {""}
    return [
        f"{module}:{line} imports {name}"
        for line, name in imports(module, source)
        if name.split(".")[0] == "artloop" and room_of(name) not in allowed
    ]


def stray_sdk(module: str, source: str) -> list[str]:
    """Imports of the Agents SDK outside the rooms that wrap it."""
    if any(module == room or module.startswith(f"{room}.") for room in SDK_ROOMS):
        return []
    return [
        f"{module}:{line} imports {name}" for line, name in imports(module, source) if name.split(".")[0] == "agents"
    ]


def prints(module: str, source: str) -> list[str]:
    """Calls of `print` outside the command line: the flow announces, the hands return."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    found = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "print"]
    return [f"{module}:{node.lineno} prints" for node in found if room_of(module) != "cli"]


def broad_handlers(source: str) -> list[int]:
    """Lines that swallow any exception. One that cleans up and raises again swallows nothing."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ExceptHandler(type=kind, body=body) if kind is None or names_any(kind):
                if not isinstance(body[-1], ast.Raise):
                    lines.append(node.lineno)
            case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=kinds):
                lines += [node.lineno for kind in kinds if names_any(kind)]
    return sorted(lines)


def names_any(kind: ast.expr) -> bool:
    return any(isinstance(n, ast.Name) and n.id in ("Exception", "BaseException") for n in ast.walk(kind))


def swallowing(modules: dict[str, str]) -> list[str]:
    """Broad handlers beyond the one that each of the allowed places may have."""
    used: set[str] = set()
    found = []
    for module, source in modules.items():
        place = next((why for at, why in BROAD_ONCE.items() if f"{module}.".startswith(f"{at}.")), None)
        for line in broad_handlers(source):
            if place is None or place in used:
                found.append(f"{module}:{line} catches everything")
            used.add(place or "")
    return found


# -- the package as it is ----------------------------------------------------------------------------------------------


def test_imports_point_down_only() -> None:
    assert [offence for module, source in sources().items() for offence in upward(module, source)] == []


def test_only_three_rooms_import_the_agents_sdk() -> None:
    assert [offence for module, source in sources().items() for offence in stray_sdk(module, source)] == []


def test_only_the_command_line_prints() -> None:
    assert [offence for module, source in sources().items() for offence in prints(module, source)] == []


def test_everything_is_caught_in_three_places_only() -> None:
    assert swallowing(sources()) == []


# -- the rules themselves ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("artloop.models", "from artloop.workspace import RunFolder"),
        ("artloop.models", "import artloop.cli"),
        ("artloop.flow.loop", "from artloop.journal import Journal"),
        ("artloop.flow.loop", "from artloop import models, journal"),
        ("artloop.flow.studio", "def late():\n    from ..artists.llm import Desk"),
        ("artloop.grafix.server", "from ..artists import llm"),
        ("artloop.grafix.__init__", "from ..flow.studio import make"),
        ("artloop.house.moves", "from artloop.prompts import Prompts"),
        ("artloop.grafix.server", "from artloop.house import moves"),
        ("artloop.journal", "from artloop.lock import driver_lock"),
        ("artloop.views.console", "from artloop.flow.studio import make"),
        ("artloop.views.console", "from artloop.lock import driver_lock"),
        ("artloop.prompts", "import importlib\nimportlib.import_module('artloop.wiring')"),
        ("artloop.__init__", "from artloop.models import Brief"),
        ("artloop.utils", "import os"),
    ],
)
def test_an_import_that_points_up_is_reported(module: str, source: str) -> None:
    assert len(upward(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("artloop.ports", "from artloop.models import Brief"),
        ("artloop.journal", "from artloop.journal.file import JournalFile\nfrom artloop.workspace import RunFolder"),
        ("artloop.artists.draw", "from artloop.prompts import Prompts\nfrom artloop.house.model import house_model"),
        ("artloop.grafix.server", "from . import wire\nfrom .handle import Child\nfrom artloop import __version__"),
        ("artloop.flow.studio", "from artloop.flow.loop import improve"),
        ("artloop.views.gallery", "from artloop.journal import Journal"),
        ("artloop.cli.run", "from artloop.wiring import drive\nfrom artloop.cli.options import Root"),
    ],
)
def test_an_import_that_points_down_is_not(module: str, source: str) -> None:
    assert upward(module, source) == []


def test_the_sdk_is_found_wherever_it_is_imported() -> None:
    source = "if TYPE_CHECKING:\n    from agents import Model\nimport agents.mcp as m\nimport agentsy"
    assert len(stray_sdk("artloop.wiring", source)) == 2
    assert len(stray_sdk("artloop.house.moves", source)) == 2
    assert stray_sdk("artloop.artists.llm", source) == []
    assert stray_sdk("artloop.house.model", source) == []


def test_a_print_is_reported_outside_the_command_line() -> None:
    assert prints("artloop.flow.loop", "print('here')") == ["artloop.flow.loop:1 prints"]
    assert prints("artloop.cli.run", "print('here')") == []
    assert prints("artloop.views.console", "console.print('here')") == []


SWALLOWS = "try:\n    draw()\nexcept Exception:\n    pass\n"


@pytest.mark.parametrize(
    "source",
    [
        SWALLOWS,
        "try:\n    draw()\nexcept:\n    pass",
        "try:\n    draw()\nexcept (KeyError, BaseException) as error:\n    log(error)",
        "try:\n    draw()\nexcept Exception:\n    if late():\n        raise",
        "with contextlib.suppress(Exception):\n    draw()",
    ],
)
def test_a_handler_that_swallows_everything_is_reported(source: str) -> None:
    assert swallowing({"artloop.wiring": source}) != []
    assert swallowing({"artloop.grafix.sandbox.child": source}) == []


def test_each_allowed_place_has_one_handler() -> None:
    assert len(swallowing({"artloop.grafix.sandbox.child": SWALLOWS * 2})) == 1
    assert len(swallowing({"artloop.flow.loop": SWALLOWS, "artloop.flow.studio": SWALLOWS})) == 1
    assert len(swallowing({"artloop.hub.board": SWALLOWS, "artloop.hub.jobs": SWALLOWS})) == 1


def test_a_handler_that_cleans_up_and_raises_again_is_in_order() -> None:
    assert swallowing({"artloop.wiring": "try:\n    draw()\nexcept BaseException:\n    tidy()\n    raise"}) == []
