"""Where everything lies on disk, and the only way to write it: checked ids, no links out, whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal, TextIO

from pydantic import BaseModel, ValidationError

from artloop.errors import RunDamaged, RunNotFound, StorageError, UsageError
from artloop.models import Concept, Critique, PenSet, Place, Reference, RunRecord, Selection, Variant

FINAL = ("sketch.py", "drawing.svg", "preview.png", "plot.gcode")
"""What `final/` holds of the winner."""
IDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

RUN_ID = re.compile(r"\d{8}-\d{6}-")
"""How the ids begin that `new_run_id` gives."""


def checked_id(text: str, what: str) -> str:
    """The id itself, or a `UsageError`: ids become folder names."""
    if not IDENT.fullmatch(text):
        raise UsageError(f"{what} {text!r} is no valid id: letters, digits, dot, dash and underscore, at most 64")
    return text


def _holds_no_run(folder: Path) -> bool:
    """Whether somebody only rendered there, outside of a run (`adhoc`, `board`): a run is not to be missed in it."""
    told = any(os.path.lexists(folder / name) for name in ("run.json", "journal.db"))
    return not told and not RUN_ID.match(folder.name) and (folder / "variants").is_dir()


def new_run_id(brief: str, now: datetime | None = None) -> str:
    """`YYYYMMDD-HHMMSS-slug-4hex`, sortable by time."""
    moment = (now or datetime.now(UTC)).strftime("%Y%m%d-%H%M%S")
    slug = re.sub(r"[^a-z0-9]+", "-", brief.lower()).strip("-")[:32].strip("-") or "untitled"
    return f"{moment}-{slug}-{os.urandom(2).hex()}"


def contained(folder: Path, relative: str) -> Path:
    """`folder/relative`; a `UsageError` if that leads outside or through any link below `folder`.

    A link planted later, between this look and the use of the path, is not seen: that takes somebody who can already
    write into the run. Names of files are safe all the same where `write_bytes` replaces them.
    """
    parts: list[str] = []
    for part in relative.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part == ".." or (not part and not parts and relative):
            raise UsageError(
                f"path {relative!r} leads out of {folder.name}; paths are relative to the variant's folder"
            )
        elif part not in ("", "."):
            parts.append(part)
    path = folder
    for part in parts:
        path = path / part
        if _is_link(path, relative):
            raise UsageError(
                f"path {relative!r} leads out of {folder.name}: {path.name} is a link, which are never followed; "
                "put the folder or file itself there"
            )
    return path


def _is_link(path: Path, shown: str) -> bool:
    try:
        return stat.S_ISLNK(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (ValueError, OSError) as error:  # a NUL, half a surrogate pair, a name too long
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"path {shown!r} cannot be used: {reason}") from error


def unfollowing(path: str, flags: int) -> int:
    """An `opener` for `open` to which a link in place of the file is an `OSError`."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o644)


@contextlib.contextmanager
def storage(path: Path) -> Iterator[None]:
    """Turn what the disk says into a `StorageError` that names the path."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot write {path}: {error.strerror or error}; free space or choose another --root"
        ) from error


def write_bytes(path: Path, content: bytes, mode: int = 0o644) -> Path:
    """Write whole or not at all: a temporary name in the same folder, synced, then renamed."""
    with storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, mode)
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
    return path


def log_file(path: Path) -> TextIO:
    """A file to append text to, made with its folder."""
    with storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        return open(path, "a", encoding="utf-8", opener=unfollowing)


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
        self.requests = path / "requests"
        self.final = path / "final"

    def variant(self, variant: str) -> Path:
        """`variants/vNN`."""
        return contained(self.path, f"variants/{checked_id(variant, 'variant')}")

    def iteration(self, variant: str, number: int) -> Path:
        """`variants/vNN/iterations/NN`."""
        return contained(self.variant(variant), f"iterations/{number:02d}")

    def file(self, variant: str, number: int, name: str) -> Path:
        """A file of an iteration."""
        return contained(self.iteration(variant, number), name)

    def reference(self, reference: Reference) -> Path:
        """`references/HASH.png`."""
        return self.path / "references" / f"{checked_id(reference.sha256[:16], 'reference')}.png"

    def place(self, variant: str, iteration: int) -> Place:
        """Where the renders of an iteration go."""
        return Place(workspace=self.workspace, run=self.id, variant=variant, iteration=iteration, pens=self._pens)

    @cached_property
    def _pens(self) -> PenSet | None:
        """What the run draws with; a folder that is no run has no pens."""
        return self.read_record().brief.pens if self.record.exists() else None

    def keep_concept(self, variant: str, concept: Concept) -> None:
        """`variants/vNN/concept.json`."""
        write_json(self.variant(variant) / "concept.json", concept)

    def keep_revision(self, variant: str, iteration: int, attempt: int, source: str, diff: str) -> None:
        """`revisions/K/sketch.py` and `change.diff` of the K-th drawing of an iteration."""
        folder = contained(self.iteration(variant, iteration), f"revisions/{attempt + 1}")
        # a model may answer with half a surrogate pair; the render's own sketch.py is written the same way
        write_bytes(folder / "sketch.py", source.encode(errors="replace"))
        write_bytes(folder / "change.diff", diff.encode(errors="replace"))

    def keep_variant(self, variant: Variant) -> None:
        """`variants/vNN/variant.json`: which of its iterations began with what crossing, and of whom."""
        begun = [(one.number, one.crossing.lineage) for one in variant.iterations if one.crossing]
        lineage = [{"from_iteration": number, **parents.model_dump()} for number, parents in begun]
        known = {"id": variant.id, "title": variant.title, "lineage": lineage}
        write_text(self.variant(variant.id) / "variant.json", json.dumps(known, indent=2, ensure_ascii=False) + "\n")

    def keep_critique(self, variant: str, iteration: int, critique: Critique) -> None:
        """`critique.json` beside the picture it speaks of."""
        write_json(self.iteration(variant, iteration) / "critique.json", critique)

    def keep_selection(self, selection: Selection) -> None:
        """`selection.json`, and the winner's files in `final/`, with nothing there of another one's."""
        write_json(self.selection, selection)
        final = contained(self.path, "final")
        for name in FINAL:
            best = self.file(selection.winner, selection.ranking[0].iteration, name) if selection.winner else None
            if best and best.is_file():
                write_bytes(final / name, best.read_bytes())
            else:
                with storage(final):
                    (final / name).unlink(missing_ok=True)

    def keep_plot(self, program: Path) -> None:
        """The winner's plotter program in `final/`."""
        write_bytes(contained(self.path, "final") / program.name, program.read_bytes())

    def read_record(self) -> RunRecord:
        """`run.json`, or `RunDamaged`."""
        try:
            with open(self.record, "rb", opener=unfollowing) as file:
                return RunRecord.model_validate_json(file.read())
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
            # a run that is about to begin, and one that lost it, has no record
            return next((run for run in reversed(every) if run.record.exists()), every[-1])
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
        """All runs, damaged ones too, oldest first."""
        if not self.runs.is_dir():
            return []
        found = (
            entry
            for entry in self.runs.iterdir()
            if entry.is_dir() and not entry.is_symlink() and IDENT.fullmatch(entry.name) and not _holds_no_run(entry)
        )
        return [RunFolder(entry, self.name) for entry in sorted(found, key=lambda entry: entry.name)]

    def place(self, place: Place) -> Path:
        """The folder a render writes into; a link planted on the way is refused."""
        tries = f"/tries/{place.attempt}" if place.attempt else ""
        return contained(self.variant(place), f"iterations/{place.iteration:02d}{tries}")

    def variant(self, place: Place) -> Path:
        """The variant's folder, to which paths of artifacts are relative. Where `runs/` itself lies is the user's."""
        return contained(self.runs.resolve(), f"{place.run}/variants/{place.variant}")


def resource_folders(root: Path, kind: Literal["prompts", "sketches"]) -> list[Path]:
    """Where to look for templates or sketches: the user's own folder under `root` first, then the shipped one."""
    package = Path(__file__).parent
    installed = package / f"_{kind}"
    # Only a source checkout has the folder beside the package; in a wheel that place is somebody else's.
    shipped = installed if installed.is_dir() else package.parent / kind
    own = root / kind
    return [shipped] if not own.is_dir() or own.resolve() == shipped.resolve() else [own, shipped]
