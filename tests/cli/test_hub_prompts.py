"""What agents from outside are told: every tool and field that it names is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from artloop.cli.hub_prompts import agent_types, show_prompt
from artloop.errors import UsageError
from artloop.grafix.server import build_server as grafix_server
from artloop.hub.server import TOOLS
from artloop.prompts import Prompts
from artloop.settings import RenderLimits, load
from artloop.taskboard.words import AgentRecord, Assignment, Beat, State, Task, TaskError, TaskSpec
from artloop.workspace import resource_folders

TYPES = ["choose", "critique", "documentation", "draw", "imagine", "implementation", "planning", "testing"]
WORDS = {field for value in (AgentRecord, Assignment, Beat, Task, TaskError, TaskSpec) for field in value.model_fields}
SAID = {"agent_id", "invalid", "busy", "retry_after_ms", *get_args(State), *TYPES}
"""What stands in backticks and is neither a tool nor a field."""


async def tools(tmp_path: Path) -> set[str]:
    """The names of all tools, the hub's and Grafix's."""
    grafix = grafix_server(tmp_path, RenderLimits(), tmp_path)
    return {tool.__name__ for tool, _, _ in TOOLS} | {tool.name for tool in await grafix.list_tools()}


def told(agent_type: str) -> str:
    return Prompts(resource_folders(Path("."), "prompts")).text(f"hub/{agent_type}.md.j2", agent_type=agent_type)


def test_there_is_a_prompt_for_each_type() -> None:
    assert agent_types(Prompts(resource_folders(Path("."), "prompts"))) == TYPES


@pytest.mark.parametrize("agent_type", TYPES)
async def test_a_prompt_names_only_what_is_there(agent_type: str, tmp_path: Path) -> None:
    named = set(re.findall(r"`([a-z_]+)`", told(agent_type)))
    assert named >= {"register_agent", "poll_tasks", "heartbeat", "submit_result", "unregister_agent", "lost"}
    assert named - await tools(tmp_path) - WORDS - SAID == set()


async def test_how_a_task_of_a_run_is_done_names_only_tools_that_are_there(tmp_path: Path) -> None:
    values = {"pictures": 2, "renders": "r.v01", "renders_run": "board", "role": "draw"}
    text = Prompts(resource_folders(Path("."), "prompts")).text("hub/task.md.j2", instructions="", asked="", **values)
    assert set(re.findall(r"`([a-z_]+)`", text)) - await tools(tmp_path) - WORDS == set()


def test_a_prompt_is_printed_and_can_be_ones_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "artloop", "hub", "prompt", "critique", "--root", str(tmp_path)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert printed.startswith("You are an agent of type `critique`")
    assert "the most telling first" in printed
    (tmp_path / "prompts" / "hub").mkdir(parents=True)
    (tmp_path / "prompts" / "hub" / "weaving.md.j2").write_text("{% include 'hub/work.md.j2' %}\nWeave.\n")
    command[5] = "weaving"
    own = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert own.startswith("You are an agent of type `weaving`")
    assert own.endswith("Weave.\n")


def test_a_type_without_a_prompt_is_answered_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean draw"):
        show_prompt(load({"root": tmp_path}), "drow")
    with pytest.raises(UsageError, match="there are choose, critique"):
        show_prompt(load({"root": tmp_path}), "../../etc/passwd")
