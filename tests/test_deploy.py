"""deploy/, read by parsers: its commands and settings are ours, its images pinned, and there is no secret in it."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis.asyncio import Redis

from artloop import __version__
from artloop.taskboard.redis_checks import check_durable
from tests.commands import refusal, refused
from tests.test_documents import unknown
from tests.valkey import server

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
OURS = {"artloop", "registry.example/artloop", "ACCOUNT.dkr.ecr.REGION.amazonaws.com/artloop"}
OTHER_VARIABLES = {"GITHUB_REPOSITORY", "GITHUB_SHA", "HOME", "HUB_URL", "MCP_API_KEY", "OPENAI_API_KEY", "PATH"} | {
    "PYTHONUNBUFFERED",
    "REDIS_PASSWORD",
    "REDISCLI_AUTH",
}
PINNED = re.compile(r"[\w./-]+:\d+\.\d+\.\d+[\w.-]*")
SECRETS = re.compile(r"sk-\w{16}|artloop_[\w-]{20}|AKIA[A-Z0-9]{12}|BEGIN [A-Z ]*PRIVATE KEY|gh[ps]_\w{20}|gAAAA\w{16}")
SECRET_NAMES = re.compile(r"password|secret|token|key", re.IGNORECASE)


def documents(path: Path) -> list[Any]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def compose() -> dict[str, Any]:
    (found,) = documents(DEPLOY / "compose.yaml")
    return dict(found)


def kubernetes() -> Iterator[dict[str, Any]]:
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        yield from documents(path)


def pods() -> Iterator[dict[str, Any]]:
    """The pods of all Deployments and StatefulSets."""
    for one in kubernetes():
        if one["kind"] in ("Deployment", "StatefulSet"):
            yield {**one["spec"]["template"], "claims": one["spec"].get("volumeClaimTemplates", [])}


def tasks() -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((DEPLOY / "ecs").glob("*.json"))]


def units() -> dict[str, configparser.ConfigParser]:
    found = {}
    for path in sorted((DEPLOY / "systemd").glob("*.service")):
        unit = configparser.ConfigParser(strict=True, interpolation=None, delimiters=("=",))
        unit.optionxform = str  # type: ignore[assignment, method-assign]
        unit.read(path, encoding="utf-8")
        found[path.name] = unit
    return found


def dockerfile() -> list[tuple[str, str]]:
    """(instruction, rest) of each line, continued ones joined."""
    text = re.sub(r"\\\n", " ", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


def images() -> dict[str, set[str]]:
    """Every image that is named, by where."""
    stages = [rest.split()[0] for instruction, rest in dockerfile() if instruction == "FROM"]
    containers = [container for pod in pods() for container in pod["spec"]["containers"]]
    return {
        "Dockerfile": set(stages),
        "compose": {service["image"] for service in compose()["services"].values()},
        "kubernetes": {container["image"] for container in containers},
        "ecs": {container["image"] for task in tasks() for container in task["containerDefinitions"]},
    }


def our_words() -> Iterator[tuple[str, list[str]]]:
    """(where, words) of every command that our image or a unit is started with."""
    for name, service in compose()["services"].items():
        if service["image"].split(":")[0] in OURS:
            yield f"compose {name}", service["command"]
    for pod in pods():
        for container in pod["spec"]["containers"]:
            if container["image"].split(":")[0] in OURS:
                yield f"kubernetes {container['name']}", container["args"]
    for task in tasks():
        yield from ((f"ecs {one['name']}", one["command"]) for one in task["containerDefinitions"])
    for name, unit in units().items():
        program, *words = shlex.split(unit["Service"]["ExecStart"])
        assert program.endswith("/bin/artloop")
        yield name, words
    yield "Dockerfile", next(json.loads(rest) for instruction, rest in reversed(dockerfile()) if instruction == "CMD")


def said() -> Iterator[tuple[str, str]]:
    """(where, command line) of ours that comments tell to type."""
    for path in FILES:
        for line in path.read_text(encoding="utf-8").splitlines():
            if found := re.search(r"#.*?(?<![\w/.-])(artloop (?:hub|worker|run|doctor) .*)", line):
                yield f"{path.name}", found[1]
            if found := re.search(r"#.* run --rm hub (hub .*)", line):
                yield f"{path.name}", f"artloop {found[1]}"


def variables() -> set[str]:
    """Every variable that a file sets or reads."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
    quoted = re.findall(r"environ(?:\.get)?[\[(]\"([A-Z][A-Z0-9_]+)\"", text)
    set_so = re.findall(r"\b([A-Z][A-Z0-9_]*_[A-Z0-9_]+|PATH|HOME)(?=[=:]|\")", text)
    return {*quoted, *set_so, *re.findall(r"\$[({]([A-Z][A-Z0-9_]+)", text)}


@pytest.mark.parametrize(
    ("where", "words"), list(our_words()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_program_takes_every_command_that_it_is_started_with(where: str, words: list[str]) -> None:
    assert refused(words) is None


def test_the_program_takes_every_command_that_a_comment_tells_to_type() -> None:
    found = list(said())
    assert found
    assert [(where, line, why) for where, line in found if (why := refusal(line))] == []


def test_every_variable_is_a_setting_or_a_known_one() -> None:
    found = variables()
    assert found >= {"ARTLOOP_HUB__REDIS", "ARTLOOP_DOCKET__BLOBS", "REDIS_PASSWORD", "MCP_API_KEY"}
    ours = {name for name in found if name.startswith("ARTLOOP_")}
    assert [why for name in sorted(ours) if (why := unknown(name))] == []
    assert found - ours - OTHER_VARIABLES == set()


def test_every_image_is_pinned_and_ours_is_of_this_version() -> None:
    for where, found in images().items():
        assert found, where
        for image in found:
            assert PINNED.fullmatch(image), f"{where}: {image}"
            assert image.split(":")[0] not in OURS or image.endswith(f":{__version__}"), f"{where}: {image}"
    (kustomization,) = documents(DEPLOY / "kubernetes" / "kustomization.yaml")
    assert [one["newTag"] for one in kustomization["images"]] == [__version__]


def test_every_action_of_the_pipeline_is_pinned_to_a_commit() -> None:
    (pipeline,) = documents(DEPLOY / "ci" / "github-actions.yml")
    uses = [step["uses"] for job in pipeline["jobs"].values() for step in job["steps"] if "uses" in step]
    assert uses
    assert [action for action in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)] == []
    assert pipeline["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_no_file_holds_a_secret(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert SECRETS.search(text) is None
    assert re.search(r"rediss?://[^:/\s]*:(?!\$[({])[^@\s]+@", text) is None


def test_what_is_secret_comes_from_elsewhere() -> None:
    (example,) = documents(DEPLOY / "kubernetes" / "secret.example.yaml")
    assert set(example["stringData"].values()) == {""}
    lines = (DEPLOY / ".env.example").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "=" in line and not line.startswith("#") and not line.endswith("=")] == []
    for task in tasks():
        for container in task["containerDefinitions"]:
            assert [one for one in container["environment"] if SECRET_NAMES.search(one["name"])] == []
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_compose_mounts_only_volumes_that_there_are_and_shows_valkey_to_nobody() -> None:
    found = compose()
    mounted = {volume.split(":")[0] for service in found["services"].values() for volume in service["volumes"]}
    assert mounted == set(found["volumes"])
    assert "ports" not in found["services"]["valkey"]
    assert all(port.startswith("127.0.0.1:") for port in found["services"]["hub"]["ports"])
    workers = [service for name, service in found["services"].items() if name.startswith("worker")]
    assert len(workers) == 2
    assert all("blobs:/blobs" in one["volumes"] for one in (*workers, found["services"]["hub"]))


async def test_the_hub_accepts_the_valkey_of_compose_and_of_kubernetes(tmp_path: Path) -> None:
    (pod,) = (pod for pod in pods() if pod["spec"]["containers"][0]["name"] == "valkey")
    for number, command in enumerate(
        (compose()["services"]["valkey"]["command"], pod["spec"]["containers"][0]["args"])
    ):
        program, *options = command
        assert program == "valkey-server"
        at = options.index("--requirepass")
        assert "REDIS_PASSWORD" in options[at + 1]
        warnings: list[str] = []
        with server(tmp_path / str(number), *options[:at], *options[at + 2 :], durable=False) as valkey:
            async with Redis.from_url(valkey.url, decode_responses=True) as client:
                await check_durable(client, "valkey", allow_unsafe=False, warn=warnings.append)
        assert warnings == []


def test_a_pod_mounts_only_volumes_that_there_are() -> None:
    claims = {one["metadata"]["name"] for one in kubernetes() if one["kind"] == "PersistentVolumeClaim"}
    for pod in pods():
        volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", [])}
        named = {volume["persistentVolumeClaim"]["claimName"] for volume in volumes.values() if len(volume) > 1} - {
            None
        }
        own = {claim["metadata"]["name"] for claim in pod["claims"]}
        for container in pod["spec"]["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} == {*volumes, *own}
        assert {name for name in named if name} <= claims
