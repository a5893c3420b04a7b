"""Finding a drawing in a run and copying it out."""

from __future__ import annotations

from pathlib import Path

from artloop.errors import UsageError
from artloop.models import Variant
from artloop.readback import Story, read_back
from artloop.workspace import RunFolder, write_bytes

FILES = {"svg": "drawing.svg", "png": "preview.png"}


def take(folder: RunFolder, variant: str | None, iteration: int | None, form: str, output: Path | None) -> Path:
    """Write the chosen drawing to `output` and return its path."""
    if form not in FILES:
        raise UsageError(f"--format {form!r} is none of {', '.join(FILES)}")
    story = read_back(folder)
    chosen = the_variant(folder, story, variant)
    number = iteration or (chosen.incumbent.number if chosen.incumbent else 0)
    source = folder.iteration(chosen.id, number) / FILES[form]
    if not source.is_file():
        raise UsageError(
            f"{chosen.id} of {folder.id} has no {FILES[form]} in iteration {number}; see: artloop show {folder.id}"
        )
    return write_bytes(output or Path(f"{folder.id}-{chosen.id}-{number:02d}.{form}"), source.read_bytes())


def the_variant(folder: RunFolder, story: Story, name: str | None) -> Variant:
    """The named variant, or the winner."""
    wanted = name or story.selection.winner
    if wanted is None:
        raise UsageError(f"run {folder.id} has no winner; name one with --variant")
    for variant in story.variants:
        if variant.id == wanted:
            return variant
    raise UsageError(f"run {folder.id} has no variant {wanted!r}; it has {', '.join(one.id for one in story.variants)}")
