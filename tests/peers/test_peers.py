import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from artloop.settings import load

from ..grafix.sketches import HEXAGON
from ..grafix.web import SERVER, environment, hosted
from ..hub.served import role_keys, served
from .fetched import ENVIRONMENT, HERE, programs

EXPECTED = yaml.safe_load((HERE / "expected_failures.yml").read_text(encoding="utf-8"))
KEY = "a-key-of-more-than-16-characters"


@pytest.fixture(scope="session")
def commands() -> Path:
    """Fetched once for all sessions, like kernels."""
    return programs(load({"root": "."}).cache_folder)


async def ran(command: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a program."""
    pipe, null = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    env = {**environment(), "PATH": ENVIRONMENT["PATH"]}
    process = await asyncio.create_subprocess_exec(command, *arguments, stdin=null, stdout=pipe, stderr=pipe, env=env)
    async with asyncio.timeout(240):
        out, said = await process.communicate()
    return process.returncode or 0, out.decode(), said.decode()


@pytest.mark.slow
async def test_the_conformance_suite_fails_only_what_is_listed(
    commands: Path, tmp_path: Path, cache_folder: Path
) -> None:
    with hosted(tmp_path / "root", cache_folder) as web:
        found = await asyncio.gather(*(failures(commands, web.url, tmp_path, str(spec)) for spec in EXPECTED))
    assert dict(zip(EXPECTED, found, strict=True)) == {
        spec: {scenario: sorted(checks) for scenario, checks in scenarios.items()}
        for spec, scenarios in EXPECTED.items()
    }


async def failures(commands: Path, url: str, folder: Path, spec: str) -> dict[str, list[str]]:
    """Failed checks by scenario."""
    results = folder / spec
    _, _, said = await ran(
        commands / "conformance", "server", "--url", url, "--suite", "all", "--spec-version", spec, "-o", str(results)
    )
    found: dict[str, list[str]] = {}
    files = sorted(results.rglob("checks.json"))
    assert len(files) >= 30, said[-2000:]
    for file in files:
        scenario = file.parent.name.removeprefix("server-").rsplit("T", 1)[0][: -len("-2026-01-01")]
        failed = sorted(check["id"] for check in json.loads(file.read_text()) if check["status"] == "FAILURE")
        found.update({scenario: failed} if failed else {})
    return found


async def test_the_inspector_lists_renders_and_is_refused_over_stdio(
    commands: Path, tmp_path: Path, cache_folder: Path
) -> None:
    server = (*SERVER, "--root", str(tmp_path), "--cache", str(cache_folder), "--allow-unsafe")
    slots = asyncio.Semaphore(2)

    async def asked(*arguments: str) -> tuple[int, Any]:
        async with slots:
            code, out, said = await ran(commands / "mcp-inspector", "--cli", *server, "--method", *arguments)
        assert out, said
        return code, json.loads(out)

    draw = ("tools/call", "--tool-name", "render", "--tool-arg", f"source={HEXAGON}", "--tool-arg")
    tools, drawn, resources, prompts, bad = await asyncio.gather(
        asked("tools/list"),
        asked(*draw, "run_id=inspected"),
        asked("resources/list"),
        asked("prompts/list"),
        asked(*draw, "seed=-1"),
    )
    assert {"render", "metrics", "describe_api"} <= {tool["name"] for tool in tools[1]["tools"]}
    assert drawn[1]["structuredContent"]["ok"] is True
    assert (tmp_path / "runs/inspected/variants/v01/iterations/01/drawing.svg").is_file()
    assert "grafix://api" in {resource["uri"] for resource in resources[1]["resources"]}
    assert isinstance(prompts[1]["prompts"], list)
    assert [code for code, _ in (tools, drawn, resources, prompts)] == [0, 0, 0, 0]
    assert (bad[0] != 0, bad[1]["isError"]) == (True, True)


async def test_the_inspector_needs_the_key_over_http(commands: Path, tmp_path: Path, cache_folder: Path) -> None:
    with hosted(tmp_path, cache_folder, key=KEY) as web:
        call = ("--cli", web.url, "--method", "tools/list")
        given = await ran(commands / "mcp-inspector", *call, "--header", f"Authorization: Bearer {KEY}")
        without = await ran(commands / "mcp-inspector", *call)
    assert given[0] == 0
    assert "render" in given[1]
    assert without[0] != 0


async def test_the_inspector_creates_a_task_of_a_hub_and_reads_it(
    commands: Path, tmp_path: Path, cache_folder: Path
) -> None:
    keys = await asyncio.to_thread(role_keys, tmp_path)
    with served(tmp_path, cache_folder) as hub:

        async def asked(role: str, tool: str, *arguments: str) -> tuple[int, str, str]:
            given = [part for argument in arguments for part in ("--tool-arg", argument)]
            call = ("--cli", hub.url, "--method", "tools/call", "--tool-name", tool, *given)
            header = ("--header", f"Authorization: Bearer {keys[role]}")
            return await ran(commands / "mcp-inspector", *call, *header)

        words = ("agent_type=draw", "task_description=a calm sea", 'context={"pens": ["black"]}', "priority=3")
        code, out, said = await asked("orchestrator", "create_task", *words)
        assert code == 0, said
        made = json.loads(out)["structuredContent"]
        assert (made["state"], made["priority"]) == ("pending", 3)
        task = f"task_id={made['id']}"
        read, refused = await asyncio.gather(
            asked("viewer", "get_task_status", task), asked("viewer", "cancel_task", task)
        )
    assert json.loads(read[1])["structuredContent"] == made
    assert (refused[0] != 0, "not found" in refused[2]) == (True, True)  # what is not for its role, it is not shown
