"""Sample prompts for agents from outside: `prompts/hub/`, a file for each type, laid under those of one's own."""

from __future__ import annotations

import difflib
import sys

from artloop.errors import UsageError
from artloop.prompts import Prompts
from artloop.settings import Settings
from artloop.workspace import resource_folders

FOLDER = "hub"
ENDING = ".md.j2"
OTHERS = frozenset({"work", "task"})
"""What stands beside the prompts: the part they share, and the form of a run's tasks."""


def show_prompt(settings: Settings, agent_type: str) -> None:
    """Print the prompt of a type. Raises `UsageError` when there is none."""
    prompts = Prompts(resource_folders(settings.root, "prompts"))
    known = agent_types(prompts)
    if agent_type not in known:
        near = difflib.get_close_matches(agent_type, known, n=1)
        meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise UsageError(f"no sample prompt for agents of type {agent_type!r}; {meant}")
    sys.stdout.write(prompts.text(f"{FOLDER}/{agent_type}{ENDING}", agent_type=agent_type).strip() + "\n")


def agent_types(prompts: Prompts) -> list[str]:
    """The types that have a prompt, by name."""
    found = (path for folder in prompts.folders for path in (folder / FOLDER).glob(f"*{ENDING}"))
    return sorted({path.name.removesuffix(ENDING) for path in found} - OTHERS)
