"""What lies in a variant's folder, and what is in one of its files."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Literal

from artloop.errors import UsageError
from artloop.grafix.filing import mime
from artloop.grafix.places import READABLE, Placement
from artloop.models import Artifact, Value
from artloop.workspace import contained

TEXT_MAX = 60_000
BYTES_MAX = 8 << 20
LISTED_MAX = 500


class ArtifactText(Value):
    """A file, as much of it as was asked for."""

    path: str
    mime: str
    bytes: int
    sha256: str
    text: str | None = None
    truncated: bool = False
    base64: str | None = None


class Holdings(Value):
    """Variants of a run, or artifacts of a variant."""

    variants: list[str] = []
    artifacts: list[Artifact] = []
    truncated: bool = False


def opened(file: Path, path: str, encoding: Literal["path", "text", "base64"]) -> ArtifactText:
    """Describe a file and, if asked, open it. Raises `UsageError` when it does not fit the encoding."""
    content = file.read_bytes()
    text = base64 = None
    if encoding == "text":
        try:
            text = content.decode()[:TEXT_MAX]
        except UnicodeDecodeError as error:
            raise UsageError(f"{path!r} is no text; ask for base64") from error
    elif encoding == "base64":
        if len(content) > BYTES_MAX:
            raise UsageError(f"{path!r} has {len(content)} bytes, {BYTES_MAX} is the limit; ask for its path")
        base64 = b64encode(content).decode()
    return ArtifactText(
        path=path,
        mime=mime(file.name),
        bytes=len(content),
        sha256=sha256(content).hexdigest(),
        text=text,
        truncated=text is not None and len(text) < len(content.decode()),
        base64=base64,
    )


def holdings(place: Placement, iteration: int | None, whole_run: bool) -> Holdings:
    """List a run's variants or a variant's files.

    An agent of a run (`place.hosted`) is shown finished iterations only, and of them what is the same in every replay:
    neither attempts nor the iteration under way.
    """
    if whole_run:
        variants = place.variant.parent
        found = [path.name for path in variants.iterdir() if not path.is_symlink()] if variants.is_dir() else []
        return Holdings(variants=sorted(found))
    base = contained(place.variant, "iterations")
    folders = sorted(path for path in base.iterdir() if path.name.isdigit()) if base.is_dir() else []
    numbered = [(int(folder.name), folder) for folder in folders if not folder.is_symlink()]
    wanted = [folder for number, folder in numbered if iteration in (None, number)]
    if place.hosted:
        wanted = [folder for folder in wanted if not place.numbered or int(folder.name) < place.place.iteration]
        files = [folder / name for folder in wanted for name in sorted(READABLE) if (folder / name).is_file()]
    else:
        every = [path for folder in wanted for path in sorted(folder.rglob("[!.]*"))]  # no temporary of a killed server
        files = [path for path in every if path.is_file()]
    shown = [_artifact(file, place.variant) for file in files[:LISTED_MAX] if not file.is_symlink()]
    return Holdings(artifacts=shown, truncated=len(files) > LISTED_MAX)


def _artifact(file: Path, base: Path) -> Artifact:
    content = file.read_bytes()
    return Artifact(
        name=file.name,
        path=file.relative_to(base).as_posix(),
        mime=mime(file.name),
        bytes=len(content),
        sha256=sha256(content).hexdigest(),
    )
