"""What lies in deploy/, as values: services, pods, tasks, units, and every command and variable that they name."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".pyc")
OURS = {"artloop", "registry.example/artloop", "ACCOUNT.dkr.ecr.REGION.amazonaws.com/artloop"}
"""Names of our image."""


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
    texts = {path: path.read_text(encoding="utf-8") for path in FILES}
    programs = "\n".join(text for path, text in texts.items() if path.suffix == ".py")
    others = "\n".join(text for path, text in texts.items() if path.suffix != ".py")
    read = re.findall(r"environ(?:\.get)?[\[(]\"([A-Z][A-Z0-9_]+)\"", programs)
    given = re.findall(r"\b([A-Z][A-Z0-9_]*_[A-Z0-9_]+|PATH|HOME)(?=[=:]|\")", others)
    return {*read, *given, *re.findall(r"\$[({]([A-Z][A-Z0-9_]+)", others)}
