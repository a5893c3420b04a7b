"""Runs that a hub starts and looks after: each is driven by a process of its own, which outlives the hub."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from artloop import telemetry
from artloop.cli.report import Report, report
from artloop.cli.run import brief_from, pens_of
from artloop.errors import UsageError
from artloop.leaving import left
from artloop.models import Caps, RunSummary, Value, What
from artloop.readback import over, read_back, standing, summary
from artloop.settings import Settings
from artloop.workspace import RunFolder, Workspace, log_file

LOG = "driver.log"
"""In the run's folder: what its driver said."""
PACKAGE = Path(__file__).parents[2]
"""What the driver must find on its path, to run what this hub runs."""
Configured = Callable[..., Settings]
"""The settings, with sections laid over them as options are."""


class Wanted(Value):
    """A run as somebody asks for it."""

    brief: str
    variants: int = 4
    iterations: int = 5
    strategy: str = "improve"
    seed: int = 0
    canvas: str = "a5"
    pen_mm: float | None = None
    artists: str | None = None
    model: str | None = None
    sketch: str = ""
    """Name of a saved sketch that every variant starts from."""
    survivors: int = 0
    share: bool = False
    max_minutes: float | None = None
    budget_usd: float | None = None
    max_tokens: int | None = None
    workspace: str | None = None


class SketchOfRun(Value):
    """The program of one drawing."""

    run_id: str
    variant: str
    iteration: int
    source: str


class Runs:
    """All runs below one root. Each method reads or writes files: call it in a thread."""

    def __init__(self, configured: Configured, config: Path | None = None, url: str | None = None) -> None:
        self._configured = configured
        self._config = config
        self._url = url
        self._drivers: dict[str, subprocess.Popen[bytes]] = {}
        """Those that this hub sent out and that have not ended; a driver takes its run's lock seconds later."""

    def start(self, wanted: Wanted, sketch: Path | None = None) -> str:
        """Make the run's folder and send a driver after it; its id. Raises `UsageError` for what cannot be drawn."""
        from artloop.wiring import begin

        settings = self._settings(wanted.workspace, artists=wanted.artists, model={"default": wanted.model})
        brief = brief_from(
            text=wanted.brief,
            canvas=wanted.canvas,
            sketch=sketch,
            **pens_of(settings, wanted.pen_mm),
            **wanted.model_dump(include={"seed", "variants", "iterations", "strategy", "survivors", "share"}),
            hypotheses=True,
            memory=True,
            novelty=True,
            usual_renders=settings.loop.tune_renders,
        )
        folder = begin(brief, settings, Caps(usd=wanted.budget_usd, tokens=wanted.max_tokens))
        caps = {
            "--max-minutes": wanted.max_minutes,
            "--budget-usd": wanted.budget_usd,
            "--max-tokens": wanted.max_tokens,
        }
        self._drive(folder, [text for name, value in caps.items() if value for text in (name, str(value))])
        return folder.id

    def resume(self, run_id: str, workspace: str | None = None) -> str:
        """Send a driver after a run that has none. Raises `UsageError` for one that is driven or over."""
        folder = self.find(run_id, workspace)
        if _begun(folder) and (status := over(folder)):
            raise UsageError(f"run {folder.id} is over ({status}); start_run begins another")
        if self._driven(folder):
            raise UsageError(f"run {folder.id} is driven already; see get_run")
        self._drive(folder, [])
        return folder.id

    def get(self, run_id: str, workspace: str | None = None) -> Report:
        """How a run stands, whoever drives it."""
        folder = self.find(run_id, workspace)
        if not _begun(folder):
            said = "is about to begin; ask again in a few seconds" if self._driven(folder) else "has not begun"
            raise UsageError(f"run {folder.id} {said}; its driver's words are in {folder.path / LOG}")
        found = report(folder, read_back(folder))
        if found.status == "interrupted" and self._driven(folder):
            return found.model_copy(update={"status": "running", "reason": "its driver starts"})
        return found

    def every(self, limit: int, workspace: str | None = None) -> list[RunSummary]:
        """The latest runs, the latest first."""
        folders = self._workspace(workspace).every()
        return [summary(folder) for folder in folders[: -limit - 1 : -1] if _begun(folder)]

    def ask(self, run_id: str, what: What, workspace: str | None, variant: str | None = None, text: str = "") -> str:
        """Leave a request with a run, and say when it takes effect."""
        return left(self.find(run_id, workspace), what, variant, text)

    def sketch(self, run_id: str, variant: str, iteration: int | None, workspace: str | None) -> SketchOfRun:
        """The sketch of an iteration; without one, of the variant's best; without a variant, of the winner."""
        folder = self.find(run_id, workspace)
        if not (variant and iteration):
            variant, best = _best(folder, variant)
            iteration = iteration or best
        path = folder.file(variant, iteration, "sketch.py")
        try:
            source = path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            said = f"run {folder.id} has no sketch of {variant} iteration {iteration} ({error.strerror})"
            raise UsageError(f"{said}; see get_run") from error
        return SketchOfRun(run_id=folder.id, variant=variant, iteration=iteration, source=source)

    def find(self, run_id: str, workspace: str | None) -> RunFolder:
        """The folder of a run. Raises `RunNotFound`."""
        return self._workspace(workspace).find(run_id)

    def _driven(self, folder: RunFolder) -> bool:
        """Whether somebody drives the run, or is about to."""
        return folder.id in self._drivers or standing(folder)[0] == "running"

    def _settings(self, workspace: str | None, **sections: Any) -> Settings:
        return self._configured(workspace=workspace, **sections)

    def _workspace(self, name: str | None) -> Workspace:
        settings = self._settings(name)
        return Workspace(settings.root, settings.workspace)

    def _drive(self, folder: RunFolder, caps: Sequence[str]) -> None:
        """A process in a session of its own: neither the end of the hub nor Ctrl-C in its terminal ends it."""
        root = self._configured().root.absolute()
        command = [sys.executable, "-P", "-m", "artloop", "resume", folder.id, "--quiet", "--root", str(root)]
        config = ["--config", str(self._config.absolute())] if self._config else []
        # agents of a run that is begun here are this hub's, whichever port it has
        here = {"ARTLOOP_HUB__URL": self._url} if self._url else {}
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE), **here}
        with telemetry.of_run(folder.id, "driver started"), log_file(folder.path / LOG) as log:
            driver = subprocess.Popen(
                [*command, "--workspace", folder.workspace, *config, *caps],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=environment,
            )
        self._drivers[folder.id] = driver

        def bury() -> None:
            """Nobody asks how it ends, its journal tells."""
            driver.wait()
            self._drivers.pop(folder.id, None)

        threading.Thread(target=bury, daemon=True).start()


def _begun(folder: RunFolder) -> bool:
    """Whether its driver has written anything yet."""
    return folder.record.exists() and folder.journal.exists() and folder.journal.stat().st_size > 0


def _best(folder: RunFolder, variant: str) -> tuple[str, int]:
    """The variant, or else the winner, and its best iteration."""
    story = read_back(folder)
    wanted = variant or story.selection.winner
    best = next((one.incumbent for one in story.variants if one.id == wanted), None)
    if wanted is None or best is None:
        raise UsageError(f"run {folder.id} has no drawing of {variant or 'a winner'} yet; see get_run")
    return wanted, best.number
