"""Galleries as commands make them: of one run, or the index of all."""

from __future__ import annotations

from pathlib import Path

from artloop.cli.options import run_folder
from artloop.cli.tables import summaries
from artloop.errors import RunNotFound
from artloop.prompts import Prompts
from artloop.readback import read_back
from artloop.settings import Settings
from artloop.views.gallery import write_gallery
from artloop.views.gallery.index import write_index
from artloop.workspace import Workspace, resource_folders


def hang(run_id: str, settings: Settings) -> Path:
    """The gallery of a run, as far as its journal goes."""
    folder = run_folder(run_id, settings)
    story = read_back(folder)
    return write_gallery(folder.read_record(), story.variants, story.selection, story.usage, folder, _prompts(settings))


def hang_all(settings: Settings) -> Path:
    """The index of a workspace. Raises `RunNotFound` where there is no run."""
    workspace = Workspace(settings.root, settings.workspace)
    if not workspace.every():
        raise RunNotFound(f"no run yet under {workspace.runs}; start one with: artloop run")
    return write_index(workspace, summaries(workspace), _prompts(settings))


def _prompts(settings: Settings) -> Prompts:
    return Prompts(resource_folders(settings.root, "prompts"))
