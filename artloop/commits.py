"""Iterations committed to a branch of the artist's own repository: its index, work tree and hooks are left alone.

`git fast-import` makes each commit in one stroke: whole and on the branch, or not at all. What a sketch or a model
wrote reaches it as data of a given length, never as a command, a path or an option.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

from artloop.errors import StorageError, UsageError
from artloop.events import Event, IterationEnded
from artloop.models import Ident, Value
from artloop.workspace import RunFolder, unfollowing

AUTHOR = "artloop <artloop@localhost>"
MARK = "Artloop-Iteration"
"""The trailer by which a commit is known again."""
TITLE_CHARS = 100
GIT_S = 60
"""Longer than this git takes only when something is wrong."""
QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
# A hook (reference-transaction) or a monitor of the repository is a program, and nobody asked for it to be run.
HARMLESS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "log.showSignature=false",
    "gc.auto=0",
    "maintenance.auto=false",
)


class Repository(Value):
    """A repository with a work tree, found from a folder in it."""

    program: str
    git_dir: Path
    top: Path

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """The repository that holds a folder, which need not be there yet. Raises `UsageError`."""
        program = shutil.which("git")
        if program is None:
            raise UsageError("--git needs the program git, and there is none; install it or leave --git out")
        place = folder.resolve()
        while not place.is_dir():
            place = place.parent
        asked = [program, "-C", str(place), "rev-parse", "--absolute-git-dir", "--show-toplevel"]
        answer = _ran(asked)
        lines = answer.stdout.decode(errors="surrogateescape").splitlines()
        if answer.returncode or len(lines) != 2:
            said = _line(answer.stderr) or "no work tree"
            raise UsageError(f"--git: {place} is in no repository of yours ({said}); make one with: git init")
        return cls(program=program, git_dir=Path(lines[0]), top=Path(lines[1]))

    def git(self, *words: str, stream: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a git command on this repository, whatever the folder or the environment say."""
        set_so = [word for setting in HARMLESS for word in ("-c", setting)]
        return _ran([self.program, f"--git-dir={self.git_dir}", *set_so, *words], stream)


class Commits:
    """A listener that commits each iteration as it ends, once: what is on the branch stays as it is."""

    def __init__(self, repository: Repository, folder: RunFolder, created: str) -> None:
        self._repository, self._folder = repository, folder
        self._second = int(datetime.fromisoformat(created).timestamp())
        self.branch = f"artloop/{folder.id}"
        self._made, self._known = self._on_branch()

    def __call__(self, event: Event) -> None:
        """Commit an iteration that ended. Raises `StorageError`."""
        if isinstance(event, IterationEnded) and (mark := marked(event.variant, event.iteration)) not in self._known:
            self._commit(event, mark)
            self._made = True
            self._known.add(mark)

    def _on_branch(self) -> tuple[bool, set[str]]:
        """Whether the branch is there, and the iterations on it. Raises `UsageError` while somebody works on it."""
        form = "--format=%(worktreepath)"
        found = _well(self._repository.git("for-each-ref", form, f"refs/heads/{self.branch}"), "read its branches")
        if not found:
            return False, set()
        if where := found.decode(errors="replace").strip():
            raise UsageError(f"--git: branch {self.branch} is checked out in {where}; switch to another one there")
        form = f"--format=%(trailers:key={MARK},valueonly)"
        said = _well(self._repository.git("log", form, f"refs/heads/{self.branch}"), f"read {self.branch}")
        return True, set(said.decode(errors="replace").split())

    def _commit(self, event: IterationEnded, mark: str) -> None:
        ref, files = f"refs/heads/{self.branch}", self._files(event.variant, event.iteration)
        message = self._message(event, mark)
        lines = [f"commit {ref}\ncommitter {AUTHOR} {self._second} +0000\n".encode(), _data(message.encode())]
        lines += [f"from {ref}^0\n".encode()] if self._made else []
        for name, content in files.items():
            path = f"{event.variant}/{name}"
            lines.append(f"D {path}\n".encode() if content is None else f"M 100644 inline {path}\n".encode())
            lines += [] if content is None else [_data(content)]
        answer = self._repository.git("fast-import", "--quiet", "--done", stream=b"".join([*lines, b"done\n"]))
        _well(answer, f"commit {mark} to {self.branch}")

    def _files(self, variant: Ident, iteration: int) -> dict[str, bytes | None]:
        """What a commit holds of a variant, at the same paths each time, so that `git log -p` tells its story."""
        read = {name: _content(self._folder.file(variant, iteration, name)) for name in ("sketch.py", "metrics.json")}
        picture = self._picture(variant, iteration)
        return {**read, "picture.txt": f"{picture}\n".encode(errors="surrogateescape") if picture else None}

    def _picture(self, variant: Ident, iteration: int) -> str:
        """Its path from the repository's top; empty when there is none."""
        path = self._folder.file(variant, iteration, "preview.png")
        return os.path.relpath(path.resolve(), self._repository.top.resolve()) if path.is_file() else ""

    def _message(self, event: IterationEnded, mark: str) -> str:
        change = "".join(char if char.isprintable() else " " for char in event.change)
        title = f"{event.variant} iteration {event.iteration}: {' '.join(change.split())}"[:TITLE_CHARS]
        score = "No critic saw it." if event.score is None else f"Score {event.score:.1f}."
        best = " The best so far." if event.better else ""
        picture = self._picture(event.variant, event.iteration).encode(errors="replace").decode()
        trailers = [f"Picture: {picture}"] if picture and picture.isprintable() else []
        return "\n".join([title, "", score + best, "", *trailers, f"{MARK}: {mark}"]) + "\n"


def marked(variant: Ident, iteration: int) -> str:
    """The name of an iteration in its commit."""
    return f"{variant}/{iteration:02d}"


def _content(path: Path) -> bytes | None:
    try:
        with open(path, "rb", opener=unfollowing) as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}; mend it, then resume the run") from error


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _ran(command: list[str], stream: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | QUIET
    try:
        return subprocess.run(
            command, input=stream, capture_output=True, env=environment, timeout=GIT_S, start_new_session=True
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StorageError(f"git cannot be run ({error}); mend it, or go on with --no-git") from error


def _well(answer: subprocess.CompletedProcess[bytes], what: str) -> bytes:
    """What git answered. Raises `StorageError` with its own words."""
    if answer.returncode:
        said = _line(answer.stderr) or f"exit code {answer.returncode}"
        raise StorageError(f"git could not {what}: {said}; mend the repository and resume, or resume with --no-git")
    return answer.stdout


def _line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return "".join(char for char in lines[0] if char.isprintable())[:300] if lines else ""
