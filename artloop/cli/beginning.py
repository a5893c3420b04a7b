"""Beginning a sketch: a small whole one to change, under a name of its own."""

from __future__ import annotations

from pathlib import Path

from artloop.errors import UsageError
from artloop.source import sketch_name
from artloop.workspace import storage, write_text

TEMPLATE = Path(__file__).with_name("new_sketch.txt")


def begin(folder: Path, name: str) -> Path:
    """Write the template as `NAME.py` into the folder.

    Raises `UsageError` for a name that cannot be one of a module, or that is taken; nothing is ever overwritten.
    """
    name = sketch_name(name)
    path = folder / f"{name}.py"
    if path.exists() or path.is_symlink():
        raise UsageError(f"{path} is there already and stays as it is; choose another name, or render it")
    with storage(TEMPLATE):
        template = TEMPLATE.read_text(encoding="utf-8")
    title = name.replace("_", " ").capitalize()
    return write_text(path, template.replace("@TITLE@", title).replace("@NAME@", name))
