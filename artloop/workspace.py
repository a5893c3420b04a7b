"""Where everything lies on disk, and the only way to write it: checked ids, no links out, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ValidationError

from artloop.errors import RunDamaged, RunNotFound, StorageError, UsageError
from artloop.models import Concept, Critique, Place, Reference, RunRecord, Selection

FINAL = ("sketch.py", "drawing.svg", "preview.png")
"""What `final/` holds of the winner."""
IDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def checked_id(text: str, what: str) -> str:
    """The id itself, or a `UsageError`: ids become folder names."""
    if not IDENT.fullmatch(text):
        raise UsageError(f"{what} {text!r} is no valid id: letters, digits, dot, dash and underscore, at most 64")
    return text


def new_run_id(brief: str, now: datetime | None = None) -> str:
    """`YYYYMMDD-HHMMSS-slug-4hex`, sortable by time."""
    moment = (now or datetime.now(UTC)).strftime("%Y%m%d-%H%M%S")
    slug = re.sub(r"[^a-z0-9]+", "-", brief.lower()).strip("-")[:32].strip("-") or "untitled"
    return f"{moment}-{slug}-{os.urandom(2).hex()}"


def contained(folder: Path, relative: str) -> Path:
    """`folder/relative` with every link resolved; a `UsageError` if that leads outside."""
    base = folder.resolve()
    try:
        path = (base / relative).resolve()
    except (ValueError, RuntimeError) as error:  # a NUL, half a surrogate pair, a loop of links
        raise UsageError(f"path {relative!r} cannot be used: {error}") from error
    if not path.is_relative_to(base):
        raise UsageError(f"path {relative!r} leads out of {folder.name}; paths are relative to the variant's folder")
    return path


@contextlib.contextmanager
def storage(path: Path) -> Iterator[None]:
    """Turn what the disk says into a `StorageError` that names the path."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot write {path}: {error.strerror or error}; free space or choose another --root"
        ) from error


def write_bytes(path: Path, content: bytes) -> Path:
    """Write whole or not at all: a temporary name in the same folder, synced, then renamed."""
    with storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
    return path


def write_text(path: Path, content: str) -> Path:
    """`write_bytes` for text, always UTF-8 with plain newlines."""
    return write_bytes(path, content.encode())


def write_json(path: Path, value: BaseModel) -> Path:
    """`write_bytes` for a value, indented for people."""
    return write_text(path, value.model_dump_json(indent=2) + "\n")


class RunFolder:
    """One run's folder and the names of what lies in it."""

    def __init__(self, path: Path, workspace: str = "default") -> None:
        self.path = path
        self.workspace = workspace
        self.id = path.name
        self.journal = path / "journal.db"
        self.record = path / "run.json"
        self.lock = path / "driver.lock"
        self.gallery = path / "gallery.html"
        self.contact_sheet = path / "contact_sheet.png"
        self.selection = path / "selection.json"
        self.final = path / "final"

    def variant(self, variant: str) -> Path:
        """`variants/vNN`."""
        return self.path / "variants" / checked_id(variant, "variant")

    def iteration(self, variant: str, number: int) -> Path:
        """`variants/vNN/iterations/NN`."""
        return self.variant(variant) / "iterations" / f"{number:02d}"

    def reference(self, reference: Reference) -> Path:
        """`references/HASH.png`."""
        return self.path / "references" / f"{checked_id(reference.sha256[:16], 'reference')}.png"

    def place(self, variant: str, iteration: int) -> Place:
        """Where the renders of an iteration go."""
        return Place(workspace=self.workspace, run=self.id, variant=variant, iteration=iteration)

    def keep_concept(self, variant: str, concept: Concept) -> None:
        """`variants/vNN/concept.json`."""
        write_json(self.variant(variant) / "concept.json", concept)

    def keep_critique(self, variant: str, iteration: int, critique: Critique) -> None:
        """`critique.json` beside the picture it speaks of."""
        write_json(self.iteration(variant, iteration) / "critique.json", critique)

    def keep_selection(self, selection: Selection) -> None:
        """`selection.json`, and the winner's files in `final/`."""
        write_json(self.selection, selection)
        if selection.winner:
            best = self.iteration(selection.winner, selection.ranking[0].iteration)
            for name in FINAL:
                if (best / name).is_file():
                    write_bytes(self.final / name, (best / name).read_bytes())

    def read_record(self) -> RunRecord:
        """`run.json`, or `RunDamaged`."""
        try:
            return RunRecord.model_validate_json(self.record.read_bytes())
        except (OSError, ValidationError) as error:
            first = str(error).splitlines()[0]
            raise RunDamaged(
                f"{self.record} cannot be read ({first}); restore it from a backup, nothing was changed"
            ) from error


class Workspace:
    """All runs below one root, in `runs/` or, named, in `workspaces/NAME/runs/`."""

    def __init__(self, root: Path, name: str = "default") -> None:
        self.root = root
        self.name = checked_id(name, "workspace")
        self.folder = root if name == "default" else root / "workspaces" / name
        self.runs = self.folder / "runs"

    def create(self, brief: str) -> RunFolder:
        """A new, empty run folder."""
        folder = self.runs / new_run_id(brief)
        with storage(folder):
            folder.mkdir(parents=True)
        return RunFolder(folder, self.name)

    def find(self, run_id: str) -> RunFolder:
        """The folder of an existing run; an unambiguous beginning or end of the id, or `last`, will do."""
        if run_id == "last":
            if not (every := self.every()):
                raise RunNotFound(f"no run yet under {self.runs}; start one with: artloop run")
            return every[-1]
        checked_id(run_id, "run")
        folders = self.every()
        exact = [run for run in folders if run.id == run_id]
        near = [run for run in folders if run.id.startswith(run_id) or run.id.endswith(f"-{run_id}")]
        if len(exact or near) == 1:
            return (exact or near)[0]
        if near:
            raise RunNotFound(
                f"run {run_id!r} is ambiguous: {', '.join(run.id for run in near[:4])}; give more of the id"
            )
        raise RunNotFound(f"no run {run_id!r} under {self.runs}; see: artloop list")

    def every(self) -> list[RunFolder]:
        """All runs, oldest first."""
        if not self.runs.is_dir():
            return []
        found = (entry for entry in self.runs.iterdir() if entry.is_dir() and IDENT.fullmatch(entry.name))
        return [RunFolder(entry, self.name) for entry in sorted(found, key=lambda entry: entry.name)]

    def place(self, place: Place) -> Path:
        """The folder a render writes into; a planted link that leads out of the variant is refused."""
        run = self.runs / place.run
        variant = contained(run, f"variants/{place.variant}")
        tries = f"/tries/{place.attempt}" if place.attempt else ""
        return contained(variant, f"iterations/{place.iteration:02d}{tries}")

    def variant(self, place: Place) -> Path:
        """The variant's folder, to which paths of artifacts are relative."""
        return contained(self.runs / place.run, f"variants/{place.variant}")


def resource_folders(root: Path, kind: Literal["prompts", "sketches"]) -> list[Path]:
    """Where to look for templates or sketches: the user's own folder under `root` first, then the shipped one."""
    package = Path(__file__).parent
    installed = package / f"_{kind}"
    # Only a source checkout has the folder beside the package; in a wheel that place is somebody else's.
    shipped = installed if installed.is_dir() else package.parent / kind
    own = root / kind
    return [shipped] if not own.is_dir() or own.resolve() == shipped.resolve() else [own, shipped]
