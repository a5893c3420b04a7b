"""deploy/, read by parsers: its commands and settings are ours, its images pinned, and there is no secret in it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from redis.asyncio import Redis

from artloop import __version__
from artloop.hub.app import HEALTH
from artloop.hub.serve import PORT
from artloop.redis_checks import check_durable
from tests.commands import refusal, refused
from tests.deployed import (
    DEPLOY,
    FILES,
    OURS,
    ROOT,
    compose,
    dockerfile,
    documents,
    images,
    kubernetes,
    our_words,
    pods,
    said,
    tasks,
    units,
    variables,
)
from tests.test_documents import unknown
from tests.valkey import server

OTHER_VARIABLES = {"GITHUB_REPOSITORY", "GITHUB_SHA", "HOME", "HUB_URL", "MCP_API_KEY", "OPENAI_API_KEY", "PATH"} | {
    "PYTHONUNBUFFERED",
    "REDIS_PASSWORD",
    "REDISCLI_AUTH",
}
PINNED = re.compile(r"[\w./-]+:\d+\.\d+\.\d+[\w.-]*")
SECRETS = re.compile(r"sk-\w{16}|artloop_[\w-]{43}|AKIA[A-Z0-9]{12}|BEGIN [A-Z ]*PRIVATE KEY|gh[ps]_\w{20}|gAAAA\w{16}")
SECRET_NAMES = re.compile(r"password|secret|token|key", re.IGNORECASE)


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


def test_a_pod_mounts_only_volumes_that_there_are_and_reads_only_secrets_that_the_example_names() -> None:
    claims = {one["metadata"]["name"] for one in kubernetes() if one["kind"] == "PersistentVolumeClaim"}
    (example,) = documents(DEPLOY / "kubernetes" / "secret.example.yaml")
    for pod in pods():
        volumes = pod["spec"].get("volumes", [])
        bound = {
            volume["persistentVolumeClaim"]["claimName"] for volume in volumes if "persistentVolumeClaim" in volume
        }
        assert bound <= claims
        there = {volume["name"] for volume in volumes} | {claim["metadata"]["name"] for claim in pod["claims"]}
        for container in pod["spec"]["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} == there
            read = [one["valueFrom"]["secretKeyRef"] for one in container["env"] if "valueFrom" in one]
            assert {one["name"] for one in read} == {example["metadata"]["name"]}
            assert {one["key"] for one in read} <= set(example["stringData"])


def test_a_pod_has_limits_and_no_rights_that_it_does_not_need() -> None:
    for pod in pods():
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"]
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not spec["automountServiceAccountToken"]
        assert not spec["enableServiceLinks"]
        for container in spec["containers"]:
            assert container["resources"].keys() == {"requests", "limits"}
            own = container["securityContext"]
            assert own["readOnlyRootFilesystem"]
            assert not own["allowPrivilegeEscalation"]
            assert own["capabilities"] == {"drop": ["ALL"]}


def test_what_is_probed_and_reached_is_what_the_hub_answers() -> None:
    (hub,) = (pod for pod in pods() if pod["metadata"]["labels"] == {"app": "artloop-hub"})
    (container,) = hub["spec"]["containers"]
    assert {port["name"]: port["containerPort"] for port in container["ports"]} == {"http": PORT}
    assert container["readinessProbe"]["httpGet"] == {"path": HEALTH, "port": "http"}
    checks = [*(rest for what, rest in dockerfile() if what == "HEALTHCHECK"), json.dumps(tasks()[0])]
    assert all(f"http://127.0.0.1:{PORT}{HEALTH}" in check for check in checks)


def test_what_is_shut_off_and_served_is_there() -> None:
    labels = {pod["metadata"]["labels"]["app"] for pod in pods()}
    policies = [one["spec"] for one in kubernetes() if one["kind"] == "NetworkPolicy"]
    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} in policies
    assert {policy["podSelector"].get("matchLabels", {}).get("app") for policy in policies} - {None} <= labels
    services = [one["spec"] for one in kubernetes() if one["kind"] == "Service"]
    assert {service["selector"]["app"] for service in services} <= labels
    inside = [one for one in kubernetes() if one["kind"] not in ("Namespace", "Kustomization")]
    assert {one["metadata"]["namespace"] for one in inside} == {"artloop"}


def test_a_task_mounts_only_volumes_that_there_are() -> None:
    for task in tasks():
        there = {volume["name"] for volume in task["volumes"]}
        for container in task["containerDefinitions"]:
            assert {mount["sourceVolume"] for mount in container["mountPoints"]} == there
            assert container["readonlyRootFilesystem"]


def test_the_image_is_made_of_files_and_extras_that_there_are() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    (wanted,) = (found[1] for _, rest in dockerfile() if (found := re.search(r"'\.\[([\w,]+)\]'", rest)))
    assert {"hub", "distributed"} <= set(wanted.split(",")) <= set(extras)
    copied = [rest.split()[:-1] for what, rest in dockerfile() if what == "COPY" and not rest.startswith("--from")]
    names = {name for line in copied for name in line}
    assert [name for name in names if not (ROOT / name).exists()] == []
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line[1:] for line in allowed if line.startswith("!")} == names
    assert ("USER", "10001:10001") in dockerfile()


def test_a_unit_runs_as_nobody_in_particular_and_starts_again() -> None:
    assert len(units()) == 2
    for unit in units().values():
        service = unit["Service"]
        assert (service["User"], service["NoNewPrivileges"], service["ProtectSystem"]) == ("artloop", "yes", "strict")
        assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
        assert f"--root {service['WorkingDirectory']}" in service["ExecStart"]
        assert service["Restart"] in ("always", "on-failure")
