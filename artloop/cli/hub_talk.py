"""What the command line asks a running hub, over MCP, and how it prints the answers."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from artloop.grafix.http import key_from
from artloop.taskboard.client import HubClient


def show_status(hub: str, as_json: bool) -> None:
    """Print the counts and the agents."""
    counts, agents = _asked(hub, ("get_counts", {}), ("list_agents", {}))
    if as_json:
        _print_json({**counts, "who": agents["agents"]})
        return
    console = Console()
    console.print(_pairs("tasks", counts["tasks"]))
    console.print(_pairs("ready, and wait for", counts["waiting"]))
    table = Table("agent", "name", "state", "has", "done", "failed", box=box.SIMPLE_HEAD)
    for agent in agents["agents"]:
        numbers = (len(agent["tasks"]), agent["completed"], agent["failed"])
        resting = " (rests)" if agent["rests_until"] else ""
        table.add_row(agent["id"], escape(agent["name"]), agent["state"] + resting, *map(str, numbers))
    console.print(table)


def show_dead(hub: str, as_json: bool) -> None:
    """Print the dead letters."""
    (found,) = _asked(hub, ("list_dead", {}))
    if as_json:
        _print_json(found)
        return
    console = Console()
    for task in found["tasks"]:
        console.print(f"{task['id']} ({task['agent_type']}): {escape(_line(task['task_description']))}", soft_wrap=True)
        for line in _attempts(task):
            console.print(f"  {escape(line)}", soft_wrap=True)
    if not found["tasks"]:
        console.print("no dead letters")


def retry(hub: str, task_id: str, as_json: bool) -> None:
    """Open one again and say how it stands."""
    (task,) = _asked(hub, ("retry_task", {"task_id": task_id}))
    if as_json:
        _print_json(task)
    else:
        sys.stdout.write(f"{task['id']} is {task['state']} again\n")


def _asked(hub: str, *calls: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    async def ask() -> list[dict[str, Any]]:
        async with HubClient(hub, key_from(os.environ)) as client:
            return [await client.call(tool, **arguments) for tool, arguments in calls]

    return asyncio.run(ask())


def _attempts(task: dict[str, Any]) -> Iterator[str]:
    for attempt in task["attempts"]:
        error = attempt["error"] or {"kind": "", "message": "no error is on record"}
        yield f"attempt {attempt['number']} by {attempt['agent']}: {error['kind']}: {_line(error['message'])}"


def _pairs(title: str, counts: dict[str, int]) -> str:
    said = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
    return f"{title}: {escape(said) or 'none'}"


def _line(text: str) -> str:
    """The text in one short line."""
    return " ".join(text.split())[:200]


def _print_json(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, indent=2) + "\n")
