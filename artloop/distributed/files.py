"""Which files of a run's folder an errand looks at and which it made, and how they get from one machine to another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from artloop.distributed.blobs import sha256
from artloop.errors import StorageError
from artloop.models import Candidate, ChooseTask, DescribeTask, PickTask, Value
from artloop.ports import Blobs
from artloop.workspace import RunFolder, contained, write_bytes

READABLE = ("sketch.py", "drawing.svg", "preview.png", "metrics.json")
"""What of an iteration the agents of a run may look at."""
RENDERED = ("drawing.svg", "preview.png", "metrics.json", "log.txt", "manifest.json")
"""What a render writes, or takes away when it makes none."""
Stamp = tuple[int, int]
"""(time of change, size): a file that has the same one is the same."""


class Hashes:
    """sha256 of files, computed again only when a file has changed."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[Stamp, str]] = {}

    def of(self, path: Path) -> str:
        """The hash of a file. Raises `OSError`."""
        stamp = stamp_of(path)
        known = self._known.get(path)
        if known is None or known[0] != stamp:
            known = self._known[path] = (stamp, sha256(path.read_bytes()))
        return known[1]


def mentioned(task: Value, folder: RunFolder) -> list[Path]:
    """The files an errand may look at: its variant's finished drawings, the pictures to judge, the references."""
    found = list[Path]()
    if variant := getattr(task, "variant", None):
        iterations = folder.variant(variant) / "iterations"
        found += [path for name in READABLE for path in sorted(iterations.glob(f"[0-9]*/{name}"))]
    for candidate in judged(task):
        if preview := candidate.rendering.artifact("preview.png"):
            found.append(contained(folder.variant(candidate.variant), preview.path))
    if brief := getattr(task, "brief", None):
        found += [folder.reference(reference) for reference in brief.references]
    return [path for path in found if path.is_file() and not path.is_symlink()]


def judged(task: Value) -> list[Candidate]:
    """The drawings a judge is shown."""
    match task:
        case DescribeTask(candidate=one):
            return [one]
        case ChooseTask(first=first, second=second):
            return [first, second]
        case PickTask(candidates=every):
            return every
        case _:
            return []


def sent(paths: Iterable[Path], folder: RunFolder, blobs: Blobs, hashes: Hashes, there: set[str]) -> dict[str, str]:
    """Path to hash of files that are among the blobs when this returns; `there` grows by what is known to be."""
    found = {}
    for path in paths:
        name = hashes.of(path)
        if name not in there:
            there.add(blobs.put(path.read_bytes()))
        found[path.relative_to(folder.path).as_posix()] = name
    return found


def fetched(files: Mapping[str, str], folder: RunFolder, blobs: Blobs, hashes: Hashes) -> None:
    """Put files into a run's folder where they are not yet; a render's manifest last, as a render does."""
    for path, name in sorted(files.items(), key=lambda item: (item[0].endswith("manifest.json"), item[0])):
        here = inside(folder, path)
        if not here.is_file() or hashes.of(here) != name:
            write_bytes(here, blobs.get(name))


def inside(folder: RunFolder, path: str) -> Path:
    """Where a file of the other side goes: among the variants, the references, or a prompt. Raises `StorageError`."""
    if not path.startswith(("variants/", "references/")) and not ("/" not in path and path.startswith("prompt")):
        raise StorageError(f"a worker sent the file {path[:80]!r}, which is none of a step's; see who uses this Redis")
    return contained(folder.path, path)


def scope(iteration: tuple[str, int] | None, folder: RunFolder) -> Iterator[Path]:
    """The files an errand may write, as far as they are there: those of its iteration, or the run's prompts."""
    if iteration:
        below = folder.iteration(*iteration)
        yield from (path for path in sorted(below.rglob("[!.]*")) if path.is_file() and not path.is_symlink())
    else:
        yield from sorted(folder.path.glob("prompt-*.md"))


def stamps(iteration: tuple[str, int] | None, folder: RunFolder) -> dict[Path, Stamp]:
    """How these files stand."""
    return {path: stamp_of(path) for path in scope(iteration, folder)}


def stamp_of(path: Path) -> Stamp:
    """When a file was changed, and its size."""
    seen = path.stat()
    return seen.st_mtime_ns, seen.st_size


def cleared(folder: RunFolder, iteration: tuple[str, int], made: Mapping[str, str]) -> None:
    """Take away what an earlier render left in an iteration's folder and this one did not make."""
    for name in RENDERED:
        path = contained(folder.iteration(*iteration), name)
        if path.relative_to(folder.path).as_posix() not in made:
            path.unlink(missing_ok=True)


def stale(folder: RunFolder, variant: str, known: Mapping[str, str]) -> None:
    """Take away readable files of a variant that its driver has not: an earlier try here left them."""
    for path in folder.variant(variant).glob("iterations/[0-9]*/*"):
        if path.name in READABLE and path.relative_to(folder.path).as_posix() not in known:
            path.unlink(missing_ok=True)
